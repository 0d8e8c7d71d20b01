"""Lesson 13: its networks, side by side, learn alike in both libraries."""

import numpy as np
import pytest

from tests.conformance.lessons.on_torch import Silent, definitions

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("lam", [0.0, 0.03])
def test_the_networks_learn_alike(lam):
    rng = np.random.default_rng(0)
    x, y = rng.random((3, 20, 64), dtype=np.float32), rng.integers(0, 10, (3, 20))
    shapes = ((3, 64, 32), (3, 1, 32), (3, 32, 10), (3, 1, 10))
    start = [rng.normal(0, 0.2, shape).astype(np.float32) for shape in shapes]
    silent = Silent()
    silent.epochs = 30
    ends = []
    for on_torch in (False, True):
        lesson = definitions("13_overfitting", on_torch=on_torch, run=silent)
        ends.append([array.copy() for array in list(lesson.training(start, x, y, 30, lam))[-1]])
    for ours, theirs in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
