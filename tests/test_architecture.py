"""Imports point one way, each foreign library has one door, and nothing happens on import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SUBJECT = re.compile(r"microcurrent|\bATP\b|collagen|elastin", re.IGNORECASE)

# A module of `index` imports only modules above it.
ORDER = (
    "records",
    "errors",
    "blocks",
    "entry",
    "shorthand",
    "questions",
    "folder",
    "check",
    "glossary",
    "corpus",
    "citing",
    "draft",
    "claim_review",
    "texts",
    "encoder",
    "cluster",
    "phrases",
    "sieve",
    "probe",
    "threads",
    "collector",
    "disk",
    "manifest",
    "served",
    "vectors",
    "lexical",
    "lexicon",
    "store",
    "memory",
    "fitter",
    "checker",
    "search",
    "triage",
    "refuse",
    "advert",
    "measures",
    "calibrate",
    "serving",
    "build",
    "revision",
    "answer",
    "contract",
    "plain_text",
    "evaluate",
    "shown",
    "sheet",
    "placing",
    "pictures",
    "report",
    "tallies",
    "nearness",
    "overview",
    "diff",
    "diff_text",
    "diff_page",
    "exports",
    "maintainers",
    "cli",
)
# Within `index.check`, likewise.
CHECK_ORDER = (
    "identifiers",
    "form",
    "references",
    "verdicts",
    "dates",
    "numerals",
    "numbers",
    "plain",
    "people",
    "ties",
    "near",
    "listing",
    "kept",
    "registry",
    "retraction",
    "rules",
)

# Each foreign library, and the only files that know it.
DOORS = {
    "bm25s": {"index/lexicon.py"},
    "rapidfuzz": {"index/lexical.py"},
    "Stemmer": {"index/lexical.py"},
    "faiss": {"index/vectors.py"},
    "msgspec": {"app/api.py", "index/checker.py", "index/store.py"},
    "filelock": {"index/build.py"},
    "threadpoolctl": {"index/threads.py"},
    "sentence_transformers": {"index/encoder.py"},
    "onnx": {"index/serving.py"},
    "onnxruntime": {"index/served.py", "index/serving.py"},
    "tokenizers": {"index/served.py"},
    "torch": {"index/encoder.py"},
    "huggingface_hub": {"index/encoder.py"},
    "sklearn": {"index/probe.py"},
    "sentencex": {"index/advert.py"},
    "textstat": {"index/check/plain.py"},
    "matplotlib": {"index/pictures.py"},
    "httpx": {"index/check/registry.py"},
    "yaml": {"index/entry.py"},
    "bibtexparser": {"index/citing/bibtex.py"},
    "pylatexenc": {"index/citing/bibtex.py"},
    "rispy": {"index/citing/tagged.py"},
    "markdown_it": {"index/blocks.py"},
    "gradio": {"app/page.py"},
    "mcp": {"app/tools.py"},
    "coloraide": {"app/theme.py"},
    "limits": {"app/limits.py"},
    "ray": {"index/cluster.py", "app/replicas.py"},
    "redis": {"app/limits.py"},
    "prometheus_client": {"app/metrics.py"},
    "pythonjsonlogger": {"app/logs.py"},
}
MODEL_LIBRARIES = {"torch", "transformers", "sentence_transformers", "sklearn", "gradio", "fastapi"}


def python_files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, by its full name."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(file: Path, package: str, order: tuple[str, ...]) -> set[str]:
    """The modules of `package`, by their names in `order`, that a file imports."""
    names = (
        name.removeprefix(f"{package}.").split(".")[0] for name in imported(file) if name.startswith(f"{package}.")
    )
    return {name for name in names if name in order}


def test_the_order_names_every_module() -> None:
    """A new module takes its place in the list."""
    found = {
        path.stem for path in (ROOT / "index").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert found - {"__init__"} == set(ORDER)
    assert {path.stem for path in (ROOT / "index" / "check").glob("*.py")} - {"__init__"} == set(CHECK_ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_a_module_of_index_imports_only_modules_above_it(module: str) -> None:
    """No circle, and no way down."""
    path = ROOT / "index" / module
    allowed = set(ORDER[: ORDER.index(module)])
    for file in path.glob("*.py") if path.is_dir() else [path.with_suffix(".py")]:
        assert ours(file, "index", ORDER) - {module} <= allowed, file


@pytest.mark.parametrize("module", CHECK_ORDER)
def test_a_module_of_check_imports_only_modules_above_it(module: str) -> None:
    """The rules last."""
    file = ROOT / "index" / "check" / f"{module}.py"
    assert ours(file, "index.check", CHECK_ORDER) <= set(CHECK_ORDER[: CHECK_ORDER.index(module)])


def test_index_knows_nothing_of_app() -> None:
    """The work runs without the page."""
    found = {
        (file.name, name) for file in python_files("index") for name in imported(file) if name.split(".")[0] == "app"
    }
    assert found == set()


@pytest.mark.parametrize("library", DOORS)
def test_each_foreign_library_has_one_door(library: str) -> None:
    """Another library can take its place by a change in one file."""
    found = {
        file.relative_to(ROOT).as_posix()
        for file in (*python_files("index"), *python_files("app"))
        if any(name.split(".")[0] == library for name in imported(file))
    }
    assert found == DOORS[library]


@pytest.mark.parametrize(
    "statement",
    [
        "import index",
        "from index import Explainer",
        *(f"import index.{module}" for module in ("build", "cli", "evaluate", "report")),
        "import app.command",
    ],
)
def test_nothing_happens_on_import(statement: str, tmp_path: Path) -> None:
    """No model library is loaded, no file written, nothing printed."""
    program = f"import sys; {statement}; print(sorted(set(sys.modules) & {MODEL_LIBRARIES!r}))"
    found = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (found.stdout, found.stderr, found.returncode) == ("[]\n", "", 0)
    assert list(tmp_path.iterdir()) == []


def test_the_code_is_not_about_one_corpus() -> None:
    """The subject stands in the corpus; the code would serve another as well."""
    found = {
        file.relative_to(ROOT).as_posix()
        for package in ("index", "app")
        for file in (ROOT / package).rglob("*")
        if file.suffix in (".py", ".html", ".js", ".css", ".svg")
        and "starter" not in file.parts
        and SUBJECT.search(file.read_text(encoding="utf-8"))
    }
    assert found == set()
