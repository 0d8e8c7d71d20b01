"""Lesson 25: losses, gradients and a training of the discriminator against PyTorch."""

import types

import numpy as np
import pytest

import minigrad as mg
from minigrad.classroom.master import FOLDER, Master
from tests.conformance.lessons.on_torch import Noting, definitions

torch = pytest.importorskip("torch")
STEM = "25_gan"


def test_training_a_discriminator_gives_the_same_loss_in_both_libraries():
    rng = np.random.default_rng(0)
    shapes = [(3, 2, 8), (3, 1, 8), (3, 8, 1), (3, 1, 1)]
    arrays = [rng.standard_normal(shape) for shape in shapes]
    real, generated = rng.standard_normal((2, 3, 20, 2)) + np.array([0, 1]).reshape(2, 1, 1, 1)
    found = []
    for m in (mg, torch):
        run = types.SimpleNamespace(progress=Noting().progress, quick=True)
        lesson = definitions(STEM, on_torch=m is torch, run=run)
        D = [m.nn.Parameter(m.tensor(array)) for array in arrays]
        pair = m.tensor(real), m.tensor(generated)
        found.append(lesson.train_discriminator(D, lambda n, pair=pair: pair, 50))
    np.testing.assert_allclose(*found, rtol=1e-8)
    assert found[0].shape == (3,)


def test_the_answers_of_the_exercise_are_torchs():
    master = Master(FOLDER / "ex25_gan.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    rng = np.random.default_rng(1)
    z = 20 * rng.standard_normal(9)
    log_sigmoid = torch.nn.functional.logsigmoid
    expected = []
    for loss in (lambda t: log_sigmoid(-t).mean(), lambda t: -log_sigmoid(t).mean()):
        t = torch.tensor(z, requires_grad=True)
        loss(t).backward()
        expected.append(t.grad.numpy())
    np.testing.assert_allclose(answers.generator_slopes(z), expected, rtol=1e-10)
    r, g = rng.dirichlet(np.ones(5), 2)
    D, L = answers.best_discriminator(r, g)
    t = torch.tensor(np.log(D / (1 - D)), requires_grad=True)
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    loss = bce(t, torch.ones_like(t), weight=torch.tensor(r), reduction="sum")
    loss = loss + bce(t, torch.zeros_like(t), weight=torch.tensor(g), reduction="sum")
    loss.backward()
    assert L == pytest.approx(loss.item(), rel=1e-12) and t.grad.abs().max() < 1e-12
