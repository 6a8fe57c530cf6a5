"""class Explainer: load an index, ask it a question, check an advertisement."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path

from index.advert import AdvertReader
from index.collector import without_collector
from index.encoder import Encoder, Vectors
from index.errors import QuestionError
from index.manifest import read_manifest
from index.phrases import Phrases
from index.records import MAX_QUESTION, MAX_TEXT, Answer, Card, Corpus, Finding, Passage
from index.refuse import Refuser, signals
from index.search import MAX_CARDS, Ranked, Search
from index.served import serving_encoder
from index.store import BuiltIndex
from index.threads import keep_to_one_thread
from index.triage import Triage

ANY_QUESTION = "is it there"  # for a server that asks itself
MAX_CLOSEST = 4  # titles, where there is no answer
BUILT = Path(__file__).parent / "built"
_SELLERS = frozenset({"sellers-claim", "unpublished"})  # never shown before what was found
_KEPT_CONTROLS = frozenset("\n\t")
_JOINERS = frozenset("\u200c\u200d")  # join letters and emoji; every other format character goes


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was read: as it is shown, and as it is searched for, which is empty where it has no word."""

    shown: str
    searched: str


class Explainer:
    """Answers questions from a built index. It keeps no question."""

    def __init__(self, index: BuiltIndex, encoder: Encoder) -> None:
        index.check_encoder(encoder)
        self.corpus: Corpus = index.corpus
        self.version = index.version
        self.calibration = index.calibration
        self.encoder = encoder
        self._index = index
        self._search = Search(index, encoder)
        self._refuser = Refuser.from_manifest(index.calibration)
        self._triage = Triage.from_manifest(index.corpus, index.calibration)
        self._personal = Phrases(index.corpus.personal)
        self._adverts = AdvertReader(index, encoder)
        self._cards = {card.id: card for card in index.corpus.cards}
        self._passage_vectors = _passage_vectors(index)

    @classmethod
    def load(cls, folder: Path | None = None, encoder: Encoder | None = None) -> Explainer:
        """Load the index of `folder` (the built one by default) with the encoder it was made with.

        Raises IndexFolderError or EncoderError, naming the cure.
        """
        folder = folder or BUILT
        with without_collector():
            if encoder is not None:
                return cls(BuiltIndex.load(folder), encoder)
            told = read_manifest(folder)["encoder"]
            with ThreadPoolExecutor(1) as beside:  # the encoder needs as long as all the rest
                serving = beside.submit(serving_encoder, folder, told.get("name", ""), told.get("weights", ""))
                return cls(BuiltIndex.load(folder), serving.result())

    def warm_up(self) -> None:
        """Get ready to serve: what the first question has to wait for, such as the model, is there for the next."""
        self.ask(ANY_QUESTION)
        keep_to_one_thread()

    def ask(self, question: str) -> Answer:
        """Answer `question`; any text of up to 2,000 characters gets an Answer.

        Raises QuestionError for a longer one.
        """
        return self.answers([self.read(question)])[0]

    def read(self, question: str) -> Asked:
        """Make a question ready to be answered, which is quick; raise QuestionError for one that is too long."""
        shown = _readable(question)
        return Asked(shown=shown, searched=self._search.spelt(shown) if has_words(shown) else "")

    def tokens(self, asked: Asked) -> int:
        """Return how many tokens the encoder makes of a question: those of as many are soonest answered together.

        0 where it gains nothing to answer this one together with others.
        """
        count = getattr(self.encoder, "count_tokens", None)
        return count(asked.searched) if count and asked.searched else 0

    def answers(self, together: Sequence[Asked]) -> list[Answer]:
        """Answer several questions in their order, each as if it were alone, to the byte."""
        vectors = iter(self.encoder.encode([asked.searched for asked in together if asked.searched]))
        return [
            self._answer(
                asked.shown, self._search.rank_vector(asked.searched, next(vectors)) if asked.searched else None
            )
            for asked in together
        ]

    def judge(self, question: str) -> tuple[Answer, float, str]:
        """Return what `ask` does, the probability that the corpus answers it, and the best card's id.

        For evaluation only: one search gives all three. Raises QuestionError as `ask` does.
        """
        asked = _readable(question)
        ranked = self._search.rank(asked)
        answer = self._answer(asked, ranked if has_words(asked) else None)
        return answer, self._refuser.probability(signals(ranked)), ranked.cards[0].id

    def _answer(self, asked: str, ranked: Ranked | None) -> Answer:
        """Put the Answer together from what was found; None stands for a question without a word."""
        if ranked is None:
            return Answer(question=asked, outcome="nothing", safety=(), cards=(), notes=(), version=self.version)
        outcome = self._refuser.outcome(ranked)
        safety = self._triage.cards(asked, ranked)
        if outcome == "answered":
            cards = (self._for_question(ranked), *ranked.cards[1:MAX_CARDS])
        else:
            cards = ranked.cards[:MAX_CLOSEST] if outcome == "closest" else ()
        return Answer(
            question=asked,
            outcome=outcome,
            safety=safety,
            cards=cards,
            notes=("personal",) if outcome == "answered" and self._personal.match(asked).found else (),
            version=self.version,
        )

    def card(self, id: str) -> Card | None:
        """Return the card of that id, or None."""
        return self._cards.get(id)

    def check_text(self, text: str) -> tuple[Finding, ...]:
        """Return every sentence of a pasted advertisement that makes a claim, with the claim's card.

        A sentence that makes several claims stands there as often. Raises QuestionError for a
        text of more than 20,000 characters.
        """
        if len(text) > MAX_TEXT:
            raise QuestionError(f"A text may have up to {MAX_TEXT:,} characters; this one has {len(text):,}.")
        return tuple(
            Finding(sentence=sentence, card=self._cards[card])
            for sentence, card in self._adverts.read(clean_text(text))
        )

    def _for_question(self, ranked: Ranked) -> Card:
        """Return the first card with its passages in order for this question, a seller's last."""
        card = ranked.cards[0]
        cosines = self._passage_vectors[card.id] @ ranked.vector

        def place(numbered: tuple[int, Passage]) -> tuple[bool, float, str]:
            number, passage = numbered
            return passage.label.tag in _SELLERS, -round(float(cosines[number]), 6), passage.id

        ordered = tuple(passage for _, passage in sorted(enumerate(card.passages), key=place))
        return dataclasses.replace(card, passages=ordered)


def _readable(question: str) -> str:
    """Return `question` as it may be shown; raise QuestionError for one that is too long."""
    if len(question) > MAX_QUESTION:
        raise QuestionError(f"A question may have up to {MAX_QUESTION:,} characters; this one has {len(question):,}.")
    return clean(question)


def has_words(text: str) -> bool:
    """Say whether there is a letter or a digit in `text`: without one nothing is asked."""
    return any(character.isalnum() for character in text)


def clean(text: str) -> str:
    """Return `text` as it may be shown: composed, without control, direction or broken characters."""
    if text.isascii() and text.isprintable():  # as nearly every question
        return " ".join(text.split())
    text = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate becomes "?"
    kept = (
        character
        for character in text
        if character in _KEPT_CONTROLS
        or character in _JOINERS
        or unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cn")
    )
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def clean_text(text: str) -> str:
    """Return a text of several lines as it may be shown, each line cleaned by itself."""
    return "\n".join(map(clean, text.splitlines()))


def _passage_vectors(index: BuiltIndex) -> dict[str, Vectors]:
    """Return for each card the vectors of its passages, shape (passages, dimensions), in their order."""
    rows: dict[str, list[int]] = {card.id: [] for card in index.corpus.cards}
    for number, row in enumerate(index.rows):
        if row.role == "passage":
            rows[row.owner].append(number)
    vectors = index.vectors_of([number for numbers in rows.values() for number in numbers])
    ends = accumulate(map(len, rows.values()))
    return {card: vectors[end - len(numbers) : end] for (card, numbers), end in zip(rows.items(), ends, strict=True)}
