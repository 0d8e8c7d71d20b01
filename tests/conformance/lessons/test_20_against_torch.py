"""Lesson 20: the loss of negative sampling, its slopes and its training, against PyTorch's."""

import types

import numpy as np
import pytest

import minigrad as mg
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")

STEM = "20_word_vectors"


def case():
    rng = np.random.default_rng(0)
    return rng.standard_normal((6, 4)), rng.standard_normal((6, 4)), rng.integers(0, 9, (6, 6)).astype(float)


def test_the_loss_and_the_slopes_are_pytorchs_binary_cross_entropy():
    V, U, counts = case()
    lesson = definitions(STEM)
    tables = [torch.tensor(array, requires_grad=True) for array in (V, U)]
    x = tables[0] @ tables[1].T
    yes, no = torch.tensor(counts), torch.tensor(lesson.negatives(counts, 5))
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    loss = entropy(x, torch.ones_like(x), yes, reduction="sum") + entropy(x, torch.zeros_like(x), no, reduction="sum")
    loss.backward()
    ours = [mg.tensor(array, dtype=mg.float32, requires_grad=True) for array in (V, U)]
    our_loss = lesson.sampling(counts, 5)(ours[0] @ ours[1].T)
    our_loss.backward()
    assert our_loss.item() == pytest.approx(loss.item(), rel=1e-5)
    for slope, theirs, minigrads in zip(lesson.slopes(V, U, counts, 5), tables, ours, strict=True):
        np.testing.assert_allclose(slope, theirs.grad.numpy(), rtol=1e-9)
        np.testing.assert_allclose(slope, minigrads.grad.numpy(), rtol=1e-4, atol=1e-3)


def test_drawn_no_words_have_the_loss_on_average():
    V, U, counts = case()
    lesson, rng = definitions(STEM), np.random.default_rng(1)
    w, c = np.repeat(np.argwhere(counts >= 0), counts.astype(int).ravel(), axis=0).T
    q = counts.sum(axis=0) / counts.sum()
    x = V @ U.T
    drawn = rng.choice(6, (2000, len(w), 5), p=q)
    loss = np.logaddexp(0, -x[w, c]).sum() + np.logaddexp(0, x[w[:, None], drawn]).sum(axis=(1, 2))
    wanted = lesson.sampling(counts, 5)(mg.tensor(x)).item()
    assert loss.mean() == pytest.approx(wanted, abs=4 * loss.std() / 2000**0.5)


def test_the_same_vectors_in_both_libraries():
    V, U, counts = case()
    ends = []
    for m in (mg, torch):
        lesson = definitions(STEM, on_torch=m is torch)
        lesson.run = types.SimpleNamespace(lr=0.1)
        tables = iter([m.tensor(array, dtype=m.float32) * 10 for array in (V, U)])
        library = types.SimpleNamespace(**{name: getattr(m, name) for name in ("tensor", "Tensor")})
        library.randn = lambda *shape, tables=tables: next(tables)
        lesson.mg = library
        ends.append(lesson.train(lesson.sampling(counts, 5), 6, 4, 30))
    for ours, theirs in zip(*ends, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-4)
