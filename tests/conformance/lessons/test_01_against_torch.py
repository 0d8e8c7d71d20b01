"""Lesson 01: its entropies, and the learning of a distribution, in both libraries."""

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import Silent, definitions

torch = pytest.importorskip("torch")
STEM = "01_entropy"


@pytest.fixture
def pair():
    weights = np.random.default_rng(0).random((2, 26))
    weights[0, :3] = 0  # what P never has costs nothing
    return weights / weights.sum(axis=1, keepdims=True)


def test_cross_entropy_and_kl_equal_pytorchs_in_bits(pair):
    lesson = definitions(STEM)
    ours = [function(*map(mg.tensor, pair)).item() for function in (lesson.cross_entropy, lesson.kl)]
    p, q = map(torch.tensor, pair)
    expected = [torch.nn.functional.cross_entropy(q.log(), p), torch.nn.functional.kl_div(q.log(), p, reduction="sum")]
    np.testing.assert_allclose(ours, [value.item() / np.log(2) for value in expected], rtol=1e-12)


@pytest.mark.parametrize("name", ["cross_entropy", "kl"])
def test_the_same_values_and_gradients_in_both_libraries(name, pair):
    found = []
    for m in (mg, torch):
        q = m.tensor(pair[1], requires_grad=True)
        value = getattr(definitions(STEM, on_torch=m is torch), name)(m.tensor(pair[0]), q)
        value.backward()
        found.append([value.item(), *q.grad.tolist()])
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_the_same_losses_in_both_libraries(pair):
    ours, theirs = (
        definitions(STEM, on_torch=m is torch, run=Silent()).learn(m.tensor(pair[0]), steps=50, lr=5.0)
        for m in (mg, torch)
    )
    assert len(ours) == 50 and ours[-1] < ours[0]
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
