"""Lesson 15: logistic regression with and without a weight, and by squared error, in both libraries."""

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import Noting, definitions, start_from

torch = pytest.importorskip("torch")

LOSSES = {
    "log loss": lambda m: m.nn.BCEWithLogitsLoss(),
    "weighted": lambda m: m.nn.BCEWithLogitsLoss(pos_weight=m.tensor(19.0)),
    "squared error": lambda m: lambda z, y: ((m.sigmoid(z) - y) ** 2).mean(),
}


@pytest.mark.parametrize("kind", LOSSES)
def test_the_same_losses_in_both_libraries(kind):
    x, y = (t.numpy() for t in definitions("15_imbalance", rng=np.random.default_rng(0)).points(2000))
    losses, trained = [], []
    for m in (mg, torch):
        run = Noting()
        lesson = definitions("15_imbalance", on_torch=m is torch, run=run)
        initial = np.array([[0.3, -0.2]], np.float32), np.array([0.1], np.float32)
        model = start_from(m, m.nn.Linear(2, 1), initial)
        lesson.train(model, m.from_numpy(x), m.from_numpy(y), LOSSES[kind](m), epochs=50, lr=0.3)
        losses.append(run.losses)
        trained.append(model.weight.detach().numpy())
    assert len(losses[0]) == 50
    assert losses[0][-1] < losses[0][0] * 0.8
    np.testing.assert_allclose(*losses, atol=1e-5)
    np.testing.assert_allclose(*trained, atol=1e-4)
