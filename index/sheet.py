"""A page for maintainers in one file: it needs no script, no other file and no server."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NewType

from index.errors import ReportError

Html = NewType("Html", str)  # markup, with every text in it escaped; the type checker keeps the two apart

# What a picture is drawn in; each gives way to the page's own colour of that name, in light and in dark.
INK, PAPER, SOFT, LINE = "#1a1a1a", "#ffffff", "#555555", "#bbbbbb"
_OWN = {INK: "var(--ink)", PAPER: "var(--paper)", SOFT: "var(--soft)", LINE: "var(--line)"}
_DRAWN = re.compile("|".join(_OWN))

# The page loads nothing, whatever stands in it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1a1a1a;--soft:#555;--line:#bbb;--gone:#fbe3e0;--come:#dcf3e0}
@media(prefers-color-scheme:dark){:root{--paper:#16181b;--ink:#ececec;--soft:#b4b4b4;--line:#4a4d52;--gone:#57241f;
--come:#1c4427}}
body{font:16px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;background:var(--paper);
color:var(--ink);overflow-wrap:break-word}
h2{margin:2.5rem 0 .5rem;border-bottom:2px solid var(--line)}
a{color:inherit}
table{border-collapse:collapse;width:100%;margin:1rem 0 1.5rem}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-top:1px solid var(--line)}
th[scope=row]{font-weight:400}
.sides{table-layout:fixed}.sides th,.sides td{overflow-wrap:anywhere}
.sides th:first-child{width:18%}.sides th:first-child:nth-last-child(n+4){width:30%}
@media(max-width:45rem){th,td{padding:.3rem}.sides tr{display:grid;grid-template-columns:1fr 1fr;border-top:1px solid var(--line)}
.sides th,.sides td{border:0}.sides tr>:first-child,.sides tr>:nth-child(n+4){grid-column:1/-1;width:auto!important}}
del{background:var(--gone);text-decoration:line-through}
ins{background:var(--come);text-decoration:underline}
.none{color:var(--soft)}
.wide{overflow-x:auto}.wide table{min-width:45rem}
figure{margin:1.5rem 0}
figcaption{font-weight:600;padding:.3rem 0}
summary{cursor:pointer;padding:.6rem 0}
svg{max-width:100%;height:auto}
"""


def words(text: str) -> Html:
    """Return `text` escaped."""
    return Html(html.escape(text))


def joined(parts: Iterable[Html]) -> Html:
    """Return the parts one after the other."""
    return Html("".join(parts))


def element(tag: str, *inside: Html, lang: str = "") -> Html:
    """Return an element round `inside`; `lang` is the language of its words where that is not the page's."""
    marked = f' lang="{html.escape(lang)}"' if lang else ""
    return Html(f"<{tag}{marked}>{joined(inside)}</{tag}>")


def link(name: str, text: str) -> Html:
    """Return a link to the section of that name."""
    return Html(f'<a href="#{html.escape(name)}">{words(text)}</a>')


def section(name: str, heading: str, *inside: Html) -> Html:
    """Return a part of the page with its heading, to which an address that ends in #name leads."""
    return Html(f'<section id="{html.escape(name)}">{element("h2", words(heading))}{joined(inside)}</section>')


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[Html]], *, sides: bool = False, lang: str = ""
) -> Html:
    """Return a table whose first cells head their rows.

    With `sides` all other columns are equally wide, to be read side by side; `lang` is the
    language of what stands in them.
    """
    spoken = f' lang="{html.escape(lang)}"' if lang else ""
    head = "".join(f'<th scope="col">{words(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td{spoken}>{cell}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    )
    shape = ' class="sides"' if sides else ""
    return Html(
        f"<table{shape}><caption>{words(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def scrolled(name: str, *inside: Html) -> Html:
    """Return a part that is too wide for a small screen, and that a keyboard can scroll; `name` is read out."""
    return Html(f'<div class="wide" role="region" tabindex="0" aria-label="{html.escape(name)}">{joined(inside)}</div>')


def picture(name: str, title: str, svg: str) -> Html:
    """Return a picture under its title, from an SVG file; `name` is its own on the page.

    It keeps no colour but the page's, no address, and no id that nothing points at.
    """
    root = ET.fromstring(svg)  # noqa: S314  # it is one that we have just drawn
    used = set(re.findall(r'(?:url\(|href=")#(\w+)', svg))
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
        found = {key.rpartition("}")[2]: value for key, value in node.attrib.items()}
        if found.get("id") not in used:
            found.pop("id", None)
        if "fill" in found:  # a variable belongs into a style
            found["style"] = f"fill: {found.pop('fill')}"
        if "style" in found:
            found["style"] = _DRAWN.sub(lambda match: _OWN[match[0]], found["style"])
        if "d" in found:
            found["d"] = " ".join(found["d"].split())
        node.attrib.clear()
        node.attrib.update(found)
    root.remove(root[0])  # rules of style for the whole page
    label = html.escape(f"picture-{name}")
    root.attrib.update({"role": "img", "aria-labelledby": label, "style": "stroke-linejoin: round"})
    drawn = "".join(line.strip() for line in ET.tostring(root, encoding="unicode").splitlines())
    return Html(f'<figure><figcaption id="{label}">{words(title)}</figcaption>{drawn}</figure>')


def write_page(file: Path, title: str, *inside: Html) -> Path:
    """Write a whole page to `file` and return its path; raise ReportError if it cannot be written."""
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_POLICY)}">'
        f"<title>{words(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{element('h1', words(title))}{joined(inside)}</main></body></html>\n"
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ReportError(f"cannot write {file}: {error.strerror}") from error
    return file
