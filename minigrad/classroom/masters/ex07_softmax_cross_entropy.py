"""Softmax and cross-entropy: rows of logits to distributions, their loss, and its gradient p - y.

Belongs to lesson 07, the softmax classifier.

A classifier gives C logits for each of N samples: an array z of shape (N, C), one row for each sample. Its softmax p is
a distribution over the classes in each row. The labels are the indices of the right classes: integers from 0 to C - 1,
an array of shape (N,). The loss is the mean over the samples of -log of the right class's probability, in nats.

The parts do not use each other. All logits are float64.
"""

import numpy as np


# %% Part A (2 points)
def softmax(z):
    """exp(z) over the sum of exp(z) in the same row: for z of shape (N, C), an array of that shape; rows add up to 1.

    Right for logits of any size, also where one row's are much larger than another's.
    """
    # BEGIN SOLUTION A: return the softmax of each row; subtract something from the row first
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    # END SOLUTION


# %% Part B (2 points)
def cross_entropy(p, labels):
    """The mean over the N rows of the cross-entropy in nats, one number.

    p has shape (N, C), each row a distribution; labels has shape (N,). A probability of 0 of a class that is not the
    label adds nothing. The label's own probability is above 0.
    """
    # BEGIN SOLUTION B: return the mean of -log of each row's probability at the row's label
    return -np.mean(np.log(p[np.arange(len(p)), labels]))
    # END SOLUTION


# %% Part C (2 points)
def logits_gradient(p, labels):
    """The gradient of the mean cross-entropy with respect to the logits of which p is the softmax: shape (N, C).

    p and labels as in `cross_entropy`. Leaves p as it is.
    """
    # BEGIN SOLUTION C: return (p - y) / N, where the rows of y are the labels as one-hot vectors
    y = np.zeros_like(p)
    y[np.arange(len(p)), labels] = 1.0
    return (p - y) / len(p)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import check, compare  # noqa: E402

HINTS = {
    "A": [
        "Each row is a distribution of its own: in which direction are the exponentials added up? And a constant may "
        "be subtracted from a row of logits without a change of its softmax. Which one makes exp safe?",
        "p[i, c] = exp(z[i, c] - max_i) / (sum over k of exp(z[i, k] - max_i)), where max_i is the largest of row i.",
        "e = np.exp(z - z.max(axis=..., keepdims=True))\nreturn e / e.sum(axis=..., keepdims=True)",
    ],
    "B": [
        "Only one probability of each row counts: the one that was given to the right class.",
        "loss = -(1 / N) * sum over i of log(p[i, labels[i]]). An array takes two arrays as indices: rows and columns.",
        "return -np.mean(np.log(p[np.arange(...), ...]))",
    ],
    "C": [
        "The gradient of log sum exp(z) is p; that of the right class's logit is 1 at its own place and 0 elsewhere.",
        "dL/dz = (p - y) / N. Row i of y is 0 but for a 1 in column labels[i].",
        "y = np.zeros_like(p)\ny[..., ...] = 1.0\nreturn ...",
    ],
}
WRONG = {
    "columns": ("A", "e = np.exp(z - z.max())\nreturn e / e.sum(axis=0, keepdims=True)", "over the samples"),
    "everything": ("A", "e = np.exp(z - z.max())\nreturn e / e.sum()", "all rows together"),
    "sigmoid": ("A", "return 1 / (1 + np.exp(-z))", "sigmoid"),
    "overflow": ("A", "e = np.exp(z)\nreturn e / e.sum(axis=1, keepdims=True)", "NaN"),
    "batch_maximum": ("A", "e = np.exp(z - z.max())\nreturn e / e.sum(axis=1, keepdims=True)", "NaN"),
    "sum": ("B", "return -np.sum(np.log(p[np.arange(len(p)), labels]))", "sum over the rows"),
    "mean_of_all": ("B", "return -np.mean(np.eye(p.shape[1])[labels] * np.log(p))", "over the classes"),
    "index_as_number": ("B", "return -np.mean(np.sum(labels[:, None] * np.log(p), axis=1))", "as a number"),
    "binary": (
        "B",
        "y = np.eye(p.shape[1])[labels]\nreturn -np.mean(np.sum(y * np.log(p) + (1 - y) * np.log(1 - p), axis=1))",
        "separate questions",
    ),
    "rows_of_p": ("B", "return -np.mean(np.log(p[labels]))", "rows of p"),
    "zero_log_zero": ("B", "return -np.sum(np.eye(p.shape[1])[labels] * np.log(p)) / len(p)", "NaN"),
    "sign": ("C", "return (np.eye(p.shape[1])[labels] - p) / len(p)", "sign"),
    "not_mean": ("C", "return p - np.eye(p.shape[1])[labels]", "sum of the losses"),
    "no_one_hot": ("C", "return (p - labels[:, None]) / len(p)", "one-hot"),
    "of_p": ("C", "return -np.eye(p.shape[1])[labels] / p / len(p)", "with respect to p"),
    "label_only": ("C", "y = np.eye(p.shape[1])[labels]\nreturn y * (p - y) / len(p)", "other classes"),
    "transposed": ("C", "return ((p - np.eye(p.shape[1])[labels]) / len(p)).T", "transposed"),
}


def exact_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def samples(rng, n, classes):
    """Probabilities (n, classes), labels that are not 0, 1, 2 ... in this order, and those as one-hot rows."""
    p, labels = exact_softmax(rng.uniform(-2, 2, (n, classes))), (3 * np.arange(n) + 2) % classes
    return p, labels, np.eye(classes)[labels]


@check("A", points=1)
def rows_are_distributions(m, rng):
    z = rng.uniform(-2, 2, (4, 3))
    e = np.exp(z)
    mistakes = {
        "columns": ("this adds up over the samples, axis=0: it is the rows that must add up to 1", e / e.sum(axis=0)),
        "everything": ("this adds up all rows together: each row must add up to 1", e / e.sum()),
        "sigmoid": ("this is the sigmoid of each logit: the rows do not add up to 1", 1 / (1 + np.exp(-z))),
        "no_exp": ("the exponential is missing", z / z.sum(axis=1, keepdims=True)),
        "exponential": ("this is exp(z), not yet divided by its sum", e),
        "logarithm": ("this is the logarithm of the softmax", np.log(exact_softmax(z))),
    }
    compare("softmax(z)", m.softmax(z), exact_softmax(z), **mistakes)


@check("A", points=1)
def logits_of_any_size(m, rng):
    for rows in ([[2000.0, 0.0], [0.0, 1.0]], [[-1000.0, -1001.0], [1000.0, 1000.0]]):
        z = np.array(rows)
        compare(f"softmax(np.array({rows}))", m.softmax(z), exact_softmax(z))


@check("B", points=1)
def mean_over_the_samples(m, rng):
    p, labels, y = samples(rng, 5, 4)
    right = -np.log((p * y).sum(axis=1)).mean()
    binary = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / 5
    mistakes = {
        "sum": ("this is the sum over the rows, not their mean", 5 * right),
        "mean_of_all": ("this is a mean over the classes, too: a fourth of the loss", right / 4),
        "index_as_number": (
            "this takes the label as a number, and multiplies by it: it is the index of a class",
            -np.mean(np.sum(labels[:, None] * np.log(p), axis=1)),
        ),
        "binary": (
            "this is the loss for C separate questions, with (1 - y) log(1 - p): here one class is right",
            binary,
        ),
        "rows_of_p": ("p[labels] are rows of p: take from row i the column labels[i]", -np.mean(np.log(p[labels % 5]))),
        "bits": ("this is in bits: take the natural logarithm", right / np.log(2)),
        "log_of_mean": ("the logarithm comes first, then the mean", -np.log((p * y).sum(axis=1).mean())),
        "largest": ("this takes the largest probability, whatever the label is", -np.log(p.max(axis=1)).mean()),
        "all_pairs": ("p[:, labels] is every row at every label: use np.arange(N)", -np.log(p[:, labels]).mean()),
        "upside_down": ("the logarithm and the minus are missing", (p * y).sum(axis=1).mean()),
        "no_logarithm": ("the logarithm is missing", -np.mean((p * y).sum(axis=1))),
        "first": ("this is the loss of the first row over N: the sum over the rows is missing", -np.log(p[0, 2]) / 5),
    }
    compare("cross_entropy(p, labels)", m.cross_entropy(p, labels), right, **mistakes)


@check("B", points=1)
def classes_that_are_ruled_out(m, rng):
    p, labels = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]]), np.array([0, 2])
    constant = "a constant inside the logarithm: a sure and right prediction costs exactly 0"
    mistakes = {"epsilon": (constant, -np.mean(np.log(np.array([1.0, 0.5]) + 1e-10)))}
    call = f"cross_entropy(np.array({p.tolist()}), np.array([0, 2]))"
    compare(call, m.cross_entropy(p, labels), np.log(2) / 2, rtol=1e-12, atol=0, **mistakes)


@check("C", points=2)
def gradient_is_p_minus_y(m, rng):
    p, labels, y = samples(rng, 5, 4)
    not_one_hot = "this takes the label as a number and not as a one-hot row"
    mistakes = {
        "not_mean": ("this is the gradient of the sum of the losses: divide by N", p - y),
        "mean_of_all": ("this is divided by N * C: the mean is over the samples only", (p - y) / 20),
        "no_one_hot": (not_one_hot, (p - labels[:, None]) / 5),
        "of_p": ("this is the gradient with respect to p, not with respect to the logits", -y / p / 5),
        "label_only": ("the other classes' logits have a gradient, too: p, divided by N", y * (p - y) / 5),
        "slope": ("this has a factor p (1 - p) too many: the loss is no squared error", (p - y) * p * (1 - p) / 5),
    }
    compare("logits_gradient(p, labels)", m.logits_gradient(p, labels), (p - y) / 5, **mistakes)


@check("A", points=0, hidden=True)
def one_row_and_one_class(m, rng):
    z = rng.uniform(-700, 700, (50, 7))
    compare("softmax(z) for 50 rows of logits between -700 and 700", m.softmax(z), exact_softmax(z))
    compare("softmax(np.zeros((1, 4)))", m.softmax(np.zeros((1, 4))), np.full((1, 4), 0.25))
    compare("softmax(np.array([[5.0], [1e6]]))", m.softmax(np.array([[5.0], [1e6]])), np.ones((2, 1)))


@check("B", points=0, hidden=True)
def fewer_samples_than_classes(m, rng):
    for n, classes in ((2, 6), (30, 2), (1, 1)):
        p, labels, y = samples(rng, n, classes)
        right = -np.log((p * y).sum(axis=1)).mean()
        compare(f"cross_entropy(p, labels) for p of shape ({n}, {classes})", m.cross_entropy(p, labels), right)


@check("C", points=0, hidden=True)
def gradient_of_other_shapes(m, rng):
    for n, classes in ((2, 6), (30, 2), (1, 1)):
        p, labels, y = samples(rng, n, classes)
        call = f"logits_gradient(p, labels) for p of shape ({n}, {classes})"
        compare(call, m.logits_gradient(p, labels), (p - y) / n)
