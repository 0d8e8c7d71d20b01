"""Lesson 04: its slopes, its steps and its losses are PyTorch's."""

import numpy as np
import pytest

from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "04_gradient_descent"


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def lesson():
    return definitions(STEM)


def test_the_slope_of_a_curve(lesson):
    s = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    torch.sin(s).exp().backward()
    assert lesson.central(lambda s: np.exp(np.sin(s)), 0.3, 1e-5, 1.0) == pytest.approx(s.grad.item(), rel=1e-8)


def test_the_walk_of_the_line_is_that_of_sgd(lesson, rng):
    x, t = rng.normal(3, 1, 20), rng.normal(1, 1, 20)
    theta = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=0.05)
    for _ in range(30):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(theta[0] * torch.tensor(x) + theta[1], torch.tensor(t)) / 2
        loss.backward()
        gradient = lesson.line_gradient(theta.detach().numpy(), x, t)
        np.testing.assert_allclose(gradient, theta.grad.numpy(), rtol=1e-10, atol=1e-12)
        assert lesson.line_loss(theta.detach().numpy(), x, t) == pytest.approx(loss.item(), rel=1e-10)
        optimizer.step()
    np.testing.assert_allclose(lesson.descend(x, t, 0.05, 30), theta.detach().numpy(), rtol=1e-9)


CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def on_torch(model, inputs, targets):
    z = model(inputs)[:, 0]
    logits = torch.stack([torch.zeros_like(z), z], dim=1)  # softmax regression with one logit at 0
    return torch.nn.functional.cross_entropy(logits, targets)


def test_the_two_models_on_the_corners_and_their_gradients(lesson, rng):
    instead = {"corners": CORNERS, "sign": np.array([-1, 1, 1, -1])}
    lesson = definitions(STEM, **instead)
    inputs, targets = torch.tensor(CORNERS, dtype=torch.float64), torch.tensor([0, 1, 1, 0])
    linear = torch.nn.Linear(2, 1, dtype=torch.float64)
    numbers = torch.cat([linear.weight.flatten(), linear.bias]).detach().numpy()[None]
    assert lesson.linear_loss(numbers)[0] == pytest.approx(on_torch(linear, inputs, targets).item(), rel=1e-12)
    first, second = (torch.nn.Linear(2, n, dtype=torch.float64) for n in (2, 1))
    network = torch.nn.Sequential(first, torch.nn.Tanh(), second)
    loss = on_torch(network, inputs, targets)
    loss.backward()

    def flat(of):
        weights = [of(first.weight).T, of(first.bias), of(second.weight), of(second.bias)]
        return torch.cat([w.flatten() for w in weights]).detach().numpy()

    numbers = flat(lambda w: w)[None]
    assert lesson.network_loss(numbers)[0] == pytest.approx(loss.item(), rel=1e-12)
    slopes = [lesson.central(lesson.network_loss, numbers, 1e-5, d)[0] for d in np.eye(9)]
    np.testing.assert_allclose(slopes, flat(lambda w: w.grad), atol=1e-9)
