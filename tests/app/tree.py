"""A small tree of HTML, for tests that ask what stands where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"img", "meta", "link", "br", "input", "hr"})


@dataclass(eq=False)
class Element:
    """An element with its attributes and what it holds, texts among elements, in order."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    parent: Element | None = None
    holds: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it."""
        return "".join(part if isinstance(part, str) else part.text for part in self.holds)

    @property
    def classes(self) -> list[str]:
        return (self.attributes.get("class") or "").split()

    def all(self) -> Iterator[Element]:
        """Every element in it, in the order of the page."""
        for part in self.holds:
            if isinstance(part, Element):
                yield part
                yield from part.all()

    def find(self, tag: str = "", cls: str = "") -> list[Element]:
        """Every element in it of that tag and class."""
        return [e for e in self.all() if (not tag or e.tag == tag) and (not cls or cls in e.classes)]

    def within(self, cls: str) -> bool:
        """Say whether it stands in an element of that class."""
        return self.parent is not None and (cls in self.parent.classes or self.parent.within(cls))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.here = self.root = Element("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), self.here)
        self.here.holds.append(element)
        if tag not in _VOID:
            self.here = element

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.here.tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.holds.append(data)


def parse(html: str) -> Element:
    """Return the tree of `html`; an element that is closed wrongly or not at all fails."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.here is reader.root, f"<{reader.here.tag}> is not closed"
    return reader.root
