"""Where names stand beside the points they belong to, so that they cover each other least."""

from __future__ import annotations

from collections.abc import Sequence

Side = tuple[int, int]  # how far to the right of a point, and how far above it
Box = tuple[float, float, float, float]  # left, bottom, right, top

# Where a name may stand, the best place first: beside the point it begins or ends there, above or below it is centred.
SIDES: tuple[Side, ...] = ((5, 0), (-5, 0), (0, 8), (0, -8), (4, 7), (-4, 7), (4, -7), (-4, -7))
_ROUNDS = 3  # in which all names are placed anew, and one may give way to those that came after it
_DOT = 4  # from the middle of a point to its edge


def placed(names: Sequence[tuple[float, float, float, float]], frame: Box) -> list[Side]:
    """Return a side for each name, given as (x, y) of its point and its own width and height, inside `frame`."""
    choices = [[(side, _box(name, side)) for side in SIDES] for name in names]
    chosen = [sides[0] for sides in choices]
    dots = [(x - _DOT, y - _DOT, x + _DOT, y + _DOT) for x, y, _, _ in names]
    for _ in range(_ROUNDS):
        for number, sides in enumerate(choices):
            taken = [*dots, *(box for other, (_, box) in enumerate(chosen) if other != number)]
            chosen[number] = min(sides, key=lambda choice: _cost(choice[1], taken, frame))
    return [side for side, _ in chosen]


def _cost(box: Box, taken: Sequence[Box], frame: Box) -> float:
    """Return the area that a name covers of others, and less for what of it is in the frame."""
    return sum(_common(box, other) for other in taken) - _common(box, frame)


def _box(name: tuple[float, float, float, float], side: Side) -> Box:
    x, y, width, height = name
    left = x + side[0] - (0 if side[0] > 0 else width if side[0] < 0 else width / 2)
    bottom = y + side[1] - height / 2
    return left, bottom, left + width, bottom + height


def _common(one: Box, other: Box) -> float:
    """Return the area that two boxes have in common."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)
