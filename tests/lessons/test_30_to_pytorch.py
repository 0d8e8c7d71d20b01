"""Lesson 30: its curves by a training of our own in NumPy, and what it says with and without PyTorch."""

import importlib.util
import os
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import load_digits
from tests.lessons.running import ROOT, last_line, names_of, path_of, prose_of, run

STEM = "30_to_pytorch"
HAS_TORCH = importlib.util.find_spec("torch") is not None
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="this part of the lesson needs PyTorch")
(IMAGES, LABELS), NEW = ([t.numpy() for t in part.tensors] for part in load_digits())
NUMBER = r"(-?[\d.]+(?:e[-+]\d+)?)"


def start_and_order(epochs, seed=0):
    """What the lesson draws."""
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(1347)[:1344] for _ in range(epochs)])
    shapes = [(64, 64), 64, (10, 64), 10]
    return [(rng.standard_normal(shape, "f4") / 8).astype(float) for shape in shapes], order.reshape(-1, 32)


def by_hand(epochs=5, says=None):
    """Losses, and the parameters at the end; `says` is what each of the 32 samples counts."""
    state, batches = start_and_order(epochs)
    says = np.full(32, 1 / 32) if says is None else says
    first, second = ([np.zeros_like(p) for p in state] for _ in range(2))
    losses, means = [], []
    for t, batch in enumerate(batches, 1):
        W, b, V, c = state
        x, y = IMAGES[batch].astype(float), np.eye(10)[LABELS[batch]]
        h = np.tanh(x @ W.T + b)
        z = h @ V.T + c
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        each = -np.log((p * y).sum(axis=1))
        losses.append(says @ each)
        means.append(each.mean())
        dz = says[:, None] * (p - y)
        dh = dz @ V * (1 - h**2)
        for i, g in enumerate([dh.T @ x, dh.sum(axis=0), dz.T @ h, dz.sum(axis=0)]):
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g * g
            step = first[i] / (1 - 0.9**t) / (np.sqrt(second[i] / (1 - 0.999**t)) + 1e-8)
            state[i] = state[i] - 0.01 * step
    return np.array(losses), state, np.array(means)


PLAIN = np.repeat([1 / 48, 1 / 16], [24, 8])  # half for 24 samples, half for 8


def right(state):
    W, b, V, c = state
    answers = (np.tanh(NEW[0] @ W.T + b) @ V.T + c).argmax(axis=1)
    return int((answers == NEW[1]).sum())


@pytest.fixture(scope="module")
def own():
    """The curve, and the one of the plain mean, each with the parameters at the end and the batches' mean losses."""
    return by_hand(), by_hand(says=PLAIN)


@pytest.mark.slow
def test_minigrads_curves_are_those_of_a_training_by_hand(lesson, own):
    (losses, _, _), (_, _, plain) = own
    assert np.abs(lesson.table["minigrad float64"] - losses).max() < 1e-12
    for name in ("minigrad float32", "16 + 16, 0.5 and 0.5", "24 + 8, 0.75 and 0.25"):
        assert 0 < np.abs(lesson.table[name] - losses).max() < 1e-5
    assert np.abs(lesson.table["24 + 8, 0.5 and 0.5"] - plain).max() < 1e-5
    assert np.abs(plain - losses).max() > 0.1
    assert lesson.results["train_loss"] == pytest.approx(losses[-42:].mean(), abs=1e-4)


@pytest.mark.slow
@needs_torch
def test_pytorchs_curves_and_that_of_two_processes_are_minigrads(lesson, own):
    losses = own[0][0]
    assert 0 < np.abs(lesson.table["PyTorch float64"] - losses).max() < 1e-13
    assert 0 < np.abs(lesson.table["PyTorch float32"] - losses).max() < 1e-5
    ours = lesson.table["minigrad float32"]
    for other in (lesson.table["PyTorch float32"], lesson.table["minigrad float64"]):  # "about 2e-7"
        assert 3e-8 < np.abs(other - ours).max() < 1e-6
    assert np.abs(lesson.table["PyTorch float64"] - lesson.table["minigrad float64"]).max() < 1e-13
    assert 0 < np.abs(lesson.table["two processes"] - losses).max() < 1e-5
    assert np.abs(lesson.table["two processes"] - lesson.table["minigrad float32"]).max() < 1e-5


@pytest.mark.slow
def test_the_printed_gaps_are_those_of_the_curves(lesson):
    assert len(lesson.table) == (8 if HAS_TORCH else 5)
    for name, curve in lesson.table.items():
        printed = lesson.found(rf"\n{re.escape(name)} +{NUMBER} +{NUMBER} +{NUMBER}\n")
        gaps = [np.abs(curve - lesson.table[f"minigrad float{bits}"]).max() for bits in (32, 64)]
        assert printed == pytest.approx([curve[-42:].mean(), *gaps], rel=0.06, abs=1e-20)


@pytest.mark.slow
def test_the_turned_matrix_is_read_by_all_and_near_to_guessing(lesson, own):
    W, *others = own[0][1]
    counts = {"minigrad": right([W, *others]), "wrong": right([W.T, *others])}
    if HAS_TORCH:
        counts["PyTorch"] = counts["minigrad"]
    for name, count in counts.items():
        (found,) = re.findall(rf"\n{name} +(\S+) \[(.*)\]", lesson.stdout)
        assert 0 < float(found[0]) < 1e-4 if HAS_TORCH else found[0] == "-"
        each = [int(number) for number in found[1].split()]
        assert len(set(each)) == 1 and len(each) == 1 + HAS_TORCH
        assert abs(each[0] - count) <= 1
    assert counts["minigrad"] > 430 and counts["wrong"] < 90


def test_the_figures_of_the_text(own):
    text = prose_of(STEM)
    (losses, _, _), (_, _, means) = own
    assert f"is up to {np.abs(means - losses).max():.2f} from the old curve" in text
    assert means[0] == pytest.approx(losses[0], abs=1e-12)  # "the first step has the same loss"
    assert f"This holds for this network, this rate and {len(losses)} steps" in text
    says = {2: "two", 3: "three", 4: "four"}[round(PLAIN[-1] / PLAIN[0])]
    assert f"each of the 8 images has {says} times the say of each of the 24" in text
    assert f"an epoch has {len(losses) // 5} steps" in text


def test_the_articles_program_has_the_lines_that_the_text_counts():
    text = path_of(STEM).read_text()
    lines = re.findall(r"^#    (?!python)(\S.*)$", text.split("# Each of these lines")[0], re.MULTILINE)
    assert lines[0] == "import torch" and lines[-1] == "loss.backward()"
    assert f"shows {dict(enumerate('seven eight nine'.split(), 7))[len(lines)]} lines" in text


def test_minigrad_draws_numpys_random_numbers():
    assert "minigrad draws NumPy's random numbers, and PyTorch its own" in prose_of(STEM)
    mg.manual_seed(0)
    assert np.array_equal(mg.randn(10).numpy(), np.random.default_rng(0).standard_normal(10, "f4"))


def test_two_parts_with_their_weights_have_the_gradient_of_the_whole():
    rng = np.random.default_rng(0)
    each = rng.standard_normal((32, 5))  # a gradient for each sample
    means = np.array([each[:24].mean(axis=0), each[24:].mean(axis=0)])
    np.testing.assert_allclose([0.75, 0.25] @ means, each.mean(axis=0))
    assert np.abs(means.mean(axis=0) - each.mean(axis=0)).max() > 0.01


@pytest.mark.slow
def test_without_pytorch_the_lesson_shows_its_own_half(tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "torch.py").write_text('raise ImportError("hidden")')
    here = tmp_path / "a folder"
    here.mkdir()
    root = f"{hidden}{os.pathsep}{ROOT}"
    result = run(path_of(STEM), "--no-progress", "--out", here / "saved", cwd=here, root=root)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("PyTorch is not installed: this is minigrad's half of the lesson\n")
    assert result.stdout.count("PyTorch") == 1 and "two processes" not in result.stdout
    for name in ("minigrad float32", "24 + 8, 0.75 and 0.25", "wrong"):
        assert f"\n{name}" in result.stdout
    losses = by_hand()[0]
    assert last_line(result.stdout)[0]["train_loss"] == pytest.approx(losses[-42:].mean(), abs=1e-4)
    assert sorted(os.listdir(here / "saved")) == [f"{STEM}.csv", f"{STEM}.png"]


@pytest.mark.slow
def test_a_quick_run_leaves_pytorch_out_and_its_picture_is_right(tmp_path):
    (tmp_path / "torch.py").write_text('raise SystemExit("a quick run must not import it")')
    root = f"{tmp_path}{os.pathsep}{ROOT}"
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path / "saved", cwd=tmp_path, root=root)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("quick: too short to show what the text says\n")
    names = names_of(STEM, "--quick")
    assert names["losses"].get_title() == "24 + 8 at 0.5 leaves the curve"
    assert names["gaps"].get_title() == "1e-7 is rounding, 1e-2 is not"
    assert not os.path.exists(names["tmp"].name)
    losses, _, _ = by_hand(epochs=1)
    _, _, plain = by_hand(epochs=1, says=PLAIN)
    for name, line in zip(names["curves"], names["losses"].lines, strict=True):
        expected = plain if name == "24 + 8, 0.5 and 0.5" else losses
        np.testing.assert_allclose(line.get_ydata(), expected, atol=1e-5)
    largest = [line.get_ydata().max() for line in names["gaps"].lines]
    assert max(largest[1:4]) < 1e-5 and largest[4] > 0.1
    for axes in (names["losses"], names["gaps"]):
        assert [line.get_linewidth() for line in axes.lines] == [1.5, 1.5, 1.5, 1.5, 3]
