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

from minigrad.classroom.checks import SINGLE, Wrong, answer, check, compare, refuses  # noqa: E402

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
RIGHT = {
    "einsum": (
        "A",
        "p = counts / totals\n"
        "return np.einsum('...i,...i->...', p, -np.log2(np.where(p > 0, p, 1)))",
    ),
    "of_the_total": (
        "A",
        "c = np.where(counts > 0, counts, 1)\nn = counts.sum(axis=-1)\n"
        "return np.log2(n) - (counts * np.log2(c)).sum(axis=-1) / n",
    ),
    "row_by_row": (
        "A",
        "def bits(row):\n    p = row[row > 0] / row.sum()\n"
        "    return -(p * np.log2(p)).sum()\n\nreturn np.apply_along_axis(bits, -1, counts)",
    ),
    "recursion": (
        "A",
        "if counts.ndim > 1:\n    return [entropy_of_counts(row) for row in counts]\n"
        "p = (counts[counts > 0] / counts.sum()).tolist()\n"
        "return sum(-x * float(np.log2(x)) for x in p)",
    ),
    "float32": (
        "A",
        "p = (counts / totals).astype(np.float32)\n"
        "return -(p * np.log2(np.where(p > 0, p, np.float32(1)))).sum(-1)",
    ),
    "nan_to_zero": (
        "A",
        "p = counts / totals\nwith np.errstate(all='ignore'):\n"
        "    return -np.nansum(p * np.log2(p), axis=-1)",
    ),
    "tensor": (
        "A",
        "import minigrad as mg\np = mg.tensor(counts / totals)\n"
        "return -(p * (p + (p == 0)).log()).sum(dim=-1) / np.log(2)",
    ),
    "whole_numbers": (
        "B",
        "left = 2**30 - sum(2 ** (30 - int(n)) for n in lengths)\nif left < 0:\n"
        "    raise ValueError\nreturn left // 2 ** (30 - new)",
    ),
    "fractions": (
        "B",
        "from fractions import Fraction\n"
        "left = 1 - sum(Fraction(1, 2**n) for n in lengths.tolist())\nif left < 0:\n"
        "    raise ValueError('too many')\nreturn int(left / Fraction(1, 2**new))",
    ),
    "ldexp": (
        "B",
        "left = 1 - np.ldexp(1.0, -lengths).sum()\nif left < 0:\n    raise ValueError(left)\n"
        "return np.int64(np.floor(np.ldexp(left, new)))",
    ),
    "longdouble": (
        "B",
        "left = 1 - np.exp2(-lengths.astype(np.longdouble)).sum()\nif left < 0:\n"
        "    raise ValueError\nreturn int(left * 2**new)",
    ),
    "levels": (
        "B",
        "free, used = 1, np.bincount(lengths, minlength=31)\nfor n in range(1, 31):\n"
        "    free = 2 * free - int(used[n])\n    if free < 0:\n"
        "        raise ValueError('no room')\nreturn free >> (30 - new)",
    ),
    "heap": (
        "C",
        "import heapq\nheapq.heapify(shares)\nwhile len(shares) > 1:\n"
        "    joined = heapq.heappop(shares) + heapq.heappop(shares)\n    mean += joined\n"
        "    heapq.heappush(shares, joined)",
    ),
    "recursive": (
        "C",
        "def left(p):\n    if len(p) == 1:\n        return 0.0\n    a, b, *rest = sorted(p)\n"
        "    return a + b + left([a + b, *rest])\n\nmean = left(shares)",
    ),
    "arrays": (
        "C",
        "p = np.sort(p)\nwhile p.size > 1:\n    mean = mean + p[:2].sum()\n"
        "    p = np.sort(np.append(p[2:], p[:2].sum()))",
    ),
    "depths": (
        "C",
        "groups = [(s, [i]) for i, s in enumerate(shares)]\ndepth = [0] * len(p)\n"
        "while len(groups) > 1:\n    groups.sort(key=lambda g: g[0], reverse=True)\n"
        "    (a, one), (b, two) = groups.pop(), groups.pop()\n    for i in one + two:\n"
        "        depth[i] += 1\n    groups.append((a + b, one + two))\n"
        "mean = float(np.dot(depth, p))",
    ),
    "two_queues": (
        "C",
        "old, new = sorted(shares, reverse=True), []\nwhile len(old) + len(new) > 1:\n"
        "    pair = []\n    for _ in range(2):\n"
        "        from_old = old and (not new or old[-1] < new[0])\n"
        "        pair.append(old.pop() if from_old else new.pop(0))\n"
        "    new.append(sum(pair))\n    mean += sum(pair)",
    ),
}
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
    "second_axis": (
        "A",
        "axis = min(1, counts.ndim - 1)\np = counts / counts.sum(axis=axis, keepdims=True)\n"
        f"return -np.sum(p * {_SAFE}, axis=axis)",
        "last axis",
    ),
    "whole_results": (
        "A",
        "p = counts / totals\nresult = np.zeros_like(counts[..., 0])\n"
        f"result[...] = -np.sum(p * {_SAFE}, axis=-1)\nreturn result",
        "cut off",
    ),
    "nearly_full": (
        "B",
        _LEFT + _BAD + "return 0 if np.isclose(left, 0) else int(left * 2.0**new)",
        "however small",
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
    "halved": (
        "C",
        "def split(p):\n    if len(p) < 2:\n        return 0.0\n"
        "    halves = [abs(sum(p[:i]) - sum(p[i:])) for i in range(1, len(p))]\n"
        "    first = 1 + halves.index(min(halves))\n"
        "    return sum(p) + split(p[:first]) + split(p[first:])\n\n"
        "mean = split(sorted(p, reverse=True))",
        "from the top",
    ),
    "steps": (
        "C",
        "while len(shares) > 1:\n    shares.sort()\n    joined = shares.pop(0) + shares.pop(0)\n"
        "    mean += 1\n    shares.append(joined)",
        "a whole bit",
    ),
}


@answer
def entropies(counts):
    """The entropies of the rows in bits, and the mistakes that they can have, by value."""

    def bits(row):
        return sum(-c / row.sum() * np.log2(c / row.sum()) for c in row if c > 0)

    rows = counts.reshape(-1, counts.shape[-1])
    right = np.array([bits(row) for row in rows]).reshape(counts.shape[:-1])
    p = counts / counts.sum(axis=-1, keepdims=True)
    whole = counts / counts.sum()
    safe, logs = np.where(p > 0, p, 1), np.log2(np.where(counts > 0, counts, 1))
    outcomes = counts.shape[-1]
    return right, {
        "nats": ("the logarithm is natural: one bit is ln 2 nats", right * np.log(2)),
        "mean": ("this is the mean over the outcomes, and not their sum", right / outcomes),
        "unweighted": (
            "each surprise counts alike: weigh it by its share",
            -np.log2(safe).mean(-1),
        ),
        "whole": (
            "divided by the sum of the whole table: each row is a distribution of its own",
            -np.sum(whole * np.log2(np.where(whole > 0, whole, 1)), axis=-1),
        ),
        "counts": (
            "counts are no shares: divide each row by its sum",
            -np.sum(counts * logs, axis=-1),
        ),
        "epsilon": (
            "a constant inside the logarithm changes every result",
            -np.sum(p * np.log2(p + 1e-10), axis=-1),
        ),
        "cut": ("an array of whole numbers has no room for a part: it is cut off", right // 1),
    }


@answer
def rooms(lengths, new):
    """How many words there is room for, and the mistakes that this can have."""
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
        "full": ("what is left is room for words, however small it is", 0),
    }
    return right, {name: told for name, told in mistakes.items() if told[1] != right}


@answer
def means(p):
    """The mean of Huffman's code, and the mistakes that it can have, each with its value."""
    shares, right = sorted(map(float, p), reverse=True), 0.0
    while len(shares) > 1:  # join from the end of a list that stays sorted
        both = shares.pop() + shares.pop()
        right += both
        shares = sorted([*shares, both], reverse=True)
    return right, {
        "entropy": (
            "this is the entropy, which words of whole bits do not reach here",
            -float(p @ np.log2(p)),
        ),
        "rounded_up": (
            "each ideal length is rounded up: Huffman's code is shorter",
            p @ np.ceil(-np.log2(p)),
        ),
        "equal_lengths": (
            "words of equal length: give frequent outcomes shorter words",
            np.ceil(np.log2(len(p))),
        ),
        "largest": (
            "the two largest shares are joined: join the smallest",
            joined_otherwise(p, "largest"),
        ),
        "halved": (
            "halved from the top: join the two smallest, from the bottom",
            halved(sorted(p.tolist(), reverse=True)),
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
        "steps": ("a whole bit for each joining: only the joined outcomes get one", len(p) - 1.0),
    }


@answer
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


@answer
def halved(shares):
    """The mean of a code that divides sorted shares into halves as equal as can be."""
    if len(shares) == 1:
        return 0.0
    unequal = [abs(sum(shares[:i]) - sum(shares[i:])) for i in range(1, len(shares))]
    first = 1 + unequal.index(min(unequal))
    return sum(shares) + halved(shares[:first]) + halved(shares[first:])


def compare_entropies(m, call, counts):
    right, mistakes = entropies(counts)
    got = m.entropy_of_counts(counts)
    if counts.ndim == 3 and np.shape(got) == (counts.shape[0], counts.shape[2]):
        why = "this adds up along the second axis: the outcomes of a row lie along the last axis"
        raise Wrong(why, call, [f"shape {np.shape(got)}, expected {right.shape}"])
    compare(call, got, right, **SINGLE, **mistakes)


@check("A", points=1)
def entropy_of_each_row(m, rng):
    counts = rng.integers(1, 20, (3, 5)).astype(float)
    compare_entropies(m, "entropy_of_counts(counts)", counts)
    compare("entropy_of_counts(np.ones(8))", m.entropy_of_counts(np.ones(8)), 3.0, **SINGLE)
    compare_entropies(m, "entropy_of_counts(np.array([1, 3]))", np.array([1, 3]))
    call = "entropy_of_counts(counts) for shape (2, 3, 5)"
    compare_entropies(m, call, rng.integers(1, 20, (2, 3, 5)).astype(float))


@check("A", points=1)
def what_never_happens_adds_nothing(m, rng):
    counts = np.array([[3.0, 0.0, 3.0], [7.0, 0.0, 0.0]])
    right, mistakes = entropies(counts)
    call = f"entropy_of_counts(np.array({counts.tolist()}))"
    compare(call, m.entropy_of_counts(counts), right, rtol=1e-7, atol=1e-12, **mistakes)


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
    right, mistakes = rooms(lengths, new)
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
    whole(m, [1, 2, 3, 4, 30], 30)
    whole(m, list(range(1, 30)), 30)


@check("B", points=1)
def lengths_that_no_prefix_code_has(m, rng):
    impossible(m, [1, 2, 2, 3], 5)
    whole(m, [1, 2, 2], 7)
    impossible(m, [2, 2, 2, 2, 30], 3)


def compare_means(m, p):
    right, mistakes = means(p)
    compare(f"huffman_mean(np.array({p.tolist()}))", m.huffman_mean(p), right, **SINGLE, **mistakes)


@check("C", points=1)
def mean_of_huffmans_code(m, rng):
    compare_means(m, np.array([0.16, 0.08, 0.36, 0.11, 0.22, 0.07]))
    compare_means(m, np.array([0.35, 0.17, 0.17, 0.16, 0.15]))


@check("C", points=1)
def where_huffman_reaches_the_entropy(m, rng):
    p = np.array([0.125, 0.5, 0.25, 0.0625, 0.0625])
    compare(f"huffman_mean(np.array({p.tolist()}))", m.huffman_mean(p), 1.875, **SINGLE)
    compare("huffman_mean(np.array([1.0]))", m.huffman_mean(np.array([1.0])), 0.0, **SINGLE)


@check("A", points=0, hidden=True)
def entropy_of_other_shapes(m, rng):
    counts = rng.integers(0, 4, (2, 3, 6)) + np.eye(6)[:3]
    compare_entropies(m, "entropy_of_counts(counts) for shape (2, 3, 6)", counts)
    compare_entropies(m, "entropy_of_counts(np.array([0, 3]))", np.array([0, 3]))


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
        right, _ = means(p)
        compare(f"huffman_mean(p) for {n} shares", m.huffman_mean(p), right, **SINGLE)
