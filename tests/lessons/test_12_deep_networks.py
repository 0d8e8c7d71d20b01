"""What lesson 12 shows: the loss decides the first factor, the layers the others, and what helps."""

import numpy as np
import pytest

from minigrad.datasets import load_digits
from tests.lessons.running import full_run, names_of, path_of, run, said_by

STEM = "12_deep_networks"
NUMBER = r"(\d+(?:\.\d+)?(?:e[-+]?\d+)?)"


@pytest.fixture(scope="module", params=[0, 1])
def lesson(request):
    return full_run(STEM, seed=request.param)


said = said_by(STEM)


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 10, 1000, 100000])
def test_the_first_factor_of_cross_entropy_has_a_limit(lesson, classes):
    loss, equal, wrong, squared, flat = lesson.found(rf"\n +{classes}" + rf" +{NUMBER}" * 5 + "\n")
    assert loss == pytest.approx(np.log(classes), abs=6e-4)
    assert equal == pytest.approx(np.sqrt(1 - 1 / classes), abs=6e-4) and wrong == 1.414
    assert squared == pytest.approx(2 / classes * np.sqrt(1 - 1 / classes), rel=0.03)
    assert flat < 1e-7


NETWORKS = ("linear, g 2", "sigmoid, g 0.577", "ReLU, g 0.577", "ReLU, He")
TASKS = ("p - y", "p - y, C = 1000", "squared", "p - y, saturated", "squared, saturated")


def sizes(lesson, name):
    return lesson.found(rf"\n{name} +" + " +".join([NUMBER] * 5) + r"\n")


def row(lesson, name, task):
    """What is printed of a network and a task: first, arrives, layers."""
    return lesson.found(rf"\n{name} +{task} +{NUMBER} +{NUMBER} +{NUMBER}(?=\n)")


def rows(lesson, name):
    return np.array([row(lesson, name, task) for task in TASKS[: 2 if name == "linear, g 2" else 5]])


@pytest.mark.slow
def test_the_loss_decides_the_first_factor_and_the_layers_the_others(lesson):
    expected = {"linear, g 2": 2.0**30, "ReLU, g 0.577": 6**-14.5 * 3**-0.5, "ReLU, He": 2**0.5}
    for name in NETWORKS:
        first, end, layers = rows(lesson, name).T
        np.testing.assert_allclose(end / first, layers, rtol=0.12)
        assert layers.max() < 3 * layers.min()
        if name in expected:
            assert all(0.2 < found / expected[name] < 5 for found in layers)
        if name != "linear, g 2":
            assert 0.9 < first[0] < 0.99 < first[1] < 1.01 and first[3] > first[0] and first[4] < 1e-10
            assert 4 < first[0] / first[2] < 6  # "a fifth"
    # the sigmoid: the gain's powers of ten and the slopes', in sum
    powers = -np.log10(row(lesson, "sigmoid, g 0.577", "p - y")[2])
    assert powers == pytest.approx(25, abs=0.4) and 30 * np.log10(3**0.5) == pytest.approx(7, abs=0.2)
    assert said("18 of its 25 powers of ten, the gain 7")
    assert powers + np.log10(row(lesson, "linear, g 2", "p - y")[2]) == pytest.approx(34, abs=0.5)
    assert said("less than a factor of 3") and said("changes by 34 powers of ten")


@pytest.mark.slow
def test_the_size_follows_the_gain_and_the_activation(lesson):
    images = load_digits()[0].tensors[0].numpy()[:128]
    size = np.sqrt(np.mean(images.astype(float) ** 2))
    for name, factor in (("linear, g 2", 2), ("ReLU, g 0.577", 6**-0.5), ("ReLU, He", 1)):
        for layer, found in zip((1, 5, 10, 20, 29), sizes(lesson, name), strict=True):
            assert 0.9 ** (layer / 3) / 1.2 < found / (size * factor**layer) < 1.2 * 1.1 ** (layer / 4)
    assert said(f"The images have the size {size:.2f}.")
    assert all(0.48 < found < 0.53 for found in sizes(lesson, "sigmoid, g 0.577"))


def he_sizes(seed, units, count):
    """The sizes after the first and the last of 29 ReLU layers of He's weights, of `count` draws."""
    rng = np.random.default_rng(seed)
    x = load_digits()[0].tensors[0].numpy()[:32].astype(np.float32).T
    found = []
    for _ in range(29):
        deviation = np.float32(np.sqrt(2 / x.shape[-2]))
        W = deviation * rng.standard_normal((count, units, x.shape[-2]), dtype=np.float32)
        x = np.maximum(W @ x, 0)
        found.append(np.sqrt((x**2).mean(axis=(1, 2))))
    return found[0], found[-1]


@pytest.mark.slow
def test_a_typical_draw_of_he_loses_size_and_the_mean_square_does_not():
    for seed in range(5):
        first, last = he_sizes(seed, 64, 100)
        assert 0.46 < np.median(first) < 0.51 and 0.25 < np.median(last) < 0.4
        assert np.mean(last < first) > 0.6
        assert 0.75 < np.sqrt((last**2).mean() / (first**2).mean()) < 1.3
    first, last = he_sizes(0, 512, 8)
    assert np.median(last) > 0.4
    assert said("Of 100 draws the median falls from 0.48 to between 0.25 and 0.4; with 512 units it stays above 0.4.")


@pytest.mark.parametrize("seed", range(5))
def test_with_a_small_gain_every_layer_stands_still(seed):
    images, labels = (part.numpy() for part in load_digits()[0].tensors)
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, 1 / np.sqrt(192), (n, 64)) for n in [64] * 29 + [10]]
    h = [images[:32].T.astype(float)]
    for W in weights[:-1]:
        h.append(np.maximum(W @ h[-1], 0))
    powers = np.exp(weights[-1] @ h[-1])
    d = (powers / powers.sum(axis=0) - np.eye(10)[:, labels[:32]]) / 32
    norms = []
    for W, below in zip(weights[::-1], h[::-1], strict=True):
        norms.append(np.linalg.norm(d @ below.T))
        d = (W.T @ d) * (below > 0)
    assert max(norms) < 1e-10 and max(norms) < 50 * min(norms)
    assert said("So every layer stands still, even the last.")


TRIALS = ("gain 0.577", "gain 1", "He", "He, clipped", "He, rate 0.005", "He, 1 hidden")


def trial(lesson, name):
    """Loss, held-out share, its deviation, how many of five above He, longest step."""
    return lesson.found(rf"\n{name} +{NUMBER} +{NUMBER} \({NUMBER}\) +(\d) of 5 +{NUMBER}(?=\n)")


@pytest.mark.slow
def test_clipping_or_a_smaller_rate_lets_the_right_start_learn(lesson):
    for name in ("gain 0.577", "gain 1"):
        loss, right, _, _, step = trial(lesson, name)
        assert loss == 2.303 and right < 0.15 and step < 1e-4
    plain = trial(lesson, "He")
    for better in (trial(lesson, "He, clipped"), trial(lesson, "He, rate 0.005")):
        assert better[1] - better[2] > plain[1] + plain[2] and better[0] < plain[0]
        assert better[3] == 5 and better[4] < 0.5 < 1 < plain[4]
    assert trial(lesson, "He, clipped")[4] == 0.05
    assert trial(lesson, "He, 1 hidden")[1] > 0.9
    shares = lesson.table["right"].reshape(6, 5)
    for name, share in zip(TRIALS, shares, strict=True):
        _, right, spread, above, _ = trial(lesson, name)
        assert right == pytest.approx(share.mean(), abs=6e-4) and spread == pytest.approx(share.std(), abs=6e-4)
        assert above == np.sum(share > shares[2])
    ours, by_hand = lesson.found(rf"norm of G: minigrad {NUMBER}, NumPy {NUMBER}\n")
    assert ours == pytest.approx(by_hand, rel=1e-4)


@pytest.mark.slow
def test_the_text_says_what_is_printed():
    lesson = full_run(STEM, seed=0)
    printed = {name: trial(lesson, name) for name in TRIALS}
    plain, clipped, slower = (printed[name] for name in ("He", "He, clipped", "He, rate 0.005"))
    assert said(f"from {plain[1]:.3f} to {clipped[1]}")
    assert said(f"Without clipping, a ten times smaller rate brings it to {slower[1]:.3f}")
    assert said(f"the share is {printed['He, 1 hidden'][1]}")
    assert said(f"no step is longer than {max(printed['gain 0.577'][4], printed['gain 1'][4]):.1e}.")
    assert said(f"a step is up to {plain[4]} long") and said(f"at most {clipped[4]} and {slower[4]} long")
    assert said("Each is better than He alone in five of five starts, and so it is with seeds 1 to 4.")
    losses = [lesson.found(rf"\n +{C}" + rf" +{NUMBER}" * 5 + "\n") for C in (2, 100000)]
    assert said(f"ln C, from {losses[0][0]} to {losses[1][0]}")
    assert said(f"The ratio is {losses[1][1] / losses[0][1]:.2f} with all logits 0, and 1.00 for")
    assert losses[0][2] == losses[1][2] == 1.414 and said(f"it grows with C, to {losses[1][4]:.1e}")


@pytest.mark.slow
def test_the_picture_shows_the_networks_and_the_trials():
    shown = names_of(STEM, "--quick")
    left, right = shown["left"], shown["right"]
    lines = [line.get_ydata() for line in left.get_lines()]
    middle = {name: np.median(norms, axis=-1) for name, (_, norms) in shown["found"].items()}
    expected = [middle[name][0] for name in NETWORKS] + [middle[name][4] for name in NETWORKS[:1:-1]]
    assert [line.get_linestyle() for line in left.get_lines()] == ["-"] * 4 + ["--"] * 2
    np.testing.assert_array_equal(lines, expected)
    assert lines[0][-1] > 1e8 and lines[3][-1] > 0.1 and lines[2][-1] < 1e-10 and lines[1][-1] < 1e-23
    assert lines[4][0] < 1e-11 and 0.1 < lines[4][-1] / lines[4][0] < 10
    texts = [text.get_text() for text in left.texts]
    assert texts == [*NETWORKS, "ReLU, He, squared", "ReLU, g 0.577, squared"]
    assert [tick.get_text() for tick in right.get_yticklabels()] == list(TRIALS)
    assert right.get_title() == "30 layers: too few steps to learn"


@pytest.mark.slow
def test_a_quick_run_says_that_it_is_too_short(tmp_path):
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("quick: too short to show what the text says\n")
