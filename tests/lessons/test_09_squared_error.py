"""What lesson 09 shows: both losses are proper, squared error is flat, and size is not speed."""

import math
from fractions import Fraction

import numpy as np
import pytest

from minigrad.datasets import load_breast_cancer
from tests.lessons.running import full_run, path_of, run, said_by

STEM = "09_squared_error"
NUMBER = r"(-?\d+(?:\.\d+)?(?:e-\d+)?|inf)"
RATES = ["0.3", "1.0", "3.0", "10.0", "30.0", "100.0", "300.0"]
STARTS = ["log loss, b = 0", "squared, b = 0", "log loss, b = -10", "squared, b = -10"]


@pytest.fixture(scope="module", params=[0, 1])
def lesson(request):
    return full_run(STEM, seed=request.param)


# -- Finding 1 ------------------------------------------------------------


@pytest.mark.slow
def test_two_of_three_losses_are_least_at_the_truth(lesson):
    t, rows = Fraction(3, 10), {}
    for text in ("0.01", "0.10", "0.30", "0.50", "0.90"):
        p = Fraction(text)
        log = -float(t) * math.log(p) - float(1 - t) * math.log(1 - p)
        expected = [log, float((p - t) ** 2 + t * (1 - t)), float(t * (1 - p) + (1 - t) * p)]
        rows[text] = lesson.found(rf"\n +{text} +{NUMBER} +{NUMBER} +{NUMBER}\n")
        np.testing.assert_allclose(rows[text], expected, atol=0.00051)
    least = [min(rows, key=lambda text: rows[text][i]) for i in range(3)]
    assert least == ["0.30", "0.30", "0.01"]


@pytest.mark.slow
def test_ten_classes_are_read_alike_with_either_loss_at_a_good_rate(lesson):
    pair = rf" +{NUMBER} \({NUMBER}\)"
    cross, squared = (
        lesson.found(rf"\n{name}{pair * 4}\n") for name in ("cross-entropy", "squared error")
    )
    assert abs(cross[2] - squared[2]) < 3 / 450 and min(cross[2], squared[2]) > 0.96
    assert cross[4] > 0.955 and squared[4] < 0.6, "at rate 20 only squared error does not come back"
    assert cross[6] > 0.2 and squared[6] > 0.7, "after 10 steps both have lost many"
    assert max(cross[1:6:2]) < 0.01 and max(squared[1:4:2]) < 0.01


# -- Finding 2 ------------------------------------------------------------


def losses(z):
    """Log loss and squared error of label 1 for the logit z."""
    return np.array([np.logaddexp(0, -z), 1 / (1 + np.exp(z)) ** 2])


@pytest.mark.slow
def test_slopes_and_bends_are_those_of_differences(lesson):
    h = 1e-4
    bends = {}
    for z in (-20, -10, -5, -2, 0, 2):
        row = lesson.found(rf"\n *{z}" + rf" +{NUMBER}" * 7 + "\n")
        above, here, below = losses(z + h), losses(z), losses(z - h)
        slopes = (above - below) / (2 * h)
        curved = (above - 2 * here + below) / h**2
        expected = [1 / (1 + math.exp(-z)), *here, *slopes, *curved]
        np.testing.assert_allclose(row, expected, rtol=6e-3, atol=2e-7)
        bends[z] = row[-2:]
    assert all(log >= 0 for log, _ in bends.values())
    assert all(squared <= 0 for z, (_, squared) in bends.items() if z < -math.log(2))
    assert bends[-2][1] < 0 < bends[0][1]


def test_the_slope_of_squared_error_is_largest_at_a_third():
    p = np.linspace(0, 1, 30001)
    slope = 2 * p * (1 - p) ** 2
    assert p[slope.argmax()] == pytest.approx(1 / 3, abs=1e-4)
    assert slope.max() == pytest.approx(8 / 27)
    assert -math.log(2) == pytest.approx(-0.69, abs=0.005)


def steps_of_one_logit(slope, rate):
    z, count = -10.0, 0
    while z <= math.log(9):
        p = 1 / (1 + math.exp(-z))
        z, count = z + rate * slope(p), count + 1
    return count


@pytest.mark.slow
def test_one_logit_takes_these_steps(lesson):
    def log(p):
        return 1 - p

    def squared(p):
        return 2 * p * (1 - p) ** 2

    first = lesson.found(r"\nOne logit, steps to p > 0.9: log (\d+), squared (\d+)\n")
    assert first == [steps_of_one_logit(log, 1), steps_of_one_logit(squared, 1)]
    longest = lesson.found(r"\nat rate 27/8, not 1: squared (\d+)\n")
    assert longest == [steps_of_one_logit(squared, 27 / 8)]
    again = lesson.found(r"\nsteps: log (\d+), 20 x squared (\d+)\n")
    assert again == [first[0], steps_of_one_logit(squared, 20)]
    assert steps_of_one_logit(squared, 1e6) == 1, "a huge factor wins, for one logit"
    assert math.exp(10) / 2 == pytest.approx(11013, abs=0.5)


def steps_and_held_out(seed, squared, b, rate):
    """Steps to 97 % and held-out share of five splits, with other formulas than the lesson's."""
    rng = np.random.default_rng(seed)
    parts = [[tensor.numpy() for tensor in part.tensors] for part in load_breast_cancer()]
    X_all, y_all = (np.concatenate(both) for both in zip(*parts, strict=True))
    found = []
    for _ in range(5):
        order = rng.permutation(569)
        X, y = X_all[order], y_all[order]
        X = (X - X[:426].mean(axis=0)) / X[:426].std(axis=0)
        X = np.column_stack([X, np.ones(569)])
        w = np.append(rng.normal(0, 0.1, 30), b)
        sign = 2.0 * y - 1
        first = math.inf
        for step in range(501):
            margin = sign * (X @ w)
            if np.mean(margin[:426] > 0) >= 0.97:
                first = min(first, step)
            miss = 1 / (1 + np.exp(np.clip(margin[:426], -700, 700)))
            pull = 2 * miss**2 * (1 - miss) if squared else miss
            w = w + rate * X[:426].T @ (sign[:426] * pull) / 426
        found.append([first, np.mean(margin[426:] > 0)])
    return np.array(found)


def table(lesson):
    rows = [lesson.found(rf"\n +{rate}" + rf" +{NUMBER}" * 4 + "\n") for rate in RATES]
    return np.array(rows)


@pytest.mark.slow
@pytest.mark.parametrize("rate, column", [(3, 0), (3, 1), (30, 2), (100, 3), (3, 3)])
def test_the_steps_on_the_tumours_are_those_of_other_formulas(lesson, rate, column):
    squared, b = column % 2 == 1, -10.0 * (column > 1)
    by_hand = steps_and_held_out(int(lesson.results["seed"]), squared, b, rate)
    printed = table(lesson)
    assert printed[RATES.index(f"{rate:.1f}"), column] == pytest.approx(by_hand[:, 0].mean(), abs=0.06)
    held_out = rf"\n{STARTS[column]} +rate {NUMBER}: {NUMBER} steps \("
    held_out += rf"{NUMBER} to {NUMBER}\), held out {NUMBER} \({NUMBER}\)"
    best, steps, least, most, mean, spread = lesson.found(held_out)
    if best == rate:
        assert (least, most) == (by_hand[:, 0].min(), by_hand[:, 0].max())
        assert steps == pytest.approx(by_hand[:, 0].mean(), abs=0.06)
        expected = [by_hand[:, 1].mean(), by_hand[:, 1].std()]
        np.testing.assert_allclose([mean, spread], expected, atol=0.0011)


@pytest.mark.slow
def test_log_loss_is_sooner_at_each_rate_and_both_end_alike(lesson):
    steps = table(lesson)
    assert (steps[:, 0] < steps[:, 1]).all() and (steps[:, 2] < steps[:, 3]).all()
    assert np.isinf(steps[:3, 3]).all(), "small rates do not free squared error from -10"
    best = steps.min(axis=0)
    assert best[3] > 5 * best[2] and best[1] < 3 * best[0]
    assert np.isfinite(best).all() and np.isfinite(steps[:, 0]).all()
    assert np.isinf(steps[RATES.index("100.0"), 1])
    held_out = rf" +rate .+ steps .+, held out {NUMBER} \({NUMBER}\)"
    right = [lesson.found(name + held_out) for name in STARTS]
    assert abs(right[0][0] - right[1][0]) < right[0][1] + right[1][1]
    assert right[3][0] > 0.95


# -- Finding 3 ------------------------------------------------------------


@pytest.mark.slow
def test_twenty_times_squared_error_is_the_larger_loss_on_the_whole_way(lesson):
    log, squared = losses(np.linspace(-10, math.log(9), 1000))
    assert (20 * squared > log).all()
    np.testing.assert_allclose(20 * losses(-10.0)[1], 20, atol=0.01)
    for z in (-10, -2, 2):
        log, squared = losses(z)
        printed = lesson.found(rf"20 x squared\n(?:.*\n)*? +{z} +{NUMBER} +{NUMBER}\n")
        np.testing.assert_allclose(printed, [log, 20 * squared], atol=0.0051)
    assert said(f"log loss as a sum is {426 * math.log(2):.1f} nats, and squared error as a mean 0.25")


said = said_by(STEM)


@pytest.mark.slow
def test_the_text_says_what_is_printed():
    lesson = full_run(STEM, seed=0)
    best = table(lesson).min(axis=0)
    assert said(f"at its best rate, {best[1]} against {best[0]}")
    assert said(f"squared error takes {best[3]} steps, and log loss {best[2]} at its best")
    assert said(f"comes back at rate 3 in {table(lesson)[2, 2]}")
    assert said(f"= e^{{10}} / 2 = {math.exp(10) / 2:.0f}")
    assert said("It is negative where p < 1/3 (z below -0.69)") and round(math.log(1 / 2), 2) == -0.69
    assert said("2/3 times 4/9 is 8/27")
    assert said(f"3 times 426 = {3 * 426}, larger than every rate in the table")
    assert np.isfinite(table(lesson)[:5, 1]).all() and np.isinf(table(lesson)[5:, 1]).all()
    assert said(f"still works at large rates here: {table(lesson)[6, 0]} steps at 300.)")
    pair = rf" +{NUMBER} \({NUMBER}\)"
    cross, squared = (
        lesson.found(rf"\n{name}{pair * 4}\n") for name in ("cross-entropy", "squared error")
    )
    assert said(f"yet reads {cross[4]} of the held-out digits in the end; squared error {squared[4]}")
    at_20 = steps_of_one_logit(lambda p: 2 * p * (1 - p) ** 2, 20)
    at_first = steps_of_one_logit(lambda p: 1 - p, 1)
    assert said(f"Plain log loss, with its {at_first} steps, wins against {at_20}")
    at_100 = steps_and_held_out(0, True, 0.0, 100)
    assert said(f"{at_100[:, 1].mean():.3f} of the held-out samples are right")
    assert np.isfinite(at_100[:, 0]).sum() < 5


def test_the_slope_of_softmax_is_that_of_differences():
    z, y, h = np.array([-9.0, 1.0, 4.0]), np.array([1.0, 0, 0]), 1e-5

    def p_of(z):
        return np.exp(z) / np.exp(z).sum()

    p = p_of(z)
    by_differences = [
        (((p_of(z + step) - y) ** 2).sum() - ((p_of(z - step) - y) ** 2).sum()) / (2 * h)
        for step in h * np.eye(3)
    ]
    slope = 2 * p * ((p - y) - (p * (p - y)).sum())
    np.testing.assert_allclose(slope, by_differences, atol=1e-8)
    assert (abs(slope) < 0.1).all() and abs(slope[0]) < 1e-4 < 0.99 < abs(p[0] - y[0])
    assert said(r"= 2 \, p_k \Bigl[ (p_k - y_k) - \sum_c p_c \, (p_c - y_c) \Bigr]")


def test_the_printed_bend_is_that_of_differences():
    assert said(r"= 2 \, p \, (1 - p)^2 \, (3 p - 1).")
    h = 1e-4
    for z in (-3.0, -0.5, 1.0):
        p = 1 / (1 + math.exp(-z))
        curved = (losses(z + h)[1] - 2 * losses(z)[1] + losses(z - h)[1]) / h**2
        assert 2 * p * (1 - p) ** 2 * (3 * p - 1) == pytest.approx(curved, abs=1e-6)


@pytest.mark.slow
def test_a_quick_run_says_that_it_is_too_short(tmp_path):
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert result.returncode == 0
    assert result.stdout.startswith("quick: too short to show what the text says\n")


@pytest.mark.slow
def test_a_run_of_few_epochs_still_counts_the_digits_lost_at_step_10(tmp_path):
    arguments = ("--epochs", "3", "--no-progress", "--out", tmp_path)
    result = run(path_of(STEM), *arguments, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Digits: right of 450 held out, 11 steps, 5 starts" in result.stdout
