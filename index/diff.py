"""Two built indexes compared: which answers to golden questions changed, and which sentences a reader sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from index.answer import Explainer
from index.encoder import DEFAULT_ENCODER
from index.evaluate import Asked, ask_all
from index.records import GoldenQuestion
from index.revision import EncoderNamed
from index.shown import SORTS, Shown, Sort, shown
from index.store import BuiltIndex

Kind = Literal["added", "removed", "changed"]
KINDS: tuple[Kind, ...] = ("added", "removed", "changed")
# What a golden question gets, the gravest first.
GIVEN = ("safety card", "outcome", "first card", "verdict", "certainty", "labels", "note")
NONE = "none"
_ALIKE = 0.5  # share of words that two sentences of a rewritten part have in common, to be shown as one changed
_NO_THRESHOLDS = frozenset({"weights", "bias", "folds"})  # of a calibration: the fitted model, not what it decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One sentence, tag or number that is now another; `old` or `new` is None where there is none."""

    part: str
    old: str | None
    new: str | None

    @property
    def kind(self) -> Kind:
        """Say whether it was added, removed or changed."""
        return "added" if self.old is None else "removed" if self.new is None else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A card, a safety card, a source, a label … that a reader now sees otherwise, with all changes in it."""

    sort: Sort
    id: str
    title: str
    kind: Kind
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A golden question that gets something else.

    `card` is the first card it gets now, `met` whether it got what it expects, before and now;
    a `retired` question is one that the new corpus no longer has.
    """

    question: GoldenQuestion
    card: str
    changes: tuple[Change, ...]
    met: tuple[bool, bool]
    retired: bool

    @property
    def kind(self) -> str:
        """Return the gravest of its changes, by its name in GIVEN."""
        return self.changes[0].part


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """All that changed from one index, of the first corpus version, to another, of the second.

    `questions` is how many golden questions were asked of both; shifts with the same changes
    stand together, the gravest first.
    """

    versions: tuple[str, str]
    questions: int
    shifts: tuple[Shift, ...]
    edits: tuple[Edit, ...]
    thresholds: tuple[Change, ...]

    @property
    def changed(self) -> bool:
        """Say whether anything that a reader sees is another; a threshold alone is not seen."""
        return bool(self.shifts or self.edits)


def compare(old: BuiltIndex, new: BuiltIndex, encoder_named: EncoderNamed) -> Diff:
    """Compare two indexes.

    The golden questions of the new one are asked of both, and those that only the old one has;
    whether an answer is what was expected is judged for both by the question's newest form. Both
    ask `encoder_named` for their encoder: one that remembers embeds each question once. Raises
    IndexFolderError or EncoderError as `Explainer` does.
    """
    questions = tuple({q.id: q for q in (*old.corpus.questions, *new.corpus.questions)}.values())
    before, now = (
        ask_all(Explainer(index, encoder_named(index.encoder_name or DEFAULT_ENCODER)), questions)
        for index in (old, new)
    )
    kept = {question.id for question in new.corpus.questions}
    return Diff(
        versions=(old.version, new.version),
        questions=len(questions),
        shifts=tuple(sorted(_shifts(before, now, kept), key=_gravity)),
        edits=tuple(_edits(shown(old.corpus), shown(new.corpus))),
        thresholds=tuple(_parts(_thresholds(old.calibration), _thresholds(new.calibration))),
    )


def _shifts(old: Sequence[Asked], new: Sequence[Asked], kept: Set[str]) -> Iterator[Shift]:
    for before, now in zip(old, new, strict=True):
        was, given = _given(before), _given(now)
        common = [name for name in GIVEN if name in was and name in given]
        changes = tuple(
            Change(part=name, old=was[name], new=given[name]) for name in common if was[name] != given[name]
        )
        if changes:
            yield Shift(
                question=now.question,
                card=given["first card"],
                changes=changes,
                met=(before.right, now.right),
                retired=now.question.id not in kept,
            )


def _gravity(shift: Shift) -> tuple[object, ...]:
    changes = [(GIVEN.index(change.part), change.old, change.new) for change in shift.changes]
    return changes[0][0], shift.card, changes


def _given(asked: Asked) -> dict[str, str]:
    """Return what a question gets, by its name in GIVEN; where there is no answer, titles are all that is shown."""
    answer = asked.answer
    given = {
        "safety card": ", ".join(card.id for card in answer.safety) or NONE,
        "outcome": answer.outcome,
        "first card": answer.cards[0].id if answer.cards else NONE,
    }
    if answer.outcome == "answered":
        card = answer.cards[0]
        given["verdict"] = card.verdict.tag
        given["certainty"] = card.certainty.tag
        given["labels"] = ", ".join(sorted({passage.label.tag for passage in card.passages})) or NONE
        given["note"] = ", ".join(answer.notes) or NONE
    return given


def _edits(old: Sequence[Shown], new: Sequence[Shown]) -> Iterator[Edit]:
    was, now = ({(one.sort, one.id): one for one in side} for side in (old, new))
    for sort, id in sorted(was.keys() | now.keys(), key=lambda key: (SORTS.index(key[0]), key[1])):
        before, after = was.get((sort, id)), now.get((sort, id))
        changes = tuple(_parts(before.parts if before else {}, after.parts if after else {}))
        if changes or not (before and after):
            kind: Kind = "added" if before is None else "removed" if after is None else "changed"
            named = after or before
            assert named
            yield Edit(sort=sort, id=id, title=named.title, kind=kind, changes=changes)


def _parts(old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> Iterator[Change]:
    """Yield what changed in each part, the parts in their order."""
    for part in dict.fromkeys((*new, *old)):
        for was, now in _pairs(old.get(part, ()), new.get(part, ())):
            yield Change(part=part, old=was, new=now)


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Yield the sentences that differ: the changed ones side by side, then what else went and came."""
    for same, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if same != "equal":
            yield from _beside(old[i:j], new[k:m])


def _beside(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    if len(old) == len(new) == 1:
        yield old[0], new[0]
        return
    likeness = sorted((-_likeness(a, b), i, k) for i, a in enumerate(old) for k, b in enumerate(new))
    partner: dict[int, int] = {}
    for unlike, i, k in likeness:
        if -unlike >= _ALIKE and i not in partner and k not in partner.values():
            partner[i] = k
    for i, sentence in enumerate(old):
        yield sentence, new[partner[i]] if i in partner else None
    yield from ((None, sentence) for k, sentence in enumerate(new) if k not in partner.values())


def _likeness(a: str, b: str) -> float:
    return SequenceMatcher(None, a.split(), b.split(), autojunk=False).ratio()


def _thresholds(calibration: Mapping[str, Any], above: str = "") -> dict[str, tuple[str, ...]]:
    """Return the numbers of a calibration that decide something, or say how well, by their path in it."""
    found: dict[str, tuple[str, ...]] = {}
    for key, value in calibration.items():
        if isinstance(value, Mapping):
            found.update(_thresholds(value, f"{above}{key}.") if key not in _NO_THRESHOLDS else {})
        elif key not in _NO_THRESHOLDS:
            found[f"{above}{key}"] = (str(value),)
    return found
