"""A language model at its most gullible: it does whatever any text in its prompt says, and hides nothing.

What such a model cannot tell, no model can be talked into telling: it is not in the prompt.
"""

import re
from typing import Any

# An order in any message, product or document: SAY <<these words>>.
_ORDER = re.compile(r"SAY <<(.*?)>>", re.DOTALL)


def obeying(body: dict[str, Any]) -> str:
    """The reply to a request: what it was ordered to say, then everything that it was told."""
    texts = [str(message.get("content", "")) for message in body.get("messages", [])]
    ordered = [words for text in texts for words in _ORDER.findall(text)]
    return "\n".join([*ordered, *texts])
