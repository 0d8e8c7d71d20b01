"""Lesson 08: its cross-entropy, the capped one and its loop in both libraries."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import InOrder, Silent, datasets, definitions

torch = pytest.importorskip("torch")
STEM = "08_stable_cross_entropy"


@pytest.mark.parametrize("name", ["cross_entropy", "capped"])
def test_the_same_values_and_gradients_in_both_libraries(name):
    z, classes = 10 * np.random.default_rng(0).standard_normal((32, 10)), np.arange(32) % 10
    found = []
    for m in (mg, torch):
        lesson = definitions(STEM, on_torch=m is torch)
        logits = m.tensor(z, requires_grad=True)
        loss = getattr(lesson, name)(logits, m.tensor(classes))
        loss.backward()
        found.append((loss.item(), logits.grad.numpy()))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12)
    np.testing.assert_allclose(found[0][1], found[1][1], atol=1e-12)


def test_soft_targets_cost_the_same_in_both_libraries():
    z, target = np.random.default_rng(1).standard_normal((2, 8, 5))
    target = np.exp(target) / np.exp(target).sum(axis=1, keepdims=True)
    ours = definitions(STEM).cross_entropy(mg.tensor(z), mg.tensor(target)).item()
    assert ours == pytest.approx(
        torch.nn.functional.cross_entropy(torch.tensor(z), torch.tensor(target)).item(), abs=1e-12
    )


@pytest.mark.parametrize("name", ["cross_entropy", "capped"])
def test_the_same_losses_in_both_libraries(name):
    weights = 10 * np.random.default_rng(0).standard_normal((10, 64)).astype(np.float32)
    losses = []
    for m in (mg, torch):
        run = Silent()
        run.seed = 0
        lesson = definitions(STEM, on_torch=m is torch, run=run, DataLoader=InOrder(m))
        lesson.nn = Started(lesson.nn, m.tensor(weights))
        sets = datasets(m, *load_digits())
        losses.append(lesson.train(getattr(lesson, name), *sets, epochs=2, batch_size=32, lr=0.5)[0])
    assert len(losses[0]) == 3
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5, atol=1e-5)


class Started:
    """The module `nn`, but with these weights and no bias to start with, whatever its generator would draw."""

    def __init__(self, nn, weights):
        self.nn, self.init, self.weights = nn, self, weights

    def Linear(self, *sizes):
        self.model = self.nn.Linear(*sizes)
        self.nn.init.zeros_(self.model.bias)
        return self.model

    def normal_(self, weight, std):
        assert std == 10
        weight.data.copy_(self.weights)
