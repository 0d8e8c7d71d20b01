"""Lesson 02: its cross-entropy and divergence are PyTorch's, in bits."""

import numpy as np
import pytest

from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "02_cross_entropy"


@pytest.fixture
def pair():
    p, q = np.random.default_rng(0).dirichlet(np.ones(26), size=(2, 7))
    p[0, :3] = 0  # what the truth never brings costs nothing
    return p / p.sum(axis=1, keepdims=True), q


def test_cross_entropy_equals_pytorchs_from_logits(pair):
    p, q = map(torch.tensor, pair)
    expected = torch.nn.functional.cross_entropy(q.log(), p, reduction="none")
    ours = definitions(STEM).cross_entropy(*pair)
    np.testing.assert_allclose(ours * np.log(2), expected.numpy(), rtol=1e-12)


def test_divergence_and_entropy_equal_pytorchs(pair):
    lesson = definitions(STEM)
    p, q = map(torch.tensor, pair)
    expected = torch.nn.functional.kl_div(q.log(), p, reduction="none").sum(dim=1)
    np.testing.assert_allclose(lesson.kl(*pair) * np.log(2), expected.numpy(), rtol=1e-12)
    expected = torch.distributions.Categorical(probs=p[1:]).entropy()
    np.testing.assert_allclose(lesson.entropy(pair[0][1:]) * np.log(2), expected.numpy(), rtol=1e-12)
