"""Giving each field at most one property and each property to at most one field, so that the whole fits best."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float64]


def assign(weights: Weights) -> list[int | None]:
    """For each row the column it gets, None where it gets none; the sum of the weights is the largest there is.

    A weight of 0 is no pair. The Hungarian method with potentials, rows one after the other: of equal solutions it
    always gives the same.
    """
    rows, columns = weights.shape
    # A column of its own for every row that had better go without.
    cost = np.concatenate([-weights, np.zeros((rows, rows))], axis=1)
    owner = np.full(columns + rows + 1, -1)
    u, v = np.zeros(rows + 1), np.zeros(columns + rows + 1)
    for row in range(rows):
        _augment(cost, row, owner, u, v)
    found: list[int | None] = [None] * rows
    for column in range(columns):
        if owner[column] >= 0 and weights[owner[column], column] > 0:
            found[owner[column]] = column
    return found


def _augment(
    cost: Weights, row: int, owner: npt.NDArray[np.int64], u: npt.NDArray[np.float64], v: npt.NDArray[np.float64]
) -> None:
    """Takes one more row in by the shortest path of changes."""
    end = len(owner) - 1
    owner[end] = row
    least, before = np.full(end, np.inf), np.full(end, end)
    done = np.zeros(end + 1, dtype=bool)
    column = end
    while owner[column] >= 0:
        done[column] = True
        here = owner[column]
        left = ~done[:end]
        reached = cost[here] - u[here] - v[:end]
        better = left & (reached < least)
        least[better], before[better] = reached[better], column
        following = int(np.argmin(np.where(left, least, np.inf)))
        step = least[following]
        u[owner[done]] += step
        v[done] -= step
        least[left] -= step
        column = following
    while column != end:
        owner[column] = owner[before[column]]
        column = int(before[column])
    owner[end] = -1
