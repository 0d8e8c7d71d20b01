"""Lesson 14: the threshold, the gradients, and the network with dropout, against PyTorch."""

import types

import numpy as np
import pytest

from minigrad.classroom.master import FOLDER, Master
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import definitions

torch = pytest.importorskip("torch")

STEM = "14_sparsity_and_dropout"


@pytest.fixture(scope="module")
def parts():
    return load_digits()


def test_the_threshold_is_torchs_softshrink():
    lesson = definitions(STEM)
    w = np.random.default_rng(0).normal(0, 2, (5, 7))
    expected = torch.nn.functional.softshrink(torch.from_numpy(w), 0.7).numpy()
    np.testing.assert_allclose(lesson.soft_threshold(w, 0.7), expected, atol=1e-12)


def test_the_slopes_are_those_of_autograd(parts):
    X, labels = (tensor.numpy() for tensor in parts[0].tensors)
    lesson = definitions(STEM, X=X.astype(float), Y=np.eye(10)[labels])
    rng = np.random.default_rng(0)
    arrays = rng.standard_normal((64, 10)), rng.standard_normal(10)
    W, b = (torch.tensor(array, requires_grad=True) for array in arrays)
    logits = torch.from_numpy(X.astype(float)) @ W + b
    torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels)).backward()
    for our, their in zip(lesson.slopes(*arrays), (W, b), strict=True):
        np.testing.assert_allclose(our, their.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_the_network_on_torch_finds_what_it_finds_here(parts):
    run = types.SimpleNamespace(seed=0)
    (X, labels), (new_X, new_labels) = ([t.numpy() for t in part.tensors] for part in parts)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # on a busy machine the others only wait
    found = []
    for on_torch in (False, True):
        data = {"X": X, "labels": labels, "new_X": new_X, "new_labels": new_labels}
        lesson = definitions(STEM, on_torch=on_torch, run=run, every=2, **data)  # 60 steps
        looks = [lesson.look(draw, 128, 15, 0.5)[-1] for draw in range(3)]
        found.append(np.mean(np.array(looks, float), axis=0))
    torch.set_num_threads(threads)
    assert (np.abs(found[0] - found[1]) < [0.2, 0.06, 3]).all(), found


def test_the_answers_of_the_exercise_are_torchs():
    master = Master(FOLDER / "ex14_sparsity_and_dropout.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((8, 5)), (rng.random(8) < 0.5).astype(float)
    w, b = (
        torch.zeros(5, dtype=torch.float64, requires_grad=True),
        torch.tensor(0.5, requires_grad=True),
    )
    logits = torch.from_numpy(X) @ w + b
    torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(y)).backward()
    new_w, new_b = answers.ista_step(np.zeros(5), 0.5, X, y, 0.3, 0.2)
    expected = torch.nn.functional.softshrink(-0.3 * w.grad, 0.06).numpy()
    np.testing.assert_allclose(new_w, expected, atol=1e-12)
    assert new_b == pytest.approx(0.5 - 0.3 * b.grad.item(), rel=1e-6)
    both = torch.nn.functional.softshrink(torch.from_numpy(X), 0.4).numpy() / 1.5
    np.testing.assert_allclose(answers.best_weight(X, 0.4, 0.5), both, atol=1e-12)
