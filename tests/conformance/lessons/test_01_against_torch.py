"""Lesson 01: its entropy is PyTorch's, in bits."""

import numpy as np
import pytest

from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "01_entropy"


@pytest.fixture
def p():
    p = np.random.default_rng(0).dirichlet(np.ones(26), size=7)
    p[0, :3] = 0  # what never comes adds nothing
    return p / p.sum(axis=1, keepdims=True)


def test_entropy_equals_pytorchs(p):
    entropy = definitions(STEM).entropy
    expected = torch.special.entr(torch.tensor(p)).sum(dim=1)
    np.testing.assert_allclose(np.array([entropy(row) for row in p]) * np.log(2), expected.numpy(), rtol=1e-12)
    expected = torch.distributions.Categorical(probs=torch.tensor(p[1:])).entropy()
    np.testing.assert_allclose(np.array([entropy(row) for row in p[1:]]) * np.log(2), expected.numpy(), rtol=1e-12)


def test_surprise_equals_the_loss_of_one_label_in_pytorch(p):
    logits = torch.tensor(p[1:]).log()
    for x in range(26):
        labels = torch.full((6,), x)
        expected = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
        ours = definitions(STEM).surprise(p[1:, x]) * np.log(2)
        np.testing.assert_allclose(ours, expected.numpy(), rtol=1e-12)


def test_blocks_are_within_a_bit_of_the_entropy_of_independent_outcomes_in_pytorch(p):
    one = torch.distributions.Categorical(probs=torch.tensor(p[1]))
    bits = torch.distributions.Independent(one.expand((2,)), 1).entropy().item() / np.log(2)
    assert bits <= 2 * definitions(STEM).bits_each(p[1], 2) < bits + 1
