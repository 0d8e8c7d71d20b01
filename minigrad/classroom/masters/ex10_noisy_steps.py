"""Noisy steps: a mini-batch's gradient, the trace of its noise, and the excess that rates leave.

Belongs to lesson 10, "Why does the loss stop falling?".

A straight line w x + b is fitted by half the mean squared error (lesson 04). The inputs x and the
targets t have the shape (N,). For one sample, the gradient for (w, b) is (error * x, error), where
error is w x + b - t.

The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def batch_gradient(line, x, t, B, rng):
    """The gradient of half the mean squared error of B samples: an array of shape (2,), (w, b).

    line is (w, b). The B samples are drawn with replacement from all N, by one call of
    rng.integers with size=B. B may be larger than N. x and t belong together. No penalty.
    """
    # BEGIN SOLUTION A: draw B samples with replacement, and return their mean gradient
    rows = rng.integers(len(x), size=B)
    error = line[0] * x[rows] + line[1] - t[rows]
    return np.array([np.mean(error * x[rows]), np.mean(error)])
    # END SOLUTION


# %% Part B (2 points)
def noise_trace(line, x, t, B):
    """The trace of the covariance matrix of a batch's gradient for (w, b): one number.

    line is (w, b). The loss is half the mean squared error, with no penalty. The batch has B
    samples, drawn with replacement from all N. These N are the whole set: divide by N, not by
    N - 1. This line need not be the best one, so the full gradient need not be 0.
    """
    # BEGIN SOLUTION B: build the gradients of all samples, and return the trace for B samples
    error = line[0] * x + line[1] - t
    G = np.column_stack([error * x, error])
    return np.sum(G.var(axis=0)) / B
    # END SOLUTION


# %% Part C (2 points)
def expected_excess(rates, a, C):
    """The expected excess of a quadratic loss after a walk from the minimum: one number.

    rates is a list of numbers, the rate of each step, in order; it may be empty. The loss is the
    sum of a_j w_j**2 / 2 over the directions j. a, shape (P,), holds the curvatures, and C, shape
    (P,), the variances of the noise in these directions. All w_j begin at 0. This is the exact
    mean, for small rates and for large ones, also where the walk climbs. Leaves a and C as they
    are.
    """
    # BEGIN SOLUTION C: take every rate once, and return the expected excess after the last
    s = np.zeros(len(a))
    for r in rates:
        s = (1 - r * a) ** 2 * s + r**2 * C
    return np.sum(a * s) / 2
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, answer, check, compare  # noqa: E402

HINTS = {
    "A": [
        "In the lesson, `rows` are the numbers of the drawn images. What comes after uses only "
        "these rows: which arrays here have to be read at `rows`?",
        "x[rows] has the shape (B,), and so has the error of the drawn samples. The slope for w is "
        "the mean of error times x, the slope for b is the mean of the error.",
        "rows = rng.integers(..., size=...)\nerror = line[0] * x[...] + line[1] - t[...]\n"
        "return np.array([np.mean(...), np.mean(...)])",
    ],
    "B": [
        "The trace is the mean squared length of the noise. The noise of one sample is what its "
        "gradient has beyond the full gradient. What is the gradient of one sample here?",
        "For one sample it is (error * x, error): for all, an array of shape (N, 2). Each column "
        "has a variance over the samples. What is added up, and what does a batch of B change?",
        "error = line[0] * x + line[1] - t\nG = np.column_stack([..., ...])\n"
        "return np.sum(G.var(axis=...)) / ...",
    ],
    "C": [
        "The lesson has a formula that leads from s, the mean of w squared, to the s after one "
        "step. It holds for any rate, so every step may have another. What is s at the start?",
        "s is an array, with one number for each direction. For every r in rates it becomes the "
        "square of (1 - r a) times s, plus r squared times C. A direction's excess is a s / 2.",
        "s = np.zeros(len(a))\nfor r in rates:\n    s = (...) ** 2 * s + ... * C\n"
        "return np.sum(...) / 2",
    ],
}
DRAW = "rows = rng.integers(len(x), size=B)\nX, T = x[rows], t[rows]\n"
ERROR = DRAW + "error = line[0] * X + line[1] - T\n"
LOOP = "s = np.zeros(len(a))\nfor r in rates:\n"
GRADIENTS = "error = line[0] * x + line[1] - t\nG = np.column_stack([error * x, error])\n"
RIGHT = {
    "matrix": (
        "A",
        "rows = rng.integers(len(x), size=B)\nX = np.column_stack([x[rows], np.ones(B)])\n"
        "return X.T @ (X @ np.asarray(line) - t[rows]) / B",
    ),
    "one_by_one": (
        "A",
        "w, b = line\ntotal = [0.0, 0.0]\nfor i in rng.integers(0, len(x), size=B):\n"
        "    error = w * x[i] + b - t[i]\n    total[0] += error * x[i] / B\n"
        "    total[1] += error / B\nreturn total",
    ),
    "counts": (
        "A",
        "N = len(x)\nweight = np.bincount(rng.integers(N, size=B), minlength=N) / B\n"
        "error = weight * (line[0] * x + line[1] - t)\n"
        "return np.stack([error @ x, error.sum()])",
    ),
    "einsum": (
        "A",
        "rows = rng.integers(low=0, high=x.size, size=(B,))\n"
        "e = np.polyval(line, x[rows]) - t.take(rows)\n"
        "return np.einsum('bj,b->j', np.vander(x[rows], 2), e) / B",
    ),
    "tensors": (
        "A",
        "import minigrad as mg\nrows = rng.integers(len(x), size=B)\n"
        "v = mg.tensor(np.array(line, dtype=float), requires_grad=True)\n"
        "error = v[0] * mg.tensor(x[rows]) + v[1] - mg.tensor(t[rows])\n"
        "((error**2).mean() / 2).backward()\nreturn v.grad",
    ),
    "float32": (
        "A",
        "rows = rng.integers(len(x), size=B)\n"
        "x, t = x[rows].astype(np.float32), t[rows].astype(np.float32)\n"
        "error = np.float32(line[0]) * x + np.float32(line[1]) - t\n"
        "return np.array([(error * x).mean(), error.mean()], dtype=np.float32)",
    ),
    "covariance": (
        "B",
        "error = line[0] * x + line[1] - t\n"
        "return np.trace(np.cov(np.stack([error * x, error]), bias=True)) / B",
    ),
    "squares": (
        "B",
        "error = line[0] * x + line[1] - t\nG = np.stack([error * x, error])\n"
        "return (np.mean(np.sum(G**2, axis=0)) - np.sum(G.mean(axis=1) ** 2)) / B",
    ),
    "distances": (
        "B",
        "error = line[0] * x + line[1] - t\nG = np.column_stack([error * x, error])\n"
        "return ((G[:, None] - G[None]) ** 2).sum() / (2 * len(G) ** 2) / B",
    ),
    "statistics": (
        "B",
        "from statistics import pvariance\n"
        "errors = [line[0] * a + line[1] - b for a, b in zip(x.tolist(), t.tolist())]\n"
        "return (pvariance(errors) + pvariance([e * a for e, a in zip(errors, "
        "x.tolist())])) / B",
    ),
    "noise": (
        "B",
        "error = line[0] * x + line[1] - t\n"
        "noise = [g - np.mean(g) for g in (error * x, error)]\n"
        "return sum(float(g @ g) for g in noise) / (B * len(x))",
    ),
    "tensor": (
        "B",
        "import minigrad as mg\nx, t = mg.tensor(x), mg.tensor(t)\n"
        "error = line[0] * x + line[1] - t\n"
        "return sum(((g - g.mean()) ** 2).mean() for g in (error * x, error)) / B",
    ),
    "longdouble": (
        "B",
        "x, t = np.longdouble(x), np.longdouble(t)\nerror = line[0] * x + (line[1] - t)\n"
        "return np.var([error * x, error], axis=1).sum() / B",
    ),
    "each_direction": (
        "C",
        "total = 0.0\nfor curvature, variance in zip(a, C):\n    s = 0.0\n"
        "    for r in rates:\n        s = (1 - r * curvature) ** 2 * s + r * r * variance\n"
        "    total += curvature * s / 2\nreturn total",
    ),
    "written_out": (
        "C",
        "excess = 0.0\nfor i, r in enumerate(rates):\n"
        "    later = np.prod([(1 - q * a) ** 2 for q in rates[i + 1 :]], axis=0)\n"
        "    excess += np.sum(a * later * r**2 * C) / 2\nreturn excess",
    ),
    "recursion": (
        "C",
        "def s(n):\n    if n == 0:\n        return 0 * a\n    r = rates[n - 1]\n"
        "    return (1 - 2 * r * a + (r * a) ** 2) * s(n - 1) + r**2 * C\n\n"
        "return a @ s(len(rates)) / 2",
    ),
    "reduce": (
        "C",
        "from functools import reduce\n"
        "step = lambda s, r: np.square(1 - r * a) * s + np.square(r) * C\n"
        "return 0.5 * np.dot(a, reduce(step, rates, np.zeros_like(a)))",
    ),
    "backwards": (
        "C",
        "factor, total = np.ones(len(a)), np.zeros(len(a))\nfor r in reversed(rates):\n"
        "    total += factor * r**2 * C\n    factor *= (1 - r * a) ** 2\n"
        "return float(np.einsum('p,p->', a, total)) / 2",
    ),
    "tensor_c": (
        "C",
        "import minigrad as mg\nA, V = mg.tensor(a), mg.tensor(C)\ns = 0 * A\n"
        "for r in rates:\n    s = (1 - r * A) ** 2 * s + r**2 * V\nreturn (A * s).sum() / 2",
    ),
}
WRONG = {
    "all_samples": (
        "A",
        "error = line[0] * x + line[1] - t\nreturn np.array([np.mean(error * x), np.mean(error)])",
        "all N samples",
    ),
    "first_rows": (
        "A",
        "error = (line[0] * x + line[1] - t)[:B]\n"
        "return np.array([np.mean(error * x[:B]), np.mean(error)])",
        "the first B samples",
    ),
    "without": (
        "A",
        "rows = rng.permutation(len(x))[:B]\nerror = line[0] * x[rows] + line[1] - t[rows]\n"
        "return np.array([np.mean(error * x[rows]), np.mean(error)])",
        "without replacement",
    ),
    "sum": ("A", ERROR + "return np.array([np.sum(error * X), np.sum(error)])", "sum over the"),
    "over_N": (
        "A",
        ERROR + "return np.array([np.sum(error * X), np.sum(error)]) / len(x)",
        "divided by N",
    ),
    "two": ("A", ERROR + "return 2 * np.array([np.mean(error * X), np.mean(error)])", "half the"),
    "sign": ("A", ERROR + "return -np.array([np.mean(error * X), np.mean(error)])", "t minus"),
    "swapped": ("A", ERROR + "return np.array([np.mean(error), np.mean(error * X)])", "order"),
    "no_bias": (
        "A",
        DRAW + "error = line[0] * X - T\nreturn np.array([np.mean(error * X), np.mean(error)])",
        "b is missing",
    ),
    "same_rows_again": (
        "A",
        "kept = batch_gradient.__dict__\n"
        "rows = kept.setdefault((len(x), B), rng.integers(len(x), size=B))\n"
        "error = line[0] * x[rows] + line[1] - t[rows]\n"
        "return np.array([np.mean(error * x[rows]), np.mean(error)])",
        "draws anew",
    ),
    "two_draws": (
        "A",
        "X = x[rng.integers(len(x), size=B)]\nT = t[rng.integers(len(x), size=B)]\n"
        "error = line[0] * X + line[1] - T\nreturn np.array([np.mean(error * X), np.mean(error)])",
        "belong together",
    ),
    "mean_first": (
        "A",
        ERROR + "return np.array([np.mean(error) * np.mean(X), np.mean(error)])",
        "product of two means",
    ),
    "no_x": ("A", ERROR + "return np.array([np.mean(error), np.mean(error)])", "times x"),
    "not_centred": ("B", GRADIENTS + "return np.sum(G**2) / len(G) / B", "full gradient"),
    "for_one": ("B", GRADIENTS + "return np.sum(G.var(axis=0))", "one sample"),
    "B_squared": ("B", GRADIENTS + "return np.sum(G.var(axis=0)) / B**2", "B squared"),
    "times_B": ("B", GRADIENTS + "return np.sum(G.var(axis=0)) * B", "times B"),
    "root_B": ("B", GRADIENTS + "return np.sum(G.var(axis=0)) / np.sqrt(B)", "root of B"),
    "at_most_N": (
        "B",
        GRADIENTS + "return np.sum(G.var(axis=0)) / min(B, len(x))",
        "more samples than N",
    ),
    "N_minus_1": ("B", GRADIENTS + "return np.sum(G.var(axis=0, ddof=1)) / B", "N - 1"),
    "no_mean": (
        "B",
        GRADIENTS + "return np.sum((G - G.mean(axis=0)) ** 2) / B",
        "sum over the samples",
    ),
    "mean_component": ("B", GRADIENTS + "return np.mean(G.var(axis=0)) / B", "mean over w and b"),
    "axis_forgotten": ("B", GRADIENTS + "return G.var() / B", "without an axis"),
    "deviations": ("B", GRADIENTS + "return np.sum(G.std(axis=0)) / B", "standard deviations"),
    "rows_centred": ("B", GRADIENTS + "return np.sum(G.var(axis=1)) / B", "along the rows"),
    "one_mean": (
        "B",
        GRADIENTS + "return np.sum((G - G.mean()) ** 2) / len(G) / B",
        "one mean of all",
    ),
    "length": ("B", GRADIENTS + "return np.sqrt(np.sum(G.var(axis=0)) / B)", "root of the trace"),
    "full_only": ("B", GRADIENTS + "return np.sum(G.mean(axis=0) ** 2) / B", "the full gradient's"),
    "all_entries": ("B", GRADIENTS + "return np.sum(np.cov(G.T, bias=True)) / B", "diagonal"),
    "slope_only": ("B", GRADIENTS + "return np.var(error * x) / B", "only w's"),
    "bias_only": ("B", GRADIENTS + "return np.var(error) / B", "only b's"),
    "targets": ("B", "return np.sum(np.column_stack([t * x, t]).var(axis=0)) / B", "the error"),
    "no_x_in_trace": ("B", GRADIENTS + "return 2 * np.var(error) / B", "times x"),
    "no_intercept": (
        "B",
        "e = line[0] * x - t\nreturn np.sum(np.column_stack([e * x, e]).var(axis=0)) / B",
        "b is missing",
    ),
    "doubled": ("B", GRADIENTS + "return 4 * np.sum(G.var(axis=0)) / B", "half the"),
    "no_square": (
        "C",
        LOOP + "    s = (1 - r * a) * s + r**2 * C\nreturn np.sum(a * s) / 2",
        "1 - r a is squared",
    ),
    "never_climbs": (
        "C",
        LOOP + "    s = np.minimum((1 - r * a) ** 2, 1) * s + r**2 * C\nreturn np.sum(a * s) / 2",
        "where the walk climbs",
    ),
    "never_beyond": (
        "C",
        LOOP + "    s = np.maximum(1 - r * a, 0) ** 2 * s + r**2 * C\nreturn np.sum(a * s) / 2",
        "where the walk climbs",
    ),
    "first_rate_first": (
        "C",
        "s = rates[0] ** 2 * C\nfor r in rates[1:]:\n    s = (1 - r * a) ** 2 * s + r**2 * C\n"
        "return np.sum(a * s) / 2",
        "IndexError",
    ),
    "goes_on": (
        "C",
        "s = expected_excess.__dict__.setdefault('s', {}).setdefault(len(a), np.zeros(len(a)))\n"
        "for r in rates:\n    s[:] = (1 - r * a) ** 2 * s + r**2 * C\nreturn np.sum(a * s) / 2",
        "begin at 0",
    ),
    "r_once": (
        "C",
        LOOP + "    s = (1 - r * a) ** 2 * s + r * C\nreturn np.sum(a * s) / 2",
        "r squared times C",
    ),
    "no_shrink": (
        "C",
        LOOP + "    s = s + r**2 * C\nreturn np.sum(a * s) / 2",
        "shrinks the distance",
    ),
    "no_half": (
        "C",
        LOOP + "    s = (1 - r * a) ** 2 * s + r**2 * C\nreturn np.sum(a * s)",
        "half of this",
    ),
    "no_curvature": (
        "C",
        LOOP + "    s = (1 - r * a) ** 2 * s + r**2 * C\nreturn np.sum(s) / 2",
        "mean of w squared",
    ),
    "mean_of_all": (
        "C",
        LOOP + "    s = (1 - r * a) ** 2 * s + r**2 * C\nreturn np.mean(a * s) / 2",
        "add up the directions",
    ),
    "each": (
        "C",
        LOOP + "    s = (1 - r * a) ** 2 * s + r**2 * C\nreturn a * s / 2",
        "shape",
    ),
    "backwards": (
        "C",
        "s = np.zeros(len(a))\nfor r in rates[::-1]:\n    s = (1 - r * a) ** 2 * s + r**2 * C\n"
        "return np.sum(a * s) / 2",
        "last rate first",
    ),
    "floor": (
        "C",
        "r = rates[-1] if len(rates) else 0\nreturn r / 4 * np.sum(C)",
        "the approximate floor",
    ),
    "exact_floor": (
        "C",
        "r = rates[-1] if len(rates) else 0\nreturn np.sum(r * C / (2 * (2 - r * a)))",
        "after endless steps",
    ),
    "noise_shrinks_too": (
        "C",
        LOOP + "    s = (1 - r * a) ** 2 * (s + r**2 * C)\nreturn np.sum(a * s) / 2",
        "the new noise",
    ),
    "last_only": (
        "C",
        LOOP + "    s = r**2 * C\nreturn np.sum(a * s) / 2",
        "last step only",
    ),
    "summed": (
        "C",
        LOOP + "    s = (1 - r * a) ** 2 * s + r**2 * np.sum(C)\nreturn np.sum(a * s) / 2",
        "its own variance",
    ),
    "minus": (
        "C",
        LOOP + "    s = (1 + r * a) ** 2 * s + r**2 * C\nreturn np.sum(a * s) / 2",
        "minus r a",
    ),
    "C_squared": (
        "C",
        LOOP + "    s = (1 - r * a) ** 2 * s + (r * C) ** 2\nreturn np.sum(a * s) / 2",
        "C is a variance",
    ),
}


@answer
def slopes(line, x, t):
    error = line[0] * x + line[1] - t
    return np.array([np.mean(error * x), np.mean(error)])


@answer
def batches(line, x, t, B, seed):
    """The gradient of the batch of this seed, and the mistakes that it can have."""
    N = len(x)
    rows = np.random.default_rng(seed).integers(N, size=B)
    order = np.random.default_rng(seed).permutation(N)[:B]
    twice = np.random.default_rng(seed)
    two = [twice.integers(N, size=B) for _ in range(2)]
    right = slopes(line, x[rows], t[rows])
    error = line[0] * x[rows] + line[1] - t[rows]
    return right, {
        "no_batch": ("this is the gradient of all N samples", slopes(line, x, t)),
        "no_draw": ("these are always the first B samples", slopes(line, x[:B], t[:B])),
        "no_replacement": (
            "this draws without replacement (as a shuffle does)",
            slopes(line, x[order], t[order]),
        ),
        "no_mean": ("this is the sum over the batch: take the mean", right * B),
        "wrong_mean": ("this is divided by N: the batch has B samples", right * B / N),
        "factor": ("the loss is half the mean square: there is no factor 2", 2 * right),
        "direction": ("the error is the prediction minus t, and not t minus it", -right),
        "order": ("the order is (w, b), and this is (b, w)", right[::-1]),
        "intercept": (
            "b is missing in the prediction",
            slopes([line[0], 0], x[rows], t[rows]),
        ),
        "two_draws": (
            "x and t are drawn apart: x[i] and t[i] belong together",
            slopes(line, x[two[0]], t[two[1]]),
        ),
        "two_means": (
            "this is a product of two means: take the mean of the products",
            np.array([error.mean() * x[rows].mean(), error.mean()]),
        ),
        "chain_rule": (
            "for w, the error is multiplied: times x",
            np.array([error.mean(), error.mean()]),
        ),
    }


@check("A", points=2)
def the_gradient_of_the_drawn(m, rng):
    for N, B in ((12, 5), (7, 4)):
        x = rng.uniform(1, 3, N)
        t = rng.uniform(-2, -1, N)
        line = rng.uniform(0.5, 2, 2)
        seed = int(rng.integers(1000))
        right, mistakes = batches(line, x, t, B, seed)
        generator = np.random.default_rng(seed)
        got = m.batch_gradient(line, x, t, B, generator)
        call = f"batch_gradient(line, x, t, {B}, rng) for N = {N}"
        compare(call, got, right, **SINGLE, **mistakes)
        rows = np.random.default_rng(seed).integers(N, size=(2, B))[1]
        same = ("this is the batch of the call before: each call draws anew", right)
        got = m.batch_gradient(line, x, t, B, generator)
        compare(
            f"{call}, called once more", got, slopes(line, x[rows], t[rows]), **SINGLE, same=same
        )


@answer
def traces(line, x, t, B):
    """The trace of the noise, and the mistakes that it can have, each with its value."""
    N = len(x)
    error = line[0] * x + line[1] - t
    G = np.stack([error * x, error], axis=1)
    one = G.var(axis=0).sum()
    right = one / B
    less = error - line[1]
    return right, {
        "not_the_noise": (
            "the squared length of the full gradient is in it: take the mean of each "
            "component away",
            np.sum(G**2) / N / B,
        ),
        "one_sample": ("this is the trace for one sample: the batch has B", one),
        "too_often": ("this is divided by B squared", right / B),
        "wrong_way": ("this grows, times B: more samples make less noise", one * B),
        "root": ("this is divided by the root of B: a variance is divided by B", one / B**0.5),
        "estimate": ("divide by N, and not by N - 1", right * N / (N - 1)),
        "no_mean": ("this is the sum over the samples: take their mean", right * N),
        "mean_not_sum": ("this is the mean over w and b: add the variances up", right / 2),
        "no_axis": (
            "this is a variance of all numbers, without an axis: each component has its own",
            G.var() / B,
        ),
        "no_variance": (
            "this adds standard deviations up: add variances",
            G.std(axis=0).sum() / B,
        ),
        "axis": (
            "this takes variances along the rows: each *component* varies over the samples",
            G.var(axis=1).sum() / B,
        ),
        "one_number": (
            "this takes one mean of all numbers away: each component has its own",
            np.sum((G - G.mean()) ** 2) / N / B,
        ),
        "one_root": ("this is the root of the trace", right**0.5),
        "no_noise": (
            "this is the full gradient's squared length: the noise is what is beyond it",
            np.sum(G.mean(axis=0) ** 2) / B,
        ),
        "whole_matrix": (
            "this adds the whole covariance matrix up: a trace is the sum of the diagonal",
            np.cov(G.T, bias=True).sum() / B,
        ),
        "half_w": ("this is only w's variance: b has one, too", G[:, 0].var() / B),
        "half_b": ("this is only b's variance: w has one, too", G[:, 1].var() / B),
        "targets": (
            "the gradient of a sample has the error in it, and not the target t alone",
            (np.var(t * x) + np.var(t)) / B,
        ),
        "chain_rule": ("for w, the error is multiplied: times x", 2 * np.var(error) / B),
        "intercept": (
            "b is missing in the prediction",
            (np.var(less * x) + np.var(less)) / B,
        ),
        "at_most_N": (
            "a batch may have more samples than N: they are drawn with replacement",
            one / min(B, N),
        ),
        "factor": ("the loss is half the mean square: there is no factor 2", 4 * right),
    }


@check("B", points=2)
def the_trace_of_the_noise(m, rng):
    for N, B in ((6, 5), (9, 3), (4, 20)):
        x = rng.uniform(1, 3, N)
        t = rng.uniform(-2, -1, N)
        line = rng.uniform(0.5, 2, 2)
        right, mistakes = traces(line, x, t, B)
        call = f"noise_trace(line, x, t, {B}) for N = {N}"
        compare(call, m.noise_trace(line, x, t, B), right, **SINGLE, **mistakes)


@answer
def excesses(rates, a, C):
    """The expected excess, and the mistakes that it can have, each with its value."""

    def walked(rates, shrink, add):
        s = np.zeros(len(a))
        for r in rates:
            s = shrink(r) * s + add(r)
        return s

    last = rates[-1]

    def square(r):
        return (1 - r * a) ** 2

    def noise(r):
        return r**2 * C

    s = walked(rates, square, noise)
    right = np.sum(a * s) / 2

    def of(shrink, add):
        return np.sum(a * walked(rates, shrink, add)) / 2

    return right, {
        "shrinks_once": (
            "s is a mean of squares, so the factor 1 - r a is squared",
            of(lambda r: 1 - r * a, noise),
        ),
        "noise": ("the noise of a step is r squared times C", of(square, lambda r: r * C)),
        "no_way_back": ("each step also shrinks the distance", of(lambda r: 1, noise)),
        "factor": ("the loss is a w**2 / 2: it is half of this", 2 * right),
        "not_a_loss": (
            "this is half the mean of w squared: the excess has the curvature, too",
            np.sum(s) / 2,
        ),
        "mean_of_all": ("add up the directions: this is their mean", right / 3),
        "order": (
            "this takes the last rate first",
            np.sum(a * walked(rates[::-1], square, noise)) / 2,
        ),
        "approximate": (
            "this is the approximate floor of the last rate: walk through all rates",
            last / 4 * np.sum(C),
        ),
        "endless": (
            "this is the floor after endless steps at the last rate: walk through all rates",
            np.sum(last * C / (2 * (2 - last * a))),
        ),
        "low": (
            "a factor above 1 is right where the walk climbs: it may be large",
            of(lambda r: np.minimum((1 - r * a) ** 2, 1), noise),
        ),
        "one_sided": (
            "a step that goes beyond 0 has a square, too, also where the walk climbs",
            of(lambda r: np.maximum(1 - r * a, 0) ** 2, noise),
        ),
        "too_small": (
            "the new noise is not yet shrunk: only the s from before is",
            of(square, lambda r: (1 - r * a) ** 2 * r**2 * C),
        ),
        "forgetful": ("this is the noise of the last step only", np.sum(a * last**2 * C) / 2),
        "direction": (
            "a step goes down: the factor is 1 minus r a",
            of(lambda r: (1 + r * a) ** 2, noise),
        ),
        "one_noise": (
            "each direction has its own variance: this adds the sum of C to each",
            of(square, lambda r: r**2 * np.sum(C)),
        ),
        "variance": (
            "C is a variance, and not squared again",
            of(square, lambda r: (r * C) ** 2),
        ),
    }


@check("C", points=2)
def the_excess_of_a_walk(m, rng):
    for rates in ([0.9, 0.5, 0.2], [0.3, 0.3, 0.8, 0.4], [5.0, 5.0]):
        a = rng.uniform(0.3, 1.0, 3)
        C = rng.uniform(0.5, 2.0, 3)
        right, mistakes = excesses(rates, a, C)
        call = f"expected_excess({rates}, a, C)"
        got = m.expected_excess(rates, a, C)
        compare(call, got, right, **SINGLE, **mistakes)
        kept = ("all w begin at 0 in each call: this goes on from an earlier one", got)
        got = m.expected_excess([], a, C)
        compare("expected_excess([], a, C) after that", got, 0.0, **SINGLE, kept=kept)


@check("A", points=0, hidden=True)
def more_draws_than_samples(m, rng):
    x = rng.uniform(1, 3, 3)
    t = rng.uniform(1, 3, 3)
    for B in (1, 3, 10):
        rows = np.random.default_rng(B).integers(3, size=B)
        got = m.batch_gradient((0.5, -1.0), x, t, B, np.random.default_rng(B))
        call = f"batch_gradient((0.5, -1), x, t, {B}, rng) for N = 3"
        compare(call, got, slopes((0.5, -1.0), x[rows], t[rows]), **SINGLE)


@check("B", points=0, hidden=True)
def no_noise_and_one_sample(m, rng):
    x = rng.uniform(1, 3, 8)
    got = m.noise_trace((2.0, -1.0), x, 2 * x - 1, 4)
    compare("noise_trace(line, x, t, 4), all samples on the line", got, 0.0, **SINGLE)
    got = m.noise_trace((0.5, 1.0), x[:1], x[:1], 4)
    compare("noise_trace(line, x, t, 4) for N = 1", got, 0.0, **SINGLE)
    t = rng.uniform(1, 3, 8)
    right, _ = traces(np.array([0.5, 1.0]), x, t, 20)
    compare("noise_trace((0.5, 1), x, t, 20)", m.noise_trace((0.5, 1.0), x, t, 20), right, **SINGLE)


@check("C", points=0, hidden=True)
def no_step_and_many(m, rng):
    a = np.array([0.2, 1.0])
    C = np.array([3.0, 0.5])
    compare("expected_excess([], a, C)", m.expected_excess([], a, C), 0.0, **SINGLE)
    floor = np.sum(0.5 * C / (2 * (2 - 0.5 * a)))
    got = m.expected_excess([0.5] * 400, a, C)
    compare("expected_excess([0.5] * 400, a, C)", got, floor, **SINGLE)
    got = m.expected_excess([3.0, 3.0], np.array([1.0]), np.array([1.0]))
    compare("expected_excess([3, 3], [1], [1])", got, 22.5, **SINGLE)
