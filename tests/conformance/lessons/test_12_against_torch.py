"""Lesson 12: its gradients by layer against PyTorch's autograd."""

import numpy as np
import pytest

from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("squared", [False, True])
def test_the_gradients_of_every_layer_are_torchs(squared):
    lesson = definitions("12_deep_networks")
    rng = np.random.default_rng(0)
    weights = [rng.normal(0, 0.5, shape) for shape in ((7, 5), (6, 7), (4, 6))]
    x, y = rng.normal(size=(5, 3)), np.eye(4)[:, [2, 0, 1]]
    outputs, z = lesson.forward(x, weights, lambda z: np.maximum(z, 0))
    ours = lesson.backward(lesson.first_factor(z, y, squared), outputs, weights, lambda h: h > 0)
    values = [torch.tensor(x, requires_grad=True)]
    h = values[0]
    for W in weights:
        values.append(torch.from_numpy(W) @ h)
        values[-1].retain_grad()
        h = torch.relu(values[-1])
    p, target = torch.softmax(values[-1], 0), torch.from_numpy(y)
    loss = ((p - target) ** 2).sum() if squared else -(target * p.log()).sum()
    loss.backward()
    for mine, value in zip(ours, values[::-1], strict=True):
        np.testing.assert_allclose(mine, value.grad.numpy(), rtol=1e-9, atol=1e-12)
