"""Lesson 26: its divergence, its two parts and its training in both libraries."""

import types

import numpy as np
import pytest

import minigrad as mg
from minigrad.classroom.master import FOLDER, Master
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "26_vae"
DIGITS, NEW = (part.tensors[0].numpy() for part in load_digits())


class SameDraws:
    """A library whose randn gives the draws of NumPy's generator."""

    def __init__(self, library):
        self.library, self.rng = library, np.random.default_rng(3)

    def __getattr__(self, name):
        return getattr(self.library, name)

    def randn(self, *shape):
        return self.library.from_numpy(self.rng.standard_normal(shape).astype(np.float32))


def test_the_divergence_is_torchs():
    rng = np.random.default_rng(0)
    m, M, s, S = np.concatenate([rng.standard_normal((2, 20)), rng.uniform(0.1, 3, (2, 20))])
    q, p = (torch.distributions.Normal(*map(torch.from_numpy, pair)) for pair in ((m, s), (M, S)))
    expected = torch.distributions.kl_divergence(q, p).numpy()
    np.testing.assert_allclose(definitions(STEM).kl(m, s, M, S), expected, rtol=1e-10)


def test_the_two_parts_are_torchs():
    lesson = definitions(STEM)
    lesson.mg = SameDraws(mg)
    encoder, decoder = lesson.start(64, 16), lesson.start(8, 64)
    x = np.tile(NEW[:6], (5, 1, 1))
    lesson.mg.rng = np.random.default_rng(4)
    cross, divergence = (part.detach().numpy() for part in lesson.both_parts(encoder, decoder, mg.from_numpy(x), 1))
    W, b, V, c = (torch.from_numpy(p.detach().numpy()) for p in encoder)
    m, u = ((torch.from_numpy(x) @ W + b).relu() @ V + c).chunk(2, -1)
    q = torch.distributions.Normal(m, u.exp())
    prior = torch.distributions.Normal(torch.zeros(8), torch.ones(8))
    np.testing.assert_allclose(divergence, torch.distributions.kl_divergence(q, prior).sum(-1), rtol=1e-4)
    eps = torch.from_numpy(np.random.default_rng(4).standard_normal((5, 6, 8)).astype(np.float32))
    W, b, V, c = (torch.from_numpy(p.detach().numpy()) for p in decoder)
    logits = ((m + u.exp() * eps) @ W + b).relu() @ V + c
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(x), reduction="none")
    np.testing.assert_allclose(cross, expected.sum(-1), rtol=1e-4)


@pytest.mark.parametrize("noise, beta", [(1, 1), (0, 0)])
def test_the_same_training_in_both_libraries(noise, beta):
    found = []
    for library in (mg, torch):
        run = types.SimpleNamespace(epochs=2, lr=0.003, batch_size=50)
        instead = {"digits": DIGITS[:200], "run": run, "rng": np.random.default_rng(1)}
        instead["new"] = library.from_numpy(np.tile(NEW[:100], (5, 1, 1)))
        lesson = definitions(STEM, on_torch=library is torch, **instead)
        lesson.mg = SameDraws(library)
        found.append(lesson.train(noise, beta)[2])
    ours, theirs = found
    assert list(ours) == list(theirs) == [1, 2]
    for epoch in ours:
        np.testing.assert_allclose(ours[epoch], theirs[epoch], rtol=2e-3)
    assert np.mean(ours[2][0]) < np.mean(ours[1][0])


def test_the_slopes_of_the_exercise_are_those_of_rsample():
    master = Master(FOLDER / "ex26_bound.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    rng = np.random.default_rng(2)
    mean, log_variance, eps = rng.standard_normal((3, 4, 5))
    m, v = (torch.tensor(array, requires_grad=True) for array in (mean, log_variance))
    z = m + (v / 2).exp() * torch.from_numpy(eps)
    z.sin().sum().backward()
    for ours, theirs in zip(
        answers.draw_and_slopes(mean, log_variance, eps, np.cos), (z.detach(), m.grad, v.grad), strict=True
    ):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-9)
