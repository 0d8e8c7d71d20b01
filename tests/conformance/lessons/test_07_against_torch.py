"""Lesson 07: the classifier in NumPy, and the exercise's answers, against PyTorch's autograd."""

import types

import numpy as np
import pytest

from minigrad.classroom.master import FOLDER, Master
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")


def trained_by_torch(X, labels, rate, steps, penalty):
    """The losses of a linear layer, trained from zero in float64, and its parameters."""
    inputs, targets = torch.from_numpy(X), torch.from_numpy(labels)
    model = torch.nn.Linear(X.shape[1], int(labels.max()) + 1, dtype=torch.float64)
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    groups = [{"params": [model.weight], "weight_decay": penalty}, {"params": [model.bias]}]
    optimizer = torch.optim.SGD(groups, lr=rate)
    losses = []
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model.weight.detach().numpy().T, model.bias.detach().numpy(), losses


@pytest.mark.parametrize("penalty", [0.0, 1 / 1347])
def test_the_repaired_program_takes_the_steps_of_torch(penalty):
    lesson = definitions("07_softmax_classifier")
    X, labels = (tensor.numpy() for tensor in load_digits()[0].tensors)
    X = X.astype(float)
    ours = lesson.train(X, lesson.one_hot(labels, 10), 1.0, 50, penalty)
    for our, their in zip(ours, trained_by_torch(X, labels, 1.0, 50, penalty), strict=True):
        np.testing.assert_allclose(our, their, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", [(5, 3, 4), (2, 3, 6), (1, 1, 1)])
def test_the_answers_of_the_exercise_are_torchs(shape):
    master = Master(FOLDER / "ex07_softmax_cross_entropy.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    samples, features, classes = shape
    rng = np.random.default_rng(0)
    X, W = rng.standard_normal((samples, features)), rng.standard_normal((features, classes))
    labels = rng.integers(0, classes, samples)
    weights = torch.tensor(W, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    logits = torch.from_numpy(X) @ weights + bias
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels))
    loss.backward()

    p = answers.softmax(X @ W)
    np.testing.assert_allclose(p, torch.softmax(logits, -1).detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(
        answers.cross_entropy(p, labels), loss.item(), rtol=1e-12, atol=1e-15
    )
    for our, their in zip(answers.gradients(X, p, labels), (weights, bias), strict=True):
        np.testing.assert_allclose(our, their.grad.numpy(), rtol=1e-10, atol=1e-14)
