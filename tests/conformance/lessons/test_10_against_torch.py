"""Lesson 10: its loss, its gradients and the exercise's answers against PyTorch."""

import types

import numpy as np
import pytest

from minigrad.classroom.master import FOLDER, Master
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")


def test_the_loss_and_the_gradients_of_batches_are_torchs():
    rng = np.random.default_rng(0)
    X, labels = rng.standard_normal((30, 65)), rng.integers(0, 10, 30)
    lesson = definitions("10_stochastic_gradients", X=X, Y=np.eye(10)[labels], penalty=0.01)
    theta = rng.standard_normal((3, 65, 10))
    rows = rng.integers(0, 30, (3, 8))
    gradients, losses = lesson.gradient(theta, rows), lesson.loss(theta)
    cross_entropy = torch.nn.functional.cross_entropy
    for i in range(3):
        weights = torch.tensor(theta[i], requires_grad=True)
        penalty = 0.01 / 2 * (weights**2).sum()
        whole = cross_entropy(torch.from_numpy(X) @ weights, torch.from_numpy(labels)) + penalty
        assert losses[i] == pytest.approx(whole.item(), rel=1e-12)
        inputs, targets = torch.from_numpy(X[rows[i]]), torch.from_numpy(labels[rows[i]])
        (cross_entropy(inputs @ weights, targets) + penalty).backward()
        np.testing.assert_allclose(gradients[i], weights.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_the_answers_of_the_exercise_are_torchs():
    master = Master(FOLDER / "ex10_noisy_steps.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    rng = np.random.default_rng(1)
    x, t = rng.standard_normal((2, 9))
    rows = np.random.default_rng(2).integers(9, size=6)
    line = torch.tensor([0.3, -0.8], dtype=torch.float64, requires_grad=True)
    predicted = line[0] * torch.from_numpy(x[rows]) + line[1]
    (torch.nn.functional.mse_loss(predicted, torch.from_numpy(t[rows])) / 2).backward()
    got = answers.batch_gradient((0.3, -0.8), x, t, 6, np.random.default_rng(2))
    np.testing.assert_allclose(got, line.grad.numpy(), rtol=1e-10)
    each = []  # the gradient of every sample
    for i in range(9):
        error = line[0] * x[i] + line[1] - t[i]
        (slopes,) = torch.autograd.grad(error**2 / 2, line)
        each.append(slopes)
    trace = torch.trace(torch.cov(torch.stack(each).T, correction=0)).item()
    assert answers.noise_trace((0.3, -0.8), x, t, 5) == pytest.approx(trace / 5, rel=1e-10)
