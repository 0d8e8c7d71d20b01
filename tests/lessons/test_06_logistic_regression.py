"""What lesson 06 shows: likelihood, formulas that lack a part, gradients, the stable form, scikit-learn."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest

from minigrad.datasets import load_breast_cancer
from tests.lessons.running import names_of, path_of, run

STEM = "06_logistic_regression"


@pytest.fixture(scope="module")
def tumours():
    """Standardized by scikit-learn: the measurements and labels to learn from, and those held out."""
    from sklearn.preprocessing import StandardScaler

    parts = [[tensor.numpy() for tensor in part.tensors] for part in load_breast_cancer()]
    (x, y), (x_new, y_new) = parts
    scaler = StandardScaler().fit(x.astype(float))
    return scaler.transform(x.astype(float)), y, scaler.transform(x_new.astype(float)), y_new


def price(p, y):
    """Of one answer, from the probability of what happened."""
    return -math.log(p if y == 1 else 1 - p)


# -- Finding 1 ---------------------------------------------------------------------------------


def test_the_data_are_counted(lesson, tumours):
    _, y, _, new_y = tumours
    found = lesson.found(r"The data: (\d+) tumours, (\d+) benign; (\d+) held out")
    assert found == [len(y), (y == 1).sum(), len(new_y)]
    assert lesson.found(r"label (\d) (\d) (\d) (\d)\n") == y[:4].tolist()


def test_the_product_is_zero_where_the_log_loss_still_tells_two_models_apart(lesson, tumours):
    X, y, *_ = tumours
    losses = {}
    for w in (0, -1, -2, -6, -12):
        p = 1 / (1 + np.exp(-w * X[:, 22]))
        logs = [-price(*pair) for pair in zip(p, y, strict=True)]
        product, losses[w] = lesson.found(rf"\n +{w} +(\d\S+) +(0\.\d+)(?=\n)")
        assert losses[w] == round(-sum(logs) / len(y), 3)
        # what float32 cannot hold is 0; its smallest number is 1.4e-45
        right = math.exp(sum(logs)) if sum(logs) > math.log(1e-45) else 0
        assert product == pytest.approx(right, rel=0.1, abs=0)
        assert (product == 0) == (w in (0, -1, -2))
    assert min(losses, key=losses.get) == -6 and losses[0] == 0.693
    assert len(set(losses.values())) == 5


def test_only_the_log_loss_prefers_the_careful_model(lesson):
    answers, careful = [1, 0, 1, 1], [0.9, 0.2, 0.6, 0.7]
    row = r" +(-?\d\S+) +(-?\d\S+) +\| +(-?\d\S+)\n"
    right = lesson.found(r"\nlog loss" + row)
    each = [price(p, y) for p, y in zip(careful, answers, strict=True)]
    always = [price(0.99, y) for y in answers]
    assert right == [round(sum(losses) / len(losses), 4) for losses in (each, always, [price(0.99, 0)])]
    half = lesson.found(r"\n\(2\) a no is free" + row)
    assert half == [round((sum(e) - e[1]) / 4, 4) for e in (each, always)] + [0]
    brackets = lesson.found(r"\n\(3\) no brackets" + row)
    expected = [(sum(each) - 2 * each[1]) / 4, (sum(always) - 2 * always[1]) / 4, -price(0.99, 0)]
    assert brackets == pytest.approx(expected, abs=1e-4)
    assert right[0] < right[1] and half[0] > half[1] and brackets[0] > brackets[1]
    quarters = lesson.found(r"formula \(1\), careful, four numbers: (\S+) (\S+) (\S+) (\S+)")
    assert quarters == [round(e / 4, 4) for e in each]
    assert sum(quarters) == pytest.approx(right[0], abs=2e-4)


def test_of_a_soft_label_the_minimum_is_the_entropy_and_not_0(lesson):
    rows = {p: lesson.found(rf"\n +{p:.2f} +(\d\.\d+) +(\d\.\d+)(?=\n)") for p in (0.5, 0.7, 0.9, 0.99)}
    for p, found in rows.items():
        ten = [price(p, 1)] * 7 + [price(p, 0)] * 3
        assert found == [round(sum(ten) / 10, 4), round(7 * price(p, 1) / 10, 4)]
    assert min(rows, key=lambda p: rows[p][0]) == 0.7 and rows[0.7][0] == 0.6109
    assert min(rows, key=lambda p: rows[p][1]) == 0.99


# -- Finding 2 ---------------------------------------------------------------------------------


def test_the_gradients_are_those_of_differences(lesson):
    h = 1e-6

    def sigma(z):
        return 1 / (1 + math.exp(-z))

    for z in (-10, -5, 0, 5, 10):
        p, for_p, for_z, plain = lesson.found(rf"\n +{z}  +(0\.\d{{6}}) +(-\S+) +(-\S+) +(-\S+)(?=\n)")
        assert p == round(sigma(z), 6)
        move = h * sigma(z)
        by_p = (math.log(sigma(z) - move) - math.log(sigma(z) + move)) / (2 * move)
        by_z = (math.log(sigma(z - h)) - math.log(sigma(z + h))) / (2 * h)
        without = (sigma(z - h) - sigma(z + h)) / (2 * h)
        assert for_p == pytest.approx(by_p, rel=1e-4, abs=1e-3)
        assert [for_z, plain] == pytest.approx([by_z, without], abs=2e-6)
        assert for_p <= -1 and (abs(for_z) < 0.01) == (z > 0 and abs(z) >= 5)


def test_the_sure_model_needs_few_steps_only_with_the_logarithm(lesson):
    found = lesson.found(r"rate 1, loss -ln p: (\d+)\n.*rate 1, loss 1 - p: (\d+)\n.*rate 1000, loss 1 - p: (\d+)\n")
    for steps, power, rate in zip(found, (0, 1, 1), (1, 1, 1000), strict=True):
        z, count = -10.0, 0
        while z <= math.log(9):  # the logit of 0.9
            p = 1 / (1 + math.exp(-z))
            z += rate * (1 - p) * p**power
            count += 1
        assert steps == count
    assert found == [21, 22064, 25]
    assert 1000 * 0.5 * (1 - 0.5) == 250  # where the same rate takes a sample from z = 0


# -- Finding 3 ---------------------------------------------------------------------------------


def test_only_the_stable_form_is_right_for_every_logit(lesson):
    for z, y in ((5, 0), (-20, 0), (20, 0), (100, 0), (20, 1)):
        by_p, by_exp, stable = lesson.found(rf"\n +{z}   {y} +(\S+) +(\S+) +(\S+)(?=\n)")
        right = math.log1p(math.exp(z if y == 0 else -z))
        assert stable == pytest.approx(right, rel=1e-3, abs=0)
        assert (by_p == pytest.approx(right, rel=1e-3, abs=0)) == (z == 5)
        assert (by_exp == pytest.approx(right, rel=1e-3, abs=0)) == ((z, y) in ((5, 0), (20, 0)))
        assert math.isnan(by_p) == (y == 1)


def test_the_limits_of_both_formats_are_as_the_text_says():
    with np.errstate(over="ignore"):
        for kind, limit in ((np.float32, 89), (np.float64, 710)):
            assert np.isinf(np.exp(kind(limit))) and np.isfinite(np.exp(kind(limit - 1)))
    one = np.float32(1)
    assert one / (one + np.exp(np.float32(-17))) == 1 > one / (one + np.exp(np.float32(-16)))


def test_the_forms_are_one_loss_where_both_can_be_computed(functions):
    z = np.linspace(-15, 15, 61)
    for y in (0, 1, 0.3):
        by_p = functions.prices(functions.sigmoid(z), y)
        np.testing.assert_allclose(by_p, np.log1p(np.exp(z)) - y * z, rtol=1e-6)
        assert functions.log_loss_from_logit(z, y) == pytest.approx(by_p.mean(), rel=1e-9)
    assert functions.log_loss_from_logit(np.array([-1000.0, 1000.0]), np.array([1, 0])) == 1000


# -- The tumours -------------------------------------------------------------------------------


def test_reaches_what_scikit_learn_reaches(lesson, tumours):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    X, y, new_X, new_y = tumours
    model = LogisticRegression(C=1, tol=1e-8, max_iter=10_000).fit(X, y)
    expected = [log_loss(new_y, model.predict_proba(new_X)), model.score(new_X, new_y)]
    assert lesson.found(r"scikit-learn 1\.9, C = 1 +(\S+) +(\S+) +\(") == [round(value, 4) for value in expected]
    for program in ("NumPy", "minigrad"):
        *found, benign = lesson.found(rf"{program}, log loss +(\S+) +(\S+) +(\d+) of 143")
        assert found == pytest.approx(expected, abs=1e-4)
        assert benign == model.predict(new_X).sum()
    np.testing.assert_allclose(lesson.table["new_z"], model.decision_function(new_X), atol=0.01)
    wrong = model.predict(new_X) != new_y
    assert [(wrong & (new_y == kind)).sum() for kind in (0, 1)] == [3, 3]
    assert lesson.results["test_accuracy"] == round(1 - 6 / 143, 4)
    sigmoid = 1 / (1 + np.exp(-np.linspace(-10, 10, 201)))
    np.testing.assert_allclose(lesson.table["p"], sigmoid, rtol=1e-6)
    assert lesson.results["test_loss"] == round(expected[0], 4)


def half_trained(X, y, rate, steps):
    """Gradient descent on the mean of -y ln p and the penalty, in one matrix; the last weight is b."""
    X1, theta = np.column_stack([X, np.ones(len(X))]), np.zeros(31)
    shrink = 1 - rate * np.append(np.ones(30), 0) / len(X)
    for _ in range(steps):
        p = 1 / (1 + np.exp(-X1 @ theta))
        theta = shrink * theta + rate * X1.T @ (y * (1 - p)) / len(X)
    return theta


def test_half_a_log_loss_has_no_minimum_and_learns_to_say_yes_to_everything(lesson, tumours):
    X, y, new_X, new_y = tumours
    for steps, benign in ((200, 109), (2000, 143)):
        theta = half_trained(X, y, 2.0, steps)
        z = new_X @ theta[:30] + theta[30]
        log_loss = np.mean(np.logaddexp(0, z) - new_y * z)
        found = lesson.found(rf"\n\(2\) a no is free, {steps} steps +(\S+) +(\S+) +(\d+) of 143")
        assert found == pytest.approx([log_loss, np.mean((z > 0) == (new_y == 1)), benign], abs=6e-5)
        assert (z > 0).sum() == benign
    assert found == [2.0197, round(float(Fraction(int(new_y.sum()), 143)), 4), 143] and new_y.sum() == 90


def test_the_rate_is_above_the_limit_of_lesson_04_at_the_start(tumours):
    X, y, *_ = tumours
    X1 = np.column_stack([X, np.ones(len(X))])
    decay = np.append(np.ones(30), 0) / len(y)
    theta, limits = np.zeros(31), []
    for _ in range(50):
        p = 1 / (1 + np.exp(-X1 @ theta))
        limits.append(2 / np.linalg.eigvalsh(X1.T * (p * (1 - p)) @ X1 / len(y) + np.diag(decay))[-1])
        theta = theta - 2 * (X1.T @ (p - y) / len(y) + decay * theta)
    assert [f"{limits[0]:.2f}", f"{limits[1]:.0f}"] == ["0.60", "9"] and min(limits[1:]) > 9


def test_the_penalty_and_both_answers_make_one_minimum_which_formula_2_lacks(tumours):
    X, y, *_ = tumours
    n, rng = len(y), np.random.default_rng(0)

    def loss(theta, no=1.0):
        z = X @ theta[:30] + theta[30]
        each = y * np.logaddexp(0, -z) + no * (1 - y) * np.logaddexp(0, z)
        return np.mean(each) + theta[:30] @ theta[:30] / (2 * n)

    up = np.append(np.zeros(30), 1.0)
    for direction in (up, -up, *rng.normal(size=(200, 31))):
        values = [loss(t * direction) for t in (1e2, 1e3, 1e4)]
        assert values[0] < values[1] < values[2] and values[2] > 1e3  # without limit: about as t, or t squared
        middle = 0.1 * rng.normal(size=31)
        step = 0.01 * direction / np.linalg.norm(direction)
        assert loss(middle + step) + loss(middle - step) > 2 * loss(middle)
    assert loss(100 * up, no=0) < 1e-9 < loss(10 * up, no=0)  # falls for ever along b, and bends upwards, too


def test_the_tumours_can_be_separated_so_that_a_penalty_is_needed(tumours):
    from sklearn.linear_model import LogisticRegression

    X, y, *_ = tumours
    model = LogisticRegression(C=1e6, max_iter=100_000).fit(X, y)
    assert model.score(X, y) == 1


@pytest.mark.slow
def test_at_a_tenth_of_the_rate_the_half_is_only_slower(tmp_path, tumours):
    slow = run(path_of(STEM), "--lr", 0.2, "--no-progress", "--out", tmp_path, cwd=tmp_path).stdout
    assert re.search(r"NumPy, log loss +0\.08", slow) and "143 of 143" not in slow
    X, y, new_X, _ = tumours
    theta = half_trained(X, y, 0.2, 20_000)
    assert (new_X @ theta[:30] + theta[30] > 0).all()


def test_each_curve_of_the_picture_is_the_one_that_its_label_names(lesson, tumours):
    shown = names_of(STEM)
    pull, dots = shown["pull"], shown["dots"]
    p = 1 / (1 + np.exp(-pull.lines[0].get_xdata()))
    sizes = {"loss -ln p, slope for p: 1/p": 1 / p, "loss -ln p, slope for z: 1 - p": 1 - p}
    sizes["loss 1 - p, slope for z: p (1 - p)"] = p * (1 - p)
    assert [text.get_text().replace("\n", " ") for text in pull.texts] == list(sizes)
    for line, text, size in zip(pull.lines, pull.texts, sizes.values(), strict=True):
        np.testing.assert_allclose(line.get_ydata(), size, rtol=1e-9)
        x, y = text.get_position()  # nearer to its own curve than to the others
        off = {words: abs(math.log(y / np.interp(x + 2, line.get_xdata(), other))) for words, other in sizes.items()}
        assert min(off, key=off.get) == text.get_text().replace("\n", " ")
    marks = [(line.get_marker(), len(line.get_xdata())) for line in dots.lines[:4]]
    assert marks == [("o", 90), ("x", 53), ("o", 137), ("x", 6)]
    assert dots.get_title() == "Formula (2) calls 143 of 143 benign (x: misjudged)"
    rows = ["(2): malignant", "(2): benign", "log loss: malignant", "log loss: benign"]
    assert [words.get_text() for words in dots.get_yticklabels()] == rows
    of_rows = [
        np.concatenate([line.get_xdata()[np.round(line.get_ydata()) == row] for line in dots.lines[:4]])
        for row in range(4)
    ]
    assert [len(z) for z in of_rows] == [53, 90, 53, 90]
    assert [bool((z > 0).all()) for z in of_rows] == [True, True, False, False]
    benign = lesson.table["new_z"][:143][tumours[3] == 1]
    np.testing.assert_allclose(np.sort(of_rows[3]), np.sort(benign), rtol=1e-4)
