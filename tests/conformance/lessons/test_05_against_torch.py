"""Lesson 05: its tape against PyTorch's, for each of its operations, and the loss of a linear classifier."""

import numpy as np
import pytest

from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")

OPERATIONS = {
    "add": (lambda m, x, y: m.add(x, m.add(x, y)), lambda x, y: x + x + y),
    "times": (lambda m, x, y: m.times(m.times(x, y), x), lambda x, y: x * y * x),
    "exp": (lambda m, x, y: m.times(m.exp(x), y), lambda x, y: x.exp() * y),
    "log": (lambda m, x, y: m.times(m.log(x), y), lambda x, y: x.log() * y),
}


@pytest.fixture
def taped():
    return definitions("05_backpropagation", tape=[])


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_gradients_of_the_tape_are_pytorchs(name, taped):
    on_tape, on_torch = OPERATIONS[name]
    values = np.random.default_rng(0).random(2) + 0.5
    x, y = map(taped.Value, values)
    a, b = (torch.tensor(value, requires_grad=True) for value in values)
    out, expected = on_tape(taped, x, y), on_torch(a, b)
    taped.walk(taped.tape[::-1])
    expected.backward()
    assert out.data == pytest.approx(expected.item(), rel=1e-12)
    assert x.grad == pytest.approx(a.grad.item(), rel=1e-12)
    assert y.grad == pytest.approx(b.grad.item(), rel=1e-12)


def test_the_gradients_of_a_linear_classifier_are_pytorchs(taped):
    rng = np.random.default_rng(1)
    images, labels = rng.random((8, 5)), rng.integers(0, 4, 8)
    arrays = rng.standard_normal((5, 4)), rng.standard_normal((1, 4))
    weights, bias = map(taped.Value, arrays)
    loss = taped.cross_entropy(
        taped.add(taped.matmul(images, weights), taped.repeat(bias, 8)),
        np.eye(4)[labels],
    )
    taped.walk(taped.tape[::-1])
    w, b = (torch.tensor(array, requires_grad=True) for array in arrays)
    scores = torch.tensor(images) @ w + b
    expected = torch.nn.functional.cross_entropy(
        scores, torch.tensor(labels), reduction="sum"
    )
    expected.backward()
    np.testing.assert_allclose(loss.data, expected.item(), rtol=1e-12)
    np.testing.assert_allclose(weights.grad, w.grad.numpy(), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(bias.grad, b.grad.numpy(), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("shape", [(1, 3), (2, 1), (1, 1), (2, 3)])
def test_repeating_is_undone_as_in_pytorch(shape, taped):
    g = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    small = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    (small + torch.zeros(2, 3)).backward(torch.tensor(g))
    np.testing.assert_array_equal(taped.unbroadcast(g, shape), small.grad.numpy())
