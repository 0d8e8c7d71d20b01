"""What lesson 15 shows: the threshold loses recall, and when weights act like thresholds and ln 19 repairs."""

import functools
import math
import re
from statistics import NormalDist

import numpy as np
import pytest

from tests.lessons.running import full_run, names_of, path_of, run, said_by

STEM = "15_imbalance"
N = r" +(-?\d+\.\d+)"
COLUMNS = ["recall", "precision", "accuracy", "balanced", "cost", "mean p", "log loss"]


@pytest.fixture(scope="module", params=[0, 1])
def lesson(request):
    return full_run(STEM, seed=request.param)


@functools.cache
def drawn(seed):
    """The points of the lesson's three data sets in the order in which it draws them, without ones."""
    rng = np.random.default_rng(seed)
    data = {}
    for name, place, deviation in (("near", (1.1, 1.1), 1), ("far", (4, 4), 1), ("cluster", (2.5, 0), 0.5)):
        data[name] = []
        for _ in range(5):
            pair = []
            for count in (20_000, 100_000):
                positive = rng.random(count) < 0.05
                x = rng.standard_normal((count, 2))
                x[positive] = deviation * x[positive] + place
                pair.append((x, positive.astype(int)))
            data[name].append(pair)
    data["two clusters"] = []
    for pair in data["cluster"]:  # 40 of 100 positive points around (-0.5, 2)
        moved = [x - np.outer(y * (rng.random(len(y)) < 0.4), [3, -2]) for x, y in pair]
        data["two clusters"].append([(x, y) for x, (_, y) in zip(moved, pair, strict=True)])
    return data


@pytest.fixture(scope="module")
def data(lesson):
    return drawn(int(lesson.results["seed"]))


def fitted(pair, weight=1, change=lambda x: x):
    """Scikit-learn's probabilities of the test points, with this class weight."""
    from sklearn.linear_model import LogisticRegression

    (x, y), (test_x, _) = pair
    model = LogisticRegression(C=np.inf, class_weight={0: 1, 1: weight}, tol=1e-10, max_iter=10_000, solver="newton-cg")
    return model.fit(change(x), y).predict_proba(change(test_x))[:, 1]


def by_squared_error(pair):
    from scipy.optimize import minimize

    (x, y), (test_x, _) = pair

    def loss(w):
        p = 1 / (1 + np.exp(-(w[0] + x @ w[1:])))
        slope = 2 * (p - y) * p * (1 - p) / len(y)
        return np.mean((p - y) ** 2), np.append(slope.sum(), slope @ x)

    w = minimize(loss, [-4.0, 1.0, 1.0], jac=True, tol=1e-10).x
    return 1 / (1 + np.exp(-(w[0] + test_x @ w[1:])))


def scores(p, pair, threshold=0.5):
    """The lesson's seven columns, by scikit-learn."""
    from sklearn import metrics

    y = pair[1][1]
    answer = (p > threshold).astype(int)
    (_, alarms), (misses, _) = metrics.confusion_matrix(y, answer)
    return [
        metrics.recall_score(y, answer),
        metrics.precision_score(y, answer),
        metrics.accuracy_score(y, answer),
        metrics.balanced_accuracy_score(y, answer),
        (alarms + 19 * misses) / len(y),
        p.mean(),
        metrics.log_loss(y, p),
    ]


def row(lesson, name, finding=1):
    """The seven numbers of a line of a table."""
    first, second = lesson.stdout.split("\nFinding 2")
    text = {1: first, 2: second.split("\nFinding 3")[0], 3: second.split("\nFinding 3")[-1]}[finding]
    (line,) = [line for line in text.splitlines() if line.startswith(name + "  ") or line.startswith(name + " 0.")]
    return np.array([float(word) for word in line[len(name) :].split()])


def without(p, weight):
    odds = p / (1 - p) / weight
    return odds / (1 + odds)


# -- Finding 1 ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_log_loss_squared_error_and_the_truth_have_the_same_low_recall(lesson, data):
    near, far = data["near"], data["far"]
    true = [1 / (1 + np.exp(np.log(19) + 1.21 - 1.1 * pair[1][0].sum(axis=1))) for pair in near]
    expected = {
        "true odds": [scores(p, pair) for p, pair in zip(true, near, strict=True)],
        "log loss, fitted": [scores(fitted(pair), pair) for pair in near],
        "squared error": [scores(by_squared_error(pair), pair) for pair in near],
        "log loss, far": [scores(fitted(pair), pair) for pair in far],
    }
    for name, values in expected.items():
        rough = 0.0008 if name == "squared error" else 0.00061  # float32
        np.testing.assert_allclose(row(lesson, name), np.mean(values, axis=0), atol=rough, err_msg=name)
    spread = np.max([np.std(values, axis=0) for values in expected.values()], axis=0)
    np.testing.assert_allclose(row(lesson, "(largest spread)"), spread, atol=0.0008)
    recalls = [row(lesson, name)[0] for name in ("true odds", "log loss, fitted", "squared error")]
    assert max(recalls) - min(recalls) <= row(lesson, "(largest spread)")[0]
    assert max(recalls) < 0.15 < 0.98 < row(lesson, "log loss, far")[0]
    assert row(lesson, "log loss, fitted")[2] <= row(lesson, "true odds")[2] + 0.001


def test_the_true_logits_are_those_of_the_densities():
    from scipy.stats import multivariate_normal

    x = np.random.default_rng(0).normal(size=(20, 2))
    for m, variance in (((1.1, 1.1), 1.0), ((2.5, 0.0), 0.25)):
        positive = 0.05 * multivariate_normal(m, variance).pdf(x)
        negative = 0.95 * multivariate_normal((0, 0), 1).pdf(x)
        square = (x**2).sum(axis=1)
        if variance == 1:
            said_to_be = x @ m - np.dot(m, m) / 2 - math.log(19)
        else:
            said_to_be = -2 * ((x - m) ** 2).sum(axis=1) + square / 2 + math.log(4) - math.log(19)
        np.testing.assert_allclose(np.log(positive / negative), said_to_be, rtol=1e-9)
    assert said("-2 \\, |x - m|^2 + \\tfrac{1}{2} |x|^2 + \\ln 4 - \\ln 19.")
    assert said("&= m \\cdot x - \\tfrac{1}{2} |m|^2 - \\ln 19.")
    mean, deviation = 2.42 - 1.21 - math.log(19), math.sqrt(2.42)
    assert said(f"standard deviation {deviation:.3f}.")
    assert said(f"- \\ln 19 = {mean:.3f}`") and said(f"only if it is {-mean / deviation:.3f} standard")
    found = 100 * (1 - NormalDist(mean, deviation).cdf(0))
    assert said(f"above its mean: for a Gaussian {found:.0f} times in 100")
    found = 100 * (1 - NormalDist(1.21, deviation).cdf(0))  # as many points in each class
    assert said(f"ln 19 is missing, and {found:.0f} in 100 are found")


# -- Finding 2 ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_threshold_a_weight_and_copies_answer_alike(lesson, data):
    near = data["near"]
    plain = [fitted(pair) for pair in near]
    heavy = [fitted(pair, 19) for pair in near]
    light = [without(p, 19) for p in heavy]
    copies = []
    for pair in near:
        (x, y), test = pair
        more = np.concatenate([x, *[x[y == 1]] * 18]), np.append(y, np.ones(18 * y.sum(), int))
        copies.append(fitted((more, test)))
    expected = {
        "threshold 1/2": [scores(*pair) for pair in zip(plain, near, strict=True)],
        "threshold 1/20": [scores(*pair, 0.05) for pair in zip(plain, near, strict=True)],
        "weight 19": [scores(*pair) for pair in zip(heavy, near, strict=True)],
        "19 copies": [scores(*pair) for pair in zip(copies, near, strict=True)],
        "weight 19, minus ln 19": [scores(*pair) for pair in zip(light, near, strict=True)],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(row(lesson, name, 2), np.mean(values, axis=0), atol=0.00061, err_msg=name)
    spread = np.max([np.std(values, axis=0) for values in expected.values()], axis=0)
    np.testing.assert_allclose(row(lesson, "(largest spread)", 2), spread, atol=0.00061)
    alike = [row(lesson, name, 2)[:5] for name in ("threshold 1/20", "weight 19", "19 copies")]
    assert np.ptp(alike, axis=0).max() <= 0.0011 and said("from theirs by 0.001 at most in the first five columns")
    same = [np.mean((p > 0.05) == (q > 0.5)) for p, q in zip(plain, heavy, strict=True)]
    assert min(same) > 0.98
    assert lesson.found(r"minigrad's w is fit's up to (\d\.\d+)")[0] <= 0.001


@pytest.mark.slow
def test_one_twentieth_is_about_the_cheapest_threshold(data):
    pair = data["near"][0]
    p, y = fitted(pair), pair[1][1]
    grid = np.linspace(0.005, 0.6, 120)
    costs = [np.mean((p > t) & (y == 0)) + 19 * np.mean((p <= t) & (y == 1)) for t in grid]
    assert grid[np.argmin(costs)] == pytest.approx(0.05, abs=0.015)


def test_the_weight_multiplies_the_odds():
    p = np.linspace(1e-5, 1 - 1e-5, 200_001)
    for q in (0.02, 0.05, 0.3):
        best = p[np.argmin(-19 * q * np.log(p) - (1 - q) * np.log(1 - p))]
        assert best / (1 - best) == pytest.approx(19 * q / (1 - q), rel=1e-3)
        assert (best > 0.501) == (q > 0.0501) or q == 0.05


def test_to_keep_few_negative_points_multiplies_the_odds_too():
    (known_x, y), test = drawn(0)["near"][0]
    kept = (y == 1) | (np.random.default_rng(5).random(len(y)) < 1 / 19)
    few = fitted(((known_x[kept], y[kept]), test))
    heavy = fitted(((known_x, y), test), 19)
    assert np.mean((few > 0.5) == (heavy > 0.5)) > 0.95
    assert few.mean() == pytest.approx(heavy.mean(), abs=0.03)


@pytest.mark.slow
def test_scikit_learns_numbers_are_those_of_the_text():
    from sklearn.linear_model import LogisticRegression

    x, y = drawn(0)["near"][0][0]
    model = LogisticRegression(C=np.inf, class_weight={0: 1, 1: 19}, tol=1e-10, solver="newton-cg").fit(x, y)
    b, (w1, w2) = model.intercept_[0], model.coef_[0]
    assert said(f"{b:.3f}, {w1:.3f} and {w2:.3f}, computed beforehand")


# -- Finding 3 ---------------------------------------------------------------------------------

CASES = ["near, line", "cluster, line", "two clusters, line", "cluster, squares"]


def third(lesson, name, weight):
    """recall, precision, cost, log loss, then share - p in two bins"""
    return np.array(lesson.found(rf"\n{name} +{weight}{N * 6}(?=\n)"))


def squares(x):
    return np.column_stack([x, x**2])


@functools.cache
def judged(seed, name, weight):
    """The six columns in each of the five draws, by scikit-learn."""
    kind, model = name.split(", ")
    found = []
    for pair in drawn(seed)[kind]:
        p = without(fitted(pair, weight, squares if model == "squares" else lambda x: x), weight)
        y = pair[1][1]
        recall, precision, _, _, cost, _, loss = scores(p, pair, 0.05)
        gaps = [(y - p)[inside].mean() for inside in ((p >= 0.4) & (p < 0.5), p >= 0.8)]
        found.append([recall, precision, cost, loss, *gaps])
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_third_table_is_scikit_learns(lesson, name):
    for weight in (1, 19):
        expected = judged(int(lesson.results["seed"]), name, weight).mean(axis=0)
        np.testing.assert_allclose(third(lesson, name, weight), expected, atol=0.0021)


def test_twelve_steps_reach_the_minimum_or_come_near_it():
    (x, y), _ = drawn(0)["far"][0]
    x, w, steps = np.column_stack([np.ones(len(x)), x]), np.zeros(3), []
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ w))
        w = w - np.linalg.solve((x.T * p * (1 - p)) @ x, x.T @ (p - y))
        steps.append(w)
    assert abs(steps[11] / steps[-1] - 1).max() < 0.01 and abs(steps[11] - steps[-1]).max() > 1e-3
    assert said("12 steps reach the minimum, or (far) come near it.")


@pytest.mark.slow
def test_in_each_draw_the_weight_finds_less_in_one_cluster_and_more_in_two(lesson):
    seed = int(lesson.results["seed"])
    one, two, good = (judged(seed, name, 19) - judged(seed, name, 1) for name in CASES[1:])
    assert (one[:, 0] < 0).all() and (one[:, 1] > 0).all() and (one[:, 3] > 0).all()
    assert (two[:, 0] > 0.005).all() and (two[:, 1] > 0.005).all() and (two[:, 2] < -0.01).all()
    assert (two[:, 3] > 0.005).all() and (two[:, 4] < -0.05).all()
    assert abs(good.mean(axis=0)[:4]).max() < 0.004


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ln_19_repairs_only_where_the_model_can_represent_the_truth(seed):
    lesson = full_run(STEM, seed=seed)
    (spread,) = re.findall(r"share - p.*?\(largest spread\) +(.*?)\n", lesson.stdout, re.DOTALL)
    room = np.array(spread.split(), float)
    for name in ("near, line", "cluster, squares"):
        plain, repaired = third(lesson, name, 1), third(lesson, name, 19)
        np.testing.assert_allclose(plain[:4], repaired[:4], atol=0.006)
        assert (abs(plain[4:]) < 0.04).all() and (abs(repaired[4:]) < 2 * room[4:]).all()
    plain, repaired = third(lesson, "cluster, line", 1), third(lesson, "cluster, line", 19)
    assert plain[0] > repaired[0] + 0.005 and plain[1] < repaired[1] - 0.02 and plain[3] < repaired[3]
    assert plain[4] > 0.05 and plain[5] < -0.05 and repaired[5] < plain[5] - 0.01
    plain, repaired = third(lesson, "two clusters, line", 1), third(lesson, "two clusters, line", 19)
    assert plain[0] < repaired[0] - 0.02 and plain[1] < repaired[1] - 0.01 and plain[2] > repaired[2] + 0.03


@pytest.mark.slow
def test_where_a_line_is_wrong_the_loss_decides_what_is_found_at_one_half(lesson, data):
    def density(x, place, variance):
        return np.exp(-((x - place) ** 2).sum(axis=1) / (2 * variance)) / variance

    pairs, true = data["two clusters"], []
    for pair in pairs:
        x = pair[1][0]
        odds = (0.6 * density(x, (2.5, 0), 0.25) + 0.4 * density(x, (-0.5, 2), 0.25)) / (19 * density(x, (0, 0), 1))
        true.append(odds / (1 + odds))
    expected = {
        "two, true odds": [scores(p, pair) for p, pair in zip(true, pairs, strict=True)],
        "two, log loss": [scores(fitted(pair), pair) for pair in pairs],
        "two, squared error": [scores(by_squared_error(pair), pair) for pair in pairs],
    }
    for name, values in expected.items():
        rough, columns = (0.016, 5) if "squared" in name else (0.00061, 7)  # Adam is not wholly at its minimum
        means = np.mean(values, axis=0)
        np.testing.assert_allclose(row(lesson, name, 3)[:columns], means[:columns], atol=rough, err_msg=name)
    true, log, squared = (np.array(values) for values in expected.values())
    assert int(lesson.results["seed"]) != 0 or said(f"({squared[:, 0].mean():.3f} at its minimum, computed beforehand)")
    assert (log[:, 0] + 0.15 < squared[:, 0]).all() and (squared[:, 0] + 0.08 < true[:, 0]).all()
    assert (log[:, 1] < squared[:, 1]).all() and (log[:, 6] < squared[:, 6]).all()


def test_the_mean_p_is_right_with_any_columns_and_shows_nothing():
    for kind in ("near", "two clusters"):
        (x, y), _ = drawn(0)[kind][0]
        p = fitted(((x, y), (x, y)))
        assert p.mean() == pytest.approx(y.mean(), abs=1e-6)


# -- The text, the picture, the quick run ------------------------------------------------------


said = said_by(STEM)


@pytest.mark.slow
def test_the_text_says_what_is_printed():
    lesson = full_run(STEM)
    log, true, squared = (row(lesson, name) for name in ("log loss, fitted", "true odds", "squared error"))
    assert said(f"finds 13 of 100 positive points ({log[0]:.3f}), and so do the true odds ({true[0]:.3f})")
    assert said(f"Squared error finds {squared[0]:.3f}")
    assert said(f"(Its mean p, {log[5]:.3f}, does not show this")
    assert said(f"is only {third(lesson, 'near, line', 1)[4]:.3f} above p (Finding 3)")
    assert said(f"hardly overlap (far), recall is {row(lesson, 'log loss, far')[0]:.3f}")
    assert said(f"(Precision is not: {log[1]:.3f}.)") and said(f"(*All* points: accuracy {log[2]:.3f} with each.)")
    assert true[2] == log[2] == squared[2]
    half, low, heavy, repaired = (
        row(lesson, name, 2)
        for name in ("threshold 1/2", "threshold 1/20", "weight 19", "weight 19, minus ln 19")
    )
    assert said(f"recall rises from {half[0]:.3f} to {low[0]:.3f}")
    assert said(f"and the cost falls from {half[4]:.3f} to {low[4]:.3f}")
    assert said(f"the precision falls from {half[1]:.3f} to {low[1]:.3f}: five of six answers 1 are false alarms")
    assert 1 - low[1] == pytest.approx(5 / 6, abs=0.015)
    assert said(f"the mean p is {heavy[5]:.3f}, where 5 in 100") and said(f"the log loss is {heavy[6]:.3f}")
    assert said(f"mean p and log loss are back, {repaired[5]:.3f} and {repaired[6]:.3f}")
    one, other = (third(lesson, "cluster, line", weight) for weight in (1, 19))
    assert said(f"too many are positive (by {one[4]:.3f}), above 0.8 too few (by {-one[5]:.3f})")
    assert said(f"recall is lower with it ({other[0]:.3f}, not {one[0]:.3f})")
    assert said(f"precision higher ({other[1]:.3f}, not {one[1]:.3f})")
    assert said(f"log loss higher ({other[3]:.3f}, not {one[3]:.3f})")
    cheaper = judged(0, "cluster, line", 19)[:, 2] < judged(0, "cluster, line", 1)[:, 2]
    assert said(f"The cost is lower in {cheaper.sum()} of 5.")
    one, other = (third(lesson, "two clusters, line", weight) for weight in (1, 19))
    assert said(f"finds *more*, {other[0]:.3f} and not {one[0]:.3f}, with higher precision")
    assert said(f"at a lower cost, {other[2]:.3f} and not {one[2]:.3f}, in each draw")
    assert said(f"But with both, p above 0.8 is far too high (by {-one[5]:.3f} and {-other[5]:.3f})")
    assert said(f"with the weight p from 0.4 to 0.5, too (by {-other[4]:.3f})")
    assert other[4] < -0.1 < one[4] < 0
    assert said(f"and its log loss is higher ({other[3]:.3f}, not {one[3]:.3f})")
    log, squared, true = (row(lesson, f"two, {name}", 3) for name in ("log loss", "squared error", "true odds"))
    assert said(f"a line finds {log[0]:.3f} of *two clusters* with log loss, {squared[0]:.3f} with squared error")
    assert said(f"the true odds {true[0]:.3f}: this order in each draw")
    assert said("(Squared error has the higher log loss.)") and squared[6] > log[6] + 0.05
    one, other = (third(lesson, "cluster, squares", weight) for weight in (1, 19))
    assert abs(one - other)[:4].max() < 0.0031
    assert said(f"*Cluster, squares*: rows agree within 0.003 (four columns); {one[4]:.3f} is chance")
    assert said(f"(seed 1: {third(full_run(STEM, seed=1), 'cluster, squares', 1)[4]:.3f})")
    assert abs(one[4]) < float(lesson.found(r"share - p.*(?:\n.*){10}\(largest spread\)(?: +\d\.\d+){4} +(\d\.\d+)")[0])
    one, other = (third(lesson, "near, line", weight) for weight in (1, 19))
    assert abs(one - other)[:4].max() < 0.0011 and said("*Near*: the rows agree within 0.001 (four columns)")
    assert lesson.results["recall"] == pytest.approx(half[0], abs=row(lesson, "(largest spread)", 2)[0])


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [(), ("--quick",)])
def test_the_picture_shows_what_its_titles_say(arguments):
    from matplotlib.colors import to_hex

    names = names_of(STEM, *arguments)
    titles = [names[ax].get_title() for ax in ("left", "middle", "right")]
    assert titles == ["Weight 19 makes p too high", "Three ways share one point", "A line misses the cluster's truth"]
    lines = {line.get_label(): line for line in names["left"].get_lines()}
    heavy, share = lines["weight 19"].get_data()
    assert (share < heavy).all()
    marks = {line.get_label(): line for line in names["middle"].get_lines()}
    places = [np.ravel(marks[name].get_data()) for name in ("threshold 1/20", "weight 19", "19 copies")]
    assert np.ptp(places, axis=0).max() < 0.02
    sizes = [marks[name].get_markersize() for name in ("threshold 1/20", "weight 19", "19 copies")]
    assert sizes == sorted(set(sizes))
    beside = {line.get_label(): line for line in names["left"].get_lines()}
    for name in ("weight 19", "weight 19, minus ln 19"):  # the same mark for the same way
        mine, other = marks[name], beside[name]
        assert mine.get_marker() == other.get_marker()
        assert to_hex(mine.get_color()) == to_hex(other.get_color())
    lines = {line.get_label(): line for line in names["right"].get_lines()}
    p, share = lines["log loss"].get_data()
    assert share[3] > p[3] + 0.03 and share[-1] < p[-1] - 0.03


@pytest.mark.slow
def test_a_quick_run_says_that_it_is_too_short(tmp_path):
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("quick: too short to show what the text says\n")
