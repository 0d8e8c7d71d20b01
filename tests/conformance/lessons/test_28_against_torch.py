"""Lesson 28: its gradients for weights and pixels, and FGSM, against PyTorch's autograd."""

import numpy as np
import pytest

from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")


@pytest.fixture
def case():
    rng = np.random.default_rng(0)
    net = [rng.normal(0, 0.5, shape) for shape in ((5, 64, 64), (5, 1, 64), (5, 64, 10), (5, 1, 10))]
    return net, rng.random((7, 64)), rng.integers(0, 10, 7)


def of_torch(net, x, labels):
    """The gradients of each picture's own loss for z, the input of ReLU and x, of five networks in torch."""
    W, b, V, c = (torch.tensor(w) for w in net)
    pixels = torch.tensor(np.broadcast_to(x, (len(W), *x.shape)).copy(), requires_grad=True)
    below = pixels @ W + b
    z = torch.relu(below) @ V + c
    loss = torch.nn.functional.cross_entropy(z.flatten(0, 1), torch.tensor(np.tile(labels, len(W))), reduction="sum")
    return [g.numpy() for g in torch.autograd.grad(loss, (z, below, pixels))]


def test_the_gradients_are_torchs(case):
    net, x, labels = case
    lesson = definitions("28_adversarial")
    h, d, a, g = lesson.backward(x, labels, net)
    for mine, expected in zip((d, a, g), of_torch(net, x, labels), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(h, np.maximum(x @ net[0] + net[1], 0))


def test_an_attack_is_that_of_torchs_gradients(case):
    net, x, labels = case
    lesson = definitions("28_adversarial")
    expected = np.broadcast_to(x, (5, *x.shape))
    for _ in range(4):
        g = np.stack([of_torch([w[i : i + 1] for w in net], expected[i], labels)[2][0] for i in range(5)])
        expected = np.clip(expected + 0.03 * np.sign(g), x - 0.1, x + 0.1).clip(0, 1)
    np.testing.assert_allclose(lesson.attack(x, labels, net, 0.1, 4, 0.03), expected, atol=1e-12)
