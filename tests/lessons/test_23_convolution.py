"""What lesson 23 shows: a tied linear layer, what sharing wins beside locality, and what a shift does."""

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_mnist
from minigrad.nn import functional as F
from tests.conformance.lessons.on_torch import definitions
from tests.lessons.running import full_run, names_of, path_of, run, said_by

STEM = "23_convolution"
NUMBER = r"(\d\.\d{3})"
CELL = rf"{NUMBER} \({NUMBER}\)"
NETWORKS = ("CNN", "not shared", "MLP, 8 hidden", "MLP, 271 hidden")
ALL = (*NETWORKS, "CNN, mixed", "MLP, 8 hidden, mixed", "CNN, no max")


@pytest.fixture(scope="module")
def lesson():
    return full_run(STEM)


said = said_by(STEM)


def row(lesson, name):
    """Numbers, share to tune by with its spread, share tested with its spread."""
    return lesson.found(rf"\n{name} +(\d+) +{CELL} +{CELL}(?=\n)")


def shifts(lesson, name):
    """The shares of shifts by 0 to 4, and their spreads."""
    cells = lesson.found(rf"\n{name} +" + " ".join([CELL] * 5) + r"(?=\n)")
    return np.array(cells[::2]), np.array(cells[1::2])


# -- Finding 1 ------------------------------------------------------------


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quick")
    return run(path_of(STEM), "--quick", "--no-progress", "--out", folder, cwd=folder)


@pytest.mark.slow
def test_the_map_of_the_stroke(quick):
    assert quick.stdout.count("[ 3  0 -3]") == 3  # of the columns 0 0 1 0 0, by three rows
    assert said("The map is 3 where ink begins, -3 where ink ends")


def test_each_sum_has_the_nine_weights_at_its_place(quick):
    lines = [line for line in quick.stdout.splitlines() if set(line) <= set(".123456789") and len(line) == 25]
    assert len(lines) == 9
    for place, line in enumerate(lines):
        i, j = divmod(place, 3)
        expected = np.zeros((5, 5), int)
        expected[i : i + 3, j : j + 3] = np.arange(1, 10).reshape(3, 3)
        assert line == "".join(map(str, expected.ravel())).replace("0", ".")
    entries = sum(len(line.replace(".", "")) for line in lines)
    assert said(f"Of 225 entries {entries} are not 0, and 9 are different")


def test_loops_matrix_and_gradient_agree_with_minigrad(quick):
    for what in ("loops, minigrad", "loops, linear layer", "gradient, minigrad"):
        (line,) = [line for line in quick.stdout.splitlines() if line.startswith(what)]
        assert float(line.split()[-1]) < 1e-13


def test_the_gradient_is_the_sum_over_the_places():
    rng = np.random.default_rng(3)
    x, d, k = (rng.standard_normal(shape) for shape in ((6, 6), (4, 4), (3, 3)))
    kernel = mg.tensor(k[None, None], requires_grad=True)
    (F.conv2d(mg.tensor(x[None, None]), kernel) * mg.tensor(d)).sum().backward()
    by_hand = [[np.sum(d * x[a : a + 4, b : b + 4]) for b in range(3)] for a in range(3)]
    np.testing.assert_allclose(kernel.grad.numpy()[0, 0], by_hand, rtol=1e-10)


# -- Finding 2 ------------------------------------------------------------


def test_the_numbers_and_multiplications_that_the_text_counts():
    assert 4 * 26 + 24 * 101 + 10 * 385 == 6378 and said("104 + 2,424 + 3,850 = 6,378")
    assert 24 * 24 * 4 * 25 + 8 * 8 * 24 * 100 + 384 * 10 == 215040 and said("384 x 10 = 215,040")
    assert 784 * 271 + 271 * 10 == 215174 and said("784 x 271 + 271 x 10 = 215,174")
    assert abs(215174 / 215040 - 1) < 0.02


@pytest.mark.slow
def test_the_networks_have_the_numbers_that_are_printed(lesson):
    counts = {"CNN": 6378, "not shared": 576 * 104 + 64 * 2424 + 3850}
    counts["CNN, no max"] = 6378
    counts |= {f"MLP, {n} hidden": 785 * n + 10 * (n + 1) for n in (8, 271)}
    for name, count in counts.items():
        assert row(lesson, name)[0] == count
    assert abs(counts["MLP, 8 hidden"] / 6378 - 1) < 0.02
    assert round(counts["not shared"] / 6378) == 34 == round(counts["MLP, 271 hidden"] / 6378)


@pytest.mark.slow
def test_the_cnn_is_right_more_often_until_the_pixels_are_mixed(lesson):
    found = {name: row(lesson, name)[3:] for name in ALL}
    for name, (share, spread) in found.items():
        table = lesson.table[name].reshape(6, 5)[1]
        assert (share, spread) == (pytest.approx(table.mean(), abs=6e-4), pytest.approx(table.std(), abs=6e-4))
    cnn, spread = found["CNN"]
    for name in NETWORKS[1:]:
        assert cnn - spread > found[name][0]
    assert found["not shared"][0] - found["not shared"][1] > found["MLP, 271 hidden"][0] > found["MLP, 8 hidden"][0]
    assert cnn - spread > found["CNN, no max"][0] + found["CNN, no max"][1]
    plain, mixed = found["MLP, 8 hidden"], found["MLP, 8 hidden, mixed"]
    assert abs(plain[0] - mixed[0]) < plain[1] + mixed[1]
    assert found["CNN, mixed"][0] < mixed[0] + mixed[1] and found["CNN, mixed"][0] < cnn - 0.1


@pytest.mark.parametrize("seed", range(2))
def test_mixed_weights_learn_from_mixed_pixels_what_the_others_learn(seed):
    images, labels = (part[:200] for part in load_mnist()[0].tensors)
    order = np.random.default_rng(seed).permutation(784)
    logits = []
    for mixed in (False, True):
        mg.manual_seed(seed)
        model = mg.nn.Sequential(mg.nn.Linear(784, 8), mg.nn.ReLU(), mg.nn.Linear(8, 10))
        x = images[:, order] if mixed else images
        if mixed:
            with mg.no_grad():
                model[0].weight.copy_(model[0].weight[:, order].clone())
        optimizer = mg.optim.Adam(model.parameters(), 0.01)
        for step in range(8):
            batch = slice(25 * step, 25 * step + 25)
            optimizer.zero_grad()
            F.cross_entropy(model(x[batch]), labels[batch]).backward()
            optimizer.step()
        logits.append(model(x).detach().numpy())
    np.testing.assert_allclose(*logits, atol=2e-3)


# -- Finding 3 ------------------------------------------------------------


@pytest.mark.slow
def test_the_moved_map_is_the_new_map(lesson):
    moved = lesson.found(r"\nthe old maps, moved +" + " ".join([NUMBER] * 4) + "\n")
    still = lesson.found(r"\nthe old maps +" + " ".join([NUMBER] * 4) + "\n")
    assert moved == [0, 0, 0, 0] and min(still) > 0.1


def test_pooled_maps_move_along_with_even_shifts_only():
    image = load_mnist()[1].tensors[0][:1].reshape(1, 1, 28, 28)
    mg.manual_seed(0)
    layer = mg.nn.Sequential(mg.nn.Conv2d(1, 4, 5), mg.nn.MaxPool2d(2))
    old = layer(image).detach().numpy()
    for s in (1, 2, 4):
        new = layer(F.pad(image[:, :, :, : 28 - s], (s, 0))).detach().numpy()
        gaps = [np.abs(new[..., h:] - old[..., : 12 - h]).max() for h in (s // 2, (s + 1) // 2)]
        assert (min(gaps) < 1e-6) == (s != 1)
    ink = load_mnist()[1].tensors[0][:1000].numpy().reshape(-1, 28, 28)
    lost = ink[:, :, 24:].sum() / ink.sum()
    assert said(f"{100 * lost:.1f} percent at four pixels")


@pytest.mark.slow
def test_the_cnn_stays_above_the_others_at_each_shift(lesson):
    means = {name: shifts(lesson, name) for name in NETWORKS}
    for name, (mean, spread) in means.items():
        table = lesson.table[name].reshape(6, 5)[1:]
        np.testing.assert_allclose(mean, table.mean(1), atol=6e-4)
        np.testing.assert_allclose(spread, table.std(1), atol=6e-4)
        assert (np.diff(mean) < 0).all()
        if name != "CNN":
            assert (means["CNN"][0] - means["CNN"][1] > mean).all()
    gain = means["CNN"][0] - means["not shared"][0]
    assert gain[0] == gain.min() and (gain[1:] > 3 * gain[0] - 0.001).all()


@pytest.mark.slow
def test_the_text_says_what_is_printed(lesson):
    found = {name: row(lesson, name)[3] for name in ALL}
    tuned = {name: row(lesson, name)[1] for name in ALL}
    by_shift = {name: shifts(lesson, name)[0] for name in (*NETWORKS, "CNN, no max")}
    assert said(f"The CNN is right for {found['CNN']:.3f} of the pictures, the MLP with 8 hidden units for "
                f"{found['MLP, 8 hidden']:.3f}")
    assert said(f"comes to {found['MLP, 271 hidden']:.3f}.") and said(f"It comes to {found['not shared']:.3f}.")
    assert said(f"The MLP has {found['MLP, 8 hidden, mixed']:.3f}, and had {found['MLP, 8 hidden']:.3f}")
    assert said(f"The CNN falls to {found['CNN, mixed']:.3f}, and lower")
    local = [found["not shared"] - found[f"MLP, {hidden} hidden"] for hidden in (8, 271)]
    assert said("leads the MLPs even without sharing, by {:.3f} and {:.3f}.".format(*local))
    assert said(f"Sharing adds {found['CNN'] - found['not shared']:.3f}, and")
    parts = tuned["not shared"] - tuned["MLP, 271 hidden"], tuned["CNN"] - tuned["not shared"]
    assert said("the parts {:.3f} and {:.3f}".format(*parts))
    assert said(f"without it the CNN has {found['CNN, no max']:.3f}, not {found['CNN']:.3f}")
    assert said(f"(computed beforehand), not {found['CNN, mixed']:.3f}")
    assert said(f"Without max pooling the CNN has {found['CNN, no max']:.3f} and its twin about 0.86")
    assert said(f'with "no max", the CNN has {by_shift["CNN, no max"][2]:.3f}, its twin about 0.63')
    assert lesson.found(r"test_accuracy=(\d\.\d{4})") == [pytest.approx(found["CNN"], abs=6e-4)]
    assert said(f"from {by_shift['CNN'][0]:.3f} to {by_shift['CNN'][4]:.3f} with four pixels")
    two = [by_shift[name][2] for name in ("CNN", "not shared", "MLP, 271 hidden")]
    assert said("the CNN has {:.3f}, its twin without sharing {:.3f}, the wide MLP {:.3f}".format(*two))
    assert said("the share right is 0.02 higher here") and round(found["CNN"] - found["not shared"], 2) == 0.02
    assert said("and about 0.1 higher on digits shifted by two") and round(two[0] - two[1], 1) == 0.1


# -- The picture, and a quick run ------------------------------------------------------


def test_the_picture_shows_kernels_maps_and_shares():
    shown = names_of(STEM, "--quick")
    grid, lines = shown["grid"], shown["lines"]
    assert lines.get_title() == "Shifts hurt"
    assert grid.get_title() == "Shift the picture, and the maps move"
    squares = np.array([image.get_array() for image in grid.images])
    assert squares.shape == (15, 28, 28) and np.abs(squares).max() == 1
    np.testing.assert_allclose(squares[11:, 2:-2, 6:26], squares[6:10, 2:-2, 2:22], atol=2e-2)  # moved by 4
    np.testing.assert_array_equal(squares[10, :, 4:], squares[5, :, :-4])
    for name, line in zip(NETWORKS, lines.containers, strict=True):
        assert line.get_label() == name
        np.testing.assert_allclose(line[0].get_ydata(), shown["shares"][name][1:].mean(1))
    styles = [(line[0].get_linestyle(), line[0].get_marker()) for line in lines.containers]
    assert len(set(styles)) == 4
    lesson = definitions(STEM)
    np.testing.assert_array_equal(lesson.convolve(np.eye(3), np.eye(2)), [[2, 0], [0, 2]])


def test_a_quick_run_says_that_it_is_too_short(quick):
    assert (quick.returncode, quick.stderr) == (0, "")
    assert quick.stdout.startswith("quick: too short to show what the text says\n")
