"""What lesson 04 shows: slopes by differences, how far a step may go, and where a walk ends."""

import math

import numpy as np
import pytest

from minigrad.datasets import load_iris
from tests.conformance.lessons.on_torch import definitions
from tests.lessons.running import full_run, prose_of
from tests.quick import first_quick

STEM = "04_gradient_descent"
NUMBER = r"(-?\d+(?:\.\d+)?(?:e[-+]\d+)?)"
SEEDS = range(5)


@pytest.fixture(scope="module")
def functions():
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    return definitions(STEM, corners=corners, sign=np.array([-1, 1, 1, -1]))


@pytest.fixture(scope="module")
def petals():
    features = load_iris()[0].tensors[0].numpy().astype(float).round(1)
    return features[:, 2], features[:, 3]


# -- Finding 1 ------------------------------------------------------------


def test_the_central_error_falls_with_the_square_until_rounding_takes_over(functions):
    errors = {h: abs(functions.central(np.exp, 0.5, h, 1.0) - np.exp(0.5)) for h in (1e-1, 1e-2, 1e-5, 1e-8, 1e-11)}
    for h in (1e-1, 1e-2):
        assert errors[h] == pytest.approx(h**2 / 6 * np.exp(0.5), rel=0.01)
    assert min(errors, key=errors.get) == 1e-5


def test_central_differences_are_exact_for_quadratics(functions):
    assert functions.central(lambda s: 3 * s**2 - 5 * s + 1, 2.0, 0.5, 1.0) == pytest.approx(7, abs=1e-12)
    assert functions.central(lambda s: 3 * s**2 - 5 * s + 1, 2.0, 0.5, -1.0) == pytest.approx(-7, abs=1e-12)


X_THREE, T_THREE = np.array([1.4, 4.7, 6.0]), np.array([0.2, 1.4, 2.5])
BY_HAND = np.array([-(0.28 + 6.58 + 15) / 3, -4.1 / 3])


def test_the_slope_is_largest_along_the_gradient(lesson):
    length = np.hypot(*BY_HAND)
    assert BY_HAND.round(3).tolist() == [-7.287, -1.367] and length.round(3) == 7.414
    rows = [line.replace("(", " ").replace(")", " ").replace(",", " ") for line in lesson.stdout.splitlines()]
    rows = [[float(word) for word in row.split()] for row, line in zip(rows, lesson.stdout.splitlines(), strict=True)
            if line.startswith("(") and not line.startswith("(w")]
    assert len(rows) == 5
    for w, b, measured, product in rows:
        assert np.hypot(w, b) == pytest.approx(1, abs=2e-3)
        assert [measured, product] == pytest.approx([BY_HAND @ (w, b)] * 2, abs=6e-3)
    assert max(row[2] for row in rows) == round(length, 3) == -min(row[2] for row in rows)


def test_a_step_of_twice_the_rate_goes_up(lesson):
    for rate, said in ((0.0, 1.375), (0.05, 0.058), (0.1, 1.604)):
        w, b = -rate * BY_HAND
        loss = sum((w * x + b - t) ** 2 for x, t in zip(X_THREE, T_THREE, strict=True)) / 6
        assert lesson.found(rf"rate {rate:.2f}: L = {NUMBER}") == [round(loss, 3)] == [said]


# -- Finding 2 ------------------------------------------------------------


def walk(x, t, rate, steps):
    """The loss of the line after these steps, by the eigenvectors, without walking."""
    features = np.column_stack([x, np.ones(len(x))])
    best, residual, *_ = np.linalg.lstsq(features, t)
    curvatures, directions = np.linalg.eigh(features.T @ features / len(x))
    parts = directions.T @ -best * (1 - rate * curvatures) ** steps
    return (residual[0] / len(x) + parts**2 @ curvatures) / 2


def test_below_the_limit_the_loss_falls_and_above_it_grows(lesson, petals):
    for rate in (0.02, 0.1, 0.109, 0.115):
        found = lesson.found(rf"\n{rate:.3f} +" + " +".join([NUMBER] * 5) + "\n")
        expected = [walk(*petals, rate, n) for n in (0, 1, 10, 100, 1000)]
        assert found == pytest.approx(expected, rel=0.02)
        assert (found[-1] < found[1]) == (rate < 0.1097)


def test_the_condition_number_decides_the_steps(lesson, petals):
    x, t = petals
    steps = {}
    for unit, scaled in (("cm", x), ("mm", 10 * x), ("standardized", (x - x.mean()) / x.std())):
        found = lesson.found(rf"\n{unit} +" + " +".join([NUMBER] * 7))
        square, mean = np.mean(scaled**2), scaled.mean()  # the eigenvalues by the quadratic formula
        root = np.sqrt(max(0, (square - 1) ** 2 / 4 + mean**2))
        a, c = (square + 1) / 2 - root, (square + 1) / 2 + root
        assert found[:3] == pytest.approx([a, c, c / a], rel=1e-3)
        n = 1 if c / a < 1.001 else math.ceil(math.log(1000) / math.log((c / a + 1) / (c / a - 1)))
        assert found[3] == n and found[4] == (0 if n == 1 else pytest.approx(0.001, abs=5e-5))
        steps[unit] = n
        slope = np.cov(x, t, bias=True)[0, 1] / x.var()
        least = np.mean((t - t.mean() - slope * (x - x.mean())) ** 2) / 2
        alone = np.mean((t - scaled * (scaled @ t) / (scaled @ scaled)) ** 2) / 2
        assert found[5:] == pytest.approx([least, alone], abs=6e-5)
    assert steps == {"cm": 360, "mm": 32843, "standardized": 1}
    assert alone / least == pytest.approx(37, abs=0.5) and t.mean() == pytest.approx(1.21, abs=0.005)


@pytest.mark.parametrize("unit", [1, 10])
def test_the_steps_of_the_formula_are_walked(functions, petals, unit):
    x, t = unit * petals[0], petals[1]
    features = np.column_stack([x, np.ones(len(x))])
    lowest = np.linalg.lstsq(features, t)[0]
    a, c = np.linalg.eigvalsh(features.T @ features / len(x))
    n = {1: 360, 10: 32843}[unit]
    for steps, left in ((n, 1 / 1000), (n // 2, 1000**-0.5)):
        distance = np.linalg.norm(functions.descend(x, t, 2 / (a + c), steps) - lowest)
        assert distance / np.linalg.norm(lowest) == pytest.approx(left, rel=0.03)


@pytest.mark.parametrize(("rate", "arrives"), [(0.01, True), (0.109, True), (0.110, False)])
def test_a_walk_arrives_if_and_only_if_the_rate_is_below_the_limit(functions, petals, rate, arrives):
    near = functions.line_loss(functions.descend(*petals, rate, 20_000), *petals)
    assert (near < 0.0203) == arrives


# -- Finding 3 ------------------------------------------------------------


def by_corner(net):
    """The network of nine numbers, one corner at a time: the mean loss and the logits."""
    losses, logits = [], []
    for x in ((0, 0), (0, 1), (1, 0), (1, 1)):
        units = [math.tanh(x[0] * net[i] + x[1] * net[2 + i] + net[4 + i]) for i in (0, 1)]
        z = units[0] * net[6] + units[1] * net[7] + net[8]
        p = 1 / (1 + math.exp(-z))
        losses.append(-math.log(p if sum(x) == 1 else 1 - p))
        logits.append(round(z, 1))
    return sum(losses) / 4, logits


def test_the_midpoint_of_two_right_networks_is_wrong(lesson, functions):
    right = [5, 5, 5, 5, -2.5, -7.5, 10, -10, -10]
    swapped = [5, 5, 5, 5, -7.5, -2.5, -10, 10, -10]
    middle = [(a + b) / 2 for a, b in zip(right, swapped, strict=True)]
    expected = [by_corner(net)[0] for net in (right, swapped, middle)]
    found = lesson.found(rf"Finding 3: loss {NUMBER}, exchanged {NUMBER}, midpoint {NUMBER}\n")
    assert found == [round(loss, 4) for loss in expected]
    assert by_corner(right)[1] == by_corner(swapped)[1] == [-9.9, 9.7, 9.7, -9.9]
    assert lesson.table["way"].max() == pytest.approx(5, abs=1e-3)
    nets = np.random.default_rng(1).normal(0, 2, (20, 9))
    np.testing.assert_allclose(functions.network_loss(nets), [by_corner(net)[0] for net in nets], rtol=1e-9)


@pytest.mark.parametrize("seed", first_quick(SEEDS))
def test_all_linear_walks_end_alike_and_those_of_the_network_do_not(seed):
    found = {}
    for name in ("linear", "network"):
        pattern = rf"\n{name} +{NUMBER} to {NUMBER} +(\d+) +(\d+) +(\d+)\n"
        found[name] = full_run(STEM, seed=seed).found(pattern)
    least, most, *ends = found["linear"]
    assert ends == [0, 0, 50] and 0.693 < least and most > 1.3  # they come from afar
    least, most, zero, half, stuck = found["network"]
    assert most > least + 0.5
    assert 22 <= zero <= 26 and zero + half >= 49 and stuck == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_no_midpoint_of_linear_models_is_above(functions, seed):
    one, other = np.random.default_rng(seed).normal(0, 5, (2, 5000, 3))
    mean = (functions.linear_loss(one) + functions.linear_loss(other)) / 2
    excess = functions.linear_loss((one + other) / 2) - mean
    assert excess.max() <= 1e-12
    assert excess.min() < -1  # nor is the loss linear
    assert functions.linear_loss(np.zeros((1, 3)))[0] == pytest.approx(math.log(2))


def test_a_gradient_of_0_is_the_lowest_place_of_the_linear_model(functions):
    slopes = [functions.central(functions.linear_loss, np.zeros((1, 3)), 1e-3, d)[0] for d in np.eye(3)]
    assert slopes == pytest.approx([0, 0, 0], abs=1e-12)
    far = np.random.default_rng(0).normal(0, 3, (5000, 3))
    assert functions.linear_loss(far).min() > math.log(2)


def test_where_a_line_separates_the_classes_there_is_no_minimum():
    both = definitions(STEM, corners=np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), sign=np.array([-1, -1, -1, 1]))
    losses = [both.linear_loss(size * np.array([[2, 2, -3]]))[0] for size in (1, 3, 10, 30)]
    assert losses == sorted(losses, reverse=True) and 0 < losses[-1] < 1e-12


@pytest.mark.slow
def test_the_walks_near_half_of_ln_2_are_not_merely_slow(functions):
    starts, corners, sign = [], functions.corners, functions.sign
    for seed in (0, 1, 2):
        rng = np.random.default_rng(seed)
        rng.normal(0, 1, (50, 3))  # the starts of the linear model
        starts.append(rng.normal(0, 1, (50, 9)))
    nets = np.concatenate(starts)
    for step in range(60_000):
        if step == 3000:
            early = functions.network_loss(nets)
        hidden = np.tanh(corners @ nets[:, :4].reshape(-1, 2, 2) + nets[:, None, 4:6])
        z = (hidden @ nets[:, 6:8, None])[..., 0] + nets[:, 8:]
        error = -sign / (1 + np.exp(sign * z)) / 4  # the slopes for z, by the chain rule
        inner = error[..., None] * nets[:, None, 6:8] * (1 - hidden**2)
        first = [(corners.T @ inner).reshape(-1, 4), inner.sum(axis=1)]
        slopes = [*first, (error[:, None] @ hidden)[:, 0], error.sum(axis=1)[:, None]]
        nets = nets - np.concatenate(slopes, axis=1)
    late = functions.network_loss(nets)
    for level in (0, math.log(2) / 2):
        assert np.array_equal(np.abs(early - level) < 0.03, np.abs(late - level) < 0.03)
    half = np.abs(late - math.log(2) / 2) < 0.03
    assert half.sum() > 70 and np.abs(late[half] - math.log(2) / 2).max() < 1e-4


def test_the_text_says_these_numbers(petals):
    """Each of them is computed above or here; the text must have it as it is."""
    text = prose_of(STEM)
    w, b = -0.05 * BY_HAND
    step = f"w = {w:.3f}, b = {b:.3f}, and L falls from 1.375 to 0.058"
    length = f"its length, {np.hypot(*BY_HAND):.3f}, is the slope"
    by_hand = f"-(0.28 + 6.58 + 15) / 3 = {BY_HAND[0]:.3f}` and :math:`g_b = -4.1 / 3 = {BY_HAND[1]:.3f}`"
    features = np.column_stack([petals[0], np.ones(112)])
    c = np.linalg.eigvalsh(features.T @ features / 112)[1]
    limit = f"the limit is 2/{c:.3f} = {2 / c:.4f}."
    steps = "in 360 steps in centimetres, 32,843 in millimetres, one if standardized"
    costs = f"{0.0308 / 0.0202:.1f} times as large. Standardized, it is 37 times as large"
    others = (f"the mean {petals[1].mean():.2f}.", "*rises* to 1.604", "22 to 26 of 50", "near 0.347", "ln 2 = 0.693")
    for words in (step, length, by_hand, limit, steps, costs, *others, "a walk took 32,843 steps"):
        assert words in text, words


def test_minigrad_takes_the_same_steps(lesson):
    found = lesson.found(rf"NumPy \[ ?{NUMBER} +{NUMBER}\] +minigrad \[ ?{NUMBER} +{NUMBER}\]")
    assert found[:2] == pytest.approx(found[2:], abs=2e-6)
