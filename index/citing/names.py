"""Names of authors: one line of text as a corpus has them, parts as other programs have them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MORE = "et al."  # stands for the authors that a record leaves out
# A person as PubMed and most journals of medicine write one (Vancouver style): "van Wijck AJM", "Smith J Jr".
_PERSON = re.compile(
    r"(?P<family>[^\W\d_][^\d,;()]*?) (?P<initials>[^\W\d_a-zß-öø-ÿ](?:-?[^\W\d_a-zß-öø-ÿ]){0,3})"
    r"(?: (?P<suffix>Jr|Sr|2nd|3rd|II|III|IV))?"
)
_COUNTRIES = frozenset({"EU", "UK", "US", "USA"})  # end the name of a society, and look like initials
_MANY_INITIALS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person, by family name and initials such as "AJM"; or whoever else, as one `literal` name."""

    family: str = ""
    initials: str = ""
    suffix: str = ""
    literal: str = ""

    def __str__(self) -> str:
        return self.literal or " ".join(part for part in (self.family, self.initials, self.suffix) if part)

    @property
    def given(self) -> str:
        """The initials with their points, as in "A. J. M." or "M.-L."."""
        return " ".join(f"{part}." for part in re.findall(r"-?\w", self.initials)).replace(". -", ".-")


def person(family: str, given: str, suffix: str = "") -> Author:
    """Make an author of a family name and given names, whole or as initials; without either it is a literal name."""
    initials = "".join(map(_initials, given.split()))
    if not family or not initials:
        return Author(literal=family or given)
    return Author(family=family, initials=initials, suffix=suffix.rstrip("."))


def _initials(given: str) -> str:
    """Return "ML" of "Marie-Louise", but what is initials already as it is: "AJM" of "AJM" and "M-L" of "M.-L."."""
    letters = re.findall(r"[^\W\d_]+", given)
    if given.isupper() and sum(map(len, letters)) <= _MANY_INITIALS:
        return re.sub(r"[^\w-]", "", given).strip("-")
    return "".join(word[0].upper() for word in letters)


def authors_of(text: str) -> tuple[tuple[Author, ...], bool]:
    """Take a line of authors apart, and say whether it leaves some out.

    A line in which anybody is not plainly a person is kept whole, as one literal name: a comma
    may stand within the name of an agency.
    """
    names = [name for name in text.split(", ") if name]
    more = bool(names) and names[-1].rstrip(".") == MORE.rstrip(".")
    names = names[: len(names) - more]
    people = [_person(name) for name in names]
    if all(people):
        return tuple(author for author in people if author), more
    return (Author(literal=", ".join(names)),), more


def _person(name: str) -> Author | None:
    found = _PERSON.fullmatch(name)
    if not found or not found["initials"].isupper() or found["initials"] in _COUNTRIES:
        return None
    return Author(family=found["family"], initials=found["initials"], suffix=found["suffix"] or "")


def authors_line(authors: Iterable[Author], more: bool) -> str:
    """Return the authors as a corpus writes them."""
    return ", ".join([*map(str, authors), *([MORE] if more else [])])
