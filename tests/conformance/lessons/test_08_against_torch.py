"""Lesson 08: its loss, the gradients that it derives and its exercise, against PyTorch's."""

import types

import numpy as np
import pytest

from minigrad.classroom.master import FOLDER, Master
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")
STEM = "08_stable_cross_entropy"


def logits_and_labels(scale, rows=32, classes=10):
    rng = np.random.default_rng(0)
    return scale * rng.standard_normal((rows, classes)), rng.integers(0, classes, rows)


@pytest.mark.parametrize("scale", [1, 30, 1000])
def test_the_loss_is_torchs(scale):
    lesson = definitions(STEM)
    z, labels = logits_and_labels(scale)
    theirs = torch.nn.functional.cross_entropy(torch.tensor(z), torch.tensor(labels)).item()
    assert lesson.cross_entropy(z, labels) == pytest.approx(theirs, rel=1e-12)
    expected = torch.log_softmax(torch.tensor(z), -1).numpy()
    np.testing.assert_allclose(lesson.log_softmax(z), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("name", ["right", "capped"])
def test_the_derived_gradients_are_those_of_autograd(name, scale):
    lesson = definitions(STEM)
    z, labels = logits_and_labels(scale)
    logits = torch.tensor(z, requires_grad=True)
    p = torch.softmax(logits, -1)
    eps = 1e-10 if name == "capped" else 0.0
    (-torch.log(p[range(32), labels] + eps)).sum().backward()
    ours = lesson.gradient(p.detach().numpy(), np.eye(10)[labels], eps)
    np.testing.assert_allclose(ours, logits.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("classes, floor", [(2, 0.3133), (10, 1.4612)])
def test_torch_has_the_floor_of_double_softmax(classes, floor):
    sure = 100 * torch.eye(classes)
    loss = torch.nn.CrossEntropyLoss()(torch.softmax(sure, -1), torch.arange(classes))
    assert loss.item() == pytest.approx(floor, abs=1e-4)


def test_torch_refuses_the_labels_that_the_lesson_says():
    loss = torch.nn.functional.cross_entropy
    for labels in ([-1], [3], [[0]], [1.0]):
        with pytest.raises((IndexError, RuntimeError)):
            loss(torch.zeros(1, 3), torch.tensor(labels))
    skipped = loss(torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.tensor([-100, 0]))
    assert skipped.item() == pytest.approx(np.log(2), rel=1e-6)
    assert torch.isnan(loss(torch.tensor([[torch.inf, 0.0]]), torch.tensor([0])))


@pytest.mark.parametrize("scale", [1, 1000])
def test_the_answers_of_the_exercise_are_torchs(scale):
    master = Master(FOLDER / "ex08_log_sum_exp.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    z, labels = logits_and_labels(scale, 7, 4)
    logits = torch.tensor(z, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(labels))
    loss.backward()
    expected = torch.logsumexp(logits, -1).detach().numpy()
    np.testing.assert_allclose(answers.log_sum_exp(z), expected, rtol=1e-12)
    assert answers.cross_entropy(z, labels) == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(answers.gradient(z, labels), logits.grad.numpy(), atol=1e-14)
