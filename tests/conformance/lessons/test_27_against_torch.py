"""Lesson 27: the surrogate's gradient, a whole training and the exercise's answers against PyTorch."""

import types

import numpy as np
import pytest

import minigrad as mg
from minigrad.classroom.master import FOLDER, Master
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "27_policy_gradient"


@pytest.mark.parametrize("how", [{}, {"to_go": False, "baseline": True}, {"expert": np.eye(3)[[2] * 11]}])
def test_the_walkers_learn_the_same_in_both_libraries(how):
    found = []
    for m in (mg, torch):
        run = types.SimpleNamespace(epochs=5, lr=0.3)
        instead = {"run": run, "rng": np.random.default_rng(3), "players": np.arange(100)[:, None]}
        lesson = definitions(STEM, on_torch=m is torch, **instead)
        if m is torch:  # NumPy's arrays of integers as they are
            lesson.nn = torch.nn
            lesson.mg = torch
        found.append(lesson.train(lesson.walk, (11, 3), **how))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_the_answers_of_the_exercise_are_torchs():
    master = Master(FOLDER / "ex27_policy_gradient.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    rng = np.random.default_rng(2)
    z = torch.tensor(rng.standard_normal((7, 4)), requires_grad=True)
    actions, advantages = rng.integers(0, 4, 7), rng.standard_normal(7)
    log_p = torch.distributions.Categorical(logits=z).log_prob(torch.tensor(actions))
    (-(torch.tensor(advantages) * log_p).mean()).backward()
    got = answers.surrogate_gradient(z.detach().numpy(), actions, advantages)
    np.testing.assert_allclose(got, z.grad.numpy(), rtol=1e-10, atol=1e-14)
