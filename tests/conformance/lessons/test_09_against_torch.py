"""Lesson 09: the slopes and the exercise's answers against PyTorch's autograd."""

import types

import numpy as np
import pytest

from minigrad.classroom.master import FOLDER, Master
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")


def logits_and_labels():
    rng = np.random.default_rng(0)
    return rng.uniform(-8, 8, 20), rng.integers(0, 2, 20).astype(float)


def slopes(loss, z):
    """The slope of the loss of each sample, and the second derivative."""
    z = torch.tensor(z, requires_grad=True)
    (first,) = torch.autograd.grad(loss(z).sum(), z, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), z)
    return first.detach().numpy(), second.numpy()


def test_the_slopes_of_both_losses_are_torchs():
    lesson = definitions("09_squared_error")
    z, y = logits_and_labels()
    targets = torch.from_numpy(y)
    p = lesson.sigmoid(z)
    np.testing.assert_allclose(p, torch.sigmoid(torch.from_numpy(z)).numpy(), rtol=1e-12)
    binary = torch.nn.functional.binary_cross_entropy_with_logits
    losses = binary(torch.from_numpy(z), targets, reduction="none")
    np.testing.assert_allclose(lesson.log_loss(p, y), losses.numpy(), rtol=1e-9)
    of_log, bend = slopes(lambda z: binary(z, targets, reduction="none"), z)
    np.testing.assert_allclose(lesson.log_slope(p, y), of_log, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(p * (1 - p), bend, rtol=1e-9)
    of_squared, _ = slopes(lambda z: (torch.sigmoid(z) - targets) ** 2, z)
    np.testing.assert_allclose(lesson.squared_slope(p, y), of_squared, rtol=1e-9, atol=1e-12)


def test_the_answers_of_the_exercise_are_torchs():
    master = Master(FOLDER / "ex09_squared_error.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    z, y = logits_and_labels()
    targets = torch.from_numpy(y)
    _, bend = slopes(lambda z: (torch.sigmoid(z) - targets) ** 2, z)
    np.testing.assert_allclose(answers.bend(1 / (1 + np.exp(-z)), y), bend, rtol=1e-7, atol=1e-12)
    plus_minus = 2 * targets - 1
    of_tanh, _ = slopes(lambda z: (torch.tanh(z) - plus_minus) ** 2 / 20, z)
    np.testing.assert_allclose(
        answers.tanh_gradient(z, plus_minus.numpy()), of_tanh, rtol=1e-7, atol=1e-12
    )
    p = torch.softmax(torch.from_numpy(np.random.default_rng(1).normal(size=(6, 4))), 1)
    labels = torch.tensor([0, 3, 1, 1, 2, 0])
    one_hot = torch.nn.functional.one_hot(labels, 4)
    score = ((p - one_hot) ** 2).sum(1).mean().item()
    assert answers.brier(p.numpy(), labels.numpy()) == pytest.approx(score, rel=1e-12)
