"""What lesson 11 shows: what five optimizers remember, where it helps, and a game that Adam loses."""

import functools
import math
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim, tensor
from minigrad.datasets import load_digits
from tests.lessons.running import full_run, names_of, path_of, run, said_by

STEM = "11_optimizers"
NUMBER = r"(-?\d+\.\d+)"
KINDS = {
    "plain": optim.SGD,
    "momentum": optim.Momentum,
    "adagrad": optim.Adagrad,
    "rmsprop": optim.RMSprop,
    "adam": optim.Adam,
}


@pytest.fixture(scope="module")
def lesson():
    return full_run(STEM)


said = said_by(STEM)


# -- Findings 1 and 2 -----------------------------------------------------


@pytest.mark.slow
def test_the_lengths_of_steps_are_the_derived_ones(lesson):
    times = np.array([1, 2, 10, 100])
    four = rf" +{NUMBER}" * 4 + "\n"
    along = (1 - 0.9**times) / 0.1
    np.testing.assert_allclose(lesson.found("\n1,  1, 1" + four), along, atol=0.0051)
    across = abs(1 - (-0.9) ** times) / 1.9
    np.testing.assert_allclose(lesson.found("\n1, -1, 1" + four), across, atol=0.0051)
    expected = {
        "plain": 100 + 0 * times,
        "momentum": 100 * along,
        "adagrad": times**-0.5,
        "rmsprop": (1 - 0.99**times) ** -0.5,
        "adam": 1 + 0 * times,
    }
    for name, lengths in expected.items():
        np.testing.assert_allclose(lesson.found(rf"\n{name}" + four), lengths, atol=0.0051)
    assert said(r"0.1 / \sqrt{0.001} = 3.16") and 0.1 / math.sqrt(0.001) == pytest.approx(3.16, abs=0.005)
    assert said("its step is 10 rates long at first, 1.26 at step 100, and tends to 1.")
    assert (1 - 0.99**100) ** -0.5 == pytest.approx(1.26, abs=0.005) and 0.01**-0.5 == pytest.approx(10)
    assert said(r"\frac{g}{1 + \beta} = 0.53 \, g") and said("= 0.038")


def steps_to_the_bottom(kind, rate, bends):
    """The mean over 24 starts, with minigrad's optimizers: a row of w is a start."""
    angles = np.radians(7.5 + 15 * np.arange(24))
    w = tensor(np.stack([np.cos(angles), np.sin(angles)], 1), requires_grad=True)
    optimizer = kind([w], lr=rate)
    last = np.zeros(24)
    for step in range(1, 2001):
        w.grad = w.detach() @ tensor(bends)
        optimizer.step()
        last[~((w.detach().numpy() ** 2).sum(1) < 0.0001)] = step
    return (last + 1).mean()


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_the_steps_in_three_valleys_are_minigrads(lesson, name):
    row = lesson.found(rf"\n{name}" + r" +(\d+) \( ?(\d+\.\d{4})\)" * 3 + "\n")
    turn = np.array([[math.cos(math.pi / 4), -math.sin(math.pi / 4)], [math.sin(math.pi / 4), math.cos(math.pi / 4)]])
    narrow = np.diag([1.0, 100])
    valleys = (np.eye(2), narrow, turn @ narrow @ turn.T)
    for i, bends in enumerate(valleys):
        steps, printed = row[2 * i : 2 * i + 2]
        rate = 2.0 ** round(math.log2(printed))
        with np.errstate(all="ignore"):
            ours = [steps_to_the_bottom(KINDS[name], each, bends) for each in (rate / 2, rate, 2 * rate)]
        assert ours[1] == pytest.approx(steps, abs=1.01)
        edge = rate == 16 and name == "adagrad"  # its rates above 16 differ by one step
        assert ours[1] <= ours[0] and (edge or ours[1] <= ours[2])
    if name in ("plain", "momentum"):
        assert row[2:4] == row[4:6] and row[2] > row[0]
    else:
        assert row[:2] == row[2:4]
    if name in ("adagrad", "adam"):
        assert row[4] == {"adagrad": 315, "adam": 146}[name] > 88
        assert said("AdaGrad needs 315 steps and Adam 146, more than momentum")
    if name == "plain":
        assert row[:4:2] == [1, 252] and said("plain descent 252: a gain of 3 (2.5 with finer rates), not of 10")
    if name == "momentum":
        assert row[::2] == [79, 88, 88] and said("*momentum* needs 88 steps") and said("and momentum 79:")
    if name == "rmsprop":
        assert min(row[::2]) > 1000 and said("RMSProp needs more than 1000 steps at each of our rates")


def valley(step, bends, rates, distance=1.0, steps=2000):
    """The mean steps of each rate: step(w, g, memory, t, rate) returns w and its memory."""
    angles = np.radians(7.5 + 15 * np.arange(24))
    w = distance * np.stack([np.cos(angles), np.sin(angles)], 1) * np.ones((len(rates), 1, 1))
    memory, last = (0 * w, 0 * w), np.zeros(w.shape[:2])
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            w, memory = step(w, w @ bends, memory, t, rates[:, None, None])
            last[~((w**2).sum(2) < 0.0001)] = t
    return (last + 1).mean(1)


RATES = 2.0 ** np.arange(-10, 5)
NARROW = np.diag([1.0, 100.0])
TURNED = np.array([[50.5, -49.5], [-49.5, 50.5]])


def plain(w, g, memory, t, rate):
    return w - rate * g, memory


def momentum(beta):
    def step(w, g, memory, t, rate):
        m = beta * memory[0] + g
        return w - rate * m, (m, None)

    return step


def adagrad(w, g, memory, t, rate):
    total = memory[0] + g * g
    return w - rate * g / (total**0.5 + 1e-8), (total, None)


def common(g):
    """One square for both elements: their mean."""
    return (g * g).mean(2, keepdims=True) + 0 * g


def adagrad_with_one_root(w, g, memory, t, rate):
    total = memory[0] + common(g)
    return w - rate * g / (total**0.5 + 1e-8), (total, None)


def adam_with_one_root(w, g, memory, t, rate):
    m, s = 0.9 * memory[0] + 0.1 * g, 0.999 * memory[1] + 0.001 * common(g)
    return w - rate * m / (1 - 0.9**t) / ((s / (1 - 0.999**t)) ** 0.5 + 1e-8), (m, s)


def adam(w, g, memory, t, rate):
    m, s = 0.9 * memory[0] + 0.1 * g, 0.999 * memory[1] + 0.001 * g * g
    return w - rate * m / (1 - 0.9**t) / ((s / (1 - 0.999**t)) ** 0.5 + 1e-8), (m, s)


def test_with_one_root_the_narrow_valley_is_as_bad_as_the_turned_one():
    for step, rates, steps in ((adagrad_with_one_root, RATES, 311), (adam_with_one_root, RATES[6:7], 355)):
        narrow, turned = (valley(step, bends, rates).min() for bends in (NARROW, TURNED))
        assert narrow == pytest.approx(turned, abs=0.5) == pytest.approx(steps, abs=0.55)
    assert RATES[6] == 0.0625
    assert said("AdaGrad needs 311 and Adam at 0.0625 needs 355, also in the narrow valley.")


def test_at_rate_16_adam_overshoots_in_each_valley():
    rates = np.array([16, 0.0625])
    steps = [valley(adam, bends, rates).round().tolist() for bends in (np.eye(2), NARROW, TURNED)]
    assert steps == [[146, 80], [146, 80], [146, 356]]
    assert said("(At rate 16 Adam overshoots, and needs 146 in each valley. At 0.0625 it needs 80, but turned 356.)")
    w, *_ = adam(1.0, 1.0, (0.0, 0.0), 1, 16)
    assert w == pytest.approx(-15)  # from the distance 1


def test_a_smaller_beta_damps_the_swings_of_momentum():
    assert [valley(momentum(0.7), bends, RATES).min().round() for bends in (np.eye(2), NARROW)] == [23, 30]
    assert said("with beta = 0.7 momentum needs 23 steps (round) and 30 (narrow)")


def test_adagrad_needs_few_steps_at_each_large_rate_and_from_each_distance():
    steps = valley(adagrad, NARROW, RATES[-6:])
    assert 4 == steps.min().round() and steps.max().round() == 7
    assert said("(Rates from 1/2 to 16 all need 4 to 7 steps.)")
    for distance in (0.1, 0.3, 3.0, 10.0):
        assert valley(adagrad, NARROW, RATES, distance).min() < 8 and distance < 16
        assert valley(adagrad, TURNED, RATES, distance).min() > 100
    w, s = 1.0, 0.0  # its rate of 16 overshoots, and then a step is about w itself
    for _ in range(3):
        s += (100 * w) ** 2
        before, w = w, w - 16 * 100 * w / s**0.5
    assert before == pytest.approx(0.9, abs=0.1) and abs(w) < 0.1 and s**0.5 == pytest.approx(1500, rel=0.01)


def rmsprop(beta):
    def step(w, g, memory, t, rate):
        s = beta * memory[0] + (1 - beta) * g * g
        return w - rate * g / (s**0.5 + 1e-8), (s, None)

    return step


def test_with_finer_rates_momentum_gains_2_5_in_the_narrow_valley():
    slow = valley(plain, NARROW, np.linspace(0.015, 0.0199, 50)).min()
    fast = valley(momentum(0.9), NARROW, np.linspace(0.005, 0.02, 61)).min()
    assert slow / fast == pytest.approx(2.5, abs=0.03)


def test_each_rate_of_rmsprop_needs_more_than_1000_steps_with_its_usual_memory():
    for bends in (NARROW, TURNED):
        assert valley(rmsprop(0.99), bends, RATES).min() > 1000
    assert valley(rmsprop(0.99), NARROW, np.array([0.0014, 0.00141])) == pytest.approx([812, 1282], abs=0.5)
    assert said("at each of our rates (between them luck decides: 812 at 0.0014, 1282 at 0.00141)")
    assert valley(rmsprop(0.9), NARROW, RATES).min() == pytest.approx(221, abs=0.5)
    assert valley(rmsprop(0.9), TURNED, RATES).min() == pytest.approx(281, abs=0.5)
    assert said("A shorter memory, beta = 0.9, needs 221 steps (turned 281): it throws w out by less.")


@pytest.mark.slow
def test_in_20000_steps_a_long_memory_does_not_prevent_the_throw_of_adam():
    long = [valley(adam, bends, RATES, steps=20000).min() for bends in (np.eye(2), NARROW, TURNED)]
    assert long == pytest.approx([250, 250, 3440], abs=0.5)
    assert said("(Counted up to step 20000, Adam's best means are 250, 250 and 3440; those of the other rules stay.)")
    for step in (plain, momentum(0.9), adagrad, rmsprop(0.99)):
        for bends in (np.eye(2), NARROW, TURNED):
            short, long = (valley(step, bends, RATES, steps=steps) for steps in (2000, 20000))
            assert (long.min(), long.argmin()) == (short.min(), short.argmin())


def out_again(step, bends, rates, steps):
    """The first step after step 600 at a distance of 0.01 or more, for each rate and start; none: 0."""
    angles = np.radians(7.5 + 15 * np.arange(24))
    w = np.stack([np.cos(angles), np.sin(angles)], 1) * np.ones((len(rates), 1, 1))
    memory, first = (0 * w, 0 * w), np.zeros(w.shape[:2])
    for t in range(1, steps + 1):
        w, memory = step(w, w @ bends, memory, t, rates[:, None, None])
        far = (w**2).sum(2) >= 0.0001
        first[far & (first == 0) & (t > 600)] = t
    return first, w


def test_with_a_memory_of_0999_the_throws_come_after_step_1000():
    rates = RATES[-9:]  # from 1/16 to 16: at the tiny ones there is no throw
    for step, bends in ((rmsprop(0.999), TURNED), (adam, NARROW), (adam, TURNED)):
        first, _ = out_again(step, bends, rates, 8000)
        assert first.min() > 1000, "each start is out again, but later"
    first, w = out_again(rmsprop(0.999), NARROW, rates, 4000)
    assert ((first > 1000) | (abs(w).max(2) < 1e-300)).all()  # thrown, or as good as 0
    assert (first[:2] > 1000).all() and (w[-5:] == 0).all()
    first, _ = out_again(rmsprop(0.999), NARROW.astype(np.longdouble), rates[-1:].astype(np.longdouble), 4000)
    if np.finfo(np.longdouble).minexp < np.finfo(float).minexp:
        assert (first > 3000).all()  # the 0 was the only thing that kept it
    assert said("Adam's memory of squares is ten times as long, and its throws come after step 1000:")


def test_nothing_throws_w_out_with_adagrad():
    for bends in (NARROW, TURNED):
        first, _ = out_again(adagrad, bends, RATES[-6:], 4000)
        assert (first == 0).all()
    assert said("AdaGrad's sum never gets smaller, so nothing throws w out.")


@pytest.mark.slow
def test_the_rules_are_minigrads(lesson):
    for kind in KINDS.values():
        (difference,) = lesson.found(rf"\n{kind.__name__} +(\S+e[-+]\d+)\n")
        assert difference < 1e-9


# -- Finding 3 ------------------------------------------------------------


class Digits:
    """The same loss, with minigrad's tensors and optimizers: without bias, penalty 1/n."""

    def __init__(self):
        self.x, self.y = load_digits()[0].tensors
        self.w = mg.zeros(64, 10, requires_grad=True)

    def loss(self, rows):
        penalty = (self.w**2).sum() / 2 / len(self.y)
        return nn.functional.cross_entropy(self.x[rows] @ self.w, self.y[rows]) + penalty

    def train(self, optimizer, batches, every):
        found = []
        for t, rows in enumerate(batches, start=1):
            optimizer.zero_grad()
            self.loss(tensor(rows)).backward()
            optimizer.step()
            if t % every == 0:
                found.append(self.loss(slice(None)).item())
        return np.array(found)


def trained(kind, rate, batches, every):
    digits = Digits()
    return digits.train(kind([digits.w], lr=rate), batches, every)


def rows(lesson):
    """full, rate; then mean, spread, lower, rate of the first epochs, and of the last ones."""
    found = {}
    for name in KINDS:
        lower = "()-" if name == "plain" else r"(\d)/5"
        part = rf" +{NUMBER} \({NUMBER}\) +{lower} +{NUMBER}"
        (row,) = re.findall(rf"\n{name} +{NUMBER} +{NUMBER}" + part * 2 + "\n", lesson.stdout)
        found[name] = [float(cell or 0) for cell in row]
    return found


MINIMUM = 0.226216  # scikit-learn 1.9, LogisticRegression(C=1, fit_intercept=False)


@functools.cache
def curve(name, rate):
    """The excess after 5, 10, ... 100 steps with full batches."""
    return trained(KINDS[name], rate, [np.arange(1347)] * 100, 5) - MINIMUM


@functools.cache
def ends(name, rate, first):
    """The mean excess of the first three epochs or of the last five, for each of five series."""
    draws = np.random.default_rng(0).integers(1347, size=(42 * 20, 5, 32))
    draws, part = (draws[:126], slice(None)) if first else (draws, slice(-5, None))
    paths = [trained(KINDS[name], rate, draws[:, i], 42) for i in range(5)]
    return np.array([path[part].mean() for path in paths]) - MINIMUM


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_the_excesses_are_those_of_minigrads_optimizers(lesson, name):
    printed = rows(lesson)
    full, rate, *row = printed[name]
    assert curve(name, rate)[-1] == pytest.approx(full, abs=2e-4)
    for first, atol in ((True, 3e-3), (False, 2e-4)):
        mean, spread, lower, rate = row[:4] if first else row[4:]
        ours, plain = ends(name, rate, first), ends("plain", printed["plain"][5 if first else 9], first)
        assert ours.mean() == pytest.approx(mean, abs=atol)
        assert ours.std() == pytest.approx(spread, abs=atol)
        assert (ours < plain).sum() == lower


@pytest.mark.slow
def test_adagrad_and_rmsprop_are_ahead_up_to_step_35(lesson):
    printed = rows(lesson)
    plain = curve("plain", printed["plain"][1])
    for name in ("adagrad", "rmsprop"):
        ahead = curve(name, printed[name][1]) < plain
        assert ahead.tolist() == [True] * 7 + [False] * 13
    assert said("AdaGrad and RMSProp are ahead of plain descent up to step 35, and behind it in the end.")


@pytest.mark.slow
def test_without_noise_the_rates_of_the_last_column_go_lower(lesson):
    printed = rows(lesson)
    found = {"plain": 0.0034, "momentum": 0.0034, "adagrad": 0.0011, "rmsprop": 0.003, "adam": 0.0001}
    for name, excess in found.items():
        path = trained(KINDS[name], printed[name][9], [np.arange(1347)] * 840, 42)
        swings = name == "rmsprop"  # its own throws: another rounding moves them
        assert path[-5:].mean() - MINIMUM == pytest.approx(excess, abs=5e-4 if swings else 6e-5)
        assert excess + 0.005 < printed[name][6]
    assert printed["plain"][9] == 1 and printed["momentum"][9] == 0.1  # one effective rate
    assert said("an effective rate of 1, plain descent's: over the same last epochs both are at 0.0034, AdaGrad at")
    assert said("at 0.0011, RMSProp near 0.003, Adam at 0.0001.")


@pytest.mark.slow
def test_momentums_largest_rate_with_full_batches_is_not_far_from_too_large(lesson):
    rate = rows(lesson)["momentum"][1]
    assert rate == 6.4 == 0.05 * 2**7  # the largest of its eight
    assert curve("momentum", 9.0)[-1] > 1 and curve("momentum", rate)[-1] < 2e-4
    assert said("momentum 0.0001 (its largest rate; 9 fails) and Adam 0.0002.")


@pytest.mark.slow
def test_the_minimum_is_scikit_learns(lesson):
    assert lesson.found(rf"over minimum {NUMBER} ") == [round(MINIMUM, 4)]
    assert said("(scikit-learn 1.9 finds the same minimum.)")


@pytest.mark.slow
def test_the_verdicts_hold_with_other_draws():
    first, last = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    for seed in range(5):
        found = rows(full_run(STEM, seed=seed))
        full = {name: row[0] for name, row in found.items()}
        assert max(full["momentum"], full["adam"]) < full["plain"] / 20
        assert min(full["adagrad"], full["rmsprop"]) > full["plain"]
        early = {name: row[2] for name, row in found.items()}
        assert max(early[name] for name in early if name != "plain") < early["plain"]
        late = [row[6] for row in found.values()]
        ratios = [max(part) / min(part) for part in (full.values(), early.values(), late)]
        assert ratios[0] > 200 and max(ratios[1:]) < 2
        assert max(early.values()) - min(early.values()) > max(full.values()) - min(full.values())
        if seed == 0:
            assert max(early.values()) - min(early.values()) == pytest.approx(0.030, abs=5e-4)
        for name, row in found.items():
            first[name] += int(row[4])
            last[name] += int(row[8])
    assert first == {"plain": 0, "momentum": 24, "adagrad": 22, "rmsprop": 19, "adam": 24}
    assert last == {"plain": 0, "momentum": 14, "adagrad": 11, "rmsprop": 0, "adam": 2}
    assert said("*Full batches*, by far: more than 200 times, in the others less than twice.")
    assert said("(In nats the first epochs differ more: by 0.030.)")
    assert said("where do the best and the worst rule lie furthest apart, as a ratio:")
    assert said("momentum and Adam are lower in 24 each, AdaGrad in 22, RMSProp in 19")
    assert said("momentum is lower in 14, AdaGrad in 11, Adam in 2, RMSProp in none.")


BETWEEN = {  # the best of the rates root 2 apart, for the seeds 0 to 4
    "plain": (2, 8**0.5, 8**0.5, 2, 8**0.5),
    "momentum": (0.08**0.5, 0.4, 0.08**0.5, 0.08**0.5, 0.08**0.5),
    "adagrad": (0.32**0.5, 0.4, 0.32**0.5, 0.4, 0.32**0.5),
    "rmsprop": (0.032 * 2**0.5,) * 5,
    "adam": (0.08,) * 5,
}


@pytest.mark.slow
def test_with_rates_root_2_apart_the_four_are_lower_less_often():
    """By NumPy alone, at the best rates: each rule is a sum or a mean of gradients and squares."""
    x, labels = (part.numpy() for part in load_digits()[0].tensors)
    one_hot = np.eye(10)[labels].astype("f")

    def slopes(w, rows):
        scores = np.exp(x[rows] @ w - (x[rows] @ w).max(-1, keepdims=True))
        wrong = scores / scores.sum(-1, keepdims=True) - one_hot[rows]
        return np.einsum("dnk,dnc->dkc", x[rows], wrong) / rows.shape[-1] + w / 1347

    def excess(w):
        z = x @ w
        top = z.max(-1, keepdims=True)
        logs = np.log(np.exp(z - top).sum(-1)) + top[..., 0] - z[:, np.arange(1347), labels]
        return logs.mean(-1) + (w**2).sum((1, 2)) / 2694 - MINIMUM

    def early(name, rate, draws):
        w, m, s, found = np.zeros((5, 64, 10), "f"), 0, 0, []
        for t, rows in enumerate(draws, start=1):
            g = slopes(w, rows)
            m = {"momentum": 0.9 * m + g, "adam": 0.9 * m + 0.1 * g}.get(name, g)
            squares = {"adagrad": s + g * g, "rmsprop": 0.99 * s + 0.01 * g * g, "adam": 0.999 * s + 0.001 * g * g}
            s = squares.get(name, 1)
            if name == "adam":
                w = w - rate * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
            else:
                w = w - rate * m / (np.sqrt(s) + 1e-8)
            if t % 42 == 0:
                found.append(excess(w))
        return np.mean(found, axis=0)

    counts = dict.fromkeys(KINDS, 0)
    for seed in range(5):
        draws = np.random.default_rng(seed).integers(1347, size=(126, 5, 32))
        ends = {name: early(name, np.float32(rates[seed]), draws) for name, rates in BETWEEN.items()}
        for name in KINDS:
            counts[name] += (ends[name] < ends["plain"]).sum()
    assert counts == {"plain": 0, "momentum": 23, "adagrad": 18, "rmsprop": 17, "adam": 21}
    assert said("RMSProp in 19 (with rates root 2 apart: 23, 21, 18 and 17).")


def play(beta1, beta2, rate_of, amsgrad=False):
    w, m, s, largest = 0.0, 0.0, 0.0, 0.0
    for t in range(1, 1501):
        g = (-1, 3, -1)[t % 3]
        m, s = m + (1 - beta1) * (g - m), s + (1 - beta2) * (g * g - s)
        largest = max(s, largest) if amsgrad else s
        w -= rate_of(t) * m / (1 - beta1**t) / math.sqrt(largest / (1 - beta2**t))
        w = max(-1.0, min(1.0, w))
    return w


@pytest.mark.slow
def test_an_adam_with_a_short_memory_loses_the_game_and_one_long_memory_is_enough(lesson):
    ends = {(0.0, 0.1): 1, (0.9, 0.1): -1, (0.0, 0.999): -1, (0.9, 0.999): -1}
    for (beta1, beta2), end in ends.items():
        last, mean = lesson.found(rf"\n{beta1} +{beta2} +{NUMBER} +{NUMBER}\n")
        assert last == pytest.approx(play(beta1, beta2, lambda t: 0.01), abs=0.0051)
        assert abs(mean - end) < 0.02
        assert abs(play(beta1, beta2, lambda t: 0.5 / math.sqrt(t)) - end) < 0.02, "rates that fall"


def test_plain_descent_nearly_wins_the_game():
    w = 0.0
    for g in [3, -1, -1] * 500:
        w = min(max(w - 0.01 * g, -1), 1)
    assert w == pytest.approx(-0.98, abs=0.005)
    assert said("with the usual one at the best, and plain descent near it (-0.98).")


def test_amsgrad_wins_the_game():
    assert play(0.0, 0.1, lambda t: 0.01, amsgrad=True) == pytest.approx(-0.99, abs=0.005)
    assert said("Betas 0 and 0.1 end at -0.99.")


def test_between_two_tenths_of_beta2_w_turns_round():
    ends = [play(0.0, tenths / 10, lambda t: 0.01) for tenths in range(1, 10)]
    assert [end > 0 for end in ends] == [True] * 4 + [False] * 5


def test_with_beta1_09_m_stays_positive():
    m, after = 0.0, []
    for t in range(1, 301):
        m = 0.9 * m + 0.1 * (3 if t % 3 == 1 else -1)
        after.append(m / (1 - 0.9**t))
    assert min(after) > 0 and said("With beta1 = 0.9, m stays positive.")


def test_why_an_adam_with_a_short_memory_goes_up():
    s = 1.0
    for g in (3, -1, -1) * 20:
        s = 0.1 * s + 0.9 * g * g
    squares = []
    for g in (3, -1, -1):
        s = 0.1 * s + 0.9 * g * g
        squares.append(s)
    np.testing.assert_allclose(squares, [8.21, 1.72, 1.07], atol=0.005)
    moves = [-3 / squares[0] ** 0.5, squares[1] ** -0.5, squares[2] ** -0.5]
    np.testing.assert_allclose(moves, [-1.05, 0.76, 0.97], atol=0.005)
    assert sum(moves) == pytest.approx(0.68, abs=0.005) and said("The sum is +0.68")
    assert [round(1 / 1.72**0.5, 2), round(1 / 1.07**0.5, 2), round(3 / 8.21**0.5, 2)] == [0.76, 0.97, 1.05]
    roots = r"-3 / \sqrt{8.21} = -1.05, \quad 1 / \sqrt{1.72} = 0.76, \quad 1 / \sqrt{1.07} = 0.97"
    assert said(roots) and said("together 8.21. After the two gradients -1 it is 1.72 and 1.07.")


def test_there_is_a_game_that_the_usual_betas_lose():
    """Theorem 2 of Reddi et al., for 0.9 and 0.999: the rare gradient every 10001 steps."""
    w, m, s = 0.0, 0.0, 0.0
    total = 0.0
    for t in range(1, 30004):
        g = 11000.0 if t % 10001 == 1 else -1.0  # a round costs 11000 w - 10000 w: -1 is best
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g * g
        w -= 0.01 * m / (1 - 0.9**t) / math.sqrt(s / (1 - 0.999**t))
        w = max(-1.0, min(1.0, w))
        total += w
    assert total / t > 0.7


@pytest.mark.slow
def test_the_text_says_what_is_printed(lesson):
    found = rows(lesson)
    assert said(f"plain descent is {found['plain'][0]} nats above the minimum, momentum {found['momentum'][0]}")
    assert said(f"(its largest rate; 9 fails) and Adam {found['adam'][0]}.")


@pytest.mark.slow
def test_the_picture_shows_who_leads_also_in_a_quick_run():
    names = names_of(STEM, "--quick")
    left, right = names["left"], names["right"]
    assert left.get_title() == "No noise: momentum, Adam lowest"
    ends = {line.get_label(): line.get_ydata()[-1] for line in left.get_lines()}
    assert set(sorted(ends, key=ends.get)[:2]) == {"momentum", "adam"} and len(ends) == 5
    assert [line.get_ydata()[-1] > 0 for line in right.get_lines()] == [True, False]


@pytest.mark.slow
def test_a_quick_run_says_that_it_is_too_short(tmp_path):
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("quick: too short to show what the text says\n")
