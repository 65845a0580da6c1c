"""Answers without a language model: sentences composed from the prompt's evidence alone."""

from providers.embedded.model import EmbeddedChatModel

__all__ = ["EmbeddedChatModel"]
