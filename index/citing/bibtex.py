"""BibTeX, the form of LaTeX; the only module that knows bibtexparser and pylatexenc, its reader of LaTeX."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

from index.citing.citation import Citation, clean, clean_address, clean_doi, clean_pages, clean_title, year_of
from index.citing.names import Author, person
from index.citing.works import Work
from index.errors import DraftError

# Types of CSL as types of BibTeX, each with the field that holds the container.
_TYPES = {
    "article-journal": ("article", "journal"),
    "book": ("book", "publisher"),
    "chapter": ("incollection", "booktitle"),
    "manuscript": ("unpublished", "howpublished"),
    "report": ("techreport", "institution"),
}
_OTHER_TYPE = ("misc", "howpublished")
_CONTAINERS = (
    "journal", "journaltitle", "booktitle", "institution", "howpublished", "publisher", "organization", "school",
)  # fmt: skip
_SPECIAL = {character: f"\\{character}" for character in "#$%&_"} | {
    "{": r"{\textbraceleft}",  # BibTeX counts even a brace that LaTeX would not
    "}": r"{\textbraceright}",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
    "\\": r"{\textbackslash}",
}
_BARE_TILDE = re.compile(r"(?<!\{)(\\~(?:\{\w\}|\w))")  # as in Mu\~noz, which the library takes for two names
_LIGATURES = ("--", "``", "''", ",,", "?`", "!`")  # become another character in LaTeX


def bibtex(works: Iterable[Work]) -> str:
    """Return works as BibTeX, in plain characters wherever LaTeX has a name for what is not."""
    _hush()
    from bibtexparser import BibtexFormat, Library, write_string
    from bibtexparser.model import Entry, Field

    style = BibtexFormat()
    style.indent = "  "
    style.trailing_comma = True
    style.block_separator = "\n"
    entries = []
    for work in works:
        type_, container = _TYPES.get(work.type, _OTHER_TYPE)
        fields = [Field(key, value) for key, value in _fields(work, container)]
        entries.append(Entry(type_, work.id, fields))
    return str(write_string(Library(entries), bibtex_format=style))


def _fields(work: Work, container: str) -> Iterator[tuple[str, str]]:
    cited = work.citation
    names = [_name(author) for author in cited.authors] + (["others"] if cited.more else [])
    for key, value in (
        ("author", " and ".join(names)),
        ("title", f"{{{_latex(cited.title)}}}"),  # braces twice: a style then leaves capitals as they are
        (container, _latex(cited.container)),
        ("year", _latex(cited.year)),
        ("volume", _latex(cited.volume)),
        ("number", _latex(cited.issue)),
        ("pages", _latex(cited.pages).replace("-", "--")),
        ("doi", cited.doi),
        ("pmid", cited.pmid),
        ("url", cited.url.replace("{", "%7B").replace("}", "%7D")),
        ("urldate", work.read_on.isoformat()),
        ("note", _latex(work.note)),
    ):
        if value:
            yield key, value


def _name(author: Author) -> str:
    if author.literal:
        return f"{{{_latex(author.literal)}}}"
    parts = (author.family, author.suffix, author.given) if author.suffix else (author.family, author.given)
    return ", ".join(map(_latex, parts))


def _latex(text: str) -> str:
    escape = _escape()
    escaped = "".join(map(escape, text))
    for pair in _LIGATURES:
        escaped = escaped.replace(pair, f"{pair[0]}{{{pair[1]}}}")
    return escaped


@cache
def _escape() -> Callable[[str], str]:
    from pylatexenc.latexencode import UnicodeToLatexEncoder

    encoder = UnicodeToLatexEncoder(
        replacement_latex_protection="braces-all",  # a bare \~ would be a space between names
        unknown_char_policy="keep",
        unknown_char_warning=False,
    )

    @cache
    def escape(character: str) -> str:
        """Return LaTeX for a character; what LaTeX would not give back as the same one stays as it is."""
        if character in _SPECIAL:
            return _SPECIAL[character]
        escaped = str(encoder.unicode_to_latex(character))
        return escaped if _plain(escaped) == character else character

    return escape


def read_bibtex(text: str) -> tuple[Citation, ...]:
    """Read BibTeX. Raises DraftError for an entry that cannot be read."""
    _hush()
    from bibtexparser import middlewares, parse_string
    from bibtexparser.model import DuplicateBlockKeyBlock, Entry

    library = parse_string(
        _BARE_TILDE.sub(r"{\1}", text),
        append_middleware=[
            middlewares.NormalizeFieldKeys(),
            middlewares.SeparateCoAuthors(),
            middlewares.SplitNameParts(),
        ],
    )
    entries = list(library.entries)
    for block in library.failed_blocks:
        if not isinstance(block, DuplicateBlockKeyBlock):
            line = (block.start_line or 0) + 1
            raise DraftError(f"the record is not valid BibTeX in the entry of line {line}: mend it, or save it again")
        if isinstance(block.ignore_error_block, Entry):
            entries.append(block.ignore_error_block)
    return tuple(_citation({field.key: field.value for field in entry.fields}) for entry in entries)


def _citation(fields: dict[str, Any]) -> Citation:
    names = [_author(parts) for parts in fields.get("author", ())]
    authors = tuple(name for name in names if str(name) != "others")
    title, subtitle = (clean_title(_plain(fields.get(key, ""))) for key in ("title", "subtitle"))
    in_pubmed = _plain(fields.get("eprinttype", "")).casefold() == "pubmed"
    containers = (clean(_plain(fields.get(key, ""))) for key in _CONTAINERS)
    return Citation(
        title=f"{title}: {subtitle}" if subtitle else title,
        authors=authors,
        more=len(authors) < len(names),
        year=year_of(_plain(fields.get("year", "") or fields.get("date", ""))),
        container=next((name for name in containers if name and not name.startswith("http")), ""),
        volume=clean(_plain(fields.get("volume", ""))),
        issue=clean(_plain(fields.get("number", "") or fields.get("issue", ""))),
        pages=clean_pages(_plain(fields.get("pages", "")).replace("\u2013", "-")),
        doi=clean_doi(_word_for_word(fields.get("doi", ""))),
        pmid=_word_for_word(fields.get("pmid", "") or (fields.get("eprint", "") if in_pubmed else "")),
        url=clean_address(_word_for_word(fields.get("url", "") or fields.get("howpublished", ""))),
    )


def _author(parts: Any) -> Author:
    family = clean(_plain(" ".join((*parts.von, *parts.last))))
    return person(family, clean(_plain(" ".join(parts.first))), clean(_plain(" ".join(parts.jr))))


def _word_for_word(text: str) -> str:
    r"""Return an address or a DOI that some programs put in `\url{}` or escape."""
    bare = re.sub(r"^\\url\s*\{(.*)\}$", r"\1", text.strip())
    return re.sub(r"\{?\\([%_&#~$])(?:\{\})?\}?", r"\1", bare).strip("{}")


def _plain(latex: str) -> str:
    return str(_decoder().latex_to_text(latex)).replace("\u00a0", " ")


@cache
def _decoder() -> Any:
    from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

    context = get_default_latex_context_db()
    own = {"textasciicircum": "^", "textbraceleft": "{", "textbraceright": "}", "url": "%s"}
    specs = [MacroTextSpec(name, simplify_repl=text) for name, text in own.items()]
    context.add_context_category("ours", prepend=True, macros=specs)
    return LatexNodes2Text(latex_context=context, math_mode="text")


def _hush() -> None:
    """Let the libraries' complaints go nowhere: what they cannot read, we tell."""
    for name in ("bibtexparser", "pylatexenc"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
