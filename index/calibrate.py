"""What a build learns: the probes from the corpus's own texts, the thresholds from the golden questions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from index.advert import CLAIM_PROBE, AdvertReader, Limits
from index.encoder import Encoder, Vectors
from index.fitter import Fit, HoldEach
from index.measures import ad_scores
from index.probe import Probe, fit_logistic, fit_probe
from index.records import Corpus, GoldenQuestion, Urgency
from index.refuse import SIGNALS, signals
from index.search import Search, Weights
from index.sieve import hold_each
from index.store import BuiltIndex
from index.texts import CARD_ROLES, Row
from index.triage import URGENCIES, Evidence, Triage

FALSE_DECLINES = 0.02  # share of golden questions in scope that the floor may decline; the goal is 0.03
NEVER_NOTHING = 0.005  # share of them that may get nothing at all, not even titles
ALWAYS = 20.0  # below any wanted score: no score of a question comes near
FALSE_ALARMS = 0.004  # share of golden questions that the probes alone may alarm for nothing
MISS_COSTS = 40  # false alarms that one missed emergency weighs
# Texts of sellers that a claim's probe is told apart from. With more the cost of each claim would grow with the number
# of claims. The corpus has fewer; with 400 of them F1 on its golden advertisements stays at 0.880, with 200 it is 0.875.
MOST_OTHERS = 800
_TOGETHER = 64  # claims whose nearest texts are looked for at once, which takes a tenth of the time
_FOLDS = 10
_STRENGTH = 0.3  # scikit-learn's C, the inverse of the L2 penalty


def fit_probes(
    corpus: Corpus, rows: Sequence[Row], vectors: Vectors, fit: Fit = fit_probe, hold_each: HoldEach = hold_each
) -> tuple[Probe, ...]:
    """Fit the probes `in_scope`, `urgent`, `contraindication` and one a claim on the rows of a corpus."""
    in_scope = np.array([row.role in CARD_ROLES for row in rows])
    outside = np.array([row.role == "outside" and row.owner != "advertising" for row in rows])
    asked = outside | np.array([row.role in ("title", "name", "way") for row in rows])
    wanted: list[tuple[str, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]] = [("in_scope", in_scope, asked)]
    phrases = {card.id: card.phrases for card in corpus.safety}
    kinds: dict[str, Urgency] = {card.id: card.kind for card in corpus.safety}
    held = hold_each(phrases, [row.text for row in rows if row.role in CARD_ROLES])
    for kind in URGENCIES:
        own = np.array([row.role == kind for row in rows])
        # A card's own text that holds a phrase is on both sides of the line: it teaches nothing.
        unclear = in_scope.copy()
        unclear[in_scope] = [any(kinds[id] == kind for id in ids) for ids in held]
        use = ~unclear & np.array([row.role != "seller" for row in rows])
        wanted.append((kind, own, use))

    def fitted(asked_for: tuple[str, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]) -> Probe:
        name, labels, use = asked_for
        return fit(name, vectors[use], list(labels[use]))

    with ThreadPoolExecutor() as pool:  # a fit leaves the interpreter to others most of the time
        of_questions = pool.map(fitted, wanted)
        of_claims = tuple(_claim_probes(corpus, rows, vectors, fit))
        return (*of_questions, *of_claims)


def _claim_probes(corpus: Corpus, rows: Sequence[Row], vectors: Vectors, fit: Fit) -> Iterator[Probe]:
    """Fit one probe a claim: how sellers say it, against how they say all else."""
    said = [n for n, row in enumerate(rows) if row.role in ("seller", "claim") or row.owner == "advertising"]
    claims_of: dict[str, set[str]] = {}
    for number in said:
        claims_of.setdefault(rows[number].text, set()).add(rows[number].owner)
    unique = list({rows[number].text: number for number in said}.values())  # a sentence may stand under two claims
    texts = vectors[unique]
    claims = [card.id for card in corpus.cards if card.kind == "claim"]
    places: dict[str, list[int]] = {claim: [] for claim in claims}
    for place, number in enumerate(unique):
        for claim in claims_of[rows[number].text] & places.keys():
            places[claim].append(place)
    for start in range(0, len(claims), _TOGETHER):
        block = claims[start : start + _TOGETHER]
        nearness = np.array([texts[places[claim]].sum(axis=0) for claim in block]) @ texts.T
        for claim, near in zip(block, nearness, strict=True):
            wanted = np.zeros(len(texts), dtype=bool)
            wanted[places[claim]] = True
            use = _telling(wanted, near)
            yield fit(f"{CLAIM_PROBE}{claim}", texts[use], list(wanted[use]))


def _telling(wanted: npt.NDArray[np.bool_], nearness: Vectors) -> npt.NDArray[np.intp]:
    """Return the places of the wanted texts and of MOST_OTHERS others at most, or of all where there are no more.

    Half of these are the nearest to the wanted ones, half lie evenly over all.
    """
    others = np.flatnonzero(~wanted)
    if len(others) <= MOST_OTHERS:
        return np.arange(len(wanted))
    nearest = np.argpartition(np.where(wanted, np.inf, -nearness), MOST_OTHERS // 2)[: MOST_OTHERS // 2]
    spread = others[np.linspace(0, len(others) - 1, MOST_OTHERS // 2).astype(np.intp)]
    return np.unique(np.concatenate((np.flatnonzero(wanted), nearest, spread)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a search for a golden question found, as far as a threshold rests on it.

    `spelt` is what was searched for, `first` the id of the first card, `lead` how far its score
    lies ahead of the next card's.
    """

    question: GoldenQuestion
    spelt: str
    first: str
    lead: float
    signals: tuple[float, ...]
    evidence: dict[Urgency, Evidence]


def read_golden(index: BuiltIndex, encoder: Encoder) -> Iterator[Reading]:
    """Yield for each golden question what `Search.rank` finds, the nearest rows of all looked up at once."""
    questions = index.corpus.questions
    weights = Weights()
    search = Search(index, encoder, weights)
    spelt = [search.spelt(question.text) for question in questions]
    vectors = np.array([encoder.encode([text])[0] for text in spelt])  # alone, as a reader's question is
    triage = Triage(index.corpus, {})
    with index.at_hand(vectors, weights.nearest):
        for question, text, vector in zip(questions, spelt, vectors, strict=True):
            ranked = search.rank_vector(text, vector)
            yield Reading(
                question=question,
                spelt=text,
                first=ranked.cards[0].id,
                lead=ranked.scores[0] - ranked.scores[1] if len(ranked.scores) > 1 else ALWAYS,
                signals=signals(ranked),
                evidence=triage.evidence(question.text, ranked),
            )


def calibrate(readings: Sequence[Reading]) -> dict[str, Any]:
    """Choose the refusing model and the triage thresholds on the corpus's golden questions.

    Returns what the manifest keeps, with the run that chose it. The floor is chosen on
    probabilities of questions that the model was not fitted on (ten folds).
    """
    asked = [reading for reading in readings if reading.question.kind != "urgent"]
    return {
        "questions": len(readings),
        "refusing": _refusing(
            np.array([reading.signals for reading in asked], dtype=np.float64).reshape(-1, len(SIGNALS)),
            np.array([reading.question.kind == "in-scope" for reading in asked], dtype=bool),
        ),
        "triage": {kind: _thresholds(readings, kind) for kind in URGENCIES},
    }


def _refusing(rows: npt.NDArray[np.float64], wanted: npt.NDArray[np.bool_]) -> dict[str, Any]:
    fewest = int(min(wanted.sum(), (~wanted).sum())) if len(wanted) else 0
    if fewest < 2:  # nothing to learn from: such a corpus never declines
        return {"weights": dict.fromkeys(SIGNALS, 0.0), "bias": 0.0, "floor": 0.0, "closest": 0.0, "folds": 0}
    centre, spread = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    scaled = (rows - centre) / spread
    folds = min(_FOLDS, fewest)
    held_out = np.zeros(len(rows))
    for fold in range(folds):
        test = _fold(wanted, folds) == fold
        weights, bias = fit_logistic(scaled[~test], wanted[~test], strength=_STRENGTH)
        held_out[test] = 1 / (1 + np.exp(-(scaled[test] @ np.array(weights) + bias)))
    weights, bias = fit_logistic(scaled, wanted, strength=_STRENGTH)
    raw = np.array(weights) / spread
    floor = float(np.quantile(held_out[wanted], FALSE_DECLINES))
    closest = min(float(np.quantile(held_out[wanted], NEVER_NOTHING)), floor)
    return {
        "weights": {name: round(float(weight), 6) for name, weight in zip(SIGNALS, raw, strict=True)},
        "bias": round(bias - float(centre @ raw), 6),
        "floor": round(floor, 4),
        "closest": round(closest, 4),
        "folds": folds,
        "held_out": {
            "decline_rate": round(float((held_out[~wanted] < floor).mean()), 4),
            "false_decline_rate": round(float((held_out[wanted] < floor).mean()), 4),
        },
    }


def _fold(wanted: npt.NDArray[np.bool_], folds: int) -> npt.NDArray[np.intp]:
    """Deal each class round the folds in turn, so that every fold has some of both."""
    dealt = np.zeros(len(wanted), dtype=np.intp)
    for kind in (True, False):
        dealt[wanted == kind] = np.arange((wanted == kind).sum()) % folds
    return dealt


def _thresholds(readings: Sequence[Reading], kind: Urgency) -> dict[str, float]:
    named: tuple[list[float], list[float]] = ([], [])
    alone: tuple[list[float], list[float]] = ([], [])
    for reading in readings:
        question, found = reading.question, reading.evidence[kind]
        if (question.kind == "urgent" and question.expects != kind) or (found.negated and not found.named):
            continue
        (named if found.named else alone)[question.expects == kind].append(found.score)
    return {
        "with_phrase": _threshold(others=named[False], wanted=named[True]),
        "alone": _threshold(others=alone[False], wanted=alone[True], most_alarms=int(FALSE_ALARMS * len(alone[False]))),
    }


def _threshold(*, others: Sequence[float], wanted: Sequence[float], most_alarms: int | None = None) -> float:
    """Return the score at which misses, dearly weighed, and false alarms together cost least.

    Of equal costs the lowest score that raises no further alarm is taken; none that raises more
    than `most_alarms` is.
    """
    if not wanted:
        return round(max(others, default=0.0) + 1.0, 4)
    if not others:  # such evidence never misled: it is enough whatever the score
        return round(min(wanted) - ALWAYS, 4)
    cuts = np.unique([*others, *wanted])
    alarms = len(others) - np.searchsorted(np.sort(others), cuts)
    misses = np.searchsorted(np.sort(wanted), cuts)
    allowed = alarms <= (len(others) if most_alarms is None else most_alarms)
    if not allowed.any():
        return round(max(others) + 1.0, 4)
    best = float(cuts[allowed][np.argmin((MISS_COSTS * misses + alarms)[allowed])])
    below = max((score for score in others if score < best), default=best - 2.0)
    return round((best + 2 * below) / 3 if below < best else best, 4)


# The limits tried on the golden advertisements.
_LEAST = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7)
_BEHIND = (0.0, 0.03, 0.06, 0.1)


def choose_limits(index: BuiltIndex, encoder: Encoder) -> dict[str, float]:
    """Choose when a clause makes a claim: the limits with the best F1 on the golden advertisements.

    Of equal ones the strictest is taken; without golden advertisements the strictest of all.
    """
    tried = [Limits(least=least, behind=behind) for least, behind in itertools.product(reversed(_LEAST), _BEHIND)]
    reader = AdvertReader(index, encoder, tried[0])
    read = [(ad, reader.score(ad.text)) for ad in index.corpus.ads]
    claims = {card.id for card in index.corpus.cards if card.kind == "claim"}

    def f1(limits: Limits) -> float:
        found = [(ad, {claim for _, claim in reader.findings(scored, limits)}) for ad, scored in read]
        return ad_scores(found, claims)["F1"]

    return asdict(max(tried, key=f1))
