"""Lesson 17: the loss, a whole training and the exercise's answers against PyTorch."""

import types

import numpy as np
import pytest

import minigrad as mg
from minigrad.classroom.master import FOLDER, Master
from tests.conformance.lessons.on_torch import Noting, definitions

torch = pytest.importorskip("torch")
STEM = "17_regression"


def test_the_loss_is_minus_the_log_density_of_torchs_normal():
    lesson = definitions(STEM)
    rng = np.random.default_rng(0)
    r, s = rng.standard_normal(20), rng.uniform(0.05, 3, 20)
    density = torch.distributions.Normal(torch.zeros(20, dtype=torch.float64), torch.from_numpy(s))
    expected = -density.log_prob(torch.from_numpy(r)).numpy()
    np.testing.assert_allclose(lesson.gaussian_nll(r, s), expected, rtol=1e-12)


@pytest.mark.parametrize("width", [1, 11])
def test_descent_on_diabetes_gives_the_same_in_both_libraries(width):
    rng = np.random.default_rng(1)
    x = np.column_stack([rng.standard_normal((60, 10)), np.ones(60)])
    y = 150 + 40 * x[:, :1] + 20 * np.exp(x[:, 1:2] / 4) * rng.standard_normal((60, 1))
    seen, new = np.arange(50)[None], np.arange(50, 60)[None]
    found = []
    for m in (mg, torch):
        run = types.SimpleNamespace(epochs=200, lr=0.01, progress=Noting().progress)
        nll = m.nn.GaussianNLLLoss(full=True, reduction="none")
        tensors = {"x_all": x, "y_all": y, "nll": nll, "run": run}
        lesson = definitions(STEM, on_torch=m is torch, **tensors)
        found.append(lesson.diabetes(seen, new, width))
    for ours, theirs in zip(*found, strict=True):
        assert ours.shape == (1, 10, 1)
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_the_answers_of_the_exercise_are_torchs():
    master = Master(FOLDER / "ex17_gaussian_likelihood.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    rng = np.random.default_rng(2)
    mean, log_variance, y = rng.standard_normal((3, 15))
    m, v = (torch.tensor(a, requires_grad=True) for a in (mean, log_variance))
    loss = torch.nn.functional.gaussian_nll_loss(m, torch.from_numpy(y), v.exp(), full=True)
    loss.backward()
    assert answers.gaussian_nll(mean, log_variance, y) == pytest.approx(loss.item(), rel=1e-12)
    of_mean, of_log = answers.gaussian_gradients(mean, log_variance, y)
    np.testing.assert_allclose(of_mean, m.grad.numpy(), rtol=1e-10)
    np.testing.assert_allclose(of_log, v.grad.numpy(), rtol=1e-10, atol=1e-14)
    factors = np.geomspace(0.01, 100, 200001)
    scaled = np.mean((y - mean) ** 2 / np.exp(log_variance))
    best = factors[np.argmin(np.log(factors) + scaled / factors)]
    assert answers.best_factor(mean, log_variance, y) == pytest.approx(best, rel=1e-4)
