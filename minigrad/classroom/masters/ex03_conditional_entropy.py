"""Conditional entropy: what one symbol leaves open about another, and how much of that is luck.

Belongs to lesson 03, conditional entropy.

N observations are given as two arrays of N integers. y[i] is the condition of observation i, from 0
to K - 1, and x[i] is its outcome, from 0 to C - 1. A joint table is an array of float64 of shape
(K, C): row y, column x. Its element is the share P(x, y) of the pair among the N observations.
Conditions and outcomes that never come keep their rows and columns of zeros.

All entropies are in nats, so with natural logarithms, and are single numbers. A pair with the share
0 adds 0, and so does a condition that never comes. Neither may give NaN. NumPy may warn of a
logarithm of 0 or of a division by 0: that is no mistake if the result is right.

Parts B and C are judged with right earlier parts in place of yours.
"""

import numpy as np


# %% Part A (2 points)
def joint_table(y, x, shape):
    """The joint table of two arrays of N integers; shape is (K, C), for K conditions, C outcomes.

    The same pair may come many times: y = [1, 1, 0, 1], x = [2, 2, 0, 0] and the shape (2, 3) give
    [[0.25, 0, 0], [0.25, 0, 0.5]]. The whole table adds up to 1.
    """
    # BEGIN SOLUTION A: count each pair in an array of that shape, and return the shares
    counts = np.zeros(shape)
    for a, b in zip(y, x):
        counts[a, b] += 1
    return counts / len(y)
    # END SOLUTION


# %% Part B (2 points)
def conditional_entropy(joint):
    """H(X | Y) in nats of a joint table, shape (K, C): what is left open on average if y is known.

    The table may have pairs, rows and columns with the share 0.
    """
    # BEGIN SOLUTION B: return one number in nats; what never comes adds 0
    P_Y = joint.sum(axis=1, keepdims=True)
    rows = joint / np.where(P_Y > 0, P_Y, 1.0)
    surprise = -np.log(np.where(joint > 0, rows, 1.0))
    return np.sum(joint * surprise)
    # END SOLUTION


def gain(joint):
    """H(X) - H(X | Y) in nats: what it is worth on average to know y.

    H(X) is the entropy given nothing: the conditional entropy of a table with a single row.
    """
    return conditional_entropy(joint.sum(axis=0, keepdims=True)) - conditional_entropy(joint)


# %% Part C (2 points)
def gain_beyond_chance(y, x, shape, seed, shuffles):
    """The gain of the observations minus the mean gain after shuffling, in nats: one number.

    Draw the shuffles with a single generator, np.random.default_rng(seed). Each shuffle leaves x as
    it is, and has the conditions y in a new order: rng.permutation(y). So the same seed gives
    everybody the same numbers. You may call `joint_table` and `gain`.
    """
    # BEGIN SOLUTION C: return the gain minus the mean of the gains of that many shuffles
    rng = np.random.default_rng(seed)
    chance = [gain(joint_table(rng.permutation(y), x, shape)) for _ in range(shuffles)]
    return gain(joint_table(y, x, shape)) - np.mean(chance)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import (  # noqa: E402
    SINGLE,
    CourseError,
    Wrong,
    answer,
    check,
    compare,
    lend,
)

HINTS = {
    "A": [
        "Start from a table of zeros. Each observation adds 1 to a single cell. At the end, make "
        "shares of the counts: what must the whole table add up to?",
        "Row y[i], column x[i]. Go through the pairs one by one: `counts[y, x] += 1` with whole "
        "arrays adds only 1 to a pair, however often it comes.",
        "counts = np.zeros(shape)\nfor a, b in zip(y, x):\n    counts[...] += 1\nreturn ...",
    ],
    "B": [
        "Two ways lead there: the mean of the entropies of the rows P(x | y), in which each row "
        "counts as often as its condition comes; or the joint entropy minus H(Y).",
        "P(y) is the sum of a row. A row is divided by P(y), but not where P(y) is 0. The surprise "
        "-ln P(x | y) is weighted by P(x, y). Where this is 0, put 1 into the logarithm.",
        "P_Y = joint.sum(axis=..., keepdims=True)\n"
        "rows = joint / np.where(P_Y > 0, P_Y, 1.0)\n"
        "return -np.sum(... * np.log(np.where(joint > 0, rows, 1.0)))",
    ],
    "C": [
        "Shuffled conditions tell nothing about x. The gain that they still show is the bias of "
        "the estimate.",
        "Make the generator once, before the loop. For each shuffle: a new order of y, its joint "
        "table with the same x, its gain. Then the mean of these gains.",
        "rng = np.random.default_rng(seed)\n"
        "chance = [gain(joint_table(..., x, shape)) for _ in range(shuffles)]\n"
        "return gain(...) - np.mean(chance)",
    ],
}
_COUNTS = "counts = np.zeros(shape)\nfor a, b in zip(y, x):\n    counts[a, b] += 1\n"
_H = "def H(p):\n    p = p[p > 0]\n    return -np.sum(p * np.log(p))\n"
_EACH = (
    _H + "P_Y = joint.sum(axis=1)\neach = np.array([H(r / s) for r, s in zip(joint, P_Y) if s])\n"
)
_RNG = "rng = np.random.default_rng(seed)\n"
_CHANCE = (
    _RNG + "chance = [gain(joint_table(rng.permutation(y), x, shape)) for _ in range(shuffles)]\n"
)
_OWN = "own = gain(joint_table(y, x, shape))\n"
RIGHT = {
    "add_at": (
        "A",
        "counts = np.zeros(shape)\nnp.add.at(counts, (y, x), 1 / len(y))\nreturn counts",
    ),
    "bincount": (
        "A",
        "K, C = shape\nreturn np.bincount(C * y + x, minlength=K * C).reshape(shape) / len(y)",
    ),
    "one_hot": (
        "A",
        "K, C = shape\nreturn np.eye(K)[y].T @ np.eye(C)[x] / len(y)",
    ),
    "counter": (
        "A",
        "from collections import Counter\nseen = Counter(zip(y.tolist(), x.tolist()))\n"
        "return [[seen[a, b] / len(y) for b in range(shape[1])] for a in range(shape[0])]",
    ),
    "masks": (
        "A",
        "rows, columns = np.indices(shape)\n"
        "return np.mean((y == rows[..., None]) & (x == columns[..., None]), axis=-1)",
    ),
    "histogram": (
        "A",
        "edges = [np.arange(n + 1) - 0.5 for n in shape]\n"
        "return np.histogram2d(y, x, bins=edges)[0].astype(np.float32) / np.float32(y.size)",
    ),
    "joint_minus_condition": (
        "B",
        "def H(p):\n    p = p[p > 0]\n    return -np.sum(p * np.log(p))\n\n"
        "return H(joint) - H(joint.sum(axis=1))",
    ),
    "row_by_row": (
        "B",
        "total = 0.0\nfor row in joint:\n    weight = row.sum()\n    if weight:\n"
        "        p = row[row > 0] / weight\n        total -= weight * float(p @ np.log(p))\n"
        "return total",
    ),
    "generator": (
        "B",
        "rows = joint.tolist()\n"
        "return sum(a * np.log(sum(row) / a) for row in rows for a in row if a > 0)",
    ),
    "nansum": (
        "B",
        "with np.errstate(all='ignore'):\n"
        "    return -np.nansum(joint * np.log(joint / joint.sum(axis=1, keepdims=True)))",
    ),
    "einsum": (
        "B",
        "P = joint.sum(1)\nlogs = np.log(np.where(joint > 0, joint, 1))\n"
        "log_P = np.log(np.where(P > 0, P, 1))\n"
        "return np.einsum('k,k->', P, log_P) - np.einsum('kc,kc->', joint, logs)",
    ),
    "tensor": (
        "B",
        "import minigrad as mg\nt = mg.tensor(joint)\nP_Y = t.sum(dim=1, keepdim=True)\n"
        "safe = mg.where(t > 0, t / (P_Y + (P_Y == 0)), mg.ones_like(t))\n"
        "return -(t * safe.log()).sum()",
    ),
    "longdouble": (
        "B",
        "j = joint.astype(np.longdouble)\n"
        "P_Y = np.broadcast_to(j.sum(axis=-1)[:, None], j.shape)\nseen = j > 0\n"
        "return np.sum(j[seen] * np.log(P_Y[seen] / j[seen]))",
    ),
    "indices": (
        "C",
        "rng = np.random.default_rng(seed)\ntotal = 0.0\nfor _ in range(shuffles):\n"
        "    order = rng.permutation(len(y))\n"
        "    total += gain(joint_table(y[order], x, shape))\n"
        "return gain(joint_table(y, x, shape)) - total / shuffles",
    ),
    "shuffled_copy": (
        "C",
        "rng = np.random.default_rng(seed)\nchance = np.empty(shuffles)\n"
        "for i in range(shuffles):\n    z = y.copy()\n    rng.shuffle(z)\n"
        "    chance[i] = gain(joint_table(z, x, shape))\n"
        "return gain(joint_table(y, x, shape)) - chance.mean()",
    ),
    "recursion": (
        "C",
        "rng = np.random.default_rng(seed)\n\ndef total(n):\n"
        "    return gain(joint_table(rng.permutation(y), x, shape)) + total(n - 1) if n "
        "else 0.0\n\nreturn gain(joint_table(y, x, shape)) - total(shuffles) / shuffles",
    ),
    "left_open": (
        "C",
        "rng = np.random.default_rng(seed)\n"
        "open_ = [conditional_entropy(joint_table(rng.permutation(y), x, shape)) for _ in "
        "range(shuffles)]\n"
        "return float(np.mean(open_)) - conditional_entropy(joint_table(y, x, shape))",
    ),
    "shuffles_first": (
        "C",
        "rng = np.random.default_rng(seed)\n"
        "all_y = [y] + [rng.permutation(y) for _ in range(shuffles)]\n"
        "gains = np.array([gain(np.asarray(joint_table(z, x, shape))) for z in all_y])\n"
        "return gains[0] - gains[1:].sum() / len(gains[1:])",
    ),
    "running_mean": (
        "C",
        "from statistics import fmean\nrng = np.random.Generator(np.random.PCG64(seed))\n"
        "own = gain(joint_table(y, x, shape))\n"
        "return fmean(own - gain(joint_table(rng.permutation(y), x, shape)) for _ in "
        "range(shuffles))",
    ),
}
WRONG = {
    "once": (
        "A",
        "counts = np.zeros(shape)\ncounts[y, x] += 1\nreturn counts / len(y)",
        "counted once",
    ),
    "exchanged": (
        "A",
        "counts = np.zeros(shape)\nfor a, b in zip(x, y):\n    counts[a % shape[0], b % shape[1]] "
        "+= 1\nreturn counts / len(y)",
        "y and x are exchanged",
    ),
    "transposed": ("A", _COUNTS + "return (counts / len(y)).T", "shape"),
    "counts": ("A", _COUNTS + "return counts", "counts, not shares"),
    "rows": (
        "A",
        _COUNTS + "return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)",
        "P(x | y)",
    ),
    "columns": (
        "A",
        _COUNTS + "return counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)",
        "P(y | x)",
    ),
    "cells": ("A", _COUNTS + "return counts / counts.size", "number of cells"),
    "collide": (
        "A",
        "K, C = shape\n"
        "return np.bincount((K * y + x) % (K * C), minlength=K * C).reshape(shape) / len(y)",
        "K * y + x",
    ),
    "kept": (
        "A",
        "tables = globals().setdefault('tables', {})\n"
        "counts = tables.setdefault(shape, np.zeros(shape))\n"
        "for a, b in zip(y, x):\n    counts[a, b] += 1\nreturn counts / counts.sum()",
        "an earlier call",
    ),
    "only_seen": (
        "A",
        "counts = np.zeros((y.max() + 1, x.max() + 1))\nfor a, b in zip(y, x):\n"
        "    counts[a, b] += 1\nreturn counts / len(y)",
        "shape",
    ),
    "bits": ("B", _EACH + "return np.sum(P_Y[P_Y > 0] * each) / np.log(2)", "bits"),
    "sign": ("B", _EACH + "return -np.sum(P_Y[P_Y > 0] * each)", "sign"),
    "other": ("B", _H + "return H(joint) - H(joint.sum(axis=0))", "H(Y | X)"),
    "joint": ("B", _H + "return H(joint)", "H(X, Y)"),
    "of_x": ("B", _H + "return H(joint.sum(axis=0))", "this is H(X)"),
    "of_y": ("B", _H + "return H(joint.sum(axis=1))", "this is H(Y)"),
    "saved": (
        "B",
        _H + "return H(joint.sum(axis=0)) + H(joint.sum(axis=1)) - H(joint)",
        "H(X) - H(X | Y)",
    ),
    "plain_mean": ("B", _EACH + "return np.mean(each)", "not weighted"),
    "summed": ("B", _EACH + "return np.sum(each)", "sum of the entropies"),
    "each_row": ("B", _EACH + "return each", "shape"),
    "weighted_twice": (
        "B",
        _EACH + "return np.sum(P_Y[P_Y > 0] * each) / len(joint)",
        "divided by the number",
    ),
    "epsilon": (
        "B",
        "rows = joint / (joint.sum(axis=1, keepdims=True) + 1e-10)\n"
        "return -np.sum(joint * np.log(rows + 1e-10))",
        "a constant",
    ),
    "rows_with_a_0": (
        "B",
        _H + "return sum(r.sum() * H(r / r.sum()) for r in joint if np.all(r > 0))",
        "a row with a 0",
    ),
    "nan_pair": (
        "B",
        "rows = joint / joint.sum(axis=1, keepdims=True)\nreturn -np.sum(joint * np.log(rows))",
        "NaN",
    ),
    "nan_row": (
        "B",
        "rows = joint / joint.sum(axis=1, keepdims=True)\n"
        "return -np.sum(joint * np.log(np.where(rows == 0, 1.0, rows)))",
        "NaN",
    ),
    "nothing_taken_off": ("C", _OWN + "return own", "not taken off"),
    "only_chance": ("C", _CHANCE + "return np.mean(chance)", "mean gain of the shuffles"),
    "negated": ("C", _CHANCE + _OWN + "return np.mean(chance) - own", "sign"),
    "clipped": ("C", _CHANCE + _OWN + "return max(0.0, own - np.mean(chance))", "cut at 0"),
    "all_taken_off": ("C", _CHANCE + _OWN + "return own - np.sum(chance)", "sum of the gains"),
    "largest": ("C", _CHANCE + _OWN + "return own - np.max(chance)", "largest gain"),
    "one_shuffle": (
        "C",
        _RNG + _OWN + "return own - gain(joint_table(rng.permutation(y), x, shape))",
        "first shuffle",
    ),
    "same_again": (
        "C",
        _OWN + "chance = [gain(joint_table(np.random.default_rng(seed).permutation(y), x, shape)) "
        "for _ in range(shuffles)]\nreturn own - np.mean(chance)",
        "first shuffle",
    ),
    "x_shuffled": (
        "C",
        _RNG + _OWN + "chance = [gain(joint_table(y, rng.permutation(x), shape)) "
        "for _ in range(shuffles)]\nreturn own - np.mean(chance)",
        "x is shuffled",
    ),
    "both_alike": (
        "C",
        _RNG + _OWN + "chance = []\nfor _ in range(shuffles):\n    o = rng.permutation(len(y))\n"
        "    chance.append(gain(joint_table(y[o], x[o], shape)))\nreturn own - np.mean(chance)",
        "stay together",
    ),
    "shuffled_further": (
        "C",
        _RNG + _OWN + "chance = []\nz = y\nfor _ in range(shuffles):\n    z = rng.permutation(z)\n"
        "    chance.append(gain(joint_table(z, x, shape)))\nreturn own - np.mean(chance)",
        "shuffle of a shuffle",
    ),
    "overwritten": (
        "C",
        _RNG + "chance = []\nfor _ in range(shuffles):\n    y = rng.permutation(y)\n"
        "    chance.append(gain(joint_table(y, x, shape)))\n"
        + _OWN
        + "return own - np.mean(chance)",
        "the last shuffle, not of y",
    ),
    "no_seed": (
        "C",
        _CHANCE.replace("(seed)", "()") + _OWN + "return own - np.mean(chance)",
        "another number each time",
    ),
    "seed_of_zero": (
        "C",
        _CHANCE.replace("(seed)", "(0)") + _OWN + "return own - np.mean(chance)",
        "the seed is always 0",
    ),
    "thousand": (
        "C",
        _CHANCE.replace("range(shuffles)", "range(1000)") + _OWN + "return own - np.mean(chance)",
        "more shuffles than",
    ),
    "global_generator": (
        "C",
        _CHANCE.replace(_RNG, "").replace("rng.", "np.random.")
        + _OWN
        + "return own - np.mean(chance)",
        "another number each time",
    ),
    "left_open": (
        "C",
        _RNG + "def left(t):\n    return conditional_entropy(joint_table(t, x, shape))\n"
        "chance = [left(rng.permutation(y)) for _ in range(shuffles)]\n"
        "return left(y) - np.mean(chance)",
        "sign",
    ),
}


def observations(rng, n, conditions, outcomes):
    """Two arrays of n integers that depend on each other somewhat."""
    y = rng.integers(0, conditions, n)
    x = np.where(rng.random(n) < 0.4, y % outcomes, rng.integers(0, outcomes, n))
    return y, x


@answer
def table(y, x, shape):
    if not 0 < np.prod(shape) < 1e6:  # a learner's function may ask for it
        raise CourseError("no table of a check is so large")
    counts = np.zeros(shape)
    np.add.at(counts, (y, x), 1)
    return counts / len(y)


@answer
def nats(p):
    """-sum of p ln(p) over what has p > 0."""
    return float(sum(-share * np.log(share) for share in np.ravel(p) if share > 0))


@answer
def left_open(joint):
    return nats(joint) - nats(joint.sum(axis=1))


@answer
def saved(joint):
    return nats(joint.sum(axis=0)) - left_open(joint)


@answer
def of_rows(joint):
    return np.array([nats(row / row.sum()) for row in joint if row.sum() > 0])


def weights(rng, *shape):
    w = rng.random(shape) + 0.05
    w[0] *= 4  # no two conditions are equally frequent
    return w / w.sum()


def given(m, *, conditional_entropy=False):
    """Right earlier parts in place of the learner's: mistakes in them cost nothing later."""
    lend(m, "joint_table", table)
    if conditional_entropy:
        lend(m, "conditional_entropy", left_open)


@answer
def of_tables(y, x, shape):
    """The mistakes that a joint table can have, each with its value."""
    right, n, (rows, columns) = table(y, x, shape), len(y), shape
    counts = right * n
    by_row = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    by_column = counts / np.maximum(counts.sum(axis=0, keepdims=True), 1)
    turned = table(x % rows, y % columns, shape)
    number = np.bincount((rows * y + x) % (rows * columns), minlength=rows * columns)
    return {
        "once": ("a pair that comes several times is counted once", (right > 0) / n),
        "counts": ("these are the counts, not shares: divide by N", counts),
        "rows": ("these are the rows P(x | y): divide the whole table by N", by_row),
        "columns": ("these are the columns P(y | x): divide the whole table by N", by_column),
        "cells": ("divided by the number of cells: divide by N", counts / counts.size),
        "exchanged": ("y and x are exchanged: row y, column x", turned),
        "collide": (
            "two pairs share a number: pair (y, x) has C * y + x, not K * y + x",
            number.reshape(shape) / n,
        ),
    }


@check("A", points=1)
def the_table_of_the_example(m, rng):
    y, x, shape = np.array([1, 1, 0, 1]), np.array([2, 2, 0, 0]), (2, 3)
    call = "joint_table(np.array([1, 1, 0, 1]), np.array([2, 2, 0, 0]), (2, 3))"
    right, mistakes = table(y, x, shape), of_tables(y, x, shape)
    compare(call, m.joint_table(y, x, shape), right, **SINGLE, **mistakes)
    got = m.joint_table(y[:1], x[:1], shape)
    why = "the counts of an earlier call are still there: begin with zeros in each call"
    compare(
        "joint_table(np.array([1]), np.array([2]), (2, 3)) after that",
        got,
        table(y[:1], x[:1], shape),
        **SINGLE,
        kept=(why, (4 * right + table(y[:1], x[:1], shape)) / 5),
    )


@check("A", points=1)
def what_never_comes_keeps_its_row_and_column(m, rng):
    y, x = observations(rng, 40, 3, 3)
    for shape in ((3, 3), (5, 4)):
        call = f"joint_table(y, x, {shape}) for 40 observations, y and x from 0 to 2"
        mistakes = of_tables(y, x, shape)
        compare(call, m.joint_table(y, x, shape), table(y, x, shape), **SINGLE, **mistakes)


@answer
def of_entropies(joint):
    """The mistakes that a conditional entropy can have, each with its value."""
    right, each = left_open(joint), of_rows(joint)
    return {
        "other": ("this is H(Y | X): the condition is y, the row", left_open(joint.T)),
        "joint": ("this is H(X, Y), the entropy of the pair: y is known", nats(joint)),
        "of_x": ("this is H(X): y is known", nats(joint.sum(axis=0))),
        "of_y": ("this is H(Y)", nats(joint.sum(axis=1))),
        "saved": ("this is H(X) - H(X | Y), what y saves and not what it leaves", saved(joint)),
        "mean": ("the mean of the rows' entropies is not weighted by P(y)", each.mean()),
        "mean_of_all": (
            "the mean of the rows' entropies is not weighted by P(y)",
            each.sum() / len(joint),
        ),
        "summed": ("this is the sum of the entropies of the rows: weight by P(y)", each.sum()),
        "left_out": (
            "a row with a 0 is left out: only the 0 adds nothing",
            sum(row.sum() * nats(row / row.sum()) for row in joint if np.all(row > 0)),
        ),
        "divided": ("divided by the number of rows: P(y) is all the weight", right / len(joint)),
        "bits": ("this is in bits: take the natural logarithm", right / np.log(2)),
    }


@check("B", points=1)
def conditional_entropy_of_a_table(m, rng):
    given(m)
    joint = weights(rng, 3, 4)
    call = "conditional_entropy(joint) for a joint table of shape (3, 4)"
    compare(call, m.conditional_entropy(joint), left_open(joint), **SINGLE, **of_entropies(joint))


@check("B", points=1)
def what_never_comes_adds_nothing(m, rng):
    given(m)
    tables = [[6, 0], [1, 1]], [[3, 1], [0, 0], [2, 2]], [[3, 1, 0], [1, 1, 2]]
    for rows in tables:
        joint = np.array(rows) / np.sum(rows)
        call = f"conditional_entropy(np.array({rows}) / {np.sum(rows)})"
        right, mistakes = left_open(joint), of_entropies(joint)
        compare(call, m.conditional_entropy(joint), right, **SINGLE, **mistakes)
    joint = np.array([[0.5, 0.0], [0.0, 0.5]])
    got = m.conditional_entropy(joint)
    named = {}
    if np.ndim(got) == 0 and 0 < abs(got) < 0.01:
        why = "a constant beside a share makes this other than 0: nothing is left open"
        named["constant"] = (why, got)
    compare(f"conditional_entropy(np.array({joint.tolist()}))", got, 0.0, atol=1e-12, **named)


@answer
def of_gains(y, x, shape, seed, shuffles):
    """The right answer, and the mistakes that it can have, each with its value."""
    own = saved(table(y, x, shape))

    def after(shuffle):
        generator = np.random.default_rng(seed)
        return np.array([shuffle(generator) for _ in range(shuffles)])

    chance = after(lambda generator: saved(table(generator.permutation(y), x, shape)))
    of_x = after(lambda generator: saved(table(y, generator.permutation(x), shape)))
    generator = np.random.default_rng(0)
    of_zero = [saved(table(generator.permutation(y), x, shape)) for _ in range(shuffles)]
    further, generator, z = [], np.random.default_rng(seed), y
    for _ in range(shuffles):
        z = generator.permutation(z)
        further.append(saved(table(z, x, shape)))
    mistakes = {
        "own": ("the mean gain of the shuffles is not taken off", own),
        "chance": ("this is the mean gain of the shuffles: take it off the gain", chance.mean()),
        "summed": ("the sum of the gains is taken off: take their mean", own - chance.sum()),
        "largest": ("the largest gain is taken off: take the mean", own - chance.max()),
        "first": (
            "only the first shuffle counts: make one generator, before the loop, and go on with it",
            own - chance[0],
        ),
        "zero": ("the seed is always 0: use the argument `seed`", own - np.mean(of_zero)),
        "of_x": ("x is shuffled: leave x, shuffle y", own - of_x.mean()),
        "together": ("0: y and x were shuffled alike, and the pairs stay together", 0.0),
        "further": ("each is a shuffle of a shuffle: shuffle y itself", own - np.mean(further)),
        "overwritten": (
            "the gain is that of the last shuffle, not of y: take it before the loop, or leave y",
            further[-1] - np.mean(further),
        ),
        "bits": ("this is in bits", (own - chance.mean()) / np.log(2)),
    }
    if own < chance.mean():
        mistakes = {"clipped": ("cut at 0: the difference may be below 0", 0.0), **mistakes}
    return own - chance.mean(), mistakes


def compare_gains(m, call, y, x, shape, seed, shuffles):
    """Compare with the named mistakes; one of them is a number that the seed does not fix."""
    right, mistakes = of_gains(y, x, shape, seed, shuffles)
    tables = []

    def counted(*arguments):
        tables.append(arguments)
        if len(tables) > 10 * shuffles + 10:
            raise ValueError("too many tables")
        return table(*arguments)

    lend(m, "joint_table", counted)
    try:
        got = m.gain_beyond_chance(y, x, shape, seed, shuffles)
    except Exception:
        if len(tables) <= 10 * shuffles + 10:
            raise
        why = "these are more shuffles than the argument `shuffles` says: range(shuffles)"
        raise Wrong(why, call) from None
    lend(m, "joint_table", table)
    try:
        compare(call, got, right, **SINGLE, **mistakes)
    except Wrong:
        again = m.gain_beyond_chance(y, x, shape, seed, shuffles)
        if np.shape(got) == np.shape(again) == () and got != again and np.isfinite(got):
            why = "another number each time: draw with np.random.default_rng(seed)"
            raise Wrong(why, call, [f"first: {got}", f"again: {again}"]) from None
        raise


@check("C", points=1)
def gain_beyond_that_of_shuffles(m, rng):
    given(m, conditional_entropy=True)
    y, x = observations(rng, 60, 4, 4)
    call = "gain_beyond_chance(y, x, (4, 4), seed=7, shuffles=5) for 60 observations"
    compare_gains(m, call, y, x, (4, 4), 7, 5)


@check("C", points=1)
def the_same_seed_gives_the_same_number(m, rng):
    given(m, conditional_entropy=True)
    y, x = observations(rng, 30, 3, 5)
    for seed in (0, 1, 0):
        call = f"gain_beyond_chance(y, x, (3, 5), seed={seed}, shuffles=4) for 30 observations"
        compare_gains(m, call, y, x, (3, 5), seed, 4)
    y, x = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 0])  # a gain below the shuffles'
    call = f"gain_beyond_chance(np.array({y.tolist()}), np.array({x.tolist()}), (2, 2), 3, 5)"
    compare_gains(m, call, y, x, (2, 2), 3, 5)


@check("A", points=0, hidden=True)
def tables_of_other_shapes(m, rng):
    for n, shape in ((1, (1, 1)), (50, (2, 7)), (200, (6, 3))):
        y, x = observations(rng, n, *shape)
        call = f"joint_table(y, x, {shape}) for {n} observations"
        compare(call, m.joint_table(y, x, shape), table(y, x, shape), **SINGLE)


@check("B", points=0, hidden=True)
def conditional_entropy_of_other_tables(m, rng):
    given(m)
    product = np.outer([0.25, 0.75], [0.5, 0.3, 0.2])
    for joint in (np.eye(3) / 3, product, np.ones((1, 1)), weights(rng, 1, 5), weights(rng, 5, 1)):
        call = f"conditional_entropy(np.array({joint.round(3).tolist()}))"
        compare(call, m.conditional_entropy(joint), left_open(joint), **SINGLE)


@check("C", points=0, hidden=True)
def gains_with_what_never_comes_and_with_one_shuffle(m, rng):
    given(m, conditional_entropy=True)
    y, x = observations(rng, 25, 2, 3)
    for shuffles in (1, 10):
        right, _ = of_gains(y, x, (4, 4), 3, shuffles)
        call = f"gain_beyond_chance(y, x, (4, 4), seed=3, shuffles={shuffles})"
        compare(call, m.gain_beyond_chance(y, x, (4, 4), 3, shuffles), right, **SINGLE)
