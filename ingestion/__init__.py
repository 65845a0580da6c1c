"""Uploaded bytes to rows: pure functions, one module per format."""
