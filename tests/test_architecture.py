"""Who may import whom. The tables are the architecture: a module without a place in them fails."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Each line may import from the lines below it; what stands on one line does not import each other.
LAYERS = (
    ("cli",),
    ("main",),
    ("composition", "slow_clients"),
    ("sample_data",),
    ("routes",),
    ("privacy_service",),
    ("chatbot_service", "import_service", "takeover_service"),
    ("import_jobs",),
    ("spools",),
    ("prompt_service", "product_service", "idempotency_service"),
    ("evidence_service",),
    ("offer_service",),
    ("suitability",),
    ("question_service",),
    ("search_service", "indexing_service", "conversation_service", "knowledge_service", "spending_service"),
    ("retrieval", "vocabularies", "brand_indexes", "company_knowledge"),
    ("speller", "catalogue_columns"),
    ("meaning",),
    ("auth_service",),
    ("identity_service", "sweeping"),
    ("brand_service",),
    ("brand_file",),
    ("brand_document", "audit_service"),
    ("upload_files", "web_import", "vault"),
    ("judged_order", "relevance", "vector_store", "vector_takeover", "storage", "live", "ingestion", "replies"),
    ("vector_cache", "vector_files", "durable_files"),
    ("providers",),
    ("understanding",),
    ("frames",),
    ("models",),
    ("signed_tokens",),
    ("logs",),
    ("errors", "acting", "audit_values", "field_types", "foreground", "log_masks", "needs"),
)
LEVEL = {name: level for level, line in enumerate(LAYERS) for name in line}

# Who may import a library that one place of ours wraps.
WRAPPED = {
    "openai": {"providers.openai_client"},
    "onnx": {"providers"},
    "onnxruntime": {"providers"},
    "tokenizers": {"providers"},
    "chromadb": {"vector_store"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "fastapi": {"routes", "main"},
    "starlette": {"routes", "main"},
    "uvicorn": {"main", "slow_clients"},
    "joserfc": {"signed_tokens"},
    "cryptography": {"vault", "signed_tokens"},
}

# `config` imports nothing of ours, and only these import it; the example shows what a stranger would write.
APART = {"config": {"main", "composition", "cli"}, "websocket_client_example": set()}
NOT_PRODUCT = {"tests", "bench", ".venv", "web", "node_modules"}


def _sources() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] not in NOT_PRODUCT)


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _is_main_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def _imports(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not _is_main_guard(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield f"{node.module}.{node.names[0].name}" if node.module in LEVEL else str(node.module)


@pytest.mark.parametrize("path", _sources(), ids=_module)
def test_a_module_imports_only_from_below(path: Path) -> None:
    module = _module(path)
    top = module.split(".")[0]
    assert top in LEVEL or top in APART, f"{module} has no place in the architecture"
    for imported in _imports(path):
        target = imported.split(".")[0]
        if target in APART:
            assert top in APART[target], f"{module} imports {target}"
        elif target in LEVEL and target != top:
            assert top in LEVEL, f"{module} imports {imported}"
            assert LEVEL[target] > LEVEL[top], f"{module} imports {imported}, which does not lie below it"


@pytest.mark.parametrize("path", _sources(), ids=_module)
def test_a_wrapped_library_is_imported_only_by_its_wrapper(path: Path) -> None:
    module = _module(path)
    for imported in _imports(path):
        allowed = WRAPPED.get(imported.split(".")[0])
        assert allowed is None or module in allowed or module.split(".")[0] in allowed, f"{module} imports {imported}"


def test_importing_main_starts_nothing() -> None:
    tree = ast.parse((ROOT / "main.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if _is_main_guard(node):
            continue
        calls = [] if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else list(ast.walk(node))
        names = [ast.unparse(call.func) for call in calls if isinstance(call, ast.Call)]
        assert not set(names) & {"create_app", "open_services", "load_settings"}, names
