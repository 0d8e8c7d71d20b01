"""Lesson 11: its loop and its game in both libraries, with each optimizer."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import InOrder, datasets, definitions

torch = pytest.importorskip("torch")


def lessons():
    for m in (mg, torch):
        yield m, definitions("11_optimizers", on_torch=m is torch, DataLoader=InOrder(m))


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("SGD", {"lr": 1.0}),
        ("SGD", {"lr": 0.1, "momentum": 0.9}),
        ("SGD", {"lr": 0.1, "momentum": 0.95, "nesterov": True}),
        # from 0 its first step is the sign of the gradient, which for rounding errors is anything
        ("Adagrad", {"lr": 0.3, "initial_accumulator_value": 0.01}),
        ("RMSprop", {"lr": 0.01}),
        ("Adam", {"lr": 0.03}),
    ],
)
@pytest.mark.parametrize("falls", [False, True])
def test_the_same_objectives_in_both_libraries(kind, options, falls):
    found = []
    for m, lesson in lessons():
        (train_set,) = datasets(m, load_digits()[0])
        options = {**options, **({"schedule": lambda step: 1 - step / 86} if falls else {})}
        model, objectives = lesson.train(train_set, getattr(m.optim, kind), 2, 32, **options)
        again = lesson.train(train_set, m.optim.SGD, 1, len(train_set), start=model.state_dict(), lr=0.1)[1]
        assert objectives.shape == (3,) and again[0] == objectives[-1]
        found.append([*objectives, *again])
    np.testing.assert_allclose(*found, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "options"),
    [("SGD", {}), ("Adam", {"betas": (0.0, 0.1)}), ("Adam", {"betas": (0.0, 0.1), "amsgrad": True})],
)
def test_the_same_game_in_both_libraries(kind, options):
    ours, theirs = (lesson.play(getattr(m.optim, kind), 90, **options) for m, lesson in lessons())
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
