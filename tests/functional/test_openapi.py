"""The OpenAPI document is true: no 5xx, and no status or body that it does not tell."""

from pathlib import Path
from typing import Any

import pytest

from tests.functional.schema_fuzzing import fuzz
from tests.functional.server import Server, running_server

pytestmark = pytest.mark.functional
KEY = "an-operator-of-this-test"
EXAMPLES = 4


@pytest.mark.timeout(300)
def test_whatever_is_asked_the_answer_is_one_that_the_document_tells(tmp_path: Path) -> None:
    with running_server(tmp_path, ADMIN_API_KEY=KEY, RATE_LIMIT="off", LOAD_SAMPLE_DATA="false") as server:
        found = fuzz(server, KEY, EXAMPLES, timeout_s=280)
        assert found.returncode == 0, found.stdout[-6_000:] + found.stderr[-2_000:]


def test_the_document_tells_problems_and_who_may_ask(server: Server) -> None:
    document: dict[str, Any] = server.http.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            told = operation["responses"]["422"]["content"]["application/problem+json"]["schema"]
            assert told == {"$ref": "#/components/schemas/Problem"}, (method, path)
    create = document["paths"]["/brands"]["post"]
    assert create["security"] == [{"key": []}, {"key_header": []}]
    assert {} in document["paths"]["/chat/{brand_id}"]["post"]["security"]
    assert "security" not in document["paths"]["/healthz"]["get"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
