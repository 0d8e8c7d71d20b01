"""What lesson 14 shows: L1 makes weights exactly 0, ISTA gets there, and what dropout changes."""

import itertools

import numpy as np
import pytest

from minigrad import manual_seed, nn
from minigrad.datasets import load_digits
from tests.lessons.running import full_run, names_of, path_of, prose_of, run

STEM = "14_sparsity_and_dropout"
TEXT = prose_of(STEM)
ROWS = [(128, 15, 0.0), (128, 15, 0.5), (128, 0, 0.0), (128, 0, 0.5), (8, 15, 0.0), (8, 15, 0.5)]


@pytest.fixture(scope="module", params=[0, 1])
def lesson(request):
    return full_run(STEM, seed=request.param)


@pytest.fixture(scope="module")
def digits():
    """Training and held-out images and labels, in float64."""
    (X, labels), (new_X, new_labels) = (
        [tensor.numpy() for tensor in part.tensors] for part in load_digits()
    )
    return X.astype(float), labels, new_X.astype(float), new_labels


# -- Finding 1 ------------------------------------------------------------


@pytest.mark.slow
def test_L1_is_least_at_0_for_a_range_of_w_and_L2_is_not(lesson):
    at_zero = []
    for w in (-1.5, -0.3, 0.0, 0.3, 0.6):
        found = lesson.found(rf"\n *{w} +(\S+) +(\S+) +(\S+)(?=\n)")
        t = np.sort(np.append(np.linspace(-2, 2, 3001), [0.0, w, w - 0.5, w + 0.5]))
        L1 = t[((t - w) ** 2 + abs(t)).argmin()]
        np.testing.assert_allclose(found, [L1, L1, w * 2 / 3], atol=0.0006)
        at_zero.append([value == 0 for value in found])
    assert np.sum(at_zero, axis=0).tolist() == [3, 3, 1]


@pytest.mark.slow
def test_plain_steps_jump_across_0_and_the_threshold_lands_on_it(lesson):
    for rate in (0.2, 0.02):
        found = lesson.found(
            rf"\nrate {rate}: plain" + r" (\S+)" * 3 + " +ISTA" + r" (\S+)" * 3 + "\n"
        )
        v, path = 1.0, []
        for _ in range(1000):
            v = (1 - rate) * v + 0.1 * rate + (-0.5 * rate if v > 0 else 0.5 * rate)
            path.append(v)
        np.testing.assert_allclose(found[:3], path[-3:], atol=5.1e-5)
        assert 0 not in path and min(found[:3]) < 0 < max(found[:3])
        assert max(abs(value) for value in path[-100:]) < rate, "smaller rate, smaller jumps"
        assert found[3:] == [0, 0, 0]


def test_the_sum_in_the_derivation_is_the_bracket_over_r():
    L, g, w, r, lam = 1.3, 0.7, 0.4, 0.3, 0.2
    for v in np.linspace(-2, 2, 9):
        first = L + g * (v - w) + (v - w) ** 2 / (2 * r) + lam * abs(v)
        last = ((v - (w - r * g)) ** 2 / 2 + r * lam * abs(v)) / r + L - r * g**2 / 2
        assert first == pytest.approx(last)


# -- Finding 2 ------------------------------------------------------------


def softmax_regression(X, labels, steps, penalty, keep=1.0):
    """The weights (64, 10) and biases after steps at rate 4: "L1" by ISTA, or "L2"."""
    n, rate = len(X), 4.0
    lam, X1 = 1 / n, np.column_stack([X, np.ones(n)])
    theta = np.zeros((65, 10))
    for _ in range(steps):
        z = X1 @ theta
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(n), labels] -= 1
        theta = theta - rate * (X1.T @ p) / n
        if penalty == "L1":
            theta[:64] -= np.clip(theta[:64], -rate * lam, rate * lam)
        else:
            theta[:64] -= rate * lam * (theta[:64] + rate * (X.T @ p) / n)
        theta[:64] *= keep
    return theta[:64], theta[64]


def share(W, b, X, labels):
    return np.mean((X @ W + b).argmax(axis=1) == labels)


def row(lesson, name):
    return lesson.found(rf"\n{name} +(\S+)% +(\d+) +(\S+)(?=\n)")


@pytest.mark.slow
def test_ISTA_makes_three_weights_in_four_0(digits):
    lesson = full_run(STEM, seed=0)
    X, labels, new_X, new_labels = digits
    W, b = softmax_regression(X, labels, 4500, "L1")
    zeros, unused, right = row(lesson, "L1, ISTA")
    assert zeros == pytest.approx(100 * np.mean(W == 0), abs=0.4)
    assert unused == (W == 0).all(axis=1).sum() and right == round(
        share(W, b, new_X, new_labels), 4
    )
    printed = lesson.table["L1"].reshape(64, 10)
    np.testing.assert_allclose(printed, W, atol=0.01)
    assert zeros == pytest.approx(100 * np.mean(printed == 0), abs=0.051)
    assert lesson.results["zeros"] == round(np.mean(printed == 0), 4)
    assert lesson.results["test_accuracy"] == right
    z = X @ W + b
    p = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))
    p[np.arange(len(X)), labels] -= 1
    size = np.abs(X.T @ p)  # lambda is 1 / 1347
    up_to, least, most = lesson.found(
        r"where w is 0, up to (\S+);\nwhere w is not 0, from (\S+) to (\S+)\n"
    )
    expected = [size[W == 0].max(), size[W != 0].min(), size[W != 0].max()]
    np.testing.assert_allclose([up_to, least, most], expected, atol=0.011)
    assert up_to <= 1 and 0.95 < least < 1 < most < 1.06


@pytest.mark.slow
def test_L2_has_zeros_at_the_white_pixels_only(digits):
    lesson = full_run(STEM, seed=0)
    X, _, _, _ = digits
    white = (X == 0).all(axis=0)
    assert white.sum() == 4
    for name in ("L1, plain", "L2, plain"):
        zeros, unused, right = row(lesson, name)
        assert (zeros, unused) == (6.2, 4)
        assert right >= 0.9644
    np.testing.assert_array_equal(
        lesson.table["L2"].reshape(64, 10) == 0, white[:, None] * np.ones(10)
    )
    assert row(lesson, "L1, ISTA")[2] - row(lesson, "L2, plain")[2] == pytest.approx(
        2 / 450, abs=1e-4
    )
    assert "0.9733 against 0.9689 is two images of 450" in TEXT


@pytest.mark.slow
def test_what_was_computed_beforehand(digits):
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, labels, new_X, new_labels = digits
    W, b = softmax_regression(X, labels, 12000, "L1")
    assert round(100 * np.mean(W == 0), 1) == 75.3
    assert "ISTA has 75.3 % after 12000 steps" in TEXT
    assert "with L1 75.3 %, right 0.9733, and with L2 6.2 %, right 0.9689" in TEXT
    assert round(share(W, b, new_X, new_labels), 4) == 0.9733
    size = np.abs(slopes(X, labels, W, b))[W != 0] * len(X)
    assert f"{size.min():.3f} to {size.max():.3f}" == "0.997 to 1.005"
    assert "after 12000 steps: 0.997 to 1.005" in TEXT
    W2, b2 = softmax_regression(X, labels, 4500, "L2")
    kept = np.abs(W2) > np.quantile(np.abs(W2), 0.7469)
    assert share(W2 * kept, b2, new_X, new_labels) == pytest.approx(0.8733, abs=0.003)
    again = softmax_regression(X, labels, 4500, "L2", keep=kept)
    assert share(*again, new_X, new_labels) == pytest.approx(0.9667, abs=0.003)
    model = linear_model.LogisticRegression(C=1, tol=1e-6, max_iter=5000).fit(X, labels)
    assert round(100 * np.mean(model.coef_ == 0), 1) == 6.2
    assert round(model.score(new_X, new_labels), 4) == 0.9689
    np.testing.assert_allclose(model.coef_.T, W2, atol=0.02)


def slopes(X, labels, W, b):
    z = X @ W + b
    p = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))
    p[np.arange(len(X)), labels] -= 1
    return X.T @ p / len(X)


def test_the_loss_rises_at_times_with_the_rate_4(digits):
    X, labels, _, _ = digits
    n, W, b, losses = len(X), np.zeros((64, 10)), np.zeros(10), []
    for _ in range(300):
        z = X @ W + b
        logs = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
        losses.append(-logs[np.arange(n), labels].mean() + np.abs(W).sum() / n)
        p = np.exp(logs)
        p[np.arange(n), labels] -= 1
        W = W - 4 * X.T @ p / n
        W, b = W - np.clip(W, -4 / n, 4 / n), b - 4 * p.mean(axis=0)
    rises = np.diff(losses) > 0
    assert rises[:100].sum() > rises[200:].sum() and rises.any()
    assert "the loss rises now and then, above all at first" in TEXT


def test_from_which_lambda_on_all_weights_stay_0(digits):
    X, labels, _, _ = digits
    b = np.log(np.bincount(labels) / len(labels))  # the best one for W = 0
    assert 0.06 < np.abs(slopes(X, labels, np.zeros((64, 10)), b)).max() < 0.07
    assert "The answer lies between 0.06 and 0.07" in TEXT


# -- Finding 3 ------------------------------------------------------------


@pytest.mark.slow
def test_a_kept_number_is_divided_by_its_probability(lesson):
    for name in ("NumPy, two samples", "nn.Dropout, 2 samples"):
        for line in lesson.stdout.splitlines():
            if line.startswith(name):
                numbers = np.array(
                    line.replace("[", " ").replace("]", " ").split(":")[1].split(), float
                )
                assert len(numbers) == 8
                for value, h in zip(numbers, [1, 2, 3, 4] * 2, strict=True):
                    assert value == 0 or value == pytest.approx(h / 0.75, abs=0.006)
    (line,) = [text for text in lesson.stdout.splitlines() if text.startswith("NumPy, mean")]
    mean = np.array(line.split("[")[1].strip("]").split(), float)
    np.testing.assert_allclose(mean, [1, 2, 3, 4], atol=0.03)
    assert "nn.Dropout, test:       [1. 2. 3. 4.]\n" in lesson.stdout


def test_on_average_dropout_is_a_penalty_for_a_linear_model():
    w, h, y, q = np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.4, -0.7]), 0.3, 0.2
    mean = 0.0
    for mask in itertools.product((0, 1), repeat=3):
        m = np.array(mask)
        chance = np.prod(np.where(m == 1, 1 - q, q))
        mean += chance * (np.sum(w * h * m / (1 - q)) - y) ** 2
    assert mean == pytest.approx((w @ h - y) ** 2 + q / (1 - q) * np.sum(w**2 * h**2))


def table(lesson):
    """For each network its five draws and 30 looks: test loss, right, wrong labels learnt."""
    found = {key: lesson.table[str(key)].reshape(5, 30, 3) for key in ROWS}
    for plain, noisy in zip(ROWS[::2], ROWS[1::2], strict=True):
        units, wrong, _ = plain
        for k in (1, 3, 9, 29):
            cells = r" +(\S+) \((\S+)\)" * 4
            head = rf"\n +{units} +{wrong} +{10 * (k + 1)}  (\d) of 5 +(\S+), +(\S+)"
            lower, *printed = lesson.found(rf"{head}{cells}(?=\n)")
            pair = [found[key][:, k] for key in (plain, noisy)]
            assert lower == (pair[1][:, 0] < pair[0][:, 0]).sum()
            expected = [draws[:, 2].mean() for draws in pair]
            np.testing.assert_allclose(printed[:2], expected, atol=0.0501)
            means = [draws[:, i].mean() for draws in pair for i in (0, 1)]
            spreads = [draws[:, i].std() for draws in pair for i in (0, 1)]
            np.testing.assert_allclose(printed[2::2], means, atol=5.1e-4)
            np.testing.assert_allclose(printed[3::2], spreads, atol=5.1e-4)
    return found


def lower(plain, noisy, k):
    """In how many draws dropout has the lower test loss at look k."""
    return (noisy[:, k, 0] < plain[:, k, 0]).sum()


@pytest.mark.slow
def test_dropout_delays_the_wrong_labels_and_does_not_keep_them_out(lesson):
    found = table(lesson)
    without, dropped, _, _, small, small_dropped = (found[key][:, :, 2] for key in ROWS)
    assert (dropped[:, 3] + 3 < without[:, 3]).all(), "after 40 steps"
    assert (without[:, -1] == 15).all() and (dropped[:, -1] == 15).all()
    assert small_dropped[:, -1].mean() < 10 < 14 < small[:, -1].mean()


@pytest.mark.slow
def test_where_dropout_helps_depends_on_the_step(lesson):
    found = table(lesson)
    without, dropped, clean, clean_dropped, small, small_dropped = (found[key] for key in ROWS)
    assert all(lower(without, dropped, k) == 5 for k in range(3, 30)), "from 40 steps on"
    assert dropped[:, -1, 1].mean() > without[:, -1, 1].mean() + 0.02
    for k in (3, 9, 29):
        assert lower(clean, clean_dropped, k) >= 4
        assert abs(clean[:, k, 1].mean() - clean_dropped[:, k, 1].mean()) < 0.0105
    assert [lower(small, small_dropped, k) for k in (1, 3, 9, 29)] == [0, 0, 0, 5]
    least = [draws[:, :, 0].mean(axis=0).min() for draws in (small, small_dropped)]
    assert least[1] > least[0] + 0.2


@pytest.fixture(scope="module")
def other_seeds():
    """For the seeds 0 to 4 the first problem's looks of 60 steps: without, and with dropout."""
    X, labels = (tensor.numpy() for tensor in load_digits()[0].tensors)
    new_X, new_labels = (tensor.numpy() for tensor in load_digits()[1].tensors)
    found = []
    for seed in range(5):
        pair = []
        for q in (0.0, 0.5):
            draws = [first_problem(X, labels, new_X, new_labels, 5 * seed + i, q) for i in range(5)]
            pair.append(np.array(draws))
        found.append(pair)
    return found


def first_problem(X, labels, new_X, new_labels, seed, q):
    """Test losses after 10, 20, ..., 60 steps, by NumPy: the gradients, Adam and the mask by hand."""
    choice = np.random.default_rng(seed)
    rows = choice.permutation(len(X))[:100]
    taught = labels[rows].copy()
    taught[:15] = (taught[:15] + choice.integers(1, 10, 15)) % 10
    manual_seed(seed)
    layers = nn.Linear(64, 128), nn.Linear(128, 10)
    theta = [part.detach().numpy().T.astype(float) for each in layers for part in each.parameters()]
    noise = np.random.default_rng(1000 + seed)
    m, v = ([np.zeros_like(part) for part in theta] for _ in range(2))
    x, losses = X[rows].astype(float), []
    for step in range(1, 61):
        W, b, V, c = theta
        h = x @ W + b
        factor = (h > 0) * (noise.random(h.shape) >= q) / (1 - q)
        z = (h * factor) @ V + c
        dz = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))
        dz[np.arange(100), taught] -= 1
        dz /= 100
        dh = dz @ V.T * factor
        slopes = [x.T @ dh, dh.sum(0), (h * factor).T @ dz, dz.sum(0)]
        for i, g in enumerate(slopes):
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.999 * v[i] + 0.001 * g**2
            change = m[i] / (1 - 0.9**step) / (np.sqrt(v[i] / (1 - 0.999**step)) + 1e-8)
            theta[i] = theta[i] - 0.01 * change
        if step % 10 == 0:
            W, b, V, c = theta
            z = np.maximum(new_X @ W + b, 0) @ V + c
            logs = np.logaddexp.reduce(z, axis=1) - z[np.arange(len(z)), new_labels]
            losses.append(logs.mean())
    return losses


@pytest.mark.slow
def test_a_stop_at_the_right_step_does_as_well_over_five_seeds(other_seeds):
    for plain, noisy in other_seeds:
        assert plain.mean(axis=0).argmin() == 1, "20 steps"
        assert noisy.mean(axis=0).argmin() >= 2, "30 steps or later"
        assert abs(plain.mean(axis=0).min() - noisy.mean(axis=0).min()) <= 0.07
        assert (noisy[:, 3:] < plain[:, 3:]).all(), "lower from 40 steps on"


@pytest.mark.slow
def test_the_network_by_numpy_has_the_losses_of_the_table(other_seeds):
    lesson = full_run(STEM, seed=0)
    plain, noisy = other_seeds[0]
    found = table(lesson)
    np.testing.assert_allclose(plain, found[128, 15, 0.0][:, :6, 0], atol=0.002)
    means = found[128, 15, 0.5][:, :6, 0].mean(axis=0)
    np.testing.assert_allclose(noisy.mean(axis=0), means, atol=0.05)  # another noise


@pytest.mark.slow
def test_the_text_says_what_is_printed():
    found = table(full_run(STEM, seed=0))
    means = {key: draws.mean(axis=0).round(3) for key, draws in found.items()}
    without, dropped, clean, clean_dropped, small, small_dropped = (means[key] for key in ROWS)
    end = dropped[-1, 0], without[-1, 0], dropped[-1, 1], without[-1, 1]
    assert "it is {} in the mean, not {}, and {} are right, not {}".format(*end) in TEXT
    learnt = f"has learnt {without[3, 2]} of the 15 without dropout, and {dropped[3, 2]} with it"
    assert learnt in TEXT and f"With 8 units and dropout only {small_dropped[-1, 2]} are learnt by then" in TEXT
    assert (without[:, 0].argmin(), dropped[:, 0].argmin()) == (1, 3)
    least = without[1, 0], dropped[3, 0]
    assert "looks is {} without dropout, after 20 steps, and {} with it, after 40".format(*least) in TEXT
    assert f"its least loss is {small_dropped[:, 0].min()}, not {small[:, 0].min()}" in TEXT
    for k in (3, 9, 29):
        assert abs(clean[k, 1] - clean_dropped[k, 1]) <= 0.0031
    assert "the share right changes by at most 0.003" in TEXT
    assert "20 of the 64 pixels are not used at all: the four white ones and 16 more" in TEXT


@pytest.mark.slow
def test_the_picture_and_the_first_line_of_a_quick_run(tmp_path):
    shown = names_of(STEM, "--quick")
    third, found = shown["third"], shown["found"]
    losses = [*found[128, 15, 0.0][:, :, 0], *found[128, 15, 0.5][:, :, 0]]
    for line, draw in zip(third.lines, losses, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), draw)
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 31))
    assert [line.get_linestyle() for line in third.lines] == ["--"] * 5 + ["-"] * 5
    assert [text.get_text() for text in third.get_legend().get_texts()] == ["without", "with dropout"]
    assert third.get_title() == "Without dropout the loss rises sooner"
    least = [np.mean(losses[part], axis=0).argmin() for part in (slice(5), slice(5, 10))]
    assert least[0] < least[1], "in the quick run, too"
    assert shown["first"].get_title() == f"L1 makes {np.mean(shown['W'] == 0):.0%} of the weights 0"
    for ax, weights in ((shown["first"], shown["W"]), (shown["second"], shown["W2"])):
        assert len(ax.images) == 10
        for digit, image in enumerate(ax.images):
            dark = np.asarray(image.get_array()) > 0.5
            np.testing.assert_array_equal(dark, weights[:, digit].reshape(8, 8) != 0)
    white = (shown["W2"] == 0).sum(axis=1)
    assert sorted(white)[-5:] == [0, 10, 10, 10, 10]
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert result.stdout.startswith("quick: too short to show what the text says\n")
