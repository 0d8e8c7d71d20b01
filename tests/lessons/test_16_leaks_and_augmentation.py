"""What lesson 16 shows: twins, leaks of choices, and pictures changed with and without their label."""

import math

import numpy as np
import pytest

from minigrad.datasets import load_breast_cancer, load_digits, load_mnist
from tests.lessons.running import full_run, names_of, prose_of

STEM = "16_leaks_and_augmentation"
PAIR = r" +(-?\d\.\d+) \((\d\.\d+)\)"


@pytest.fixture(scope="module")
def text():
    return prose_of(STEM)


@pytest.fixture(scope="module", params=[0, 5, 6])
def any_seed(request):
    return full_run(STEM, request.param) if request.param else full_run(STEM)


def neighbour(X, labels, new_X):
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(1, algorithm="brute").fit(X, labels).predict(new_X)


# -- Finding 1 ---------------------------------------------------------------------------------


def score_of_noise(rng, k, when):
    from sklearn.metrics import balanced_accuracy_score

    X, y = rng.normal(size=(1000, 10)), np.arange(1000) < 50
    copies = np.repeat(np.arange(1000), np.where(y, k, 1))
    if when == "before":
        rows = rng.permutation(copies)
        train, test = rows[: (len(rows) + 1) // 2], rows[(len(rows) + 1) // 2 :]
    else:
        rows = rng.permutation(1000)
        train, test = np.repeat(rows[:500], np.where(y[rows[:500]], k, 1)), rows[500:]
    said = neighbour(X[train], y[train], X[test])
    return np.isin(test[y[test]], train).mean(), balanced_accuracy_score(y[test], said)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "when"), [(1, "before"), (2, "before"), (4, "before"), (19, "before"), (19, "after")])
def test_twins_make_the_score_of_noise(any_seed, k, when):
    s, twins, _, derived, score, spread = any_seed.found(rf"\n *{k}  {when} +(\S+){PAIR} +(\S+){PAIR}")
    mine = np.array([score_of_noise(np.random.default_rng([k, seed]), k, when) for seed in range(10)])
    assert [twins, score] == pytest.approx(mine.mean(0), abs=0.08)
    has_twin = 1 - 0.5 ** (k - 1) if when == "before" else 0
    rare = 50 * (1 - 0.5**k)
    recalls = has_twin + (1 - has_twin) * rare / (rare + 475), 475 / (rare + 475)
    right = np.mean(recalls) if has_twin else 0.5
    assert [s, derived] == [round(has_twin, 3), round(right, 3)]
    assert abs(score - derived) < max(2 * spread, 0.015)  # of a mean of ten: many standard errors
    assert (score > 0.6) == (has_twin > 0)


# -- Finding 2 ---------------------------------------------------------------------------------


def test_a_model_that_learns_nothing_by_heart_gains_less_from_twins(text):
    from sklearn.linear_model import LogisticRegression

    rng, y, scores = np.random.default_rng(4), np.arange(1000) < 50, []
    for before in (True, False):
        for _ in range(20):
            X = rng.normal(size=(1000, 10))
            rows = rng.permutation(np.repeat(np.arange(1000), np.where(y & before, 19, 1)))
            train, test = np.array_split(rows, 2)
            train = np.repeat(train, np.where(y[train] & (not before), 19, 1))
            said = LogisticRegression(C=1e6).fit(X[train], y[train]).predict(X[test])
            scores.append(np.mean([(said == y[test])[y[test] == c].mean() for c in (False, True)]))
    twins, none = np.reshape(scores, (2, 20)).mean(axis=1)
    assert twins == pytest.approx(0.58, abs=0.025) and none == pytest.approx(0.5, abs=0.03)
    assert "gets 0.58 (0.03) from the same twins, and 0.51 (0.06) without" in text


@pytest.mark.slow
def test_one_leak_is_large_and_that_of_standardizing_is_small(any_seed):
    leak, _, honest, spread, gap, apart = any_seed.found(rf"\nfeatures{3 * PAIR}")
    assert leak > 0.6 and abs(honest - 0.5) < 4 * spread / math.sqrt(100)
    assert gap == pytest.approx(leak - honest, abs=2e-3) and gap > 10 * apart / math.sqrt(100)
    leak, _, honest, _, gap, apart = any_seed.found(rf"\nstandardizing{3 * PAIR}")
    assert abs(gap) < 0.01 and min(leak, honest) > 0.9


def test_the_leaks_are_as_large_in_an_own_run():
    rng, gaps = np.random.default_rng(1), []
    X, y = (tensor.numpy() for tensor in load_breast_cancer()[0].tensors)
    for _ in range(20):
        noise, labels = rng.normal(size=(100, 2000)), rng.permutation(100) % 2
        rows, pair = rng.permutation(426)[:100], []
        for n in (100, 50):
            sums = [noise[:n][labels[:n] == c].sum(0) for c in (0, 1)]
            ten = np.abs(sums[1] - sums[0]).argsort()[::-1][:10]
            said = neighbour(noise[:50, ten], labels[:50], noise[50:, ten])
            Z = (X[rows] - X[rows[:n]].mean(0)) / X[rows[:n]].std(0)
            real = neighbour(Z[:50], y[rows[:50]], Z[50:])
            pair.append([np.mean(said == labels[50:]), np.mean(real == y[rows[50:]])])
        gaps.append(np.subtract(*pair))
    features, standardizing = np.mean(gaps, axis=0)
    assert 0.12 < features < 0.3 and abs(standardizing) < 0.02


def test_standardizing_by_all_samples_gains_a_thousandth(text):
    rng, gaps = np.random.default_rng(2), []
    X, y = (tensor.numpy() for tensor in load_breast_cancer()[0].tensors)
    for _ in range(300):
        rows, right = rng.permutation(426)[:100], []
        for n in (100, 50):
            Z = (X[rows] - X[rows[:n]].mean(0)) / X[rows[:n]].std(0)
            apart = ((Z[50:, None] - Z[None, :50]) ** 2).sum(2)
            right.append(np.mean(y[rows[:50]][apart.argmin(1)] == y[rows[50:]]))
        gaps.append(right[0] - right[1])
    assert np.mean(gaps) == pytest.approx(0.001, abs=0.003) and np.std(gaps) == pytest.approx(0.017, abs=0.003)
    assert "it is 0.001 (0.017). So this leak is small" in text


# -- Finding 3 ---------------------------------------------------------------------------------

CHANGED = ("copied", "shifted", "turned a little", "mirrored", "turned by 180")


def found(lesson, name):
    """The gains of all, not 6 9, rare 6, each with its spread; 6 called 9 in the first two; recall of the last."""
    return lesson.found(rf"\n{name}{3 * PAIR} +(\S+) +(\S+) +(\S+)(?=\n)")


@pytest.mark.slow
def test_only_changes_that_keep_the_label_help(any_seed):
    rows = {name: found(any_seed, name) for name in CHANGED}
    copied = rows["copied"][8]
    for name in ("shifted", "turned a little"):
        gain, spread, _, _, rare, apart = rows[name][:6]
        assert gain > 2 * spread and rare > 2 * apart and rows[name][8] > copied + 0.08
    for name in ("mirrored", "turned by 180"):
        gain, spread, _, _, rare, _ = rows[name][:6]
        assert gain < -2 * spread and -0.0015 < rare <= 0 and 0 <= rows[name][8] - copied < 0.006
    confused, control = rows["turned by 180"][6:8]
    assert confused > 0.07 and control < 0.01
    assert rows["turned by 180"][2] < 0.5 * rows["turned by 180"][0]  # most is lost without 6 and 9, too


@pytest.mark.slow
def test_a_rare_6_that_is_changed_costs_the_other_digits_something(functions):
    (X, y), (new_X, new_y) = ([t.numpy() for t in part.tensors] for part in load_mnist())
    rng, gains = np.random.default_rng(8), []
    new_X, new_y = new_X[1::5], new_y[1::5]
    for _ in range(5):
        rows = np.concatenate(
            [rng.choice(np.flatnonzero(y == c), 10 if c == 6 else 100, replace=False) for c in range(10)]
        )
        six = X[rows[y[rows] == 6]].reshape(-1, 28, 28)
        found = []
        shifts = [functions.shifted(six, *by) for by in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        turns = [functions.turned(six, a) for a in (-15, -7.5, 7.5, 15)]
        for change in ([six], shifts, turns, [six[:, :, ::-1]], [np.rot90(six, 2, axes=(1, 2))]):
            made = np.concatenate(change).reshape(-1, 784)
            said = neighbour(np.concatenate([X[rows], made]), np.append(y[rows], np.full(len(made), 6)), new_X)
            found.append([np.mean(said == new_y), np.mean(said[new_y == 6] == 6), np.mean(said[new_y != 6] == 6)])
        gains.append(np.subtract(found, found[0]))
    right, recall, others = np.mean(gains, axis=0).T
    assert (np.array(gains)[..., 1:] >= 0).all()  # an answer can only turn into 6
    assert (right[1:3] > 0.005).all() and (right[3:] < 0.0005).all() and (right[3:] > -0.003).all()
    assert (recall[1:3] > 0.07).all() and (recall[3:] < 0.01).all() and (others[1:] > 0).all()


@pytest.mark.slow
def test_the_gains_are_those_of_scikit_learn_on_other_draws(functions):
    from scipy.ndimage import rotate, shift

    (X, y), (new_X, new_y) = ([t.numpy() for t in part.tensors] for part in load_mnist())
    rng, gains = np.random.default_rng(3), []
    new_X, new_y = new_X[1::5], new_y[1::5]
    for _ in range(5):
        rows = np.concatenate([rng.choice(np.flatnonzero(y == c), 10, replace=False) for c in range(10)])
        A = X[rows].reshape(-1, 28, 28)
        ways = [
            [],
            [shift(A, (0, *by), order=0) for by in ((1, 0), (-1, 0), (0, 1), (0, -1))],
            [rotate(A, a, axes=(1, 2), reshape=False, order=0) for a in (-15, -7.5, 7.5, 15)],
            [A[:, :, ::-1]],
            [np.rot90(A, 2, axes=(1, 2))],
        ]
        right = [
            np.mean(
                neighbour(np.concatenate([A, *made]).reshape(-1, 784), np.tile(y[rows], 1 + len(made)), new_X) == new_y
            )
            for made in ways
        ]
        gains.append(np.subtract(right, right[0]))
        np.testing.assert_array_equal(functions.shifted(A, 1, 0), shift(A, (0, 1, 0), order=0))
        np.testing.assert_array_equal(functions.shifted(A, 0, -1), shift(A, (0, 0, -1), order=0))
        turned = functions.turned(A, 15)
        apart = [np.abs(turned - rotate(A, a, axes=(1, 2), reshape=False, order=0)).mean() for a in (15, -15)]
        assert min(apart) < 0.01 < max(apart)
    np.testing.assert_allclose(np.mean(gains, 0), [0, 0.03, 0.05, -0.02, -0.05], atol=0.015)
    np.testing.assert_array_equal(functions.turned(A, 180), A[:, ::-1, ::-1])


def test_7s_upside_down_take_answers_from_the_6s(text):
    (X, y), (new_X, new_y) = ([t.numpy() for t in part.tensors] for part in load_mnist())
    rng, sevens = np.random.default_rng(9), []
    new_X = new_X[new_y == 6]
    for _ in range(10):
        rows = np.concatenate([rng.choice(np.flatnonzero(y == c), 10, replace=False) for c in range(10)])
        sets = []
        for which in ([], [0, 1, 2, 3, 4, 5, 7, 8], [7], [0, 1, 2, 3, 4, 5, 8]):
            chosen = rows[np.isin(y[rows], which)]
            made = X[chosen].reshape(-1, 28, 28)[:, ::-1, ::-1].reshape(-1, 784)
            said = neighbour(np.concatenate([X[rows], made]), np.append(y[rows], y[chosen]), new_X)
            sets.append(np.mean(said == 7))
        sevens.append(sets)
    copied, control, only, never = np.mean(sevens, axis=0)
    assert copied < 0.02 and never < 0.02  # the other digits alone make no 7
    assert 0.09 < control < 0.22 and only >= control
    assert "0.137 of the 6s are called 7 (0.006 with mere copies" in text


def test_one_new_picture_gains_less_than_four(functions, text):
    (X, y), (new_X, new_y) = ([t.numpy() for t in part.tensors] for part in load_mnist())
    rng, gains = np.random.default_rng(6), []
    new_X, new_y = new_X[::5], new_y[::5]
    for _ in range(10):
        rows = np.concatenate([rng.choice(np.flatnonzero(y == c), 10, replace=False) for c in range(10)])
        A = X[rows].reshape(-1, 28, 28)
        made = A, functions.shifted(A, 0, 1), functions.turned(A, 7.5)
        sets = [np.concatenate([A, more]).reshape(-1, 784) for more in made]
        right = [np.mean(neighbour(S, np.tile(y[rows], 2), new_X) == new_y) for S in sets]
        gains.append(np.subtract(right[1:], right[0]))
    np.testing.assert_allclose(np.mean(gains, 0), [-0.001, 0.019], atol=0.006)
    assert "a shift to the right gains -0.001 (0.005), and a turn by 7.5 degrees 0.019 (0.006)" in text


def test_shifts_harm_a_linear_model_of_the_small_digits(text):
    from sklearn.linear_model import LogisticRegression

    (X, y), (new_X, new_y) = ([t.numpy() for t in part.tensors] for part in load_digits())
    rng, right = np.random.default_rng(5), []
    for _ in range(10):
        rows = np.concatenate([rng.choice(np.flatnonzero(y == c), 10, replace=False) for c in range(10)])
        framed = np.pad(X[rows].reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
        places = (1, 1), (0, 1), (2, 1), (1, 0), (1, 2)
        shifted = np.concatenate([framed[:, a : a + 8, b : b + 8] for a, b in places]).reshape(-1, 64)
        copied, labels = np.tile(X[rows], (5, 1)), np.tile(y[rows], 5)
        near = [np.mean(neighbour(A, labels, new_X) == new_y) for A in (copied, shifted)]
        linear = [LogisticRegression(max_iter=2000).fit(A, labels).score(new_X, new_y) for A in (copied, shifted)]
        right.append(near + linear)
    right = np.array(right)
    np.testing.assert_allclose(right.mean(0), [0.911, 0.927, 0.899, 0.871], atol=0.015)
    assert (right[:, 3] < right[:, 2]).all() and right[:, 1].mean() > right[:, 0].mean()
    assert "from 0.911 to 0.927" in text and "from 0.899 to 0.871" in text


# -- Words and picture -------------------------------------------------------------------------


@pytest.mark.slow
def test_the_text_tells_the_numbers_that_are_printed(lesson, text):
    score = [lesson.found(rf"\n19  {when} +\S+{PAIR} +\S+{PAIR}")[2] for when in ("before", "after")]
    assert f"a score of {score[0]:.3f}" in text and f"give {score[1]:.3f}: chance" in text
    two = lesson.found(rf"\n 2  before +\S+{PAIR} +\S+{PAIR}")[2]
    assert f"enough for {two:.3f}" in text
    leaks = {name: lesson.found(rf"\n{name}{3 * PAIR}") for name in ("features", "standardizing")}
    assert f"a mean of 100 is {leaks['standardizing'][5]:.3f} / 10)" in text
    assert "noise has {0:.3f}, without it {2:.3f}".format(*leaks["features"]) in text
    assert "difference is {4:.3f}, with a spread of {5:.3f}".format(*leaks["standardizing"]) in text
    rows = {name: found(lesson, name) for name in CHANGED}
    small, turns, copied, half = rows["shifted"], rows["turned a little"], rows["copied"], rows["turned by 180"]
    right = names_of(STEM)["table"][[0, 3, 6], 0].mean(axis=1)  # with mere copies
    assert right[0] == right[1] and f"Mere copies have {right[0]:.3f} right. Shifts" in text
    assert f"gain {small[0]:.3f}, small turns {turns[0]:.3f}" in text
    assert f"rises from {copied[8]:.3f} to {small[8]:.3f} and {turns[8]:.3f}" in text
    assert f"share right of all digits, {right[2]:.3f}, rises, too, by {small[4]:.3f} and {turns[4]:.3f}" in text
    assert f"{half[6]:.3f} of the true 6s are called 9 ({copied[6]:.3f}" in text
    assert f"falls by {-half[0]:.3f}" in text and f"still falls by {-half[2]:.3f}" in text
    assert f"{half[7]:.3f} of the 6s are called 9" in text
    assert f"(mirrored: by {-rows['mirrored'][0]:.3f})" in text
    assert f"recalls of {rows['mirrored'][8]:.3f} and {half[8]:.3f}" in text
    assert f"the share right falls by {-rows['mirrored'][4]:.3f} and {abs(half[4]):.3f}." in text
    assert "-0.000" not in lesson.stdout


@pytest.mark.slow
def test_the_picture_of_a_quick_run_shows_what_its_titles_say():
    shown = names_of(STEM, "--quick")
    left, middle, last = shown["left"], shown["middle"], shown["right"]
    assert [ax.get_title() for ax in (left, middle, last)] == [
        "Copies before the split fake a score",
        "Turned by 180 degrees, a 6 looks like a 9",
        "Small changes help, half turns do not",
    ]
    score = left.lines[0].get_xdata()
    assert score[1:4].min() > 0.6 > max(score[0], score[4])
    for line in last.lines[:1]:
        gain = line.get_xdata()
        assert min(gain[1], gain[2]) > 0 > max(gain[3], gain[4])
    assert len(middle.images) == 6
