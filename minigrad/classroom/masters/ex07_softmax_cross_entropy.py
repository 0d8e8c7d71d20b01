"""Softmax and cross-entropy: logits to distributions, their loss, and the gradients of W and b.

Belongs to lesson 07, "What is wrong with this softmax classifier?".

A classifier has weights W of shape (D, C) and biases b of shape (C,). For N samples X of shape
(N, D) its logits are z = X W + b, of shape (N, C). The softmax p of z is a distribution over the C
classes in each row. The labels are the numbers of the right classes: integers from 0 to C - 1, of
shape (N,). The loss is the mean over the N samples of -log of the right class's probability, in
nats. The lesson used one-hot rows; here the labels come as they are.

The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def softmax(z):
    """exp(z) over the sum of exp(z) along the last axis: for z of shape (..., C), the same shape.

    z may have one axis (one sample), two axes (N samples) or more. Right for logits of any size,
    also where the logits of one sample are much larger than those of another.
    """
    # BEGIN SOLUTION A: return the softmax along the last axis; subtract something first
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
    # END SOLUTION


# %% Part B (2 points)
def cross_entropy(p, labels):
    """The mean over the N rows of the cross-entropy in nats, one number.

    p has shape (N, C), each row a distribution; labels has shape (N,). Other classes than the label
    may have the probability 0, and add nothing. The label's own probability is above 0.
    """
    # BEGIN SOLUTION B: return the mean of -log of each row's probability at the row's label
    return -np.mean(np.log(p[np.arange(len(p)), labels]))
    # END SOLUTION


# %% Part C (2 points)
def gradients(X, p, labels):
    """The pair (dW, db): the gradients of the mean cross-entropy with respect to W and b.

    X has shape (N, D), p, the softmax of X W + b, has shape (N, C), labels has shape (N,). dW has
    shape (D, C) and db has shape (C,). Leaves X and p as they are. A class may be the label of no
    sample.
    """
    # BEGIN SOLUTION C: return the pair (dW, db), from p, the labels and X
    dz = p.copy()
    dz[np.arange(len(p)), labels] -= 1
    dz /= len(p)
    return X.T @ dz, dz.sum(axis=0)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, Wrong, check, compare  # noqa: E402

HINTS = {
    "A": [
        "Each sample is a distribution of its own: along which axis are the exponentials added up? "
        "A number may be subtracted from all logits of a sample without a change of its softmax. "
        "Which number makes exp safe? `[:, None]` needs exactly two axes: what does keepdims do?",
        "p[..., c] = exp(z[..., c] - m) / (sum over k of exp(z[..., k] - m)), where m is the "
        "largest logit of the same sample. The last axis is axis=-1.",
        "e = np.exp(z - np.max(z, axis=..., keepdims=True))\n"
        "return e / e.sum(axis=..., keepdims=True)",
    ],
    "B": [
        "Only one probability of each row counts: the one that was given to the right class.",
        "loss = -(1 / N) * sum over i of log(p[i, labels[i]]). An array takes two arrays as "
        "indices: the rows, and the columns.",
        "return -np.mean(np.log(p[np.arange(...), ...]))",
    ],
    "C": [
        "With respect to the logits the gradient is (p - y) / N, y one-hot. So it is p / N, but in "
        "each row one element is smaller: which one, and by how much?",
        "dW[d, c] = sum over i of X[i, d] dz[i, c], and db[c] = sum over i of dz[i, c], where "
        "dz = (p - y) / N. p[rows, columns] -= 1 would change p: take a copy.",
        "dz = p.copy()\ndz[np.arange(...), ...] -= ...\ndz /= ...\n"
        "return X.T @ ..., dz.sum(axis=...)",
    ],
}
ONE_HOT = "y = np.eye(p.shape[1])[labels]\n"
WRONG = {
    "columns": ("A", "e = np.exp(z - z.max())\nreturn e / e.sum(axis=0)", "over the samples"),
    "everything": ("A", "e = np.exp(z - z.max())\nreturn e / e.sum()", "all rows together"),
    "sigmoid": ("A", "return 1 / (1 + np.exp(-z))", "sigmoid"),
    "overflow": ("A", "e = np.exp(z)\nreturn e / e.sum(axis=-1, keepdims=True)", "NaN"),
    "batch_maximum": (
        "A",
        "e = np.exp(z - z.max())\nreturn e / e.sum(axis=-1, keepdims=True)",
        "NaN",
    ),
    "two_axes_only": (
        "A",
        "e = np.exp(z - z.max(axis=1)[:, None])\nreturn e / e.sum(axis=1)[:, None]",
        "axis 1 is out of bounds",
    ),
    "second_axis": (
        "A",
        "axis = min(1, np.ndim(z) - 1)\n"
        "e = np.exp(z - z.max(axis=axis, keepdims=True))\n"
        "return e / e.sum(axis=axis, keepdims=True)",
        "the last axis",
    ),
    "sum": ("B", "return -np.sum(np.log(p[np.arange(len(p)), labels]))", "sum over the rows"),
    "mean_of_all": ("B", f"{ONE_HOT}return -np.mean(y * np.log(p))", "over the classes"),
    "index_as_number": (
        "B",
        "return -np.mean(np.sum(labels[:, None] * np.log(p), axis=1))",
        "as a number",
    ),
    "binary": (
        "B",
        f"{ONE_HOT}return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / len(p)",
        "separate questions",
    ),
    "rows_of_p": ("B", "return -np.mean(np.log(p[labels]))", "rows of p"),
    "zero_log_zero": ("B", f"{ONE_HOT}return -np.sum(y * np.log(p)) / len(p)", "NaN"),
    "epsilon": (
        "B",
        "return -np.mean(np.log(p[np.arange(len(p)), labels] + 1e-7))",
        "a constant inside",
    ),
    "sign": ("C", f"{ONE_HOT}dz = (y - p) / len(p)\nreturn X.T @ dz, dz.sum(axis=0)", "sign"),
    "not_mean": ("C", f"{ONE_HOT}dz = p - y\nreturn X.T @ dz, dz.sum(axis=0)", "divide by N"),
    "no_one_hot": (
        "C",
        "dz = (p - labels[:, None]) / len(p)\nreturn X.T @ dz, dz.sum(axis=0)",
        "as a number",
    ),
    "scalar_bias": (
        "C",
        f"{ONE_HOT}dz = (p - y) / len(p)\nreturn X.T @ dz, dz.sum()",
        "one number",
    ),
    "mean_twice": (
        "C",
        f"{ONE_HOT}dz = (p - y) / len(p)\nreturn X.T @ dz, dz.mean(axis=0)",
        "divided by N twice",
    ),
    "transposed": (
        "C",
        f"{ONE_HOT}dz = (p - y) / len(p)\nreturn dz.T @ X, dz.sum(axis=0)",
        "transposed",
    ),
    "of_p": (
        "C",
        f"{ONE_HOT}dz = -y / p / len(p)\nreturn X.T @ dz, dz.sum(axis=0)",
        "respect to p",
    ),
    "label_only": (
        "C",
        f"{ONE_HOT}dz = y * (p - y) / len(p)\nreturn X.T @ dz, dz.sum(axis=0)",
        "other classes",
    ),
    "assigned": (
        "C",
        "dz = p.copy()\ndz[np.arange(len(p)), labels] = -1\ndz /= len(p)\n"
        "return X.T @ dz, dz.sum(axis=0)",
        "subtract 1 from p",
    ),
    "all_pairs": (
        "C",
        "dz = p.copy()\ndz[:, labels] -= 1\ndz /= len(p)\nreturn X.T @ dz, dz.sum(axis=0)",
        "every row at every label",
    ),
    "one_not_divided": (
        "C",
        "dz = p / len(p)\ndz[np.arange(len(p)), labels] -= 1\nreturn X.T @ dz, dz.sum(axis=0)",
        "the 1 is not",
    ),
    "bias_of_samples": (
        "C",
        f"{ONE_HOT}dz = (p - y) / len(p)\nreturn X.T @ dz, (p - y).mean(axis=1)",
        "one for each class",
    ),
    "changes_p": (
        "C",
        "p[np.arange(len(p)), labels] -= 1\nreturn X.T @ p / len(p), p.mean(axis=0)",
        "argument",
    ),
    "classes_seen": (
        "C",
        "dz = (p - np.eye(labels.max() + 1)[labels]) / len(p)\nreturn X.T @ dz, dz.sum(axis=0)",
        "broadcast",
    ),
}


def exact_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def samples(rng, n, classes):
    """Probabilities (n, classes), labels that do not count up from 0, and those as one-hot rows."""
    p = exact_softmax(rng.uniform(-2, 2, (n, classes)))
    labels = (3 * np.arange(n) + 2) % classes
    return p, labels, np.eye(classes)[labels]


@check("A", points=1)
def each_sample_is_a_distribution(m, rng):
    for shape in ((4, 3), (5,), (2, 3, 4)):
        z = rng.uniform(-2, 2, shape)
        e = np.exp(z)
        mistakes = {
            "columns": (
                "this adds up over the samples, axis=0: the last axis counts",
                e / e.sum(axis=0),
            ),
            "everything": ("this adds up all rows together: each must add up to 1", e / e.sum()),
            "sigmoid": (
                "this is the sigmoid of each logit: the rows do not add up to 1",
                1 / (1 + 1 / e),
            ),
            "no_exp": ("the exponential is missing", z / z.sum(axis=-1, keepdims=True)),
            "exponential": ("this is exp(z), not yet divided by its sum", e),
            "logarithm": ("this is the logarithm of the softmax", np.log(exact_softmax(z))),
        }
        if z.ndim == 3:
            second = e / e.sum(axis=1, keepdims=True)
            mistakes["second_axis"] = ("the classes are the last axis, axis=-1", second)
        call = f"softmax(z) for z of shape {shape}"
        compare(call, m.softmax(z), exact_softmax(z), **SINGLE, **mistakes)


@check("A", points=1)
def logits_of_any_size(m, rng):
    for rows in ([[2000.0, 0.0], [0.0, 1.0]], [[-1000.0, -1001.0], [1000.0, 1000.0]]):
        z = np.array(rows)
        compare(f"softmax(np.array({rows}))", m.softmax(z), exact_softmax(z), **SINGLE)


@check("B", points=1)
def mean_over_the_samples(m, rng):
    p, labels, y = samples(rng, 5, 4)
    chosen = (p * y).sum(axis=1)
    right = -np.log(chosen).mean()
    as_number = -np.mean(np.sum(labels[:, None] * np.log(p), axis=1))
    binary = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / 5
    mistakes = {
        "sum": ("this is the sum over the rows, not their mean", 5 * right),
        "mean_of_all": ("this is a mean over the classes, too: a fourth of the loss", right / 4),
        "index_as_number": (
            "this takes the label as a number, and multiplies by it: it is the number of a class",
            as_number,
        ),
        "binary": (
            "this is the loss for C separate questions, with (1 - y) log(1 - p): "
            "here one class is right",
            binary,
        ),
        "rows_of_p": (
            "p[labels] are rows of p: take from row i the column labels[i]",
            -np.mean(np.log(p[labels % 5])),
        ),
        "bits": ("this is in bits: take the natural logarithm", right / np.log(2)),
        "log_of_mean": ("the logarithm comes first, then the mean", -np.log(chosen.mean())),
        "largest": ("this takes the largest probability of a row", -np.log(p.max(axis=1)).mean()),
        "all_pairs": (
            "p[:, labels] is every row at every label: use np.arange(N)",
            -np.log(p[:, labels]).mean(),
        ),
        "upside_down": ("the logarithm and the minus are missing", chosen.mean()),
        "no_logarithm": ("the logarithm is missing", -chosen.mean()),
        "first": (
            "this is the loss of the first row over N: the sum over the rows is missing",
            -np.log(p[0, 2]) / 5,
        ),
    }
    compare("cross_entropy(p, labels)", m.cross_entropy(p, labels), right, **SINGLE, **mistakes)


@check("B", points=1)
def classes_that_are_ruled_out(m, rng):
    p = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    call = f"cross_entropy(np.array({p.tolist()}), np.array([0, 2]))"
    got = m.cross_entropy(p, np.array([0, 2]))
    compare(call, got, np.log(2) / 2, **SINGLE)
    rare = np.array([[1e-12, 1 - 1e-12], [1e-9, 1 - 1e-9]])
    call = f"cross_entropy(np.array({rare.tolist()}), np.array([0, 0]))"
    right = -np.log(rare[:, 0]).mean()
    mistakes = {
        f"epsilon_{k}": (
            "a constant inside the logarithm, which hides how wrong a prediction is: leave it out",
            -np.log(rare[:, 0] + 10.0**-k).mean(),
        )
        for k in range(6, 17)
    }
    compare(call, m.cross_entropy(rare, np.array([0, 0])), right, **SINGLE, **mistakes)


def compare_gradients(call, got, X, p, labels):
    """Compare a pair (dW, db), both parts with their mistakes."""
    if not isinstance(got, list | tuple) or len(got) != 2:
        raise Wrong("not the pair (dW, db): write return dW, db", call)
    n, classes = p.shape
    y = np.eye(classes)[labels]
    right = (p - y) / n
    of = {
        "not_mean": ("this is the gradient of the sum of the losses: divide by N", p - y),
        "mean_of_all": (
            "this is divided by N * C: the mean is over the samples only",
            right / classes,
        ),
        "no_one_hot": (
            "this takes the label as a number and not as a one-hot row",
            (p - labels[:, None]) / n,
        ),
        "of_p": ("this is the gradient with respect to p, not to the logits", -y / p / n),
        "label_only": ("the other classes' logits have a gradient, too", y * right),
        "slope": ("this has a factor p (1 - p) too many", right * p * (1 - p)),
        "assigned": (
            "this puts -1 in place of p at the label: subtract 1 from p there",
            np.where(y == 1, -1, p) / n,
        ),
        "all_pairs": (
            "dz[:, labels] is every row at every label: use np.arange(N)",
            (p - y.max(axis=0)) / n,
        ),
        "one_not_divided": ("p is divided by N, and the 1 is not: divide p - y", p / n - y),
        "other_sign": ("the sign is flipped: p - y, not y - p", -right),
    }
    dW, db = got
    weights = {name: (text, X.T @ dz) for name, (text, dz) in of.items()}
    compare(f"{call}[0], which is dW", dW, X.T @ right, **SINGLE, **weights)
    if np.ndim(db) == 0:
        raise Wrong("this is one number for all biases: add over the samples only, axis=0", call)
    if np.shape(db) == (n,) != (classes,):
        raise Wrong("one number for each sample: db has one for each class, so axis=0", call)
    biases = {name: (text, dz.sum(axis=0)) for name, (text, dz) in of.items()}
    twice = ("this is divided by N twice: dz has the 1 / N already", right.mean(axis=0))
    compare(f"{call}[1], which is db", db, right.sum(axis=0), **SINGLE, **biases, mean_twice=twice)


@check("C", points=2)
def gradients_of_the_mean(m, rng):
    for n, features, classes in ((5, 3, 4), (2, 3, 7)):  # of 7, the last is no label
        p, labels, _ = samples(rng, n, classes)
        X = rng.uniform(-2, 2, (n, features))
        call = f"gradients(X, p, labels) for N = {n}, D = {features}, C = {classes}"
        compare_gradients(call, m.gradients(X, p, labels), X, p, labels)


@check("A", points=0, hidden=True)
def other_shapes_and_sizes(m, rng):
    z = rng.uniform(-700, 700, (50, 7))
    call = "softmax(z) for 50 rows of logits between -700 and 700"
    # float32 rounds such logits by 3e-5
    compare(call, m.softmax(z), exact_softmax(z), rtol=1e-3, atol=1e-6)
    compare(
        "softmax(np.zeros((1, 4)))", m.softmax(np.zeros((1, 4))), np.full((1, 4), 0.25), **SINGLE
    )
    z = np.array([[5.0], [1e6]])
    compare("softmax(np.array([[5.0], [1e6]]))", m.softmax(z), np.ones((2, 1)), **SINGLE)


@check("B", points=0, hidden=True)
def fewer_samples_than_classes(m, rng):
    for n, classes in ((2, 6), (30, 2), (1, 1)):
        p, labels, y = samples(rng, n, classes)
        right = -np.log((p * y).sum(axis=1)).mean()
        call = f"cross_entropy(p, labels) for p of shape ({n}, {classes})"
        compare(call, m.cross_entropy(p, labels), right, **SINGLE)


@check("C", points=0, hidden=True)
def gradients_of_other_shapes(m, rng):
    for n, features, classes in ((30, 1, 2), (1, 4, 1), (7, 7, 7)):
        p, labels, _ = samples(rng, n, classes)
        X = rng.uniform(-2, 2, (n, features))
        call = f"gradients(X, p, labels) for N = {n}, D = {features}, C = {classes}"
        compare_gradients(call, m.gradients(X, p, labels), X, p, labels)
