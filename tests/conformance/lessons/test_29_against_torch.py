"""Lesson 29: ln Z, the marginals, a training and the exercise's answers against PyTorch."""

import itertools
import types

import numpy as np
import pytest

import minigrad as mg
from minigrad.classroom.master import FOLDER, Master
from tests.conformance.lessons.on_torch import Noting, definitions

torch = pytest.importorskip("torch")
STEM = "29_structured"


def naive(z, A, start=0, end=0):
    """The scores of all rows of labels, a list of PyTorch's numbers, and the rows."""
    rows = list(itertools.product(range(len(A)), repeat=len(z)))
    start, end = (torch.as_tensor(each) * torch.ones(len(A), dtype=torch.float64) for each in (start, end))
    scores = []
    for row in rows:
        s = start[row[0]] + end[row[-1]] + sum(z[t, k] for t, k in enumerate(row))
        scores.append(s + sum(A[j, k] for j, k in itertools.pairwise(row)))
    return torch.stack(scores), np.array(rows)


def test_ln_z_the_marginals_and_the_best_row_are_those_of_the_list():
    lesson, rng = definitions(STEM), np.random.default_rng(0)
    z, A = rng.standard_normal((2, 3, 4, 3)), rng.standard_normal((2, 3, 3))
    log_z = lesson.log_z(mg.tensor(z), mg.tensor(A)).numpy()
    marginals, best = lesson.marginals(mg.tensor(z), mg.tensor(A)), lesson.viterbi(z, A)
    for i, n in itertools.product(range(2), range(3)):
        own, transitions = torch.tensor(z[i, n], requires_grad=True), torch.tensor(A[i])
        scores, rows = naive(own, transitions)
        expected = scores.logsumexp(0)
        expected.backward()
        assert log_z[i, n] == pytest.approx(expected.item(), rel=1e-12)
        assert lesson.forward(z[i, n], A[i]) == pytest.approx(expected.item(), rel=1e-12)
        np.testing.assert_allclose(lesson.score(z[i, n], A[i], rows), scores.detach().numpy(), rtol=1e-12)
        np.testing.assert_allclose(marginals[i, n], own.grad.numpy(), rtol=1e-10)
        np.testing.assert_array_equal(best[i, n], rows[scores.argmax()])


def test_the_loss_is_pytorchs_cross_entropy_over_all_rows():
    lesson, rng = definitions(STEM), np.random.default_rng(1)
    z, A, y = rng.standard_normal((1, 6, 3, 4)), rng.standard_normal((1, 4, 4)), rng.integers(0, 4, (1, 6, 3))
    logits = torch.stack([naive(torch.tensor(each), torch.tensor(A[0]))[0] for each in z[0]])
    target = torch.tensor(y[0] @ [16, 4, 1])  # the number of a row in the list
    expected = torch.nn.functional.cross_entropy(logits, target).item() / 3
    wide, wide_A = np.full((1, 6, 3, 26), -50.0), np.zeros((1, 26, 26))  # the lesson has 26 labels
    wide[..., :4], wide_A[:, :4, :4] = z, A
    assert lesson.loss(mg.tensor(wide), mg.tensor(wide_A), y).numpy() == pytest.approx([expected], rel=1e-6)


@pytest.mark.parametrize("chain", [False, True])
def test_a_training_gives_the_same_in_both_libraries(chain):
    rng = np.random.default_rng(2)
    y, x = rng.integers(0, 26, (5, 2410, 5)), rng.standard_normal((5, 2410, 5, 8)).astype(np.float32)
    found = []
    for on_torch in (False, True):
        run = types.SimpleNamespace(epochs=8, lr=0.1, progress=Noting().progress)
        lesson = definitions(STEM, on_torch=on_torch, run=run, rng=np.random.default_rng(3))
        found.append([each.numpy() for each in lesson.train(x, y, chain)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-2)
    assert chain == bool(found[0][1].any())


def test_the_answers_of_the_exercise_are_those_of_the_list():
    master = Master(FOLDER / "ex29_chain_of_labels.py")
    answers = types.ModuleType(master.name)
    exec(compile(master.solution, master.filename, "exec"), vars(answers))
    rng = np.random.default_rng(4)
    for T in (1, 2, 5):
        arrays = [rng.standard_normal(shape) for shape in ((T, 3), (3, 3), (3,), (3,))]
        scores, rows = naive(*map(torch.tensor, arrays))
        assert answers.score_of_row(*arrays, rows[-2]) == pytest.approx(scores[-2].item(), rel=1e-12)
        assert answers.log_partition(*arrays) == pytest.approx(scores.logsumexp(0).item(), rel=1e-12)
        np.testing.assert_array_equal(answers.best_row(*arrays), rows[scores.argmax()])
