"""Lesson 15: the weighted fits in both libraries, and the exercise's answers against PyTorch."""

import types

import numpy as np
import pytest

import minigrad as mg
from minigrad.classroom.master import FOLDER, Master
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")

LOSSES = {
    "log loss": lambda m: m.nn.BCEWithLogitsLoss(),
    "weighted": lambda m: m.nn.BCEWithLogitsLoss(pos_weight=m.tensor(19.0)),
    "squared error": lambda m: lambda z, y: ((m.sigmoid(z) - y) ** 2).mean(),
}


def drawn(lesson):
    lesson.rng = np.random.default_rng(0)
    return lesson.points(2000, np.array([1.1, 1.1]), 1.0)


@pytest.mark.parametrize("kind", LOSSES)
def test_the_training_loop_ends_at_the_same_numbers_in_both_libraries(kind):
    run = types.SimpleNamespace(epochs=400, lr=0.3)
    X, y = drawn(definitions("15_imbalance"))
    found = []
    for m in (mg, torch):
        lesson = definitions("15_imbalance", on_torch=m is torch, run=run, mg=m)
        found.append(lesson.train(X, y, LOSSES[kind](m)))
    np.testing.assert_allclose(*found, atol=0.01)


@pytest.mark.parametrize("c", [1, 19])
def test_at_the_fit_the_gradient_of_torch_is_0(c):
    lesson = definitions("15_imbalance")
    X, y = drawn(lesson)
    w = torch.tensor(lesson.fit(X, y, c), requires_grad=True)
    z = torch.from_numpy(X) @ w
    weight = torch.tensor(float(c))
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.from_numpy(y), pos_weight=weight)
    loss.backward()
    np.testing.assert_allclose(w.grad.numpy(), 0, atol=1e-12)


def test_the_answers_of_the_exercise_are_torchs():
    master = Master(FOLDER / "ex15_class_weights.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    rng = np.random.default_rng(0)
    z, y = 30 * rng.standard_normal(20), rng.integers(0, 2, 20).astype(float)
    F = torch.nn.functional
    pos_weight = torch.tensor(7.0)
    right = F.binary_cross_entropy_with_logits(torch.from_numpy(z), torch.from_numpy(y), pos_weight=pos_weight)
    assert answers.weighted_loss(z, y, 7.0) == pytest.approx(right.item(), rel=1e-6)
    logits = torch.tensor(rng.standard_normal((9, 4)), requires_grad=True)
    labels, weights = torch.tensor([0, 3, 1, 1, 2, 0, 3, 2, 2]), torch.tensor([1.0, 2, 5, 0.5]).double()
    F.cross_entropy(logits, labels, weight=weights, reduction="none").mean().backward()
    p = torch.softmax(logits, 1).detach().numpy()
    got = answers.weighted_gradient(p, labels.numpy(), weights.numpy())
    np.testing.assert_allclose(got, logits.grad.numpy(), rtol=1e-9, atol=1e-12)
