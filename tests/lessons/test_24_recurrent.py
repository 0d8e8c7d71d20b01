"""What lesson 24 shows: each step back has its factor, and memory begins with factors near 1."""

import re
from collections import Counter

import numpy as np
import pytest

from minigrad.datasets import load_names
from tests.lessons.running import full_run, names_of, path_of, run, said_by

STEM = "24_recurrent"
NUMBER = r"(-?\d+(?:\.\d+)?(?:e[-+]\d+)?)"
FIRSTS = ["even", "0.9 Q", "Q", "2 Q"]
KINDS = ["RNN, even", "RNN, Q", "LSTM, -2", "LSTM, 1", "LSTM, 5", "GRU, 0", "GRU, 5"]
STEPS = [1, 10, 30, 100]
SEQUENCES, LEARNT = 16, 200  # of a step, and steps


@pytest.fixture(scope="module")
def lesson():
    return full_run(STEM, seed=0)


said = said_by(STEM)


def drawn(seed):
    """The text of names, and the generator after it."""
    rng = np.random.default_rng(seed)
    return "\n".join(rng.permutation(load_names())), rng


# -- Finding 1 ------------------------------------------------------------


def lengths_back(seed):
    """Medians of the gradient's length for each U, by the matrices of the steps: (4, 4)."""
    _, rng = drawn(seed)
    W, even = rng.uniform(-1, 1, (5, 12, 8)) / 12**0.5, rng.uniform(-1, 1, (5, 12, 12)) / 12**0.5
    symbols, d = rng.integers(0, 8, (100, 5)), rng.standard_normal((5, 12))
    found = np.zeros((4, 5, 101))
    for k in range(5):
        Q = np.linalg.qr(even[k])[0]
        np.testing.assert_allclose(Q.T @ Q, np.eye(12), atol=1e-12)
        for i, U in enumerate((even[k], 0.9 * Q, Q, 2 * Q)):
            h, factors = np.zeros(12), []
            for symbol in symbols[:, k]:
                h = np.tanh(W[k][:, symbol] + U @ h)
                factors.append(np.diag(1 - h**2) @ U)
            row = d[k]
            for back in range(101):
                found[i, k, back] = np.linalg.norm(row) / np.linalg.norm(d[k])
                row = row @ factors[-1 - back] if back < 100 else row
    return np.median(found, axis=1)[:, STEPS]


@pytest.mark.slow
def test_the_gradient_back_in_time_is_the_product_of_the_steps_matrices(lesson):
    expected = lengths_back(0)
    for name, row in zip(FIRSTS, expected, strict=True):
        printed = lesson.found(rf"\n{re.escape(name)} +{NUMBER} +{NUMBER} +{NUMBER} +{NUMBER}\n")
        assert printed[0] == pytest.approx(row[0], abs=0.0051)
        assert printed[1:] == pytest.approx(row[1:], rel=0.051)
    assert "nn.RNN has the same states: True\n" in lesson.stdout
    assert said(f"over 100 steps {expected[2, 3]:.1e} is left")


def test_no_start_keeps_the_gradient_in_other_seeds_either():
    for seed in range(5):
        even, shrunk, orthogonal, doubled = lengths_back(seed)
        for g, row in ((0.9, shrunk), (1, orthogonal)):
            assert all(length <= g**k for length, k in zip(row, STEPS, strict=True))
        assert even[2] < 1e-5 and 0.01 < orthogonal[2] < 0.1 and orthogonal[3] < 1e-3
        assert doubled[3] > 100


# -- Finding 2 ------------------------------------------------------------


def rows_of(lesson):
    """For each kind: mean and deviation for T = 3, 10, 30, and what arrives."""
    cell = rf" +{NUMBER} \({NUMBER}\)"
    return {k: lesson.found(rf"\n{re.escape(k)}{cell}{cell}{cell} +{NUMBER}\n") for k in KINDS}


@pytest.mark.slow
def test_the_start_decides_within_each_kind(lesson):
    rows = rows_of(lesson)
    for better, worse in (("RNN, Q", "RNN, even"), ("LSTM, 5", "LSTM, 1"), ("LSTM, 1", "LSTM, -2")):
        assert rows[better][4] > rows[worse][4] and rows[better][6] > 100 * rows[worse][6]
    assert rows["GRU, 5"][4] > 0.9 > 0.35 > rows["GRU, 0"][4] and rows["GRU, 5"][6] > 1000 * rows["GRU, 0"][6]
    assert all(row[0] == 1 for row in rows.values())
    assert min(rows[k][4] for k in ("RNN, Q", "LSTM, 5", "GRU, 5")) > 0.8
    assert max(rows[k][4] for k in KINDS if k not in ("RNN, Q", "LSTM, 5", "GRU, 5")) < 0.6
    best = [f"{rows[k][4]:.2f}" for k in ("LSTM, 5", "GRU, 5", "RNN, Q")]
    assert said(f"and the RNN with Q: {best[0]}, {best[1]} and {best[2]} for T = 30.")
    assert all(abs(rows[k][4] - 0.25) < 0.09 for k in ("RNN, even", "LSTM, -2", "GRU, 0"))
    assert said(f"give or take {(0.25 * 0.75 / 100) ** 0.5:.2f}. All")
    assert said(f"Q is better than the LSTM with the often advised bias 1, {rows['LSTM, 1'][4]:.2f}.")
    assert said(f"LSTM, 5 has {rows['LSTM, 5'][6]:.1f}, more than the 0.82")
    saved = lesson.table["right"].reshape(7, 5)
    assert sorted(saved[1]) == pytest.approx([0.57, 0.57, 1, 1, 1], abs=0.01)
    assert said("with Q three of five starts recall all, and two 0.57.")
    assert saved.mean(axis=1) == pytest.approx([row[4] for row in rows.values()], abs=0.0051)
    assert saved.std(axis=1, ddof=1) == pytest.approx([row[5] for row in rows.values()], abs=0.0051)


def test_the_powers_of_the_first_forget_gates():
    gates = 1 / (1 + np.exp(-np.array([-2.0, 1.0, 5.0])))
    assert said("{:.3f} for the bias -2, {:.3f} for 1, {:.3f} for 5".format(*gates))
    assert said("are {:.0e}, {:.0e} and {:.2f}.".format(*gates**30))


def learnt_by_torch(torch, layer, T, change, seed=7):
    """The share of right recalls of PyTorch's layer, after the lesson's 200 steps."""
    torch.manual_seed(seed)
    net, out = layer(8, 12), torch.nn.Linear(12, 4, bias=False)
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            parameter.mul_(0 if "bias" in name else 1)
        change(net)
    optimizer = torch.optim.Adam([*net.parameters(), *out.parameters()], lr=0.01)

    def forward(number):
        first, noise = torch.randint(0, 4, (1, number)), torch.randint(4, 8, (T, number))
        x = torch.nn.functional.one_hot(torch.cat([first, noise]), 8).float()
        return out(net(x)[0][-1]), first[0]

    for _ in range(LEARNT):
        z, y = forward(SEQUENCES)
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(z, y).backward()
        optimizer.step()
    z, y = forward(500)
    return (z.argmax(-1) == y).float().mean().item()


@pytest.mark.slow
def test_the_layers_of_pytorch_remember_or_forget_in_the_same_way():
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)

    def bias(value):
        return lambda net: net.bias_ih_l0[12:24].fill_(value)

    def orthogonal(net):
        net.weight_hh_l0.copy_(torch.linalg.qr(net.weight_hh_l0)[0])

    assert learnt_by_torch(torch, torch.nn.LSTM, 10, bias(-2)) < 0.4
    assert learnt_by_torch(torch, torch.nn.LSTM, 10, bias(5)) > 0.9
    assert learnt_by_torch(torch, torch.nn.LSTM, 30, bias(1)) < 0.6
    assert learnt_by_torch(torch, torch.nn.LSTM, 30, bias(5)) > 0.7
    assert learnt_by_torch(torch, torch.nn.RNN, 30, orthogonal) > 0.7
    assert learnt_by_torch(torch, torch.nn.GRU, 30, bias(0)) < 0.4
    assert learnt_by_torch(torch, torch.nn.GRU, 30, bias(5)) > 0.9


@pytest.mark.slow
def test_in_the_plain_network_size_matters_and_is_not_all():
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)

    def mean(change):
        return np.mean([learnt_by_torch(torch, torch.nn.RNN, 30, change, seed) for seed in range(3)])

    def orthogonal(net, size=1):
        net.weight_hh_l0.copy_(size * torch.linalg.qr(net.weight_hh_l0)[0])

    assert mean(lambda net: net.weight_hh_l0.mul_(3**0.5)) > 0.55
    assert mean(orthogonal) > 0.75
    assert mean(lambda net: orthogonal(net, 0.58)) < 0.55
    assert mean(lambda net: torch.nn.init.eye_(net.weight_hh_l0)) < 0.6


# -- Finding 3 ------------------------------------------------------------


@pytest.mark.slow
def test_the_kinds_differ_little_beside_what_counting_loses(lesson):
    nats = {k: lesson.found(rf"\n{k} +n = \d+: {NUMBER} \(deviation {NUMBER}\)\n") for k in ("RNN", "LSTM", "GRU")}
    assert nats["GRU"][0] < nats["RNN"][0] < nats["LSTM"][0] < nats["GRU"][0] + 0.12
    largest = max(row[1] for row in nats.values())
    assert said(f"are at most {largest:.3f}, so")
    assert said(f"It is worse: {nats['LSTM'][0]:.3f} nats, and the RNN has {nats['RNN'][0]:.3f}")
    assert said(f"the GRU {nats['GRU'][0]:.3f}.")
    text, _ = drawn(0)
    cut = len(text) * 9 // 10
    assert f"Finding 3: {len(text)} letters, {len(set(text))} kinds;" in lesson.stdout
    counted = [of_counts(text[:cut], text[cut:], m) for m in range(4)]
    assert said("single letters have {:.3f} nats, pairs {:.3f}, mixed counts".format(*counted[:2]))
    assert said(f"with three letters of context {counted[3]:.3f} (computed")
    assert max(row[0] for row in nats.values()) < counted[1]
    assert lesson.results["nats"] == pytest.approx(nats["GRU"][0], abs=6e-4)


def of_counts(learn, new, m, A=10):
    """Nats a letter of lesson 21's mixed counts with m letters of context."""
    kinds = len(set(learn + new))
    windows = [Counter(learn[i : i + k] for i in range(len(learn) - k + 1)) for k in range(1, m + 2)]

    def belief(context, letter):
        if not context:
            return (windows[0][letter] + A / kinds) / (len(learn) + A)
        seen = windows[len(context) - 1][context] - (learn.endswith(context))
        rest = belief(context[1:], letter)
        return (windows[len(context)][context + letter] + A * rest) / (seen + A)

    places = range(m, len(new))
    return -np.mean([np.log(belief(new[i - m : i], new[i])) for i in places])


def test_each_kind_has_as_many_numbers():
    def numbers(gates, n, letters=27):
        return gates * n * (letters + n + 1) + n * letters

    found = [numbers(1, 64), numbers(4, 30), numbers(3, 35)]
    assert said("nearly: {}, {} and {}.".format(*found)) and max(found) < 1.03 * min(found)
    assert '("RNN", 1, 64), ("LSTM", 4, 30), ("GRU", 3, 35)' in path_of(STEM).read_text()


# -- The rest -------------------------------------------------------------


def test_a_chain_and_a_tree_are_told_apart():
    assert said("f(f(f(start, *the*), *cat*), *sleeps*)") and said("f(f(*the*, *cat*), *sleeps*)")


@pytest.fixture(scope="module")
def quick():
    return names_of(STEM, "--quick")


def test_the_picture_shows_what_its_titles_say_even_if_quick(quick):
    left, far = quick["left"], quick["far"]
    assert left.get_title() == "No U keeps the gradient's length"
    assert [text.get_text() for text in left.texts] == FIRSTS
    curves = np.array([line.get_ydata() for line in left.lines])  # (4, 101)
    assert curves[:, STEPS] == pytest.approx(lengths_back(0), rel=1e-6)
    widths = [bar.get_width() for bar in far.patches]
    assert far.get_title() == f"{sum(width > 0.8 for width in widths)} of 7 recall > 0.8 at T = 10"
    dots, chance = np.array([line.get_xdata() for line in far.lines[:5]]), far.lines[5]
    assert dots.T == pytest.approx(quick["right"][2]) and list(chance.get_xdata()) == [0.25, 0.25]
    assert widths == pytest.approx(quick["right"][2].mean(axis=1))
    assert [tick.get_text() for tick in far.get_yticklabels()] == KINDS


@pytest.mark.slow
def test_a_quick_run_says_that_it_is_too_short_and_takes_a_text(tmp_path):
    (tmp_path / "own.txt").write_text("the quick brown fox jumps over the lazy dog\n" * 60)
    own = ["--text", tmp_path / "own.txt"]
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path, *own, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("quick: too short to show what the text says\n")
    assert "letters, 28 kinds; nats a letter held out\n" in result.stdout
