"""Squared error for classes: the Brier score, a gradient behind a flat curve, and where it bends.

Belongs to lesson 09, "Cross-entropy or squared error for classes?".

The Brier score of N samples and C classes compares the rows of p, shape (N, C), each a
distribution, with one-hot rows made of the labels, integers from 0 to C - 1, of shape (N,).

Older networks had np.tanh at the end instead of the sigmoid, and targets y of -1 and 1. For
a = tanh(z), da/dz = 1 - a**2. A = tanh(z) and y, too, have the shape (N,).

The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def brier(p, labels):
    """The mean over the N samples of the sum over the classes of (p - y) squared: one number.

    y is one-hot: 1 in the column of the label, and 0 elsewhere. Try it without y (with thousands
    of classes its rows are nearly all 0): multiply the squares out. Leaves p as it is.
    """
    # BEGIN SOLUTION A: return the mean over the rows of the sum over the classes
    chosen = p[np.arange(len(p)), labels]
    return np.mean(1 - 2 * chosen + np.sum(p**2, axis=1))
    # END SOLUTION


# %% Part B (2 points)
def tanh_gradient(z, y):
    """The gradient of the mean over N of (tanh(z) - y) squared, for each of the N logits: (N,).

    z has shape (N,); the targets y have shape (N,) and are -1 or 1.
    """
    # BEGIN SOLUTION B: return the gradient of the mean with respect to z, by the chain rule
    a = np.tanh(z)
    return 2 * (a - y) * (1 - a**2) / len(z)
    # END SOLUTION


# %% Part C (2 points)
def bend(p, y):
    """The second derivative for z of (p - y) squared, where p = 1 / (1 + exp(-z)): shape (N,).

    Of each sample by itself, so nothing is divided by N. The labels y, shape (N,), are 0 or 1.
    For label 1 the lesson derives it; for label 0 it is another formula.
    """
    # BEGIN SOLUTION C: return the second derivative of each sample, right for both labels
    one = 2 * p * (1 - p) ** 2 * (3 * p - 1)
    zero = 2 * p**2 * (1 - p) * (2 - 3 * p)
    return np.where(y == 1, one, zero)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, Wrong, answer, check, compare  # noqa: E402

HINTS = {
    "A": [
        "A sample has C errors, one for each class: also what is believed of wrong classes counts. "
        "In which order do the square, the sum and the mean come, and over which axis is each?",
        "For a wrong class the square is p**2. For the label it is (1 - p)**2 = 1 - 2 p + p**2. So "
        "the sum of a row is 1, minus 2 p of the label, plus the sum of all p**2.",
        "chosen = p[np.arange(...), ...]\nreturn np.mean(1 - ... + np.sum(..., axis=...))",
    ],
    "B": [
        "The lesson has the same for the sigmoid: the slope of the square, times the slope of the "
        "curve. Which of the two changes if tanh takes the place of the sigmoid?",
        "d/dz (a - y)**2 = 2 (a - y) da/dz. A mean over N samples has each sample's slope over N.",
        "a = np.tanh(z)\nreturn 2 * (... - ...) * (1 - ...) / len(...)",
    ],
    "C": [
        "For label 0 the loss is p**2. Its slope for z is 2 p * p (1 - p). Derive this for p, and "
        "multiply by dp/dz once more.",
        "d/dp (2 p**2 - 2 p**3) = 4 p - 6 p**2 = 2 p (2 - 3 p). Times p (1 - p). Where y is 1, the "
        "lesson's formula; np.where(condition, this, that) chooses for each element.",
        "return np.where(y == 1, 2 * p * (1 - p) ** 2 * (...), 2 * p**2 * (1 - p) * (...))",
    ],
}
ONE_HOT = "y = np.eye(p.shape[1])[labels]\n"
CHOSEN = "chosen = p[np.arange(len(p)), labels]\n"
TANH = "a = np.tanh(z)\n"
RIGHT = {
    "one_hot": (
        "A",
        "y = np.eye(p.shape[1])[labels]\nreturn np.sum((p - y) ** 2) / len(p)",
    ),
    "einsum": (
        "A",
        "error = p.copy()\nerror[range(len(p)), labels] -= 1\n"
        "return np.einsum('nc,nc->', error, error) / len(error)",
    ),
    "loops": (
        "A",
        "total = 0.0\nfor row, label in zip(p.tolist(), labels.tolist()):\n"
        "    total += sum((share - (c == label)) ** 2 for c, share in enumerate(row))\n"
        "return total / len(labels)",
    ),
    "norms": (
        "A",
        "hit = labels[:, None] == np.arange(p.shape[1])\n"
        "return np.mean(np.linalg.norm(np.where(hit, 1 - p, p), axis=1) ** 2)",
    ),
    "float32": (
        "A",
        "q = p.astype(np.float32)\nchosen = np.take_along_axis(q, labels[:, None], axis=1)\n"
        "return np.float32(1) + np.vdot(q, q) / len(q) - 2 * chosen.mean()",
    ),
    "tensor": (
        "A",
        "import minigrad as mg\ny = np.eye(p.shape[1])[labels]\n"
        "return ((mg.tensor(p) - mg.tensor(y)) ** 2).sum(dim=1).mean()",
    ),
    "cosh": (
        "B",
        "return 2 * (np.tanh(z) - y) / np.cosh(np.clip(z, -300, 300)) ** 2 / z.size",
    ),
    "product": (
        "B",
        "a = np.tanh(z)\nreturn np.multiply.reduce([a - y, 1 - a, 1 + a]) * 2 / z.shape[0]",
    ),
    "sigmoid": (
        "B",
        "p = np.exp(-np.logaddexp(0, -2 * z))\nq = np.exp(-np.logaddexp(0, 2 * z))\n"
        "return 8 * (p - q - y) * p * q / len(z)",
    ),
    "loop": (
        "B",
        "import math\n"
        "return [2 / len(z) * (math.tanh(x) - t) * (1 - math.tanh(x) ** 2) for x, t in "
        "zip(z, y)]",
    ),
    "autograd": (
        "B",
        "import minigrad as mg\nt = mg.tensor(z, requires_grad=True)\n"
        "((t.tanh() - mg.tensor(y)) ** 2).mean().backward()\nreturn t.grad",
    ),
    "longdouble": (
        "B",
        "a = np.tanh(z.astype(np.longdouble))\nreturn (a - y) * (1 - a * a) / (len(a) / 2)",
    ),
    "by_the_product_rule": (
        "C",
        "s = p * (1 - p)\nreturn 2 * s * (s + (p - y) * (1 - 2 * p))",
    ),
    "mirrored": (
        "C",
        "q = y * p + (1 - y) * (1 - p)\nreturn 2 * q * (1 - q) ** 2 * (3 * q - 1)",
    ),
    "mask": (
        "C",
        "result = 2 * p**2 * (1 - p) * (2 - 3 * p)\none = y == 1\n"
        "result[one] = 2 * (p * (1 - p) ** 2 * (3 * p - 1))[one]\nreturn result",
    ),
    "loop_of_ifs": (
        "C",
        "def of(p, y):\n"
        "    return 2 * p * (1 - p) ** 2 * (3 * p - 1) if y else 2 * p * p * (1 - p) * (2 - "
        "3 * p)\n\nreturn [of(*pair) for pair in zip(p.tolist(), y.tolist())]",
    ),
    "polynomials": (
        "C",
        "rows = np.stack([4 * p**2 - 10 * p**3 + 6 * p**4, -2 * p + 10 * p**2 - 14 * p**3 + "
        "6 * p**4])\nreturn np.choose(y.astype(int), rows)",
    ),
    "tensor_c": (
        "C",
        "import minigrad as mg\nt, y = mg.tensor(p), mg.tensor(y)\ns = t - t * t\n"
        "return 2 * s * s + 2 * s * (t - y) * (1 - 2 * t)",
    ),
}
WRONG = {
    "classes_too": ("A", f"{ONE_HOT}return np.mean((p - y) ** 2)", "over the classes, too"),
    "sum": ("A", f"{ONE_HOT}return np.sum((p - y) ** 2)", "sum over the samples"),
    "label_only": (
        "A",
        "return np.mean((1 - p[np.arange(len(p)), labels]) ** 2)",
        "other classes",
    ),
    "as_number": (
        "A",
        "return np.sum((p - labels[:, None]) ** 2, axis=1).mean()",
        "as a number",
    ),
    "absolute": ("A", f"{ONE_HOT}return np.abs(p - y).sum(axis=1).mean()", "absolute error"),
    "half": ("A", f"{ONE_HOT}return np.sum((p - y) ** 2, axis=1).mean() / 2", "half"),
    "root": ("A", f"{ONE_HOT}return np.sqrt(np.sum((p - y) ** 2, axis=1)).mean()", "root"),
    "down_the_columns": ("A", f"{ONE_HOT}return np.sum((p - y) ** 2, axis=0).mean()", "down the"),
    "all_rows": (
        "A",
        "return np.mean(1 - 2 * p[:, labels] + np.sum(p**2, axis=1))",
        "of *every* row",
    ),
    "all_rows_first": (
        "A",
        "return np.mean(1 - 2 * p[:, labels].mean(axis=1) + np.sum(p**2, axis=1))",
        "of *every* row",
    ),
    "all_rows_label_only": (
        "A",
        "return np.mean((1 - p[:, labels]) ** 2)",
        "of *every* row",
    ),
    "squares_over_classes": (
        "A",
        f"{CHOSEN}return np.mean(1 - 2 * chosen) + np.mean(p**2)",
        "over the classes, too",
    ),
    "no_one": ("A", f"{CHOSEN}return np.mean(np.sum(p**2, axis=1) - 2 * chosen)", "the 1"),
    "no_two_in_square": (
        "A",
        f"{CHOSEN}return np.mean(1 - chosen + np.sum(p**2, axis=1))",
        "2 p",
    ),
    "label_twice": (
        "A",
        f"{CHOSEN}return np.mean((1 - chosen) ** 2 + np.sum(p**2, axis=1))",
        "twice",
    ),
    "log_habit": ("B", TANH + "return (a - y) / len(z)", "of log loss"),
    "no_chain": ("B", TANH + "return 2 * (a - y) / len(z)", "chain rule"),
    "sigmoid_slope": ("B", TANH + "return 2 * (a - y) * a * (1 - a) / len(z)", "the sigmoid's"),
    "no_two": ("B", TANH + "return (a - y) * (1 - a**2) / len(z)", "factor 2"),
    "not_mean": ("B", TANH + "return 2 * (a - y) * (1 - a**2)", "divide by N"),
    "sign": ("B", TANH + "return 2 * (y - a) * (1 - a**2) / len(z)", "sign"),
    "sigmoid": (
        "B",
        "p = 1 / (1 + np.exp(-z))\nreturn 2 * (p - y) * p * (1 - p) / len(z)",
        "in place of tanh",
    ),
    "by_exponentials": (
        "B",
        "a = (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))\n"
        "return 2 * (a - y) * (1 - a**2) / len(z)",
        "np.tanh",
    ),
    "flat_enough": (
        "B",
        TANH + "g = 2 * (a - y) * (1 - a**2) / len(z)\nreturn np.where(a * y > 0.9, 0, g)",
        "small, but not 0",
    ),
    "one_number": ("B", TANH + "return np.mean(2 * (a - y) * (1 - a**2))", "shape"),
    "clipped": (
        "C",
        "p = np.clip(p, 1e-3, 1 - 1e-3)\ns = p * (1 - p)\n"
        "return 2 * s * (s + (p - y) * (1 - 2 * p))",
        "0 where p is 0 or 1",
    ),
    "for_label_1": ("C", "return 2 * p * (1 - p) ** 2 * (3 * p - 1)", "label 0"),
    "turned": (
        "C",
        "one = 2 * p * (1 - p) ** 2 * (3 * p - 1)\nzero = 2 * p**2 * (1 - p) * (3 * p - 2)\n"
        "return np.where(y == 1, one, zero)",
        "sign is turned",
    ),
    "minus_label_1": (
        "C",
        "one = 2 * p * (1 - p) ** 2 * (3 * p - 1)\nreturn np.where(y == 1, one, -one)",
        "minus the formula",
    ),
    "swapped": (
        "C",
        "one = 2 * p * (1 - p) ** 2 * (3 * p - 1)\nzero = 2 * p**2 * (1 - p) * (2 - 3 * p)\n"
        "return np.where(y == 1, zero, one)",
        "exchanged",
    ),
    "of_log_loss": ("C", "return p * (1 - p)", "log loss"),
    "first": ("C", "return 2 * (p - y) * p * (1 - p)", "the first derivative"),
    "chain_once": (
        "C",
        "return np.where(y == 1, 2 * (1 - p) * (3 * p - 1), 2 * p * (2 - 3 * p))",
        "times dp/dz",
    ),
    "for_p": ("C", "return 2 * p**2 * (1 - p) ** 2", "slope of p (1 - p)"),
    "no_two_in_bend": (
        "C",
        "return np.where(y == 1, p * (1 - p) ** 2 * (3 * p - 1), p**2 * (1 - p) * (2 - 3 * p))",
        "factor 2",
    ),
    "mean_of_bend": (
        "C",
        "s = p * (1 - p)\nreturn 2 * s * (s + (p - y) * (1 - 2 * p)) / len(p)",
        "divided by N",
    ),
}


def table(rng, n, classes):
    """Distributions of shape (n, classes), labels in no order, and those as one-hot rows."""
    p = rng.uniform(0.1, 1, (n, classes))
    p /= p.sum(axis=1, keepdims=True)
    labels = (3 * np.arange(n) + 2) % classes
    return p, labels, np.eye(classes)[labels]


@answer
def scores(p, labels, y):
    """The Brier score, and the mistakes that it can have, each with its value."""
    each = (p - y) ** 2
    right = each.sum(axis=1).mean()
    chosen = p[np.arange(len(p)), labels]
    return right, {
        "divided_too_often": (
            "this is a mean over the classes, too: a fourth of the score",
            each.mean(),
        ),
        "indexing": (
            "p[:, labels] takes these columns of *every* row: one element of each row is wanted",
            np.mean(1 - 2 * p[:, labels].mean(axis=1) + np.sum(p**2, axis=1)),
        ),
        "indexing_and_one_class": (
            "p[:, labels] takes these columns of *every* row, and the other classes count, too",
            np.mean((1 - p[:, labels]) ** 2),
        ),
        "last_mean": (
            "the p squared are added up over the classes: this takes their mean over the "
            "classes, too",
            right - np.sum(p**2, axis=1).mean() + np.mean(p**2),
        ),
        "no_mean": ("this is the sum over the samples, not their mean", each.sum()),
        "axis": ("this is a sum down the columns, over the samples", each.sum(axis=0).mean()),
        "multiplied_out": ("the 1 of (1 - p) squared is missing", right - 1),
        "middle_term": (
            "the label's square has - 2 p in the middle, and this has - p",
            right + chosen.mean(),
        ),
        "last_term": (
            "the label's p squared is counted twice: it is in the sum over all classes",
            right + np.mean(chosen**2),
        ),
        "one_class": (
            "the other classes count, too: this is (1 - p) squared of the label only",
            np.mean((1 - chosen) ** 2),
        ),
        "not_one_hot": (
            "this takes the label as a number: it is the number of a class",
            ((p - labels[:, None]) ** 2).sum(axis=1).mean(),
        ),
        "no_square": (
            "this is the absolute error",
            np.abs(p - y).sum(axis=1).mean(),
        ),
        "factor": ("this is half of it: there is no factor 1/2", right / 2),
        "extra_step": (
            "this takes a root of each sum: the score has none",
            np.sqrt(each.sum(axis=1)).mean(),
        ),
        "extra_step_at_the_end": ("this takes a root: the score has none", np.sqrt(right)),
        "order": (
            "this squares after the sum: the errors of a row add up to 0",
            np.mean((p - y).sum(axis=1) ** 2),
        ),
        "lesson_02": ("this is the cross-entropy", -np.log(chosen).mean()),
    }


@answer
def slopes(z, y):
    """The gradient behind tanh, and the mistakes that it can have, each with its value."""
    a = np.tanh(z)
    p = 1 / (1 + np.exp(-z))
    right = 2 * (a - y) * (1 - a**2) / len(z)
    return right, {
        "no_chain": (
            "this is the slope for a: the chain rule wants the slope of tanh as a factor",
            2 * (a - y) / len(z),
        ),
        "lesson_06": (
            "this is p - y of log loss in another guise: here no slope cancels",
            (a - y) / len(z),
        ),
        "sigmoid_slope": (
            "a (1 - a) is the sigmoid's slope: tanh has another",
            2 * (a - y) * a * (1 - a) / len(z),
        ),
        "factor": ("the factor 2 of the square is missing", right / 2),
        "not_the_mean": (
            "this is the gradient of the sum of the losses: divide by N",
            right * len(z),
        ),
        "direction": ("the sign is flipped: a - y, not y - a", -right),
        "other_curve": (
            "this has the sigmoid in place of tanh",
            2 * (p - y) * p * (1 - p) / len(z),
        ),
        "z_for_a": ("z is the logit: the error is tanh(z) - y", 2 * (z - y) * (1 - a**2) / len(z)),
        "not_derived": ("these are the losses, not their gradient", (a - y) ** 2 / len(z)),
    }


@answer
def bends(p, y):
    """The second derivatives, and the mistakes that they can have, each with its value."""

    def of(y):
        return 2 * s * (s + (p - y) * (1 - 2 * p))

    s = p * (1 - p)
    right = of(y)
    return right, {
        "one_formula": (
            "right for label 1, and wrong for label 0: there the loss is p squared",
            of(np.ones(len(p))),
        ),
        "half_right": (
            "for label 0 the sign is turned",
            np.where(y == 1, 1, -1) * right,
        ),
        "not_derived": (
            "for label 0 this is minus the formula of label 1: derive it from p squared",
            np.where(y == 1, 1, -1) * of(np.ones(len(p))),
        ),
        "half_the_labels": ("right for label 0 only", of(np.zeros(len(p)))),
        "exchange": ("the two labels are exchanged", of(1 - y)),
        "of_log_loss": ("this is the second derivative of the log loss", s),
        "once_more": ("this is the first derivative", 2 * (p - y) * s),
        "chain_once": (
            "this is the slope's derivative for p: for z it is that times dp/dz",
            2 * (s + (p - y) * (1 - 2 * p)),
        ),
        "for_p": (
            "p (1 - p) depends on z, too: the slope of p (1 - p) is missing",
            2 * s**2,
        ),
        "factor": ("the factor 2 of the square is missing", right / 2),
        "no_mean_here": ("this is divided by N: each sample stands by itself", right / len(p)),
        "direction": ("the sign is flipped", -right),
    }


@check("A", points=1)
def mean_of_the_sums(m, rng):
    p, labels, y = table(rng, 5, 4)
    right, mistakes = scores(p, labels, y)
    compare("brier(p, labels)", m.brier(p, labels), right, **SINGLE, **mistakes)


@check("A", points=1)
def the_best_and_the_worst(m, rng):
    p = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    for labels, right in (([1, 0, 2, 1], 0.0), ([0, 1, 1, 2], 2.0), ([1, 0, 0, 1], 0.5)):
        call = f"brier(np.array({p.tolist()}), np.array({labels}))"
        compare(call, m.brier(p, np.array(labels)), right, **SINGLE)


@check("B", points=2)
def gradient_of_the_mean(m, rng):
    for n in (3, 5, 1):
        z = rng.uniform(-1.5, 1.5, n)
        y = np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
        right, mistakes = slopes(z, y)
        call = f"tanh_gradient(z, y) for N = {n}"
        compare(call, m.tanh_gradient(z, y), right, **SINGLE, **mistakes)
    z, y = np.array([-800.0, 800.0, 4.0, -4.0]), np.array([1.0, 1.0, 1.0, -1.0])
    call = f"tanh_gradient(np.array({z.tolist()}), np.array({y.tolist()}))"
    got = m.tanh_gradient(z, y)
    if np.shape(got) == (4,) and np.isnan(got).any():
        why = "NaN: exp of a large number overflows: np.tanh is right for logits of any size"
        raise Wrong(why, call, [f"got {np.asarray(got).tolist()}"])
    right, _ = slopes(z, y)
    flat = ("where tanh is flat the gradient is small, but not 0", np.zeros(4))
    compare(call, got, right, rtol=1e-2, atol=1e-12, flat=flat)


@check("C", points=2)
def bends_for_both_labels(m, rng):
    p = rng.uniform(0.05, 0.95, 6)
    for y in (np.array([0.0, 1, 1, 0, 1, 0]), np.ones(6), np.zeros(6)):
        right, mistakes = bends(p, y)
        compare(f"bend(p, np.array({y.tolist()}))", m.bend(p, y), right, **SINGLE, **mistakes)
    p = np.array([0.0, 0.5, 1.0])
    for y, right in ((np.ones(3), [0.0, 0.125, 0.0]), (np.zeros(3), [0.0, 0.125, 0.0])):
        call = f"bend(np.array([0, 0.5, 1]), np.array({y.tolist()}))"
        got = m.bend(p, y)
        named = {}
        if np.shape(got) == (3,) and np.allclose(got, right, atol=0.01):
            named["clipped"] = ("the bend is 0 where p is 0 or 1: take p as it is", got)
        compare(call, got, np.array(right), **SINGLE, **named)


@check("A", points=0, hidden=True)
def other_shapes(m, rng):
    for n, classes in ((1, 1), (2, 6), (30, 2)):
        p, labels, y = table(rng, n, classes)
        call = f"brier(p, labels) for p of shape ({n}, {classes})"
        right, _ = scores(p, labels, y)
        compare(call, m.brier(p, labels), right, **SINGLE)


@check("B", points=0, hidden=True)
def flat_at_both_ends(m, rng):
    z = np.array([-800.0, -3.0, 0.0, 3.0, 800.0])
    for y in (np.ones(5), -np.ones(5)):
        right, _ = slopes(z, y)
        call = f"tanh_gradient(np.array({z.tolist()}), np.array({y.tolist()}))"
        compare(call, m.tanh_gradient(z, y), right, **SINGLE)


@check("C", points=0, hidden=True)
def the_changes_of_sign(m, rng):
    p = np.array([0.0, 1 / 3, 0.5, 2 / 3, 1.0])
    for y in (np.ones(5), np.zeros(5)):
        call = f"bend(np.array([0, 1/3, 0.5, 2/3, 1]), np.array({y.tolist()}))"
        right, _ = bends(p, y)
        compare(call, m.bend(p, y), right, **SINGLE)
