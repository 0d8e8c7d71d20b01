"""Lesson 03: its conditional entropy is what PyTorch's cross-entropy costs a belief that may look."""

import numpy as np
import pytest

from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "03_conditional_entropy"


@pytest.fixture(params=range(3))
def joint(request):
    joint = np.random.default_rng(request.param).dirichlet(np.full(20, 0.5)).reshape(4, 5)
    joint[2] = 0  # a condition that never comes
    joint[0, 1] = 0  # and a pair
    return joint / joint.sum()


def test_conditional_entropy_is_pytorchs_cost_of_the_rows(joint):
    lesson = definitions(STEM)
    rows = torch.tensor(lesson.rows_of(joint))
    y, x = np.nonzero(joint)
    prices = torch.nn.functional.cross_entropy(rows[y].log(), torch.tensor(x), reduction="none")
    expected = (prices * torch.tensor(joint[y, x])).sum().item()
    assert lesson.conditional_entropy(joint) * np.log(2) == pytest.approx(expected, rel=1e-12)
    assert (lesson.rows_of(joint)[2] == 0).all()


def test_the_entropies_of_the_rows_are_pytorchs(joint):
    lesson, seen = definitions(STEM), [0, 1, 3]
    ours = lesson.entropy(lesson.rows_of(joint))
    expected = torch.distributions.Categorical(probs=torch.tensor(joint[seen])).entropy()
    np.testing.assert_allclose(ours[seen] * np.log(2), expected.numpy(), rtol=1e-12)
    assert ours[2] == 0


def test_the_gain_is_pytorchs_divergence_from_the_product(joint):
    lesson = definitions(STEM)
    gain = lesson.entropy(joint.sum(axis=0)) - lesson.conditional_entropy(joint)
    product = torch.tensor(np.outer(joint.sum(axis=1), joint.sum(axis=0)))
    expected = torch.nn.functional.kl_div(product.log(), torch.tensor(joint), reduction="none")
    assert gain * np.log(2) == pytest.approx(expected.nansum().item(), rel=1e-9)
