"""Lesson 06: its losses, its race and its loop in both libraries."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_breast_cancer
from tests.conformance.lessons.on_torch import Silent, definitions

torch = pytest.importorskip("torch")


def lessons():
    for m in (mg, torch):
        lesson = definitions("06_logistic_regression", on_torch=m is torch, run=Silent())
        lesson.log_loss = m.nn.BCEWithLogitsLoss()
        yield m, lesson


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
@pytest.mark.parametrize("bias", [0, -10])
def test_the_same_losses_in_both_libraries(loss, bias):
    found = []
    for m, lesson in lessons():
        sets = []
        for part in load_breast_cancer():
            x, y = (tensor.numpy() for tensor in part.tensors)
            sets.append((m.from_numpy((x - x.mean(0)) / x.std(0)), m.from_numpy(y.astype(np.float32))))
        model, history = lesson.train(*sets, getattr(lesson, loss), bias, epochs=100, lr=0.5)
        assert history.shape == (100, 4)
        found.append((history, model.weight.detach().numpy()))
    (ours, our_weight), (theirs, their_weight) = found
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    np.testing.assert_allclose(our_weight, their_weight, atol=1e-4)


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_the_same_race_in_both_libraries(loss):
    ours, theirs = (lesson.race(getattr(lesson, loss), z=-6.0) for _, lesson in lessons())
    assert ours == pytest.approx(theirs, abs=1e-12)
