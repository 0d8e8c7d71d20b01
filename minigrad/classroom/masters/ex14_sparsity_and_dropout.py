"""Weights that are exactly 0, and dropout: a threshold, a step of ISTA, and a mask both ways.

Belongs to lesson 14, "What makes a weight exactly zero?".

The arrays are of float64. No function changes its arguments. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def best_weight(u, t, s):
    """The v that makes (v - u)**2 / 2 + t * |v| + s * v**2 / 2 smallest, element by element.

    So it has both penalties, L1 with the factor t and L2 with the factor s. Both are numbers, 0 or
    greater. u is an array of any shape, and so is the result. Exact zeros are wanted, not nearly.
    """
    # BEGIN SOLUTION A: return the best v for each element of u
    return np.sign(u) * np.maximum(np.abs(u) - t, 0) / (1 + s)
    # END SOLUTION


# %% Part B (2 points)
def ista_step(w, b, X, y, rate, lam):
    """One step of ISTA for logistic regression: the pair (new w, new b).

    The loss is the mean over the N samples of the log loss of z = X w + b, plus lam times the sum
    of |w|. X has shape (N, D), w has (D,), b is a number, and the labels y, of shape (N,), are 0 or
    1. The bias has no penalty. The slope of one sample's log loss for its z is p - y, where
    p = 1 / (1 + exp(-z)). Both gradients are taken at the old w and b.
    """
    # BEGIN SOLUTION B: return the pair (new w, new b): gradient step, then threshold
    dz = (1 / (1 + np.exp(-(X @ w + b))) - y) / len(X)
    u = w - rate * X.T @ dz
    return np.sign(u) * np.maximum(np.abs(u) - rate * lam, 0), b - rate * dz.sum()
    # END SOLUTION


# %% Part C (2 points)
def dropout(h, g, q, rng, training):
    """Dropout of h and its backward pass: the pair (output, gradient for h), each of h's shape.

    h and g have one shape; g is the gradient of the loss for the output. 0 <= q < 1 is the
    probability that an element is dropped. If `training`, call rng.random(h.shape) once: an element
    is kept where that number is q or greater. If not, nothing is dropped, and rng is not used.
    """
    # BEGIN SOLUTION C: return the pair (output, gradient for h)
    if not training:
        return h, g
    factor = (rng.random(h.shape) >= q) / (1 - q)
    return h * factor, g * factor
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, check, compare  # noqa: E402

HINTS = {
    "A": [
        "Derive it as in Finding 1: one case for v > 0, one for v < 0, and what is left over. The "
        "penalty s * v**2 / 2 adds s * v to the derivative.",
        "v > 0: v - u + t + s v = 0, so v = (u - t) / (1 + s), if u > t. For u below -t: (u + t) / "
        "(1 + s). Between: 0.",
        "return np.sign(u) * np.maximum(np.abs(u) - ..., 0) / (1 + ...)",
    ],
    "B": [
        "Which of the two parts of the loss gets a gradient step, and which a threshold? And what "
        "is the threshold, if the step has a rate?",
        "u = w - rate times the gradient of the mean log loss alone. New w: the soft threshold of "
        "u by rate * lam. New b: a gradient step only.",
        "dz = (1 / (1 + np.exp(-(...))) - y) / len(X)\nu = w - rate * X.T @ ...\n"
        "return np.sign(u) * np.maximum(...), b - rate * dz....",
    ],
    "C": [
        "What happens in the test? And in training: by which factor is a kept element multiplied, "
        "so that the mean over many masks is h?",
        "The output is h times a factor: 0, or 1 / (1 - q). So the gradient for h is g times the "
        "same factor, with the same mask.",
        "if not training:\n    return ...\nfactor = (rng.random(h.shape) >= q) / ...\n"
        "return h * ..., g * ...",
    ],
}
_DZ = "dz = (1 / (1 + np.exp(-(X @ w + b))) - y) / len(X)\n"
_U = _DZ + "u = w - rate * X.T @ dz\n"
_SOFT = "np.sign(u) * np.maximum(np.abs(u) - rate * lam, 0)"
_B = "b - rate * dz.sum()"
_TEST = "if not training:\n    return h, g\n"
_MASK = _TEST + "mask = rng.random(h.shape) >= q\n"
WRONG = {
    "hard": ("A", "return np.where(np.abs(u) > t, u, 0.0) / (1 + s)", "hard threshold"),
    "gradient_step": ("A", "return (u - t * np.sign(u)) / (1 + s)", "across 0"),
    "no_sign": ("A", "return np.maximum(np.abs(u) - t, 0) / (1 + s)", "sign is lost"),
    "one_side": ("A", "return np.maximum(u - t, 0) / (1 + s)", "below -t"),
    "only_L2": ("A", "return u / (1 + s)", "L1 is missing"),
    "only_L1": ("A", "return np.sign(u) * np.maximum(np.abs(u) - t, 0)", "L2 is missing"),
    "both_factors": ("A", "return u / (1 + t + s)", "what L2 does"),
    "clipped": ("A", "return np.clip(u, -t, t) / (1 + s)", "clipped"),
    "L2_first": (
        "A",
        "return np.sign(u) * np.maximum(np.abs(u) / (1 + s) - t, 0)",
        "divided first",
    ),
    "minus_s": (
        "A",
        "return np.sign(u) * np.maximum(np.abs(u) - t, 0) * (1 - s)",
        "1 - s",
    ),
    "two_s": (
        "A",
        "return np.sign(u) * np.maximum(np.abs(u) - t, 0) / (1 + 2 * s)",
        "the half",
    ),
    "half_s": (
        "A",
        "return np.sign(u) * np.maximum(np.abs(u) - t, 0) / (1 + s / 2)",
        "derivative of s v**2 / 2",
    ),
    "t_plus_s": ("A", "return np.sign(u) * np.maximum(np.abs(u) - t - s, 0)", "a threshold of s"),
    "no_rate": (
        "B",
        _U + "return np.sign(u) * np.maximum(np.abs(u) - lam, 0), " + _B,
        "rate * lam",
    ),
    "bias_too": (
        "B",
        _U + f"v = {_B}\nreturn {_SOFT}, np.sign(v) * np.maximum(np.abs(v) - rate * lam, 0)",
        "bias has no penalty",
    ),
    "no_threshold": ("B", _U + f"return u, {_B}", "no threshold"),
    "plain_step": (
        "B",
        _U + f"return u - rate * lam * np.sign(w), {_B}",
        "plain gradient step",
    ),
    "both": (
        "B",
        _DZ + "u = w - rate * (X.T @ dz + lam * np.sign(w))\n" + f"return {_SOFT}, {_B}",
        "twice",
    ),
    "L2_step": ("B", _DZ + f"return w - rate * (X.T @ dz + lam * w), {_B}", "of L2"),
    "threshold_first": (
        "B",
        _DZ + "v = np.sign(w) * np.maximum(np.abs(w) - rate * lam, 0)\n"
        f"return v - rate * X.T @ dz, {_B}",
        "comes first",
    ),
    "sum_loss": (
        "B",
        _U.replace(" / len(X)", "") + f"return {_SOFT}, {_B}",
        "divide by N",
    ),
    "mean_twice": ("B", _U + f"return {_SOFT}, b - rate * dz.mean()", "divided by N twice"),
    "uphill": (
        "B",
        _DZ + "u = w + rate * X.T @ dz\n" + f"return {_SOFT}, b + rate * dz.sum()",
        "up the slope",
    ),
    "no_sigmoid": (
        "B",
        _U.replace("1 / (1 + np.exp(-(X @ w + b)))", "(X @ w + b)") + f"return {_SOFT}, {_B}",
        "z in place of p",
    ),
    "old_bias": ("B", _U + f"return {_SOFT}, b", "bias has not moved"),
    "no_division": ("C", _MASK + "return h * mask, g * mask", "1 - q"),
    "by_q": ("C", _MASK + "return h * mask / q, g * mask / q", "divided by q"),
    "turned": (
        "C",
        _MASK.replace(">=", "<") + "return h * mask / (1 - q), g * mask / (1 - q)",
        "turned",
    ),
    "test_too": (
        "C",
        _MASK.removeprefix(_TEST) + "return h * mask / (1 - q), g * mask / (1 - q)",
        "in the test",
    ),
    "scaled_test": (
        "C",
        _MASK.replace("return h, g", "return h * (1 - q), g * (1 - q)")
        + "return h * mask / (1 - q), g * mask / (1 - q)",
        "in the test",
    ),
    "no_mask_back": ("C", _MASK + "return h * mask / (1 - q), g", "not gone through"),
    "no_division_back": ("C", _MASK + "return h * mask / (1 - q), g * mask", "not divided"),
    "new_mask": (
        "C",
        _MASK + "other = rng.random(h.shape) >= q\nreturn h * mask / (1 - q), g * other / (1 - q)",
        "the same mask",
    ),
    "times_output": (
        "C",
        _MASK + "out = h * mask / (1 - q)\nreturn out, g * out",
        "times the output",
    ),
    "mask_of_units": (
        "C",
        _TEST
        + "mask = rng.random(h.shape[1:]) >= q\nreturn h * mask / (1 - q), g * mask / (1 - q)",
        "one mask for all rows",
    ),
}


def soft(w, t):
    return w - np.clip(w, -t, t)


@check("A", points=2)
def both_penalties(m, rng):
    u = np.append(rng.uniform(-4, 4, 6), [2.5, -2.5, 0.2, -0.2])
    t, s = 1.0, 0.25
    right = soft(u, t) / (1 + s)
    mistakes = {
        "hard": (
            "a hard threshold: large weights move towards 0, too, by t",
            np.where(np.abs(u) > t, u, 0) / (1 + s),
        ),
        "gradient_step": (
            "weights smaller than t jump across 0: they must become 0",
            (u - t * np.sign(u)) / (1 + s),
        ),
        "no_sign": ("the sign is lost: weights below 0 stay below", np.abs(right)),
        "one_side": (
            "weights below 0 have all become 0: those below -t become (u + t) / (1 + s)",
            np.maximum(u - t, 0) / (1 + s),
        ),
        "only_one": ("L1 is missing: nothing depends on t", u / (1 + s)),
        "only_the_other": ("L2 is missing: nothing depends on s", soft(u, t)),
        "a_factor": ("this is what L2 does: t must move u, not divide it", u / (1 + t + s)),
        "clipped": (
            "this is clipped to -t ... t: what is left over is asked for",
            np.clip(u, -t, t) / (1 + s),
        ),
        "order": (
            "u is divided first, and then moved by t: derive v - u + t + s v = 0",
            soft(u / (1 + s), t),
        ),
        "gradient": (
            "1 - s is a gradient step of L2: the best v has another factor",
            right * (1 + s) * (1 - s),
        ),
        "factor": ("the half of s v**2 / 2 was lost", right * (1 + s) / (1 + 2 * s)),
        "halved": (
            "the derivative of s v**2 / 2 is s v, not s v / 2",
            right * (1 + s) / (1 + s / 2),
        ),
        "moved": ("L2 is not a threshold of s: its derivative is s v", soft(u, t + s)),
        "down": ("this moves all weights down by t, also those below 0", (u - t) / (1 + s)),
        "outward": ("this moves away from 0", (u + t * np.sign(u)) / (1 + s)),
        "unchanged": ("u came back as it was", u),
    }
    compare("best_weight(u, 1.0, 0.25)", m.best_weight(u, t, s), right, **SINGLE, **mistakes)
    compare("best_weight(u, 0.0, 0.0)", m.best_weight(u, 0.0, 0.0), u, **SINGLE)


def logistic(rng, n, d):
    X = rng.normal(0, 1, (n, d))
    w = rng.normal(0, 1, d)
    w[0] = 0.01
    y = np.arange(n) % 3 == 0
    return X, w, 0.3, y.astype(float)


def gradients(w, b, X, y):
    dz = 1 / (1 + np.exp(-(X @ w + b))) - y
    return X.T @ dz / len(X), dz.mean()


@check("B", points=2)
def a_step_and_a_threshold(m, rng):
    X, w, b, y = logistic(rng, 7, 4)
    rate, lam = 0.3, 0.5
    dw, db = gradients(w, b, X, y)
    u, new_b = w - rate * dw, b - rate * db
    new_w = soft(u, rate * lam)
    linear = X @ w + b - y
    mistakes = {
        "factor": (
            "the threshold is rate * lam, as the bracket of the derivation says",
            (soft(u, lam), new_b),
        ),
        "too_much": ("the bias has no penalty, so no threshold", (new_w, soft(new_b, rate * lam))),
        "half_done": ("there is no threshold: no weight gets 0", (u, new_b)),
        "jump": (
            "this is a plain gradient step of the whole: it jumps across 0",
            (u - rate * lam * np.sign(w), new_b),
        ),
        "penalty": (
            "the penalty is in it twice: in the gradient and as a threshold",
            (soft(u - rate * lam * np.sign(w), rate * lam), new_b),
        ),
        "other_penalty": ("this is a step of L2", (w - rate * (dw + lam * w), new_b)),
        "order": (
            "the threshold comes first here: the gradient step must come first",
            (soft(w, rate * lam) - rate * dw, new_b),
        ),
        "sum": (
            "this is the gradient of the sum of the log losses: divide by N",
            (soft(w - rate * len(X) * dw, rate * lam), b - rate * len(X) * db),
        ),
        "bias": ("the slope for b is divided by N twice", (new_w, b - rate * db / len(X))),
        "bias_of_sum": ("the slope for b is not divided by N", (new_w, b - rate * db * len(X))),
        "direction": (
            "this goes up the slope of the log loss",
            (soft(w + rate * dw, rate * lam), b + rate * db),
        ),
        "no_curve": (
            "this has z in place of p: put z through the sigmoid",
            (soft(w - rate * X.T @ linear / len(X), rate * lam), b - rate * linear.mean()),
        ),
        "forgotten": ("the bias has not moved: it makes a gradient step", (new_w, b)),
        "gradient_only": ("these are the gradients, not the new values", (dw, db)),
    }
    call = "ista_step(w, b, X, y, 0.3, 0.5)"
    compare(call, m.ista_step(w, b, X, y, rate, lam), (new_w, new_b), **SINGLE, **mistakes)


def masked(h, g, q, seed):
    factor = (np.random.default_rng(seed).random(h.shape) >= q) / (1 - q)
    return h * factor, g * factor


@check("C", points=1)
def training_drops(m, rng):
    h, g = rng.uniform(1, 2, (2, 6, 5))
    q, seed = 0.4, int(rng.integers(1000))
    out, back = masked(h, g, q, seed)
    same = np.random.default_rng(seed)
    kept = same.random(h.shape) >= q
    other = same.random(h.shape) >= q
    units = np.random.default_rng(seed).random(5) >= q
    mistakes = {
        "mean": (
            "what is kept must be divided by 1 - q, or its mean is too small",
            (h * kept, g * kept),
        ),
        "factor": (
            "this is divided by q: kept elements are 1 - q of all",
            (h * kept / q, g * kept / q),
        ),
        "mask": (
            "the mask is turned: kept is where the random number is q or greater",
            (h * ~kept / (1 - q), g * ~kept / (1 - q)),
        ),
        "backward": ("the gradient has not gone through the mask", (out, g)),
        "backward_factor": ("the gradient is masked, but not divided by 1 - q", (out, g * kept)),
        "second_draw": (
            "the gradient needs the same mask as the output: call rng.random once",
            (out, g * other / (1 - q)),
        ),
        "too_much": (
            "the gradient is multiplied by the factor, not times the output",
            (out, g * out),
        ),
        "rows": (
            "this is one mask for all rows: draw a number for each element",
            (h * units / (1 - q), g * units / (1 - q)),
        ),
        "nothing": ("nothing is dropped, and this is training", (h, g)),
        "swapped": ("the output comes first, then the gradient", (back, out)),
    }
    call = "dropout(h, g, 0.4, rng, True)"
    got = m.dropout(h, g, q, np.random.default_rng(seed), True)
    compare(call, got, (out, back), **SINGLE, **mistakes)


@check("C", points=1)
def the_test_does_not(m, rng):
    h, g = rng.uniform(1, 2, (2, 4, 3))
    q, seed = 0.4, int(rng.integers(1000))
    mistakes = {
        "dropped": (
            "dropout is on in the test, too: nothing is dropped there",
            masked(h, g, q, seed),
        ),
        "scaled": (
            "nothing is scaled in the test: the division in training has done it",
            (h * (1 - q), g * (1 - q)),
        ),
        "scaled_up": ("nothing is divided in the test", (h / (1 - q), g / (1 - q))),
    }
    got = m.dropout(h, g, q, np.random.default_rng(seed), False)
    compare("dropout(h, g, 0.4, rng, False)", got, (h, g), **SINGLE, **mistakes)


@check("A", points=0, hidden=True)
def other_shapes_and_exact_zeros(m, rng):
    u = rng.standard_normal((3, 4))
    call = "best_weight(u, 0.4, 2.0) for u of shape (3, 4)"
    got = m.best_weight(u, 0.4, 2.0)
    compare(call, got, soft(u, 0.4) / 3, **SINGLE)
    compare("best_weight(u, 0.0, 1.0)", m.best_weight(u, 0.0, 1.0), u / 2, **SINGLE)
    zeros = np.zeros((3, 4))
    compare("best_weight(u, 100.0, 1.0)", m.best_weight(u, 100.0, 1.0), zeros, rtol=0, atol=0)


@check("B", points=0, hidden=True)
def other_sizes(m, rng):
    for n, d, rate, lam in ((1, 1, 1.0, 0.0), (5, 9, 0.1, 50.0), (30, 3, 2.0, 0.1)):
        X, w, b, y = logistic(rng, n, d)
        dw, db = gradients(w, b, X, y)
        right = soft(w - rate * dw, rate * lam), b - rate * db
        call = f"ista_step(w, b, X, y, {rate}, {lam}) for X of shape ({n}, {d})"
        compare(call, m.ista_step(w, b, X, y, rate, lam), right, **SINGLE)


@check("C", points=0, hidden=True)
def other_masks(m, rng):
    for shape, q in (((7,), 0.1), ((2, 3, 4), 0.9), ((5, 1), 0.0)):
        h, g = rng.standard_normal((2, *shape))
        call = f"dropout(h, g, {q}, rng, True) for h of shape {shape}"
        got = m.dropout(h, g, q, np.random.default_rng(3), True)
        compare(call, got, masked(h, g, q, 3), **SINGLE)
