"""Lesson 05: its tape against PyTorch's, for each of its operations and for its training."""

import numpy as np
import pytest

from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import Silent, definitions

torch = pytest.importorskip("torch")

OPERATIONS = {
    "add": (lambda x, y: x + y, lambda x, y: x + y),
    "add a row": (lambda x, y: x + y.sum(0), lambda x, y: x + y.sum(0, keepdim=True)),
    "add a column": (lambda x, y: x.sum(1) + y, lambda x, y: x.sum(1, keepdim=True) + y),
    "mul": (lambda x, y: x * y * x, lambda x, y: x * y * x),
    "mul by a scalar": (lambda x, y: x * y.sum(), lambda x, y: x * y.sum()),
    "matmul": (lambda x, y: x @ x @ y, lambda x, y: x @ x @ y),
    "exp": (lambda x, y: x.map(np.exp, np.exp) * y, lambda x, y: x.exp() * y),
    "log": (lambda x, y: x.map(np.log, np.reciprocal) * y, lambda x, y: x.log() * y),
}


@pytest.fixture
def lesson():
    return definitions("05_backpropagation", tape=[], run=Silent())


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_gradients_of_the_tape_are_pytorchs(name, lesson):
    on_tape, on_torch = OPERATIONS[name]
    values = np.random.default_rng(0).random((2, 4, 4)) + 0.5
    x, y = map(lesson.Var, values)
    a, b = (torch.tensor(value, requires_grad=True) for value in values)
    out, expected = on_tape(x, y).sum(), on_torch(a, b).sum()
    out.backward()
    expected.backward()
    np.testing.assert_allclose(out.value.item(), expected.item(), rtol=1e-12)
    np.testing.assert_allclose(x.grad, a.grad.numpy(), rtol=1e-12)
    np.testing.assert_allclose(y.grad, b.grad.numpy(), rtol=1e-12)


def test_the_same_losses_in_both_libraries(lesson):
    images, labels = (tensor.numpy() for tensor in load_digits()[0].tensors)
    *_, ours = lesson.train(images.astype(float), np.eye(10)[labels], epochs=20, lr=1.0)
    linear = torch.nn.Linear(64, 10, dtype=torch.float64)
    optimizer, theirs = torch.optim.SGD(linear.parameters(), lr=1.0), []
    for parameter in linear.parameters():
        torch.nn.init.zeros_(parameter)
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(linear(torch.tensor(images).double()), torch.tensor(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        theirs.append(loss.item())
    np.testing.assert_allclose(ours, theirs, atol=1e-10)
