"""Codes and entropy: from counts to bits, with and without the words of a code.

Belongs to lesson 01, entropy.

All results are in bits. What never happens adds 0 to an entropy, and no result may be NaN. NumPy
may warn of a logarithm of 0: that is no mistake if the result is right.

A prefix code has words of 0 and 1 of which none is the beginning of another. By Kraft's inequality
and its converse, a prefix code with given lengths exists if and only if the sum of 2^-length over
its words is at most 1. Lengths are whole numbers of at least 1.
"""

import numpy as np


# %% Part A (2 points)
def entropy_of_counts(counts):
    """The entropy in bits of each row of counts: shape (..., n) gives (...).

    The counts of a row, none below 0 and not all 0, divided by their sum are its distribution.
    """
    totals = counts.sum(axis=-1, keepdims=True)  # (..., 1): keepdims keeps the summed axis
    # BEGIN SOLUTION A: return the entropies in bits; a count of 0 adds 0
    p = counts / totals
    return np.sum(p * -np.log2(np.where(p > 0, p, 1.0)), axis=-1)
    # END SOLUTION


# %% Part B (2 points)
def room(lengths, new):
    """How many more words of length `new` a prefix code with words of these lengths can have.

    lengths is an array of shape (n,) of lengths up to 30, and `new` is one length up to 30. The
    answer is a whole number, an int. Sums of powers of 2 up to 2^-30 have no rounding errors. Write
    2.0 ** -lengths: NumPy refuses whole numbers to negative powers.
    Raise ValueError if already these lengths are not possible in a prefix code.
    """
    # BEGIN SOLUTION B: raise ValueError for impossible lengths, or return the number, an int
    left = 1 - np.sum(2.0 ** -np.array(lengths))
    if left < 0:
        raise ValueError("room: these lengths have a Kraft sum above 1")
    return int(left * 2.0**new)
    # END SOLUTION


# %% Part C (2 points)
def huffman_mean(p):
    """The mean number of bits of Huffman's code for a distribution p of shape (n,), a float.

    No words are needed. When two groups become one group, each of their letters gets one more bit:
    what does this add to the mean? For one single outcome the word is empty, and the mean is 0.
    """
    shares = list(p)
    mean = 0.0
    # BEGIN SOLUTION C: join the two smallest shares until one is left; add up in mean
    while len(shares) > 1:
        shares.sort()
        joined = shares.pop(0) + shares.pop(0)
        mean += joined
        shares.append(joined)
    # END SOLUTION
    return mean


# BEGIN CHECKS
import itertools  # noqa: E402

from minigrad.classroom.checks import SINGLE, Wrong, check, compare, refuses  # noqa: E402

HINTS = {
    "A": [
        "First make each row of counts a distribution. Which number must each row be divided by?",
        "Divided by totals, each row adds up to 1. Then the entropy is the sum of p times the "
        "surprise -log2(p) along the last axis. Where p is 0, take the logarithm of 1.",
        "p = counts / ...\nreturn np.sum(p * -np.log2(np.where(..., p, 1.0)), axis=...)",
    ],
    "B": [
        "A word of length l takes the share 2^-l of all long strings. Which share is left?",
        "One more word of length `new` takes the share 2^-new. How often does this share fit into "
        "what is left? If less than nothing is left, raise ValueError.",
        "left = 1 - np.sum(...)\nif left < 0: raise ...\nreturn int(left / ...)",
    ],
    "C": [
        "To join two groups puts one bit in front of the words of both. These words come with a "
        "probability that is the sum of the two shares.",
        "So each joining adds the sum of the two smallest shares to the mean. The sum goes back "
        "into the list, as one share. After that the list must be sorted again.",
        "while len(shares) > 1:\n    shares.sort()\n    joined = shares.pop(0) + ...\n"
        "    mean += ...\n    ...",
    ],
}
_P = "p = counts / counts.sum(axis=-1, keepdims=True)\n"
_SAFE = "np.log2(np.where(p > 0, p, 1.0))"
_LEFT = "left = 1 - np.sum(2.0 ** -np.array(lengths))\n"
_BAD = "if left < 0:\n    raise ValueError('impossible')\n"
WRONG = {
    "nats": ("A", _P + "return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)", "nats"),
    "zero": ("A", _P + "return -np.sum(p * np.log2(p), axis=-1)", "NaN"),
    "sign": ("A", _P + f"return np.sum(p * {_SAFE}, axis=-1)", "sign"),
    "mean": ("A", _P + f"return -np.mean(p * {_SAFE}, axis=-1)", "mean over the outcomes"),
    "unweighted": ("A", _P + f"return -np.mean({_SAFE}, axis=-1)", "each surprise counts alike"),
    "epsilon": (
        "A",
        _P + "return -np.sum(p * np.log2(p + 1e-10), axis=-1)",
        "inside the logarithm",
    ),
    "all": ("A", _P + f"return -np.sum(p * {_SAFE})", "shape"),
    "columns": (
        "A",
        f"p = counts / counts.sum(axis=0)\nreturn -np.sum(p * {_SAFE}, axis=0)",
        "shape",
    ),
    "whole_table": (
        "A",
        "p = counts / counts.sum()\n" + f"return -np.sum(p * {_SAFE}, axis=-1)",
        "divided by the sum of the whole table",
    ),
    "counts": (
        "A",
        "return -np.sum(counts * np.log2(np.where(counts > 0, counts, 1.0)), axis=-1)",
        "counts are no shares",
    ),
    "same_length": ("B", _LEFT + _BAD + "return 2**new - len(lengths)", "takes one string"),
    "no_error": ("B", _LEFT + "return int(left * 2.0**new)", "no error"),
    "full": (
        "B",
        _LEFT + "if left <= 0:\n    raise ValueError\nreturn int(left * 2.0**new)",
        "refused",
    ),
    "nothing": ("B", _LEFT + "return max(0, int(left * 2.0**new))", "no error"),
    "share": ("B", _LEFT + _BAD + "return left", "the share that is left"),
    "fraction": ("B", _LEFT + _BAD + "return left * 2.0**new", "whole number"),
    "rounded": ("B", _LEFT + _BAD + "return int(np.ceil(left * 2.0**new))", "rounded up"),
    "growing": (
        "B",
        "return int((1 - np.sum(2.0 ** np.array(lengths))) * 2.0**new)",
        "2^-length",
    ),
    "longer": (
        "B",
        "lengths = np.array(lengths)\n"
        + _LEFT.replace("np.array(lengths)", "lengths[lengths <= new]")
        + _BAD
        + "return int(left * 2.0**new)",
        "words longer than `new` take room",
    ),
    "whole_base": (
        "B",
        _LEFT.replace("2.0", "2") + _BAD + "return int(left * 2.0**new)",
        "write 2.0 in place of 2",
    ),
    "asserted": ("B", _LEFT + "assert left >= 0\nreturn int(left * 2.0**new)", "AssertionError"),
    "entropy": ("C", "p = np.array(shares)\nmean = -np.sum(p * np.log2(p))", "this is the entropy"),
    "rounded_up": (
        "C",
        "p = np.array(shares)\nmean = np.sum(p * np.ceil(-np.log2(p)))",
        "rounded up",
    ),
    "equal_lengths": ("C", "mean = np.ceil(np.log2(len(shares)))", "words of equal length"),
    "largest": (
        "C",
        "while len(shares) > 1:\n    shares.sort(reverse=True)\n"
        "    joined = shares.pop(0) + shares.pop(0)\n"
        "    mean += joined\n    shares.append(joined)",
        "the two largest",
    ),
    "sorted_once": (
        "C",
        "shares.sort()\nwhile len(shares) > 1:\n    joined = shares.pop(0) + shares.pop(0)\n"
        "    mean += joined\n    shares.insert(0, joined)",
        "sorted only once",
    ),
    "appended": (
        "C",
        "shares.sort()\nwhile len(shares) > 1:\n    joined = shares.pop(0) + shares.pop(0)\n"
        "    mean += joined\n    shares.append(joined)",
        "must find its place",
    ),
    "not_sorted": (
        "C",
        "while len(shares) > 1:\n    joined = shares.pop(0) + shares.pop(0)\n"
        "    mean += joined\n    shares.append(joined)",
        "not sorted",
    ),
    "last_left_out": (
        "C",
        "while len(shares) > 2:\n    shares.sort()\n    joined = shares.pop(0) + shares.pop(0)\n"
        "    mean += joined\n    shares.append(joined)",
        "last joining",
    ),
    "steps": (
        "C",
        "while len(shares) > 1:\n    shares.sort()\n    joined = shares.pop(0) + shares.pop(0)\n"
        "    mean += 1\n    shares.append(joined)",
        "a whole bit",
    ),
}


def bits(counts):
    total = sum(counts)
    return sum(-c / total * np.log2(c / total) for c in counts if c > 0)


def of_rows(table):
    return np.array([bits(row) for row in table.tolist()])


def least_mean(p):
    """The mean of Huffman's code, joining from the end of a list that stays sorted."""
    shares, total = sorted(map(float, p), reverse=True), 0.0
    while len(shares) > 1:
        both = shares.pop() + shares.pop()
        total += both
        shares = sorted([*shares, both], reverse=True)
    return total


def joined_otherwise(p, kind):
    """The mean of a code that joins other pairs: the two largest, or the first two of a list."""
    shares, total = [float(share) for share in p], 0.0
    if kind != "not sorted":
        shares.sort(reverse=kind == "largest")
    while len(shares) > 1:
        both = shares.pop(0) + shares.pop(0)
        total += both
        shares.insert(0 if kind in ("first", "largest") else len(shares), both)
        if kind == "largest":
            shares.sort(reverse=True)
    return total


@check("A", points=1)
def entropy_of_each_row(m, rng):
    counts = rng.integers(1, 20, (3, 5)).astype(float)
    right, p = of_rows(counts), counts / counts.sum(axis=-1, keepdims=True)
    whole = counts / counts.sum()
    mistakes = {
        "nats": ("the logarithm is natural: one bit is ln 2 nats", right * np.log(2)),
        "mean": ("this is the mean over the outcomes, a fifth of their sum", right / 5),
        "unweighted": ("each surprise counts alike: weigh it by its share", -np.log2(p).mean(-1)),
        "whole": (
            "divided by the sum of the whole table: each row is a distribution of its own",
            -np.sum(whole * np.log2(whole), axis=-1),
        ),
        "counts": (
            "counts are no shares: divide each row by its sum",
            -np.sum(counts * np.log2(counts), axis=-1),
        ),
    }
    compare("entropy_of_counts(counts)", m.entropy_of_counts(counts), right, **SINGLE, **mistakes)
    compare("entropy_of_counts(np.ones(8))", m.entropy_of_counts(np.ones(8)), 3.0, **SINGLE)


@check("A", points=1)
def what_never_happens_adds_nothing(m, rng):
    counts = np.array([[3.0, 0.0, 3.0], [7.0, 0.0, 0.0]])
    p = counts / counts.sum(axis=-1, keepdims=True)
    epsilon = (
        "a constant inside the logarithm changes every result: the second row gets less than 0",
        -np.sum(p * np.log2(p + 1e-10), axis=-1),
    )
    call = f"entropy_of_counts(np.array({counts.tolist()}))"
    got = m.entropy_of_counts(counts)
    compare(call, got, np.array([1.0, 0.0]), rtol=1e-7, atol=1e-12, epsilon=epsilon)


def called(m, lengths, new):
    call = f"room(np.array({lengths}), {new})"
    try:
        got = m.room(np.array(lengths), new)
    except (ValueError, AssertionError) as error:
        if "negative integer powers" in str(error):
            why = "NumPy refuses whole numbers to negative powers: write 2.0 in place of 2"
            raise Wrong(why, call, [f"got {error}"]) from None
        raise Wrong("refused, but the Kraft sum is at most 1", call, [f"got {error}"]) from None
    return call, got


def whole(m, lengths, new):
    call, got = called(m, lengths, new)
    taken = sum(2 ** (30 - length) for length in lengths)
    right = (2**30 - taken) // 2 ** (30 - new)
    share, times = 1 - taken / 2**30, (2**30 - taken) / 2 ** (30 - new)
    mistakes = {
        "strings": (
            "each word takes one string of 2^new: a short word takes more",
            2**new - len(lengths),
        ),
        "share": ("this is the share that is left: how many words fit into it?", share),
        "fraction": ("expected a whole number: a part of a word is no word", times),
        "rounded": ("rounded up: a part of a word is no word", int(np.ceil(times))),
        "longer": (
            "words longer than `new` take room, too",
            int((1 - sum(2.0**-length for length in lengths if length <= new)) * 2.0**new),
        ),
        "growing": (
            "the share of a word is 2^-length, and not 2^length",
            int((1 - sum(2.0**length for length in lengths)) * 2.0**new),
        ),
    }
    mistakes = {name: told for name, told in mistakes.items() if told[1] != right}
    compare(call, got, right, **mistakes)


def impossible(m, lengths, new):
    call = f"room(np.array({lengths}), {new})"
    refuses(call, m.room, np.array(lengths), new, why="the Kraft sum is above 1")


@check("B", points=1)
def words_that_fit_in(m, rng):
    whole(m, [1, 3, 3], 4)
    whole(m, [1, 3, 3], 2)
    whole(m, [2, 3, 3, 5], 2)
    whole(m, [1, 2, 3, 3], 3)


@check("B", points=1)
def lengths_that_no_prefix_code_has(m, rng):
    impossible(m, [1, 2, 2, 3], 5)
    whole(m, [1, 2, 2], 7)
    impossible(m, [2, 2, 2, 2, 30], 3)


@check("C", points=1)
def mean_of_huffmans_code(m, rng):
    p = np.array([0.16, 0.08, 0.36, 0.11, 0.22, 0.07])
    right = least_mean(p)
    mistakes = {
        "entropy": ("this is the entropy, which words of whole bits do not reach here", bits(p)),
        "rounded_up": (
            "each ideal length is rounded up: Huffman's code is shorter",
            p @ np.ceil(-np.log2(p)),
        ),
        "equal_lengths": ("words of equal length: give frequent outcomes shorter words", 3.0),
        "largest": (
            "the two largest shares are joined: join the smallest",
            joined_otherwise(p, "largest"),
        ),
        "once": (
            "sorted only once: the sum need not be the smallest share again",
            joined_otherwise(p, "first"),
        ),
        "appended": (
            "sorted only once: the sum must find its place among the shares again",
            joined_otherwise(p, "appended"),
        ),
        "not_sorted": (
            "not sorted: the two smallest shares are wanted each time",
            joined_otherwise(p, "not sorted"),
        ),
        "last": ("the last joining, of all outcomes, is left out", right - 1),
        "steps": ("a whole bit for each joining: only the joined outcomes get one", 5.0),
    }
    compare(f"huffman_mean(np.array({p.tolist()}))", m.huffman_mean(p), right, **SINGLE, **mistakes)


@check("C", points=1)
def where_huffman_reaches_the_entropy(m, rng):
    p = np.array([0.125, 0.5, 0.25, 0.0625, 0.0625])
    compare(f"huffman_mean(np.array({p.tolist()}))", m.huffman_mean(p), bits(p), **SINGLE)
    compare("huffman_mean(np.array([1.0]))", m.huffman_mean(np.array([1.0])), 0.0, **SINGLE)


@check("A", points=0, hidden=True)
def entropy_of_other_shapes(m, rng):
    counts = rng.integers(0, 4, (2, 3, 6)) + np.eye(6)[:3]
    right = np.array([of_rows(table) for table in counts])
    call = "entropy_of_counts(counts) for shape (2, 3, 6)"
    compare(call, m.entropy_of_counts(counts), right, **SINGLE)
    got = m.entropy_of_counts(np.array([1, 3]))
    compare("entropy_of_counts(np.array([1, 3]))", got, bits([1, 3]), **SINGLE)


@check("B", points=0, hidden=True)
def room_in_other_codes(m, rng):
    others = [2], [4, 4, 7], [1, 30], [3] * 8
    for lengths, new in itertools.product(others, (1, 2, 5, 30)):
        whole(m, lengths, new)
    impossible(m, [1, 1, 1], 1)


@check("C", points=0, hidden=True)
def means_of_other_codes(m, rng):
    for n in (2, 3, 9, 40):
        p = rng.dirichlet(np.full(n, 0.5))
        compare(f"huffman_mean(p) for {n} shares", m.huffman_mean(p), least_mean(p), **SINGLE)
