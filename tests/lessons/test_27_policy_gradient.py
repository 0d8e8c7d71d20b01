"""What lesson 27 shows: expected returns, the estimated slope, what a baseline does, and a walk in the wind."""

import random
import re
import types

import numpy as np
import pytest

from tests.conformance.lessons.on_torch import definitions
from tests.lessons.running import full_run, names_of, path_of, prose_of, run

STEM = "27_policy_gradient"
MEANS = np.array([1, 3, 5, 7, 9]) / 10
POLICIES = {
    "A": np.array([5, 2, 1, 1, 1]) / 10,
    "B": np.array([1, 1, 1, 2, 5]) / 10,
    "C": np.array([48, 1, 1, 1, 49]) / 100,
    "D": np.array([1, 1, 1, 57, 40]) / 100,
}
NUMBER = r"(-?\d+\.\d*)"


@pytest.fixture(scope="module")
def lesson():
    return full_run(STEM)


@pytest.fixture(scope="module")
def text():
    return prose_of(STEM)


def row(lesson, name, heading):
    """Noise, paid, J, its deviation and the least J of a trial under a heading."""
    part = lesson.stdout[lesson.stdout.index(heading) :]
    found = re.search(rf"\n{re.escape(name)} +{NUMBER} +{NUMBER} +{NUMBER} \({NUMBER}\) +{NUMBER}\n", part)
    return [float(group) for group in found.groups()]


# -- Finding 1 -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", POLICIES)
def test_cross_entropies_and_expected_returns(lesson, name):
    p = POLICIES[name]
    found = lesson.found(rf"\npolicy {name} \[.*?\] +{NUMBER} +{NUMBER} +{NUMBER}\n")
    uniform = sum(-0.2 * np.log(each) for each in p)
    assert found == pytest.approx([uniform, -np.log(p[4]), sum(p * MEANS)], abs=6e-4)


def test_neither_reference_orders_the_policies_by_their_expected_return(text):
    A, B, C, D = POLICIES.values()
    assert np.log(A).sum() == pytest.approx(np.log(B).sum()) and A @ MEANS < B @ MEANS
    assert C[4] > D[4] and C @ MEANS < D @ MEANS
    assert "1.8421, but J is 0.320 and 0.680" in text
    assert "C has less cross-entropy than D, 0.713 against 0.916" in text


# -- Finding 2 -------------------------------------------------------------------------------------


def expected_return(z):
    e = np.exp(z)
    return e @ MEANS / e.sum()


@pytest.mark.slow
def test_the_mean_of_the_estimates_is_the_slope_by_differences(lesson):
    p, h = POLICIES["A"], 1e-6
    z = np.log(p)
    slope = [(expected_return(z + h * k) - expected_return(z - h * k)) / (2 * h) for k in np.eye(5)]
    five = " +" + " +".join([NUMBER] * 5) + "\n"
    exact, mean, ours, deviation = (
        np.array(lesson.found(rf"\n{name}{five}")) for name in ("exact", "mean", "minigrad", "deviation")
    )
    np.testing.assert_allclose(exact, slope, atol=6e-5)
    np.testing.assert_array_equal(mean, ours)
    # E[r^2 u_k^2] - slope^2, by enumeration of the five levers
    second = [sum(p[a] * MEANS[a] * ((a == k) - p[k]) ** 2 for a in range(5)) for k in range(5)]
    np.testing.assert_allclose(deviation, np.sqrt(np.array(second) - np.square(slope)), rtol=0.01)
    assert np.abs(mean - exact).max() <= 0.00081
    assert np.all(np.abs(mean - exact) < 3 * deviation / np.sqrt(1e5) + 1e-4)


@pytest.mark.slow
def test_rewards_alone_come_near_the_best_lever_and_an_imitator_to_its_expert(lesson, text):
    heading = "\nFinding 2: 100 players"
    _, _, J, spread, least = row(lesson, "rewards alone", heading)
    assert J == pytest.approx(0.879, abs=0.004) and spread < 0.02 and least > 0.83
    for lever in (5, 4, 1):
        noise, paid, J, spread, _ = row(lesson, f"expert pulls lever {lever}", heading)
        z = np.zeros(5)  # imitation of one lever is not random: 200 steps of p - y
        for _ in range(200):
            p = np.exp(z) / np.exp(z).sum()
            z -= 0.3 * (p - np.eye(5)[lever - 1])
        assert noise == 0 and J == pytest.approx(expected_return(z), abs=0.004)
        assert paid == pytest.approx(MEANS[lever - 1], abs=0.06)
        assert f"{J:.3f}" in text
    assert "bring the players to 0.878 of the 0.9" in text


# -- Finding 3 -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("offset", [0, 10])
def test_the_noise_of_an_estimate_by_enumeration_of_levers_and_rewards(lesson, offset):
    p, u = POLICIES["A"], np.eye(5) - POLICIES["A"]

    def noise(b):
        chances, estimates = [], []
        for a in range(5):
            for r in (0, 1):
                chances.append(p[a] * (MEANS[a] if r else 1 - MEANS[a]))
                estimates.append((r + offset - b) * u[a])
        mean = np.array(chances) @ estimates
        return np.array(chances) @ np.sum((np.array(estimates) - mean) ** 2, axis=1)

    grid = offset + np.linspace(0, 1, 100001)
    best = grid[np.argmin([noise(b) for b in grid[::100]]) * 100]
    groups = " +".join([NUMBER] * 5)
    zero, at_J, least, J, best_b = lesson.found(rf"\n *{offset} or +{offset + 1} +{groups}\n")
    assert [zero, at_J] == pytest.approx([noise(0), noise(p @ MEANS + offset)], abs=6e-4)
    assert best_b == pytest.approx(best, abs=0.006) and least == pytest.approx(noise(best), abs=6e-4)
    assert J == pytest.approx(p @ MEANS + offset, abs=0.006)


@pytest.mark.slow
def test_a_baseline_repairs_the_offset_and_hardly_changes_anything_else(lesson, text):
    found = {name: row(lesson, name, "\nFinding 3: 100") for name in ("r", "r - b", "r + 10", "r + 10 - b")}
    # the noise of ten pulls at the uniform policy; with b, that of a mean of ten more
    q, mean = 0.8, 0.5
    slopes = np.sum((0.2 * (MEANS - mean)) ** 2)
    first, ten = q * mean - slopes, q * (10.5**2 + 0.25) - slopes
    centred = q * 0.25 * 1.1 - slopes
    for name, noise in zip(found, (first, centred, ten, centred), strict=True):
        assert found[name][0] == pytest.approx(noise / 10, rel=0.2), name
    assert found["r + 10"][2] < 0.7 < 0.87 < min(found[name][2] for name in ("r", "r - b", "r + 10 - b"))
    assert abs(found["r"][2] - found["r - b"][2]) < 0.005
    assert "257 times as large" in text and round(74.417 / 0.289) in (257, 258)
    for words in (
        "J = 0.631 on average",
        "the worst has 0.09",
        "A baseline does the same with 10 pulls: 0.881",
        "74.417 instead of 0.289",
        "it halves the noise, from 0.040 to 0.022",
        "but 1000 pulls an update in place of 10, the mean is 0.87 to 0.88",
    ):
        assert words in text


def parts(seed, epochs=200):
    run = types.SimpleNamespace(epochs=epochs, lr=0.3)
    rng = np.random.default_rng(seed + 10)
    return definitions(STEM, rng=rng, m=MEANS, run=run, players=np.arange(100)[:, None])


@pytest.mark.slow
def test_a_hundred_times_as_many_pulls_repair_the_offset_too():
    lesson = parts(0)
    few = lesson.train(lesson.pull, (1, 5), offset=10)[2][:, 0] @ MEANS
    many = lesson.train(lambda p: lesson.pull(p, 1000), (1, 5), offset=10)[2][:, 0] @ MEANS
    assert 0.55 < few.mean() < 0.72 and many.mean() > 0.875


# -- The walk --------------------------------------------------------------------------------------


def chances_of_the_walk():
    """{(row, column, action): [(chance, reward, next)]} of the walk, written anew; next is None at an end."""
    found = {}
    for i in range(2):
        for j in range(5):
            for action, (down, right) in enumerate([(-1, 0), (1, 0), (0, 1)]):
                outcomes = []
                for chance, blown in ((0.8, 0), (0.2, 1)):
                    to = max(0, i + down) + blown, j + right
                    fell = to[0] >= 2
                    outcomes.append((chance, -5 if fell else right, None if fell or to[1] == 5 else to))
                found[i, j, action] = outcomes
    return found


def value(choose):
    """The expected return of 12 steps; `choose` reduces the values of the three actions of a place."""
    chances = chances_of_the_walk()
    left = {None: 0, **{key[:2]: 0 for key in chances}}
    for _ in range(12):
        Q = {key: sum(c * (r + left[to]) for c, r, to in outcomes) for key, outcomes in chances.items()}
        places = [place for place in left if place]
        left = {None: 0, **{place: choose(*place, [Q[*place, a] for a in range(3)]) for place in places}}
    return left[1, 0]


def one_walk(chances, policy, rng, fall):
    """(place, slope of ln p, reward) of each action of a walk; only actions that are taken."""
    at, found = (1, 0), []
    while at is not None and len(found) < 12:
        p = policy[at]
        action = rng.choices(range(3), p)[0]
        ((_, r, to),) = rng.choices(chances[(*at, action)], [0.8, 0.2])
        found.append((5 * at[0] + at[1], np.eye(3)[action] - p, fall if r < 0 else r))
        at = to
    return found


def factors(walk, to_go):
    """What each action of a walk is multiplied by, with a 0 for each step after its end."""
    paid = np.array([r for _, _, r in walk], dtype=float)
    G = paid[::-1].cumsum()[::-1]
    whole = np.full(12, G[0])  # of the steps after the end only the baseline takes notice
    return np.append(G, np.zeros(12 - len(G))) if to_go else whole


def noises(policy, fall=-5, updates=1500):
    """{(to_go, with b): trace of the variance in each 100 updates of four walks}, b from four walks before."""
    rng, chances = random.Random(5), chances_of_the_walk()
    found = {}
    walks = [[one_walk(chances, policy, rng, fall) for _ in range(8)] for _ in range(updates)]
    for to_go in (False, True):
        for baseline in (False, True):
            slopes = np.zeros((updates, 10, 3))
            for slope, (*before, w, x, y, z) in zip(slopes, walks, strict=True):
                b = np.mean([factors(each, to_go) for each in before], axis=0) * baseline
                for each in (w, x, y, z):
                    for (place, u, _), factor in zip(each, factors(each, to_go) - b):
                        slope[place] += factor * u / 4
            found[to_go, baseline] = slopes.reshape(-1, 100, 30).var(axis=1).sum(axis=1)
    return found


@pytest.mark.slow
def test_the_noise_of_the_first_update_by_walks_written_anew(lesson, text):
    uniform = {(i, j): np.full(3, 1 / 3) for i in range(2) for j in range(5)}
    found = noises(uniform)
    names = {(False, False): "whole return", (True, False): "return to go"}
    names |= {(False, True): "whole - b", (True, True): "to go - b"}
    for key, name in names.items():
        printed = row(lesson, name, "\nThe walk")[0]
        assert abs(printed - found[key].mean()) < 3 * found[key].std(), name
    mean = {name: found[key].mean() for key, name in names.items()}
    assert mean["return to go"] > mean["whole return"] + 0.8 and mean["to go - b"] < 0.65 * mean["return to go"]
    assert "return to go does *not* take noise away: it has 9.624, where the whole return has 7.702" in text
    harmless = noises(uniform, fall=0)
    assert harmless[True, False].mean() == pytest.approx(1.4, abs=0.1)
    assert harmless[False, False].mean() == pytest.approx(3.4, abs=0.2)
    assert "If a fall paid 0, it would have 1.4, where the whole return has 3.4" in text


@pytest.mark.slow
def test_return_to_go_has_less_noise_after_50_updates(text):
    lesson = parts(1, epochs=50)
    p = lesson.train(lesson.walk, (11, 3), baseline=True)[2]
    s, a, r = lesson.walk(p, 300)
    u = np.where(s < 10, 1, 0)[..., None] * (np.eye(3)[a] - p[np.arange(100)[:, None], s])
    G = r[::-1].cumsum(axis=0)[::-1]
    found = []
    for factor in (np.broadcast_to(G[0], G.shape), G):
        slopes = [((s == k)[..., None] * factor[..., None] * u).sum(axis=0) for k in range(10)]
        found.append(np.mean([each.var(axis=1).sum(axis=-1) for each in slopes], axis=1).sum() / 4)
    assert found == pytest.approx([6.9, 3.75], rel=0.06)
    assert "it has 3.6 to 3.9, the whole return 6.7 to 7.1" in text


def test_who_climbs_one_place_too_late_earns_3(text):
    late = value(lambda i, j, Q: Q[2] if i == 0 or j == 0 else Q[0])
    assert late == pytest.approx(3.0, abs=0.05) and "climb one place later, which earns 3.0" in text


def test_the_guide_is_as_good_as_the_best_policy_and_the_colleague_is_not(text):
    colleague, guide = value(lambda i, j, Q: Q[2]), value(lambda i, j, Q: Q[2] if i == 0 else Q[0])
    assert colleague == pytest.approx(-0.672, abs=0.001) and "he earns -0.67 in the wind" in text
    assert guide == pytest.approx(value(lambda i, j, Q: max(Q)), abs=0.001)
    assert guide == pytest.approx(5, abs=0.005) and "earns 5.00, which is the best there is" in text


@pytest.mark.slow
def test_the_simulated_walk_has_the_expected_returns():
    lesson = parts(1)
    for p, expected in (
        (np.eye(3)[[2] * 11], value(lambda i, j, Q: Q[2])),
        (np.full((11, 3), 1 / 3), value(lambda i, j, Q: np.mean(Q))),
    ):
        returns = lesson.walk(np.tile(p, (100, 1, 1)), 200)[2].sum(axis=0)
        assert returns.mean() == pytest.approx(expected, abs=4 * returns.std() / np.sqrt(20000))


@pytest.mark.slow
def test_rewards_pass_the_colleague_and_imitators_do_not(lesson, text):
    heading = "\nThe walk"
    rows = {name: row(lesson, name, heading) for name in ("whole return", "return to go", "whole - b", "to go - b")}
    for name, (noise, _, J, spread, least) in rows.items():
        assert least > -0.67 and J > 4.1 and 0.4 < spread < 1.3, name
        assert f"{noise:.3f}" in text or name == "whole - b"
    difference = rows["to go - b"][2] - rows["whole return"][2]
    error = np.hypot(rows["to go - b"][3], rows["whole return"][3]) / 10
    assert 3 < difference / error < 4.5
    colleague, guide = (row(lesson, f"imitate {who}", heading) for who in ("colleague", "guide"))
    assert colleague[2] == pytest.approx(-0.8, abs=0.05) and guide[2] == pytest.approx(4.66, abs=0.03)
    assert f"his imitators {colleague[2]:.3f}" in text and f"get {guide[2]:.3f}" in text
    assert guide[1] == pytest.approx(5, abs=0.01)


# -- The whole -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_quick_run_says_that_it_is_short_and_draws_all_lines(tmp_path):
    result = run(path_of(STEM), "--quick", "--no-progress", "--out", tmp_path, cwd=tmp_path)
    assert result.stdout.startswith("quick: too short to show what the text says\n") and result.stderr == ""
    names = names_of(STEM, "--quick")
    assert [len(names[side].lines) for side in ("left", "right")] == [2, 5]
    assert names["left"].get_title() == "r + 10: too few updates"
