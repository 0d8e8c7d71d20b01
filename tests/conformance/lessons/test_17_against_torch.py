"""Lesson 17: squared error and the Gaussian likelihood in both libraries."""

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import Noting, definitions, start_from

torch = pytest.importorskip("torch")


def model_of(m, lesson, kind):
    layers = m.nn.Linear(1, 8), m.nn.Tanh(), m.nn.Linear(8, 2 if kind == "likelihood" else 1)
    model = m.nn.Sequential(*layers)
    return model if kind == "likelihood" else lesson.OneVariance(model)


@pytest.mark.parametrize("kind", ["likelihood", "one variance", "squared_error"])
def test_the_same_losses_in_both_libraries(kind):
    first = definitions("17_regression", rng=np.random.default_rng(0))
    x, y = (tensor.numpy() for tensor in first.waves(500))
    initial = [parameter.detach().numpy().copy() for parameter in model_of(mg, first, kind).parameters()]
    losses, outputs = [], []
    for m in (mg, torch):
        run = Noting()
        lesson = definitions("17_regression", on_torch=m is torch, run=run)
        model = start_from(m, model_of(m, lesson, kind), initial)
        inputs, targets = m.from_numpy(x), m.from_numpy(y)
        loss = lesson.squared_error if kind == "squared_error" else lesson.likelihood
        lesson.train(model, inputs, targets, loss, epochs=60, lr=0.03)
        losses.append(run.losses)
        outputs.append(model(inputs).detach().numpy())
    assert len(losses[0]) == 60
    assert losses[0][-1] < losses[0][0] - 0.1
    np.testing.assert_allclose(*losses, atol=1e-5)
    np.testing.assert_allclose(*outputs, atol=1e-3)
    if kind != "likelihood":
        assert np.ptp(outputs[0][:, 1]) == 0
    if kind == "squared_error":
        residuals = outputs[0][:, :1] - y
        assert np.exp(outputs[0][0, 1]) == pytest.approx((residuals**2).mean(), rel=1e-5)
