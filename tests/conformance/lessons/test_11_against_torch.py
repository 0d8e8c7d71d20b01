"""Lesson 11: its rules and the exercise's answers against PyTorch's optimizers."""

import types

import numpy as np
import pytest

from minigrad.classroom.master import FOLDER, Master
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")

RULES = {
    "plain": (torch.optim.SGD, {}),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "adagrad": (torch.optim.Adagrad, {"eps": 1e-8}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "adam": (torch.optim.Adam, {}),
}


def by_torch(kind, options, gradients, rate):
    w = torch.zeros(gradients.shape[1:], dtype=torch.float64, requires_grad=True)
    optimizer = kind([w], lr=rate, **options)
    for g in gradients:
        w.grad = torch.from_numpy(g)
        optimizer.step()
    return w.detach().numpy()


@pytest.mark.parametrize("name", RULES)
def test_each_rule_is_torchs(name):
    lesson = definitions("11_optimizers")
    gradients = np.random.default_rng(0).standard_normal((50, 3, 4))
    path = lesson.walk(getattr(lesson, name), lambda w, t: gradients[t - 1], np.zeros((3, 4)), 0.05, 50)
    expected = by_torch(*RULES[name], gradients, 0.05)
    np.testing.assert_allclose(list(path)[-1], expected, rtol=1e-9, atol=1e-12)


def answers():
    master = Master(FOLDER / "ex11_momentum_and_adam.py")
    module = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(module))
    return module


def test_amsgrad_is_torchs():
    gradients = np.random.default_rng(1).standard_normal((40, 5)) * np.linspace(3, 0.1, 40)[:, None]
    options = {"betas": (0.8, 0.9), "amsgrad": True}
    state = tuple(np.zeros((4, 5)))
    for t, g in enumerate(gradients, start=1):
        state = answers().amsgrad_step(state[0], g, *state[1:], t, 0.01, beta1=0.8, beta2=0.9)
    expected = by_torch(torch.optim.Adam, options, gradients, 0.01)
    np.testing.assert_allclose(state[0], expected, rtol=1e-9, atol=1e-12)
    plain_adam = by_torch(torch.optim.Adam, {"betas": (0.8, 0.9)}, gradients, 0.01)
    assert abs(plain_adam - expected).max() > 1e-3
