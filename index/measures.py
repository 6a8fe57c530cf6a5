"""The scores of an answer to golden questions, by their standard names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from index.records import GoldenAd

MRR_DEPTH = 10


def hit(ranks: Sequence[int | None], depth: int) -> float:
    """Return the share of questions whose right card stands within `depth` (rank 1 is first)."""
    return share([rank is not None and rank <= depth for rank in ranks])


def mrr(ranks: Sequence[int | None], depth: int = MRR_DEPTH) -> float:
    """Return the mean of 1/rank, 0 where the right card is not within `depth` (RR@10)."""
    return float(np.mean([1 / rank if rank and rank <= depth else 0.0 for rank in ranks])) if ranks else 0.0


def auroc(wanted: Sequence[float], others: Sequence[float]) -> float:
    """Return the probability that a wanted score lies above another, ties counted half.

    This is the Mann-Whitney U statistic over the number of pairs.
    """
    if not wanted or not others:
        return 0.0
    above = np.subtract.outer(np.asarray(wanted), np.asarray(others))
    return float(((above > 0).sum() + 0.5 * (above == 0).sum()) / above.size)


def ad_scores(found: Sequence[tuple[GoldenAd, Collection[str]]], claims: Collection[str]) -> Mapping[str, float]:
    """Return precision, recall and F1 over pairs of advertisement and claim, pooled.

    An alternative counts as the label it stands beside, and a claim once an advertisement.
    """
    right = wanted = wrong = 0
    for ad, got in found:
        labels = {claim.id: {claim.id, *claim.alternatives} for claim in ad.claims if claim.id in claims}
        wanted += len(labels)
        right += sum(bool(accepted & set(got)) for accepted in labels.values())
        accepted = set().union(*labels.values())
        wrong += len({claim for claim in got if claim in claims} - accepted)
    precision = right / (right + wrong) if right + wrong else 0.0
    recall = right / wanted if wanted else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": precision, "recall": recall, "F1": f1}


def share(flags: Sequence[bool]) -> float:
    """Return the share of true ones; 0 where there are none at all."""
    return sum(flags) / len(flags) if flags else 0.0
