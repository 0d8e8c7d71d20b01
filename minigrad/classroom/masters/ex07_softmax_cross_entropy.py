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
from minigrad.classroom.checks import SINGLE, Wrong, answer, check, compare, several  # noqa: E402

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
RIGHT = {
    "log_sum_exp": (
        "A",
        "top = z.max(axis=-1, keepdims=True)\n"
        "return np.exp(z - top - np.log(np.exp(z - top).sum(axis=-1, keepdims=True)))",
    ),
    "row_by_row": (
        "A",
        "def one(row):\n    e = np.exp(row - row.max())\n    return e / e.sum()\n\n"
        "return np.apply_along_axis(one, -1, z)",
    ),
    "recursion": (
        "A",
        "if z.ndim > 1:\n    return [softmax(row) for row in z]\ntop = max(z)\n"
        "e = [np.exp(x - top) for x in z]\nreturn [x / sum(e) for x in e]",
    ),
    "differences": (
        "A",
        "with np.errstate(over='ignore'):\n"
        "    return 1 / np.exp(z[..., None, :] - z[..., :, None]).sum(axis=-1)",
    ),
    "tensor": (
        "A",
        "import minigrad as mg\nreturn mg.tensor(z).softmax(dim=-1)",
    ),
    "float32": (
        "A",
        "e = np.exp((z - np.max(z, axis=-1, keepdims=True)).astype(np.float32))\n"
        "return np.divide(e, e.sum(axis=-1, keepdims=True))",
    ),
    "mean_of_loop": (
        "B",
        "total = 0.0\nfor row, label in zip(p, labels):\n    total -= np.log(row[label])\n"
        "return total / len(labels)",
    ),
    "product": (
        "B",
        "return -np.log(np.take_along_axis(p, labels[:, None], axis=1)).mean()",
    ),
    "one_hot": (
        "B",
        "y = np.eye(p.shape[1])[labels]\nreturn np.mean(-np.log(np.einsum('nc,nc->n', p, y)))",
    ),
    "masked": (
        "B",
        "hit = np.arange(p.shape[1]) == labels[:, None]\n"
        "return -np.log(p, where=hit, out=np.zeros_like(p)).sum() / len(p)",
    ),
    "log1p": (
        "B",
        "from math import fsum, log\n"
        "return fsum(log(1 / row[t]) for row, t in zip(p.tolist(), labels.tolist())) / "
        "labels.size",
    ),
    "tensor_b": (
        "B",
        "import minigrad as mg\nreturn -mg.tensor(p[range(len(p)), labels]).log().mean()",
    ),
    "one_hot_c": (
        "C",
        "y = np.eye(p.shape[1])[labels]\ndz = (p - y) / len(p)\n"
        "return np.einsum('nd,nc->dc', X, dz), np.einsum('nc->c', dz)",
    ),
    "loops": (
        "C",
        "dW, db = np.zeros((X.shape[1], p.shape[1])), np.zeros(p.shape[1])\n"
        "for x, row, label in zip(X, p, labels):\n    for c, share in enumerate(row):\n"
        "        dz = (share - (c == label)) / len(p)\n        dW[:, c] += dz * x\n"
        "        db[c] += dz\nreturn dW, db",
    ),
    "two_terms": (
        "C",
        "dW, db = X.T @ p, p.sum(axis=0)\nnp.subtract.at(dW.T, labels, X)\n"
        "np.subtract.at(db, labels, 1)\nreturn [dW / len(p), db / len(p)]",
    ),
    "bincount": (
        "C",
        "n, C = p.shape\ndb = p.mean(axis=0) - np.bincount(labels, minlength=C) / n\n"
        "hit = labels[:, None] == np.arange(C)\n"
        "return (X.T @ (p - hit) / n).tolist(), db.tolist()",
    ),
    "tensors": (
        "C",
        "import minigrad as mg\ny = mg.tensor(np.eye(p.shape[1])[labels])\n"
        "error = (mg.tensor(p) - y) / len(p)\nreturn mg.tensor(X).T @ error, error.sum(dim=0)",
    ),
    "column_of_ones": (
        "C",
        "from typing import NamedTuple\n\nclass Gradients(NamedTuple):\n    W: np.ndarray\n"
        "    b: np.ndarray\n\ny = np.eye(p.shape[1])[labels]\n"
        "both = np.column_stack([X, np.ones(len(X))]).T @ (p - y) / len(p)\n"
        "return Gradients(both[:-1], both[-1])",
    ),
}
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
    "first_logit": (
        "A",
        "e = np.exp(z - z[..., :1])\nreturn e / e.sum(axis=-1, keepdims=True)",
        "NaN",
    ),
    "epsilon_in_sum": (
        "A",
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "return e / (e.sum(axis=-1, keepdims=True) + 1e-8)",
        "a constant",
    ),
    "clipped": (
        "B",
        "return -np.mean(np.log(np.clip(p[np.arange(len(p)), labels], 1e-15, 1)))",
        "a constant inside",
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
    "added_to_earlier": (
        "C",
        f"{ONE_HOT}dz = (p - y) / len(p)\n"
        "kept = globals().setdefault('kept', {}).setdefault(X.shape, [0, 0])\n"
        "kept[0] = kept[0] + X.T @ dz\nkept[1] = kept[1] + dz.sum(axis=0)\n"
        "return kept[0], kept[1]",
        "an earlier call",
    ),
    "classes_seen": (
        "C",
        "dz = (p - np.eye(labels.max() + 1)[labels]) / len(p)\nreturn X.T @ dz, dz.sum(axis=0)",
        "broadcast",
    ),
}


@answer
def exact_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def samples(rng, n, classes):
    """Probabilities (n, classes), labels that do not count up from 0, and those as one-hot rows."""
    p = exact_softmax(rng.uniform(-2, 2, (n, classes)))
    labels = (3 * np.arange(n) + 2) % classes
    return p, labels, np.eye(classes)[labels]


@answer
def softmaxes(z):
    """The softmax along the last axis, and the mistakes that it can have, each with its value."""
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
    return exact_softmax(z), mistakes


@check("A", points=1)
def each_sample_is_a_distribution(m, rng):
    for shape in ((4, 3), (5,), (2, 3, 4)):
        z = rng.uniform(-2, 2, shape)
        right, mistakes = softmaxes(z)
        compare(f"softmax(z) for z of shape {shape}", m.softmax(z), right, **SINGLE, **mistakes)
    got, half = m.softmax(np.zeros((1, 2))), np.full((1, 2), 0.5)
    named = {}
    if np.shape(got) == (1, 2) and np.allclose(got, half, atol=1e-4):
        named["constant"] = ("a constant beside the sum: the row does not add up to 1", got)
    compare("softmax(np.zeros((1, 2)))", got, half, rtol=1e-12, atol=0, **named)


@check("A", points=1)
def logits_of_any_size(m, rng):
    for rows in ([[2000.0, 0.0], [0.0, 1.0]], [[-1000.0, 1001.0], [1000.0, 1000.0]]):
        z = np.array(rows)
        compare(f"softmax(np.array({rows}))", m.softmax(z), exact_softmax(z), **SINGLE)


@answer
def losses(p, labels):
    """The mean loss, and the mistakes that it can have, each with its value."""
    n, classes = p.shape
    y = np.eye(classes)[labels]
    chosen = (p * y).sum(axis=1)
    right = -np.log(chosen).mean()
    as_number = -np.mean(np.sum(labels[:, None] * np.log(p), axis=1))
    binary = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / n
    return right, {
        "sum": ("this is the sum over the rows, not their mean", n * right),
        "mean_of_all": (
            "this is a mean over the classes, too: a fourth of the loss",
            right / classes,
        ),
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
            -np.mean(np.log(p[labels % n])),
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
            -np.log(chosen[0]) / n,
        ),
    }


@check("B", points=1)
def mean_over_the_samples(m, rng):
    p, labels, _ = samples(rng, 5, 4)
    right, mistakes = losses(p, labels)
    compare("cross_entropy(p, labels)", m.cross_entropy(p, labels), right, **SINGLE, **mistakes)


@check("B", points=1)
def classes_that_are_ruled_out(m, rng):
    p = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    call = f"cross_entropy(np.array({p.tolist()}), np.array([0, 2]))"
    got = m.cross_entropy(p, np.array([0, 2]))
    compare(call, got, np.log(2) / 2, **SINGLE)
    rare = np.array([[1e-30, 1 - 1e-30], [1e-9, 1 - 1e-9]])
    call = f"cross_entropy(np.array({rare.tolist()}), np.array([0, 0]))"
    why = "a constant inside the logarithm, which hides how wrong a prediction is: leave it out"
    mistakes = {}
    for k in range(6, 17):
        mistakes[f"epsilon_{k}"] = (why, -np.log([10.0**-k, 1e-9 + 10.0**-k]).mean())
        mistakes[f"clip_{k}"] = (why, -np.log([10.0**-k, max(1e-9, 10.0**-k)]).mean())
    right = (30 + 9) / 2 * np.log(10)
    compare(call, m.cross_entropy(rare, np.array([0, 0])), right, **SINGLE, **mistakes)


@answer
def pairs(X, p, labels):
    """dW and its mistakes, db and its mistakes."""
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
    of_weights = {name: (text, X.T @ dz) for name, (text, dz) in of.items()}
    of_biases = {name: (text, dz.sum(axis=0)) for name, (text, dz) in of.items()}
    of_biases["mean_twice"] = (
        "this is divided by N twice: dz has the 1 / N already",
        right.mean(axis=0),
    )
    return X.T @ right, of_weights, right.sum(axis=0), of_biases


def compare_gradients(call, got, X, p, labels):
    """Compare a pair (dW, db), both parts with their mistakes."""
    n, classes = p.shape
    right_dW, of_weights, right_db, of_biases = pairs(X, p, labels)
    dW, db = several(call, got, "dW", "db")
    compare(f"{call}[0], which is dW", dW, right_dW, **SINGLE, **of_weights)
    if np.ndim(db) == 0:
        raise Wrong("this is one number for all biases: add over the samples only, axis=0", call)
    if np.shape(db) == (n,) != (classes,):
        raise Wrong("one number for each sample: db has one for each class, so axis=0", call)
    compare(f"{call}[1], which is db", db, right_db, **SINGLE, **of_biases)


@check("C", points=2)
def gradients_of_the_mean(m, rng):
    for n, features, classes in ((5, 3, 4), (2, 3, 7)):  # of 7, the last is no label
        p, labels, _ = samples(rng, n, classes)
        X = rng.uniform(-2, 2, (n, features))
        call = f"gradients(X, p, labels) for N = {n}, D = {features}, C = {classes}"
        compare_gradients(call, first := m.gradients(X, p, labels), X, p, labels)
    again = m.gradients(X, p, labels)
    first, again = (several(call, got, "dW", "db") for got in (first, again))
    if not np.allclose(first[0], again[0]):
        why = "the same call gives another result: the gradients of an earlier call are in it"
        raise Wrong(why, call)


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
        p, labels, _ = samples(rng, n, classes)
        right, _ = losses(p, labels)
        call = f"cross_entropy(p, labels) for p of shape ({n}, {classes})"
        compare(call, m.cross_entropy(p, labels), right, **SINGLE)


@check("C", points=0, hidden=True)
def gradients_of_other_shapes(m, rng):
    for n, features, classes in ((30, 1, 2), (1, 4, 1), (7, 7, 7)):
        p, labels, _ = samples(rng, n, classes)
        X = rng.uniform(-2, 2, (n, features))
        call = f"gradients(X, p, labels) for N = {n}, D = {features}, C = {classes}"
        compare_gradients(call, m.gradients(X, p, labels), X, p, labels)
