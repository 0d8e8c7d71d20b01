"""What lesson 02 shows: the cost of a wrong belief, its least value, and what it is not."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from minigrad.datasets import load_names

STEM = "02_cross_entropy"
NUMBER = r"(-?\d+\.\d+|inf)"


def shares(letters):
    counts = Counter(letters)
    return {letter: Fraction(count, counts.total()) for letter, count in counts.items()}


def cost(p, q):
    """H(p, q) in bits of two dictionaries of exact shares."""
    if any(not q.get(letter) for letter in p):
        return math.inf
    return -math.fsum(share * math.log2(q[letter]) for letter, share in p.items())


@pytest.fixture(scope="module")
def last():
    return shares(name[-1] for name in load_names())


@pytest.fixture(scope="module")
def first():
    return shares(name[0] for name in load_names())


def with_share_of_a(p, s):
    rest = {letter: share * (1 - s) / (1 - p["a"]) for letter, share in p.items()}
    return {**rest, "a": s}


def test_the_shares_are_those_of_counting(lesson, last, first):
    for letter in "aemj":
        found = lesson.found(rf"\n  {letter} +{NUMBER} +{NUMBER}")
        expected = [float(last.get(letter, 0)), float(first[letter])]
        assert found == [round(share, 3) for share in expected]
    names = load_names()
    assert lesson.found(r"The data: (\d+) names") == [len(names)]
    assert sum(name.endswith("v") for name in names) == 1
    assert set(first) - set(last) == {"j", "q"} and set(last) < set(first)


def test_the_true_share_costs_least_and_that_is_the_entropy(lesson, last):
    least = cost(last, last)
    rows = {}
    for share in (0.05, 0.2, round(float(last["a"]), 3), 0.5, 0.9):
        rows[share] = lesson.found(rf"\n +{share:.3f} +{NUMBER} +{NUMBER}\n")
        believed = last["a"] if share == 0.34 else Fraction(str(share))
        bits = cost(last, with_share_of_a(last, believed))
        assert rows[share] == [round(bits, 3), round(bits - least, 3)]
    assert min(rows, key=rows.get) == 0.34 and rows[0.34] == [3.059, 0.0]
    assert lesson.results["entropy"] == round(least, 4)
    best = lesson.table["share_of_a"][lesson.table["bits"].argmin()]
    assert best == pytest.approx(float(last["a"]), abs=0.02)


def test_the_cost_has_two_parts_and_the_entropy_of_the_belief_is_neither(lesson, last, first):
    for label, belief in (("the truth P", last), ("first letters F", first)):
        found = lesson.found(rf"\n{label} +{NUMBER} +{NUMBER} +{NUMBER} +{NUMBER}")
        mean, own = cost(last, belief), cost(last, last)
        expected = [mean, own, mean - own, own + cost(belief, belief)]
        assert found == [round(value, 3) for value in expected]
    assert lesson.found(rf"\nthe truth F +{NUMBER}\n") == [round(cost(first, first), 3)]
    assert lesson.found(rf"\nthe truth only m +{NUMBER}\n") == [round(-math.log2(first["m"]), 3)]
    assert max(first, key=first.get) == "m"
    assert lesson.found(rf"the cost of 2 P: {NUMBER}") == [round(cost(last, last) - 1, 3)]
    assert lesson.found(rf"add up to 1, got {NUMBER}") == [2.0]


def test_no_finite_cost_is_the_highest(lesson, last, first):
    for text in ("1e-01", "1e-03", "1e-06", "1e-12", "1e-100"):
        bits = cost(last, with_share_of_a(last, Fraction(text)))
        assert lesson.found(rf"\n +{text} +{NUMBER}\n") == [round(bits, 3)]
    assert lesson.found(rf"no name ends with v +{NUMBER}") == [math.inf]
    assert lesson.found(rf"all names end with j +{NUMBER}") == [math.inf]
    forth = lesson.found(rf"last letters, believing in first letters: {NUMBER}")
    back = lesson.found(rf"first letters, believing in last letters: {NUMBER}")
    assert forth == [round(cost(last, first), 3)] and back == [cost(first, last)] == [math.inf]
    assert float(last["a"]) * math.log2(1e6) == pytest.approx(6.79, abs=0.005)


def test_cross_entropy_breaks_three_rules_of_a_distance_and_kl_two(lesson):
    fair, bent, lopsided = ({"h": h, "t": 1 - h} for h in (0.5, 0.1, 0.01))

    def divergence(p, q):
        return cost(p, q) - cost(p, p)

    for sign, measure, first_rule in (("H", cost, "BROKEN"), ("D", divergence, "kept")):
        there, back = measure(fair, lopsided), measure(lopsided, fair)
        detour = measure(fair, bent) + measure(bent, lopsided)
        for way, bits, rule in (
            ("fair to fair", measure(fair, fair), f" zero: {first_rule}"),
            ("fair to lopsided", there, ""),
            ("lopsided to fair", back, " symmetry: BROKEN"),
            ("detour by bent", detour, " detour: BROKEN"),
        ):
            assert lesson.found(rf"\n  {sign} {way} +{NUMBER}{rule}\n") == [round(bits, 3)]
        assert detour < there != back


def test_minigrad_says_the_same_in_nats(lesson, last, first):
    nats, bits = lesson.found(rf"minigrad +{NUMBER} nats = {NUMBER} bits")
    assert [bits] == lesson.found(rf"ours +{NUMBER} bits") == [round(cost(last, first), 4)]
    assert nats == round(cost(last, first) * math.log(2), 4)
    assert lesson.results["cross_entropy"] == bits


@pytest.mark.parametrize("seed", range(5))
def test_no_belief_is_cheaper_than_the_truth(functions, seed):
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.full(5, 0.3), size=(2, 1000))
    assert (functions.kl(p, q) > 0).all()
    np.testing.assert_array_equal(functions.kl(p, p), 0)


def test_a_letter_that_never_comes_costs_nothing(functions):
    p, q = np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([[1.0, 0.0], [1.0, 0.0]])
    np.testing.assert_array_equal(functions.cross_entropy(p, q), [0, np.inf])


@pytest.mark.parametrize("shares", [[0.5, 0.6], [1.5, -0.5], [np.nan, 1.0]])
def test_what_is_no_distribution_is_refused(functions, shares):
    functions.check_distribution(np.array([0.7, 0.2, 0.1]))
    with pytest.raises(ValueError, match="expected shares"):
        functions.check_distribution(np.array(shares))


def test_half_of_a_belief_thrown_away_costs_one_bit(functions, last):
    p = np.array([float(last.get(letter, 0)) for letter in "abcdefghijklmnopqrstuvwxyz"])
    wasteful = p / 2
    wasteful[9] = 0.5  # j, which ends no name
    assert functions.kl(p, wasteful) == pytest.approx(1, abs=1e-12)
