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
from minigrad.classroom.checks import SINGLE, answer, check, compare  # noqa: E402

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
RIGHT = {
    "three_cases": (
        "A",
        "return np.where(u > t, (u - t) / (1 + s), np.where(u < -t, (u + t) / (1 + s), 0.0))",
    ),
    "clipped_off": (
        "A",
        "return (u - np.clip(u, -t, t)) / (1 + s)",
    ),
    "two_ramps": (
        "A",
        "return (np.maximum(u - t, 0) - np.maximum(-u - t, 0)) / (1 + s)",
    ),
    "element_by_element": (
        "A",
        "def one(x):\n    if abs(x) <= t:\n        return 0.0\n"
        "    return (x - t if x > 0 else x + t) / (1 + s)\n\n"
        "return np.array([one(x) for x in u.ravel()]).reshape(u.shape)",
    ),
    "float32": (
        "A",
        "size = np.maximum(np.abs(u.astype(np.float32)) - np.float32(t), 0)\n"
        "return np.copysign(size, u.astype(np.float32)) / np.float32(1 + s)",
    ),
    "tensor": (
        "A",
        "import minigrad as mg\nv = mg.tensor(u)\n"
        "return v.sign() * (v.abs() - t).clamp(min=0) / (1 + s)",
    ),
    "masked": (
        "B",
        "dz = (1 / (1 + np.exp(-(X @ w + b))) - y) / len(X)\nu = w - rate * X.T @ dz\n"
        "u[np.abs(u) <= rate * lam] = 0\nu -= rate * lam * np.sign(u)\n"
        "return u, b - rate * np.sum(dz)",
    ),
    "loops": (
        "B",
        "N = len(X)\n"
        "errors = [1 / (1 + np.exp(-(sum(a * c for a, c in zip(row, w)) + b))) - t for row, "
        "t in zip(X, y)]\nnew = []\nfor j, old in enumerate(w):\n"
        "    v = old - rate * sum(e * row[j] for e, row in zip(errors, X)) / N\n"
        "    size = max(abs(v) - rate * lam, 0.0)\n    new.append(size if v > 0 else -size)\n"
        "return new, b - rate * sum(errors) / N",
    ),
    "column_of_ones": (
        "B",
        "A = np.column_stack([X, np.ones(len(X))])\nv = np.append(w, b)\n"
        "p = 0.5 * (1 + np.tanh(A @ v / 2))\nv = v - rate * A.T @ (p - y) / len(y)\n"
        "edge = np.append(np.full(len(w), rate * lam), 0.0)\n"
        "v = v - np.clip(v, -edge, edge)\nreturn v[:-1], v[-1]",
    ),
    "autograd": (
        "B",
        "import minigrad as mg\n"
        "v, c = mg.tensor(w, requires_grad=True), mg.tensor(float(b), dtype=mg.float64, "
        "requires_grad=True)\nz = mg.tensor(X) @ v + c\n"
        "((1 + z.exp()).log() - mg.tensor(y) * z).mean().backward()\n"
        "u = w - rate * v.grad.numpy()\n"
        "return u - np.clip(u, -rate * lam, rate * lam), b - rate * c.grad.numpy()",
    ),
    "einsum": (
        "B",
        "p = np.exp(-np.logaddexp(0, -(np.einsum('nd,d->n', X, w) + b)))\n"
        "u = w - rate * np.einsum('nd,n->d', X, p - y) / len(X)\n"
        "return [np.sign(u) * (np.abs(u) - rate * lam).clip(min=0), b - rate * (p - "
        "y).mean()]",
    ),
    "named_tuple": (
        "B",
        "from collections import namedtuple\n"
        "dz = (1 / (1 + np.exp(-(X @ w + b))) - y) / len(X)\nu = w - rate * X.T @ dz\n"
        "new = np.where(abs(u) > rate * lam, u - np.copysign(rate * lam, u), 0)\n"
        "return namedtuple('Model', 'w b')(new, b - rate * dz.sum())",
    ),
    "where": (
        "C",
        "if not training:\n    return h.copy(), g.copy()\nkept = rng.random(h.shape) >= q\n"
        "return np.where(kept, h / (1 - q), 0), np.where(kept, g / (1 - q), 0)",
    ),
    "flat_loop": (
        "C",
        "if training:\n    numbers = rng.random(h.shape).ravel()\n"
        "    factors = [0.0 if x < q else 1 / (1 - q) for x in numbers]\n"
        "    factor = np.reshape(factors, h.shape)\n    h, g = h * factor, g * factor\n"
        "return [h, g]",
    ),
    "stacked": (
        "C",
        "both = np.stack([h, g])\nif training:\n"
        "    both = both * np.heaviside(rng.random(h.shape) - q, 1.0) / (1 - q)\n"
        "return tuple(both)",
    ),
    "indices": (
        "C",
        "out, back = h.copy(), g.copy()\nif training:\n"
        "    dropped = rng.random(h.shape) < q\n    for array in (out, back):\n"
        "        array[dropped] = 0\n        array /= 1 - q\nreturn out, back",
    ),
    "tensors": (
        "C",
        "import minigrad as mg\nx = mg.tensor(h, requires_grad=True)\n"
        "kept = (rng.random(h.shape) >= q) / (1 - q) if training else np.ones(h.shape)\n"
        "out = x * mg.tensor(kept)\nout.backward(mg.tensor(g))\nreturn out.detach(), x.grad",
    ),
    "floor": (
        "C",
        "if not training:\n    return h, g\nkeep = 1 - q\n"
        "mask = np.floor(rng.random(size=h.shape) + keep)\n"
        "return (mask / keep * h).tolist(), (mask / keep * g).tolist()",
    ),
}
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
    "nearly_0": (
        "A",
        "v = np.sign(u) * np.maximum(np.abs(u) - t, 0) / (1 + s)\n"
        "return np.where(v == 0, 1e-12 * u, v)",
        "exactly 0",
    ),
    "divided_by_itself": (
        "A",
        "return u * np.maximum(1 - t / np.abs(u), 0) / (1 + s)",
        "NaN",
    ),
    "one_axis": (
        "A",
        "return np.array([np.sign(x) * max(abs(x) - t, 0) for x in u]) / (1 + s)",
        "ambiguous",
    ),
    "old_signs": (
        "B",
        _U + "return np.sign(w) * np.maximum(np.abs(u) - rate * lam, 0), " + _B,
        "sign of the old weight",
    ),
    "remembers": (
        "B",
        _U + "kept = ista_step.__dict__.setdefault(len(w), 0 * w)\n"
        f"u = u + 0.5 * kept\nkept[:] = u - w\nreturn {_SOFT}, {_B}",
        "an earlier call",
    ),
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
    "greater_than_q": (
        "C",
        _MASK.replace(">=", ">") + "return h * mask / (1 - q), g * mask / (1 - q)",
        "equal to q is kept",
    ),
    "draws_in_the_test": (
        "C",
        "mask = rng.random(h.shape) >= q\n"
        + _TEST
        + "return h * mask / (1 - q), g * mask / (1 - q)",
        "rng is not used",
    ),
    "one_mask_for_all_calls": (
        "C",
        _TEST + "masks = dropout.__dict__\nif h.shape not in masks:\n"
        "    masks[h.shape] = rng.random(h.shape) >= q\nmask = masks[h.shape]\n"
        "return h * mask / (1 - q), g * mask / (1 - q)",
        "each call draws",
    ),
    "where_output_is_not_0": (
        "C",
        _MASK + "out = h * mask / (1 - q)\nreturn out, g * (out != 0) / (1 - q)",
        "the mask, and not the output",
    ),
    "where_output_is_above_0": (
        "C",
        _MASK + "out = h * mask / (1 - q)\nreturn out, g * (out > 0) / (1 - q)",
        "the mask, and not the output",
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


@answer
def soft(w, t):
    return w - np.clip(w, -t, t)


@answer
def best(u, t, s):
    """The best weights, and the mistakes that they can have, each with its value."""
    right = soft(u, t) / (1 + s)
    return right, {
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


@check("A", points=2)
def both_penalties(m, rng):
    u = np.append(rng.uniform(-4, 4, 6), [2.5, -2.5, 0.2, -0.2])
    t, s = 1.0, 0.25
    right, mistakes = best(u, t, s)
    compare("best_weight(u, 1.0, 0.25)", m.best_weight(u, t, s), right, **SINGLE, **mistakes)
    compare("best_weight(u, 0.0, 0.0)", m.best_weight(u, 0.0, 0.0), u, **SINGLE)
    u = np.array([[0.0, 3.0], [-2.0, 0.5]])
    call = f"best_weight(np.array({u.tolist()}), 0.0, 1.0)"
    compare(call, m.best_weight(u, 0.0, 1.0), u / 2, **SINGLE)
    got = m.best_weight(u, 5.0, 1.0)
    near = ("a weight that t moves to 0 is exactly 0", np.asarray(got, dtype=float))
    call = f"best_weight(np.array({u.tolist()}), 5.0, 1.0)"
    compare(call, got, np.zeros((2, 2)), rtol=0, atol=0, near=near)


def logistic(rng, n, d):
    X = rng.normal(0, 1, (n, d))
    w = rng.normal(0, 1, d)
    w[0] = 0.01
    y = np.arange(n) % 3 == 0
    return X, w, 0.3, y.astype(float)


@answer
def gradients(w, b, X, y):
    dz = 1 / (1 + np.exp(-(X @ w + b))) - y
    return X.T @ dz / len(X), dz.mean()


@answer
def stepped(w, b, X, y, rate, lam):
    """The new w and b, and the mistakes that they can have, each with its value."""
    dw, db = gradients(w, b, X, y)
    u, new_b = w - rate * dw, b - rate * db
    new_w = soft(u, rate * lam)
    linear = X @ w + b - y
    return (new_w, new_b), {
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
        "old_signs": (
            "this is the sign of the old weight: u may have another",
            (np.abs(new_w) * np.sign(w), new_b),
        ),
        "gradient_only": ("these are the gradients, not the new values", (dw, db)),
    }


@check("B", points=2)
def a_step_and_a_threshold(m, rng):
    X, w, b, y = logistic(rng, 7, 4)
    for rate, lam in ((0.3, 0.5), (5.0, 0.1)):
        right, mistakes = stepped(w, b, X, y, rate, lam)
        call = f"ista_step(w, b, X, y, {rate}, {lam})"
        compare(call, got := m.ista_step(w, b, X, y, rate, lam), right, **SINGLE, **mistakes)
        again = m.ista_step(w, b, X, y, rate, lam)
        kept = ("the step of an earlier call is still in this one", tuple(again))
        compare(f"{call}, called once more", again, tuple(got), **SINGLE, kept=kept)


@answer
def masked(h, g, q, seed, before=0):
    """The output and the gradient of a call, after `before` calls with the same generator."""
    numbers = np.random.default_rng(seed).random((before + 1, *h.shape))[-1]
    factor = (numbers >= q) / (1 - q)
    return h * factor, g * factor


@answer
def dropped(h, g, q, seed):
    """The output and the gradient, and the mistakes that they can have, each with its value."""
    out, back = masked(h, g, q, seed)
    same = np.random.default_rng(seed)
    draw = same.random(h.shape)
    kept = draw >= q
    other = same.random(h.shape) >= q
    units = np.random.default_rng(seed).random(h.shape[1:]) >= q
    return (out, back), {
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
        "where_not_0": (
            "the gradient goes through the mask, and not the output: h itself may be 0",
            (out, g * (out != 0) / (1 - q)),
        ),
        "where_positive": (
            "the gradient goes through the mask, and not the output: h may be below 0",
            (out, g * (out > 0) / (1 - q)),
        ),
        "boundary": (
            "a number equal to q is kept",
            (h * kept * (draw != q) / (1 - q), g * kept * (draw != q) / (1 - q)),
        ),
        "rows": (
            "this is one mask for all rows: draw a number for each element",
            (h * units / (1 - q), g * units / (1 - q)),
        ),
        "nothing": ("nothing is dropped, and this is training", (h, g)),
        "swapped": ("the output comes first, then the gradient", (back, out)),
    }


@check("C", points=1)
def training_drops(m, rng):
    h, g = rng.uniform(1, 2, (2, 6, 5))
    q, seed = 0.4, int(rng.integers(1000))
    h[0, :2] = 0.0, -1.0
    h[1] = -h[1]
    for q in (q, float(np.random.default_rng(seed).random(h.shape)[2, 2])):
        right, mistakes = dropped(h, g, q, seed)
        call = f"dropout(h, g, {q:.4g}, rng, True)"
        generator = np.random.default_rng(seed)
        compare(call, m.dropout(h, g, q, generator, True), right, **SINGLE, **mistakes)
        same = ("the mask is that of the call before: each call draws its own", right)
        got = m.dropout(h, g, q, generator, True)
        compare(f"{call}, called once more", got, masked(h, g, q, seed, 1), **SINGLE, same=same)


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
    generator = np.random.default_rng(seed)
    got = m.dropout(h, g, q, generator, False)
    compare("dropout(h, g, 0.4, rng, False)", got, (h, g), **SINGLE, **mistakes)
    number = np.random.default_rng(seed).random()
    used = ("in the test rng is not used", generator.random())
    compare("rng.random() after dropout(h, g, 0.4, rng, False)", used[1], number, used=used)


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
