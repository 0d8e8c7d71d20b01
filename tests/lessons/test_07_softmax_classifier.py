"""What lesson 07 shows: ten defects, scikit-learn, chance; and right answers to its exercise."""

import functools

import numpy as np
import pytest

from minigrad.classroom.master import FOLDER, Master
from minigrad.datasets import load_digits
from tests.conformance.lessons.on_torch import definitions
from tests.classroom.answers import complaints
from tests.lessons.running import full_run
from tests.quick import first_quick


@pytest.fixture(scope="module", params=first_quick([0, 1]))
def lesson(request):
    return full_run("07_softmax_classifier", seed=request.param)


# -- Finding 1 ------------------------------------------------------------


def test_the_articles_program_stops_and_made_to_run_it_climbs(lesson):
    assert "(1) as it stands, ValueError: operands could not be broadcast" in lesson.stdout
    assert "shapes (100,) (100,10)" in lesson.stdout
    losses = lesson.found(r"loss, steps 0 100 500 999: (\S+) (\S+) (\S+) (\S+)")
    assert losses[0] < losses[1] / 5 < losses[2] / 20
    assert np.isnan(losses[3])
    climbing = lesson.table["climbing"]
    assert len(climbing) == 1000 and np.isnan(climbing[-1])
    lowest, highest = lesson.found(r"rows add up to (\S+) \.\.\. (\S+), not")
    assert 0 < lowest < highest < 0.5


def test_the_losses_by_hand():
    belief, undecided = np.log([0.1, 0.8, 0.1]), np.log(np.full(3, 1 / 3))
    by_hand = [-belief.sum(), -belief[1], -undecided.sum(), -undecided[1]]
    assert [f"{loss:.2f}" for loss in by_hand] == ["4.83", "0.22", "3.30", "1.10"]
    assert f"{(1 / (1 + np.exp([-2.0, -1.0, 0.0]))).sum():.2f}" == "2.11"


# -- Finding 2 ------------------------------------------------------------


def summed(k):
    """Mean losses after 0, 1, 2 and 19 steps of the summed gradient at the rate 0.01, of k copies of 100 digits."""
    X, labels = (tensor.numpy()[:100].repeat(k, axis=0) for tensor in load_digits()[0].tensors)
    W, b, losses = np.zeros((64, 10)), np.zeros(10), []
    for _ in range(20):
        z = X @ W + b
        log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
        losses.append(-log_p[np.arange(len(z)), labels].mean())
        error = np.exp(log_p) - np.eye(10)[labels]
        W -= 0.01 * X.T @ error
        b -= 0.01 * error.sum(axis=0)
    return [round(losses[i], 3) for i in (0, 1, 2, 19)]


def test_the_restated_program_has_the_articles_defects():
    """The article's steps with a second axis for the labels, and the same random numbers."""
    rng, lesson = np.random.default_rng(0), definitions("07_softmax_classifier")
    X, y = rng.random((100, 10)), rng.integers(0, 2, 100)[:, None]
    w, b, expected = rng.random((10, 10)), rng.random(10), []

    def softmax(x):
        exp_values = np.exp(x - np.max(x))
        return exp_values / np.sum(exp_values, axis=0)

    with np.errstate(all="ignore"):
        for _ in range(1000):
            y_hat = softmax(np.dot(X, w) + b)
            expected.append(-np.sum(y * np.log(y_hat)))
            w -= 0.01 * np.dot(X.T, (y_hat - y))
            b -= 0.01 * np.sum(y_hat - y)
        y_test = rng.integers(0, 2, 10)
        y_hat_test = softmax(np.dot(rng.random((10, 10)), w) + b)
        lesson.rng = np.random.default_rng(0)
        X, labels = lesson.rng.random((100, 10)), lesson.rng.integers(0, 2, 100)
        losses, score = lesson.wrong_program(X, labels[:, None])
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    assert score == np.sum(y_hat_test == y_test) / y_test.size


def test_each_of_the_quiet_defects_has_its_number(lesson):
    assert "(4) p: [nan nan] fixed: [0.269 0.731]" in lesson.stdout
    for k in (1, 10):
        found = lesson.found(rf"sum, {k} of each, steps 0 1 2 19: (\S+) (\S+) (\S+) (\S+)")
        assert found == summed(k)  # nothing is random in it
    assert max(summed(1)) == summed(1)[0] == 2.303 and 4 < summed(10)[1] < 15.6 < summed(10)[2]
    assert lesson.found(r"\(8\) always right: the score is (\d+)%")[0] != 100


def test_one_number_never_moves_the_biases_and_one_for_each_class_reaches_the_entropy():
    lesson = definitions("07_softmax_classifier")
    y = lesson.one_hot(np.array([0, 0, 0, 0, 1]), 2)
    b = np.zeros(2)
    for _ in range(100):
        b -= np.sum(lesson.softmax(np.zeros((5, 2)) + b) - y) / 5
    stuck = lesson.cross_entropy(y, lesson.softmax(np.zeros((5, 2)) + b))
    *_, losses = lesson.train(np.zeros((5, 1)), y, 1.0, 100)
    assert (f"{stuck:.4f}", f"{losses[-1]:.4f}") == ("0.6931", "0.5004")


def test_an_output_without_a_class_costs_ln_10_at_first_and_loses_its_belief():
    lesson = definitions("07_softmax_classifier")
    rng = np.random.default_rng(0)
    X, labels = rng.random((100, 10)), rng.integers(0, 2, 100)
    W, b, losses = lesson.train(X, lesson.one_hot(labels, 10), 1.0, 1000)
    assert losses[0] == pytest.approx(np.log(10))
    assert lesson.softmax(X @ W + b)[:, 2:].sum(axis=1).mean() < 0.001


def test_right_and_nearly_sure_scores_nothing_in_the_articles_accuracy():
    labels = np.arange(10) % 2
    p = np.where(np.eye(10)[labels] == 1, 0.99, 0.01 / 9)
    assert np.sum(p == labels) == 0


# -- Finding 3 ------------------------------------------------------------


def test_random_labels_stay_at_chance_on_new_samples(lesson):
    row = r" +(\S+) +(\S+) +(\S+) +(\S+) *\n"
    seen, seen_loss, new, new_loss = lesson.found(f"mean of 20 draws{row}")
    spread = lesson.found(f"standard deviation{row}")[2]
    one_draw = 0.5 / 10_000**0.5
    assert abs(new - 0.5) < 4 * one_draw / 20**0.5 + 0.0005
    assert 0.5 * one_draw < spread < 1.7 * one_draw
    assert seen > 0.6
    assert seen_loss < np.log(2) < new_loss


# -- Digits ------------------------------------------------------------


@functools.cache
def scikit_learn():
    """LogisticRegression on the same images: losses, accuracy, its errors."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    train, test = ([tensor.numpy() for tensor in part.tensors] for part in load_digits())
    model = LogisticRegression(C=1, tol=1e-8, max_iter=10_000).fit(train[0].astype(float), train[1])
    train_loss, test_loss = (log_loss(y, model.predict_proba(x)) for x, y in (train, test))
    wrong = np.flatnonzero(model.predict(test[0]) != test[1])
    return [train_loss, test_loss, model.score(*test)], wrong


def test_reaches_what_scikit_learn_reaches(lesson):
    yardstick, wrong = scikit_learn()
    row = r"loss (\S+), held out (\S+), (\S+) right"
    known = lesson.found(f"scikit-learn 1.9.1: {row}")
    assert known == [round(value, 4) for value in yardstick]
    ours = lesson.found(f"minigrad: {row}")
    np.testing.assert_allclose(ours[:2], yardstick[:2], atol=1e-3)
    assert ours[0] >= known[0], "the loss comes down from above"
    assert ours[2] == pytest.approx(yardstick[2], abs=0.0023)  # one image of 450
    assert lesson.results["test_accuracy"] == ours[2]
    assert lesson.results["epochs"] == len(lesson.table["train"]) == len(lesson.table["held_out"])
    assert lesson.table["train"][-1] == pytest.approx(ours[0], abs=1e-4)
    assert lesson.table["held_out"][-1] == pytest.approx(ours[1], abs=1e-4)
    assert len(set(wrong) ^ set(lesson.table["wrong"])) <= 1


def test_starts_at_ln_10_and_takes_the_steps_of_numpy(lesson):
    assert lesson.found(r"first loss (\S+), minigrad") == [2.3026]
    assert lesson.table["train"][0] == pytest.approx(np.log(10), abs=1e-6)
    assert lesson.table["held_out"][0] == pytest.approx(np.log(10), abs=1e-6)  # the same weights
    assert lesson.found(r"minigrad and NumPy (\S+) apart")[0] < 1e-5
    assert (np.diff(lesson.table["train"][::100]) < 0).all()


def test_backward_without_a_step_doubles_the_gradient(lesson):
    once = lesson.found(r"Versus, call 1: largest gradient (\S+)")
    twice = lesson.found(r"Versus, call 2: largest gradient (\S+)")
    assert twice[0] == pytest.approx(2 * once[0], abs=1e-4)


# -- The exercise ------------------------------------------------------------

EXERCISE = Master(FOLDER / "ex07_softmax_cross_entropy.py")
ONE_HOT = EXERCISE.namespace["ONE_HOT"]
RIGHT = {  # part, lines
    "float32": (
        "A",
        "z = z.astype(np.float32)\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "return e / e.sum(axis=-1, keepdims=True)",
    ),
    "any_other_shift": (
        "A",
        "e = np.exp(z - np.max(z, -1)[..., None] + 2)\nreturn e / e.sum(-1)[..., None]",
    ),
    "log_space": (
        "A",
        "return np.exp(z - np.logaddexp.reduce(z, axis=-1, keepdims=True))",
    ),
    "lists": (
        "A",
        "if np.ndim(z) > 1:\n"
        "    return [softmax(row) for row in z]\n"
        "e = [np.exp(c - max(z)) for c in z]\n"
        "return [c / sum(e) for c in e]",
    ),
    "loop": (
        "B",
        "total = 0\nfor row, label in zip(p, labels):\n    total -= np.log(row[label])\n"
        "return total / len(p)",
    ),
    "mask": ("B", "return -np.log(p[np.eye(p.shape[1])[labels] == 1]).mean()"),
    "take_along_axis": ("B", "return -np.log(np.take_along_axis(p, labels[:, None], 1)).mean()"),
    "single": ("B", "return np.float32(-np.mean(np.log(p[np.arange(len(p)), labels])))"),
    "one_hot": ("C", f"{ONE_HOT}return X.T @ (p - y) / len(p), (p - y).mean(axis=0)"),
    "einsum": (
        "C",
        ONE_HOT + "dz = (p - y) / len(p)\nreturn np.einsum('nd,nc->dc', X, dz), dz.sum(0)",
    ),
    "loops": (
        "C",
        f"{ONE_HOT}dW, db = 0, 0\nfor x, row in zip(X, p - y):\n"
        "    dW = dW + np.outer(x, row) / len(p)\n    db = db + row / len(p)\nreturn [dW, db]",
    ),
    "as_lists": (
        "C",
        f"{ONE_HOT}return (X.T @ (p - y) / len(p)).tolist(), (p - y).mean(axis=0).tolist()",
    ),
    "singles": (
        "C",
        ONE_HOT + "dz = ((p - y) / len(p)).astype('f')\nreturn X.T.astype('f') @ dz, dz.sum(0)",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_other_right_answers_pass(name):
    part, lines = RIGHT[name]
    assert complaints(EXERCISE, {part: lines}) == []
