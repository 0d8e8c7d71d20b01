"""What lesson 01 shows: cross-entropy as the length of a code, its minimum, and what it is not."""

import math
from collections import Counter

import numpy as np
import pytest

from minigrad.datasets import load_names
from tests.conformance.lessons.on_torch import definitions
from tests.lessons.running import full_run

STEM = "01_entropy"


@pytest.fixture(scope="module", params=[0, 1])
def entropy(request):
    return full_run(STEM, seed=request.param)


def bits(counter):
    """The entropy of the shares of these counts, in bits."""
    total = sum(counter.values())
    return -sum(count / total * math.log2(count / total) for count in counter.values())


@pytest.mark.slow
def test_on_coins_nothing_of_the_claim_holds(entropy):
    fair_bent = -0.5 * math.log(0.9 * 0.1)
    assert entropy.found(r"H\(fair, fair\) = (\S+), not 0") == [round(math.log(2), 4)]
    assert entropy.found(r"H\(fair, bent\) = (\S+), H\(bent, fair\) = (\S+)") == [round(fair_bent, 4), 0.6931]
    direct, detour = entropy.found(r"H\(bent, other\) = (\S+), but by way of fair (\S+), which")
    assert (direct, detour) == (4.1457, 3.0008)
    assert entropy.found(r"sum of P ln P = (\S+), but the least .*: (\S+)") == [-0.6931, 0.6931]
    costs = entropy.found(r"5 maximum .* = (\S+), (\S+), (\S+), (\S+), (\S+) for q")
    assert costs == pytest.approx([3.454, 6.908, 13.82, 115.1, math.inf])
    assert entropy.found(r"agree nowhere: (\S+)") == [round(-0.6 * math.log(0.4) - 0.4 * math.log(0.6), 4)]
    assert entropy.found(r"H\(fair\) \+ H\(bent\) = (\S+), not (\S+)") == [1.0182, round(fair_bent, 4)]
    assert entropy.found(r"H\(bent, bent\) = (\S+), but H\(sure, bent\) = (\S+)") == [0.3251, round(-math.log(0.9), 4)]


@pytest.mark.slow
def test_kl_is_no_distance_either(entropy):
    direct, detour = entropy.found(r"8 KL .*: (\S+) bits, but by way of \(.25, .75\) (\S+)")
    assert direct == pytest.approx(0.8304 / math.log(2), abs=1e-3)
    assert detour == pytest.approx(0.3689 / math.log(2), abs=1e-3)


@pytest.mark.slow
def test_the_entropies_of_the_letters_are_those_of_counting(entropy):
    names = load_names()
    first, last = bits(Counter(name[0] for name in names)), bits(Counter(name[-1] for name in names))
    found = entropy.found(r"H\(first\) = (\S+), H\(last\) = (\S+), in nats (\S+)")
    assert found == [round(first, 4), round(last, 4), round(last * math.log(2), 4)]
    assert entropy.found(r"H\(first, last\) = (\S+):") == [math.inf]
    assert {name[0] for name in names} - {name[-1] for name in names} == {"j", "q"}


@pytest.mark.slow
def test_codes_come_within_a_bit_of_the_cross_entropy(entropy):
    own, foreign, least = entropy.found(r"last letters: (\S+) bits each, .* first (\S+); H\(last, first\) = (\S+)")
    assert entropy.results["entropy"] <= own < entropy.results["entropy"] + 1
    assert own < least and foreign == pytest.approx(least, abs=0.1)


def test_the_code_is_huffmans():
    code_lengths = definitions(STEM).code_lengths
    assert code_lengths([8, 4, 2, 1, 1]).tolist() == [1, 2, 3, 4, 4]
    lengths = code_lengths(np.random.default_rng(0).random(26).tolist())
    assert (2.0**-lengths).sum() == 1  # Kraft: it can be decoded, and no bit is wasted


@pytest.mark.slow
def test_the_minimum_that_descent_finds_is_the_entropy(entropy):
    start, end = entropy.found(r"12 learnt .* from (\S+) to (\S+) bits")
    assert start == round(math.log2(26), 4)
    assert entropy.results["entropy"] < end < entropy.results["entropy"] + 0.003
    assert len(entropy.table["bits"]) == 300 and entropy.table["bits"].min() > entropy.results["entropy"]


@pytest.mark.slow
def test_a_condition_may_raise_the_entropy_but_not_the_average(entropy):
    names = load_names()
    last = bits(Counter(name[-1] for name in names))
    by_length = {n: Counter(name[-1] for name in names if len(name) == n) for n in set(map(len, names))}
    three, eight = entropy.found(r"13 given +H\(last \| length = 3\) = (\S+), H\(last \| length = 8\) = (\S+)")
    assert (three, eight) == (round(bits(by_length[3]), 4), round(bits(by_length[8]), 4))
    assert three > last > eight
    average, chain, joint = entropy.found(r"on average .*? = (\S+), and .* = (\S+) = .* = (\S+)")
    assert average == pytest.approx(sum(c.total() * bits(c) for c in by_length.values()) / len(names), abs=1e-4)
    assert average < last and chain == joint
    assert entropy.table["given"] == pytest.approx([bits(by_length[n]) for n in sorted(by_length)])
