"""What lesson 01 shows: surprise, Kraft's inequality, entropy as a floor, Huffman's code, blocks."""

import heapq
import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from minigrad.datasets import load_names
from tests.lessons.running import names_of, prose_of

STEM = "01_entropy"
NUMBER = r"(-?\d+\.\d+)"


@pytest.fixture(scope="module")
def counts():
    return Counter(name[-1] for name in load_names())


def entropy(weights):
    total = sum(weights)
    return math.fsum(-w / total * math.log2(w / total) for w in weights if w)


def huffman_mean(weights, k=1):
    """The mean bits of an outcome in Huffman's code for blocks of k, exactly.

    Each joining adds a bit to the words of all that is joined.
    """
    heap, mean = [Fraction(math.prod(block)) for block in itertools.product(weights, repeat=k)], Fraction(0)
    total = sum(heap)
    heapq.heapify(heap)
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        mean += joined / total
        heapq.heappush(heap, joined)
    return float(mean) / k


def shortest_mean(p):
    """The least mean that Kraft's inequality allows, by trying all lengths below the number of words."""
    lengths = np.array(list(itertools.product(range(1, len(p)), repeat=len(p))))
    possible = lengths[(2.0**-lengths).sum(axis=1) <= 1]
    return (possible @ p).min()


def is_prefix_free(words):
    ordered = sorted(words)
    return not any(b.startswith(a) for a, b in itertools.pairwise(ordered))


def test_the_shares_and_surprises_are_those_of_counting(lesson, counts):
    assert lesson.found(r"The data: (\d+) names end with (\d+) ") == [counts.total(), len(counts)]
    for letter in "aenkv":
        share = counts[letter] / counts.total()
        expected = [counts[letter], round(share, 4), round(-math.log2(share), 2)]
        assert lesson.found(rf"\n  {letter} +(\d+) +{NUMBER} +{NUMBER}\n") == expected
    assert round(-math.log2(counts["a"] * counts["e"] / counts.total() ** 2), 2) == 3.76


def test_the_careless_code_is_too_short_to_be_read(lesson):
    shares = [1 / 2, 1 / 4, 1 / 8, 1 / 8]
    for label, words, mean in (("tree", "0 10 110 111", 1.75), ("careless", "0 1 01 10", 1.25)):
        words = words.split()
        found = lesson.found(rf"\n{label} +(\d+) +{NUMBER} +{NUMBER}\n")
        kraft = sum(2.0 ** -len(word) for word in words)
        assert found == [int(words[2] + words[0] + words[1]), mean, kraft]
        assert mean == sum(s * len(word) for s, word in zip(shares, words, strict=True))
        assert is_prefix_free(words) == (kraft <= 1) == (mean >= entropy(shares))


def test_entropy_is_most_where_all_are_alike_and_nothing_where_one_is_certain(lesson, counts):
    found = lesson.found(rf"last letters of the names +{NUMBER} +\(log2 24 = {NUMBER}\)")
    assert found == [round(entropy(counts.values()), 3), round(math.log2(len(counts)), 3)]
    assert lesson.results["entropy"] == round(entropy(counts.values()), 4)
    for row, bits in (("8 0 0 0", 0), ("4 2 1 1", 1.75), ("2 2 2 2", 2)):
        assert lesson.found(rf"8 names end in a, e, n, y: {row} +{NUMBER}\n") == [bits]
        assert entropy([int(word) for word in row.split()]) == bits


def test_no_word_has_its_ideal_length_and_the_mean_is_within_a_bit(lesson, functions, counts):
    ideal = {letter: -math.log2(count / counts.total()) for letter, count in counts.items()}
    ordered = sorted(counts, key=lambda letter: (-counts[letter], letter))
    lengths = dict(zip(ordered, lesson.table["length"].astype(int).tolist(), strict=True))
    np.testing.assert_allclose(lesson.table["ideal"], [ideal[letter] for letter in ordered])
    shown = {}
    for letter in "aentgkv":
        bits, word, length = lesson.found(rf"\n  {letter} +{NUMBER} +([01]+) +(\d+)\n")
        shown[letter] = length
        assert (bits, length) == (round(ideal[letter], 2), lengths[letter])
    assert shown["a"] == 2 and shown["v"] == 11 < ideal["v"] - 1 and shown["g"] == round(ideal["g"]) - 1
    assert shown["t"] == 5 == round(ideal["t"]) - 1
    assert counts.total() % 2 == 1  # no share is a power of 2
    (another,) = lesson.found(r"not the ideal length, rounded: (\d+)\n")
    assert another == sum(lengths[letter] == round(bits) - 1 for letter, bits in ideal.items()) == 7
    assert another == sum(lengths[letter] != round(bits) for letter, bits in ideal.items())
    assert sum(2.0**-length for length in lengths.values()) == 1
    shares = {letter: count / counts.total() for letter, count in counts.items()}
    floor, mean = entropy(counts.values()), huffman_mean(counts.values())
    for label, tried in (
        ("the ideal lengths", ideal),
        ("Huffman's code", lengths),
        ("ideal, rounded", {letter: round(bits) for letter, bits in ideal.items()}),
        ("ideal, rounded up", {letter: math.ceil(bits) for letter, bits in ideal.items()}),
    ):
        found = lesson.found(rf"\n{label} +{NUMBER} +{NUMBER}\n")
        expected = sum(shares[x] * bits for x, bits in tried.items()), sum(2.0**-bits for bits in tried.values())
        assert found == [round(value, 3) for value in expected]
    surplus = [shares[x] * (lengths[x] - ideal[x]) for x in shares]
    assert math.fsum(surplus) == pytest.approx(mean - floor)
    (too_many,) = lesson.found(rf"bits too many, in words too long: {NUMBER}\n")
    (too_few,) = lesson.found(rf"bits too few, in words too short: {NUMBER}\n")
    assert too_many == round(sum(bits for bits in surplus if bits > 0), 3) > too_few
    assert too_few == round(-sum(bits for bits in surplus if bits < 0), 3)
    assert floor < mean < floor + 1 and round(mean - floor, 3) == 0.046
    assert lesson.results["mean"] == round(mean, 4)


def test_blocks_come_near_to_the_entropy_and_not_at_each_step(lesson, counts):
    for label, weights in (
        ("last letters", list(counts.values())),
        (r"coin \(.9, .1\)", [9, 1]),
        ("fair coin", [1, 1]),
        (r"\(.9, .05, .05\)", [18, 1, 1]),
    ):
        expected = [entropy(weights), huffman_mean(weights), huffman_mean(weights, 2)]
        found = lesson.found(rf"\n{label} +{NUMBER} +{NUMBER} +{NUMBER}\n")
        assert found == [round(value, 3) for value in expected]
    tosses = [huffman_mean([9, 1], k) for k in range(1, 9)]
    np.testing.assert_allclose(lesson.table["bits_a_toss"][:8], tosses)
    assert lesson.found(r"\nbits a toss" + 8 * rf" +{NUMBER}") == [round(bits, 3) for bits in tosses]
    assert all(0 <= bits - entropy([9, 1]) < 1 / k for k, bits in enumerate(tosses, 1))
    assert tosses[5] < tosses[6] and min(tosses) == tosses[5]
    assert entropy([1, 1]) > entropy([18, 1, 1]) and huffman_mean([1, 1]) < huffman_mean([18, 1, 1])


def test_minigrad_says_the_same_in_nats(lesson, counts):
    nats, bits = lesson.found(rf"Entropy in minigrad: {NUMBER} nats, that is {NUMBER} bits\n")
    assert bits == round(entropy(counts.values()), 4)
    assert nats == round(entropy(counts.values()) * math.log(2), 4)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [2, 3, 5])
def test_huffmans_code_is_the_shortest_of_all_that_kraft_allows(functions, seed, n):
    for p in np.random.default_rng(seed).dirichlet(np.full(n, 0.5), size=10):
        words = functions.huffman(p)
        mean = functions.mean_length(p, words)
        assert is_prefix_free(words) and functions.kraft_sum(words) == 1
        assert mean == pytest.approx(shortest_mean(p))
        assert functions.entropy(p) <= mean < functions.entropy(p) + 1


def test_a_letter_that_never_comes_adds_nothing(functions):
    np.testing.assert_array_equal(functions.entropy(np.array([1.0, 0.0])), 0)


@pytest.mark.parametrize("b", [1, 2, 3])
def test_a_block_costs_what_joining_its_outcomes_costs(functions, b):
    weights = np.random.default_rng(0).integers(1, 20, 4)
    p = weights / weights.sum()
    assert functions.bits_each(p, b) == pytest.approx(huffman_mean(weights.tolist(), b))
    assert functions.entropy(p) <= functions.bits_each(p, b) < functions.entropy(p) + 1 / b


def test_the_numbers_of_the_text_are_those_of_counting(counts):
    text = prose_of(STEM)
    letters = list(counts.values())
    floor, one, two = entropy(letters), huffman_mean(letters), huffman_mean(letters, 2)
    up = sum(c * math.ceil(-math.log2(c / sum(letters))) for c in letters) / sum(letters)
    coin = [huffman_mean([9, 1], b) for b in range(1, 9)]
    three = [huffman_mean([18, 1, 1], b) for b in (1, 2)]
    for words in (
        f"With one word for each letter, {one:.3f} bits is the least: {one - floor:.3f} above the floor",
        f"the answer to the title: never less than {floor:.3f} bits, and as near as you like. "
        f"One word a letter misses the floor by {one - floor:.3f} bits, blocks of two by {two - floor:.3f}.",
        "The Kraft sum of these is only 0.913",
        "7 of the 24 words are one bit shorter, such as *t*: 5 bits, not 6",
        "the words that are too long have 0.190 bits too many, the others 0.144 too few",
        f"{-math.log2(counts['a'] / len(load_names())):.2f} + {-math.log2(counts['e'] / len(load_names())):.2f} = 3.76",
        f"The careless code is shorter, {1 / 2 + 1 / 4 + 2 / 8 + 2 / 8:.2f} bits a letter",
        f"one bit is :math:`\\ln 2 = {math.log(2):.3f}` nats",
        "mean of Huffman's code} < H(P) + 1.",
        f"so is the mean: {up:.3f} here",
        f"Its entropy is {entropy([9, 1]):.3f} bits",
        f"in blocks of two, a toss costs {coin[1]:.3f} bits, in blocks of six {coin[5]:.3f}",
        f"1.000 against {three[0]:.3f} bits. In blocks of two it is 1.000 against {three[1]:.3f}",
        "The mean falls by the sum of their shares",
    ):
        assert words in text
    assert min(coin[6:]) > coin[5]


def test_the_picture_shows_the_lengths_and_the_floor(counts):
    shown = names_of(STEM)
    codes, bars, coins = (shown[name] for name in ("codes", "bars", "coins"))
    widths = [bar.get_width() for bar in codes.patches]
    assert sum(widths[:4]) == 1 and sum(widths[4:]) == 1.5
    area = sum(bar.get_width() * bar.get_height() for bar in bars.patches)
    assert area == pytest.approx(huffman_mean(counts.values()))
    assert [bar.get_height() for bar in bars.patches] == [len(word) for word in shown["code"]]
    marks = [segment[0][1] for segment in bars.collections[1].get_segments()]
    np.testing.assert_allclose(marks, shown["ideal"])
    np.testing.assert_allclose(coins.lines[0].get_ydata(), [huffman_mean([9, 1], b) for b in range(1, 9)])
    assert coins.lines[1].get_ydata()[0] == pytest.approx(entropy([9, 1]))
    assert bars.get_title() == "Huffman's words are near: 0.046 bits above in the mean"
