"""The parts of the documentation that the program itself knows: `python -m tests.docs` writes them anew."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from app.options import add_options
from app.sites import read_sites
from app.widget import read_wording, snippets
from tests.annotated import example
from tests.commands import commands_page
from tests.conftest import CORPUS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SERVER = "https://answers.example"
_VARIABLE = re.compile(r"(.*) \(([A-Z_]+(?:=1)?)(.*)\)", re.DOTALL)


class Options(argparse.ArgumentParser):
    """Notes each option that it is given: its flag with what follows it, its variable, and what it means."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []
        super().__init__(prog="explainer serve", add_help=False)

    def add_argument(self, *flags: str, **how: Any) -> argparse.Action:  # type: ignore[override]
        found = _VARIABLE.fullmatch(how["help"])
        assert found, f"the help of {flags[0]} names no variable"
        flag = f"{flags[0]} {how.get('metavar') or ''}".strip()
        self.rows.append((flag, found[2], f"{found[1]}{f' (in the variable: {found[3][2:]})' if found[3] else ''}"))
        return super().add_argument(*flags, **how)


def options() -> Options:
    """Return what `explainer serve` can be told."""
    found = Options()
    add_options(found)
    return found


def options_table() -> str:
    """Return the options as a table in Markdown."""
    rows = (f"| `{flag}` | `{variable}` | {meaning} |" for flag, variable, meaning in options().rows)
    return "\n".join(["| option | variable | what it sets |", "| --- | --- | --- |", *rows])


def example_snippets() -> str:
    """Return what `explainer widget-snippet` prints for the first site of the example, as a block in Markdown."""
    wording = read_wording(CORPUS)
    site = read_sites(ROOT / "sites.example.yaml", tuple(wording))[0]
    return f"```html\n{snippets(site, wording[site.language]['widget_frame'], SERVER)}\n```"


def checklist() -> str:
    """Return the list that CONTRIBUTING.md asks every pull request to go through."""
    found = re.search(r"<!-- checklist -->\n(.*?)\n<!-- /checklist -->", _read("CONTRIBUTING.md"), re.DOTALL)
    assert found, "CONTRIBUTING.md has no checklist between its two marks"
    return found[1]


# Each file, and what is written between `<!-- name: … -->` and `<!-- /name -->` in it.
MADE: dict[str, dict[str, Callable[[], str]]] = {
    "docs/hosting.md": {"options": options_table},
    "docs/embedding.md": {"snippets": example_snippets},
    "docs/commands.md": {"commands": commands_page},
    "CONTRIBUTING.md": {
        "source": partial(example, "source"),
        "claim": partial(example, "claim"),
        "safety": partial(example, "safety"),
    },
    ".github/pull_request_template.md": {"checklist": checklist},
}


def renewed(name: str) -> str:
    """Return what should stand in a file."""
    text = _read(name)
    for marker, make in MADE[name].items():
        parts = re.split(rf"(<!-- {marker}: .*? -->\n|<!-- /{marker} -->)", text)
        assert len(parts) == 5, f"{name} needs the two marks of {marker}, once each"
        before, begin, _, end, after = parts
        text = f"{before}{begin}{make()}\n{end}{after}"
    return text


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    for name in MADE:
        (ROOT / name).write_text(renewed(name), encoding="utf-8")
