"""Lesson 06: its log loss from p and from the logit, and their gradients, are PyTorch's."""

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "06_logistic_regression"


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    return rng.uniform(-8, 8, 40), rng.integers(0, 2, 40).astype(float)


def test_the_prices_equal_pytorchs(samples):
    z, y = map(torch.tensor, samples)
    lesson = definitions(STEM)
    p = lesson.sigmoid(samples[0])
    np.testing.assert_allclose(p, torch.sigmoid(z).numpy(), rtol=1e-12)
    expected = torch.nn.functional.binary_cross_entropy(torch.tensor(p), y, reduction="none")
    np.testing.assert_allclose(lesson.prices(p, samples[1]), expected.numpy(), rtol=1e-9)


@pytest.mark.parametrize("scale", [1, 200])
def test_the_loss_from_the_logit_equals_pytorchs(samples, scale):
    z, y = scale * samples[0], samples[1]
    expected = torch.nn.BCEWithLogitsLoss()(torch.tensor(z), torch.tensor(y)).item()
    assert definitions(STEM).log_loss_from_logit(z, y) == pytest.approx(expected, rel=1e-12)


def test_the_slope_for_the_logit_is_p_minus_y_in_all_three(samples):
    z, y = samples
    found = []
    for library in (mg, torch):
        logits = library.tensor(z, requires_grad=True)
        library.nn.BCEWithLogitsLoss(reduction="sum")(logits, library.tensor(y)).backward()
        found.append(logits.grad.numpy())
    for gradient in found:
        np.testing.assert_allclose(gradient, definitions(STEM).sigmoid(z) - y, atol=1e-12)


def test_the_softmax_of_0_and_z_is_the_sigmoid(samples):
    z = torch.tensor(samples[0])
    two = torch.softmax(torch.stack([torch.zeros_like(z), z], 1), 1)
    np.testing.assert_allclose(definitions(STEM).sigmoid(samples[0]), two[:, 1].numpy(), rtol=1e-12)
