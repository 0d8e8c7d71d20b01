"""What lesson 21 shows: the target of a language model, counts that learn by heart, and what a softmax costs."""

from collections import defaultdict

import numpy as np
import pytest

from minigrad.datasets import load_text
from tests.lessons.running import full_run, path_of, run, said_by

STEM = "21_language_model"
NUMBER = r"(\d+\.\d+)"


@pytest.fixture(scope="module")
def lesson():
    return full_run(STEM)


@pytest.fixture(scope="module")
def parts():
    """The numbers of the letters: to learn from, the nine tenths, held out; and how many kinds."""
    text = load_text()
    kinds = sorted(set(text))
    places = {kind: i for i, kind in enumerate(kinds)}
    x = np.array([places[letter] for letter in text])
    cut = len(x) * 9 // 10
    return x[:60_000], x[:cut], x[cut:], len(kinds)


said = said_by(STEM)


def keys(x, m, C):
    """Each window of m + 1 letters as one whole number, and each context."""
    rows = np.lib.stride_tricks.sliding_window_view(x, m + 1)
    powers = C ** np.arange(m + 1, dtype=np.int64)[::-1]
    windows = rows @ powers
    return windows, windows // C


def looked_up(known, x):
    """How often each number of x is among the known ones."""
    values, n = np.unique(known, return_counts=True)
    at = np.minimum(np.searchsorted(values, x), len(values) - 1)
    return np.where(values[at] == x, n[at], 0)


def add_k(learnt, tested, m, C, k):
    """Nats a letter of a count model, and the share of windows that it has not seen."""
    (windows, contexts), (new, before) = keys(learnt, m, C), keys(tested, m, C)
    n, of_context = looked_up(windows, new), looked_up(contexts, before)
    return -np.log((n + k) / (of_context + k * C)).mean(), np.mean(n == 0)


def interpolated(learnt, tested, m, C, A=10):
    q = np.full(len(tested) - m, 1 / C)
    for length in range(m + 1):
        (windows, contexts), (new, before) = keys(learnt, length, C), keys(tested[m - length :], length, C)
        q = (looked_up(windows, new) + A * q) / (looked_up(contexts, before) + A)
    return -np.log(q).mean()


@pytest.mark.slow
def test_both_models_match_the_frequencies_and_only_one_predicts(lesson, parts):
    learnt, _, held_out, C = parts
    for m, name in enumerate(("frequencies", "bigram model")):
        gap, nats, perplexity = lesson.found(rf"\n{name} +{NUMBER} +{NUMBER} +{NUMBER}\n")
        expected = add_k(learnt, held_out, m, C, 0.01)[0]
        assert (gap, nats) == (0, pytest.approx(expected, abs=6e-4))
        assert perplexity == pytest.approx(np.exp(expected), abs=6e-3)
    share = np.bincount(learnt) / len(learnt)
    n = np.zeros((C, C))
    np.add.at(n, (learnt[:-1], learnt[1:]), 1)
    q = (n + 0.01) / (n.sum(axis=1, keepdims=True) + 0.01 * C)
    seen = share > 0
    mean = np.pad(share, (0, C - len(share))) @ q
    assert (share[seen] * np.log(share[seen] / mean[: len(share)][seen])).sum() < 5e-4
    entropy = -(share[seen] * np.log(share[seen])).sum()
    assert said(f"get below their entropy there, {entropy:.3f} nats")
    assert said("their perplexities are 20.82 and 11.44")
    assert "To learn from: 60000. Held out: 59268." in lesson.stdout
    assert "The text: 592671 letters of 79 kinds." in lesson.stdout
    assert 0 < len(set(held_out) - set(learnt)) < C - len(set(learnt))  # the rest: in between


@pytest.mark.slow
def test_counting_long_contexts_is_learning_by_heart(lesson, parts):
    learnt, book, held_out, C = parts
    printed = np.array([lesson.found(rf"\n{m} +\d+" + rf" +{NUMBER}" * 5 + "\n") for m in range(7)])
    for m in range(7):
        new, unseen = add_k(learnt, held_out, m, C, 0.01)
        row = [add_k(learnt, learnt, m, C, 0.01)[0], new, unseen]
        row += [add_k(book, held_out, m, C, 0.01)[0], interpolated(learnt, held_out, m, C)]
        np.testing.assert_allclose(printed[m], row, atol=6e-4)
        contexts = len(set(keys(learnt, m, C)[1]))
        assert lesson.found(rf"\n{m} +(\d+)" + r" +\d+\.\d+" * 5) == [contexts]
    seen, new, _, whole, mixed = printed.T
    assert (np.diff(seen) < 0).all() and (new.argmin(), whole.argmin()) == (2, 4)
    assert new.argmax() == 6 and seen.argmin() == 6 and new[6] > new[0]
    assert said(f"to {seen[6]:.3f} nats. At the held-out text it is least at m = 2, with {new[2]:.3f}.")
    assert said(f"At m = 6 it is {new[6]:.3f}, worse") and said(f"{100 * printed[6, 2]:.1f} % of the held-out windows")
    assert said(f"m = 6 costs {mixed[6]:.3f} nats, not {new[6]:.3f}")
    assert said(f"that of smoothed counts by {new[6] - new[4]:.3f} from m = 4 to m = 6")
    assert said(f"not held out, {len(book):,} letters")
    for k in (0.1, 1):
        assert np.argmin([add_k(learnt, held_out, m, C, k)[0] for m in range(5)]) == 2
        assert np.argmin([add_k(book, held_out, m, C, k)[0] for m in range(5)]) == 3
    even = add_k(learnt, held_out, 6, C, 10 / C)[0]
    assert said(f"divided evenly, are k = 10 / {C}: {even:.3f}")
    assert said(f"with A = 1, m = 6 costs {interpolated(learnt, held_out, 6, C, A=1):.3f}")


@pytest.mark.slow
def test_the_networks_are_as_good_as_the_best_counts_and_worse_than_mixing(lesson):
    rows = [lesson.found(rf"\n{m} +{NUMBER} \({NUMBER}\) +{NUMBER} \({NUMBER}\)\n") for m in (1, 2, 4, 8)]
    new = lesson.table["networks"].reshape(4, 5)
    for (_, _, mean, deviation), values in zip(rows, new, strict=True):
        assert mean == pytest.approx(values.mean(), abs=6e-4)
        assert deviation == pytest.approx(values.std(ddof=1), abs=6e-4)
    counts = lesson.table["counts"].reshape(7, 5)
    assert abs(new[2].mean() - counts[2, 1]) < 0.04  # "as good as", over seeds
    assert 0.02 < new[3].mean() - new[2].mean() < 0.08 and said("rises by about 0.04 nats")
    assert new[2].min() - counts[4, 4] > 0.18 and said("by about 0.24 nats at m = 4")
    assert lesson.results["held_out"] == pytest.approx(new[3, 4], abs=6e-5)


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [10, 79, 1000, 10_000, 100_000])
def test_what_a_softmax_costs(lesson, kinds):
    hidden, output, powers, last = lesson.found(rf"\n +{kinds} +(\d+) +(\d+) +(\d+) +{NUMBER}")
    assert (hidden, output, powers) == (4 * 16 * 128, 128 * kinds, kinds)
    assert last == pytest.approx((output + powers) / (hidden + output + powers), abs=6e-3)
    assert 129 * 63 < hidden < 129 * 64 and said("From C = 64 on") and said("With C = 79 they have 0.55")


def test_quick_warns_first_and_takes_a_text_of_ones_own(tmp_path):
    words = "the whale swam. " * 400
    (tmp_path / "own.txt").write_text(words)
    own = ["--quick", "--epochs", 2, "--text", tmp_path / "own.txt"]
    result = run(path_of(STEM), *own, "--out", tmp_path, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("quick: too short to show what the text says\n")
    kinds = defaultdict(int)
    for letter in words.strip():
        kinds[letter] += 1
    assert f"The text: {len(words.strip())} letters of {len(kinds)} kinds" in result.stdout
    assert (tmp_path / f"{STEM}.png").stat().st_size > 10_000
