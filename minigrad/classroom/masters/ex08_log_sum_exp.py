"""Log-sum-exp: the cross-entropy from the logits, right for logits of any size.

Belongs to lesson 08, the stable cross-entropy.

The logarithm of a softmax is z - log(sum(exp(z))). Computed as it stands, exp overflows for logits above 709, and all
terms underflow to 0 below -745. The largest logit of the row can be taken out first:
    log(sum(exp(z))) = max + log(sum(exp(z - max)))
With this the cross-entropy needs no probability, no constant inside a logarithm and no check of its input.

The logits have dtype float64. Parts B and C may call `log_sum_exp`: their checks put a right one in its place.
"""

import numpy as np


# %% Part A (2 points)
def log_sum_exp(z):
    """The log of the sum of exp(z) along the last axis: of z, shape (..., C) with C at least 1, an array (...).

    Logits may be of any size, and may be -inf, which adds 0 to the sum; a row of -inf alone gives -inf, not NaN.
    NumPy may warn of a logarithm of 0: that is no mistake here if the result is right.
    """
    # BEGIN SOLUTION A: return max + log(sum(exp(z - max))); take 0 for a maximum of -inf
    top = z.max(axis=-1, keepdims=True)
    top = np.where(top == -np.inf, 0.0, top)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(z - top).sum(axis=-1)) + top[..., 0]
    # END SOLUTION


# %% Part B (2 points)
def cross_entropy(z, labels):
    """The mean over the rows of the cross-entropy of softmax(z), in nats: one number, exact for logits of any size.

    z has shape (N, C) and is finite; labels, the indices of the right classes, are integers of shape (N,).
    """
    # BEGIN SOLUTION B: return the mean of log_sum_exp of a row minus its logit at the label
    return np.mean(log_sum_exp(z) - z[np.arange(len(z)), labels])
    # END SOLUTION


# %% Part C (2 points)
def soft_cross_entropy(z, targets):
    """The same for targets that are distributions: z and targets have shape (N, C), each row of targets adds up to 1.

    The cross-entropy H(targets, softmax(z)) of each row in nats, its mean over the rows: one number.
    """
    # BEGIN SOLUTION C: return the mean over the rows of -sum over the classes of target * log softmax
    log_p = z - log_sum_exp(z)[:, None]
    return -np.mean(np.sum(targets * log_p, axis=1))
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import check, compare  # noqa: E402

HINTS = {
    "A": [
        "After the largest logit of the row is subtracted, no exponent is above 0 and one of them is 0. What must be "
        "added to the logarithm in the end? And what is -inf - (-inf)?",
        "log_sum_exp(z) = max + log(sum(exp(z - max))), max along the last axis. If max is -inf, subtract 0 instead.",
        "top = z.max(axis=-1, keepdims=True)\ntop = np.where(top == -np.inf, ..., top)\n"
        "return np.log(np.exp(z - ...).sum(axis=-1)) + top[..., 0]",
    ],
    "B": [
        "-log p of the right class: write the logarithm of the softmax down. No exp is left but that in log_sum_exp.",
        "loss = mean over i of (log_sum_exp(z[i]) - z[i, labels[i]]).",
        "return np.mean(log_sum_exp(z) - z[np.arange(...), ...])",
    ],
    "C": [
        "Each class's -log p counts with the weight that the target gives it.",
        "log p[i, c] = z[i, c] - log_sum_exp(z[i]); loss = -(1 / N) * sum over i and c of targets[i, c] * log p[i, c].",
        "log_p = z - log_sum_exp(z)[:, None]\nreturn -np.mean(np.sum(..., axis=...))",
    ],
}
_P = "e = np.exp(z - z.max(axis=1, keepdims=True))\np = e / e.sum(axis=1, keepdims=True)\n"
_ROW = "top = z.max(axis=-1, keepdims=True)\n"
_LOG_P = "log_p = z - log_sum_exp(z)[:, None]\n"
WRONG = {
    "naive": ("A", "return np.log(np.sum(np.exp(z), axis=-1))", "inf"),
    "not_added": ("A", _ROW + "return np.log(np.sum(np.exp(z - top), axis=-1))", "not added"),
    "maximum": ("A", "return z.max(axis=-1)", "largest logit"),
    "batch_maximum": ("A", "return np.log(np.sum(np.exp(z - z.max()), axis=-1)) + z.max()", "inf"),
    "no_row": ("A", _ROW + "return np.log(np.sum(np.exp(z - top), axis=-1)) + top[..., 0]", "NaN"),
    "kept": ("A", _ROW + "return np.log(np.sum(np.exp(z - top), axis=-1, keepdims=True)) + top", "shape"),
    "mean": ("A", "return np.log(np.mean(np.exp(z), axis=-1))", "mean"),
    "epsilon": ("B", _P + "return -np.mean(np.log(p[np.arange(len(z)), labels] + 1e-10))", "caps the loss"),
    "of_p": ("B", _P + "return -np.mean(np.log(p[np.arange(len(z)), labels]))", "inf"),
    "sign": ("B", "return np.mean(z[np.arange(len(z)), labels] - log_sum_exp(z))", "sign"),
    "sum": ("B", "return np.sum(log_sum_exp(z) - z[np.arange(len(z)), labels])", "sum over the rows"),
    "index_as_number": ("B", "return np.mean(log_sum_exp(z) - labels)", "as a number"),
    "every_class": ("B", "return np.mean(log_sum_exp(z)[:, None] - z)", "uniform"),
    "mean_of_all": ("C", _LOG_P + "return -np.mean(targets * log_p)", "over the classes"),
    "total": ("C", _LOG_P + "return -np.sum(targets * log_p)", "sum over the rows"),
    "hardened": (
        "C",
        _LOG_P + "return -np.mean(log_p[np.arange(len(z)), targets.argmax(axis=1)])",
        "most likely class",
    ),
    "divergence": (
        "C",
        _LOG_P + "return np.mean(np.sum(targets * (np.log(targets + (targets == 0)) - log_p), axis=1))",
        "entropy of the targets",
    ),
    "no_softmax": ("C", "return -np.mean(np.sum(targets * z, axis=1))", "log_sum_exp is missing"),
}


def right_log_sum_exp(z):
    return np.logaddexp.reduce(z, axis=-1)


def given(m):
    """Parts B and C are judged with a right `log_sum_exp`, so that a mistake in part A costs nothing there."""
    m.log_sum_exp = right_log_sum_exp


@check("A", points=1)
def ordinary_logits(m, rng):
    z = rng.uniform(-2, 2, (4, 5))
    right, top = np.log(np.exp(z).sum(axis=-1)), z.max(axis=-1)
    mistakes = {
        "not_added": ("the maximum was subtracted and not added again", right - top),
        "maximum": ("this is the largest logit alone", top),
        "mean": ("this is the log of the mean, not of the sum", right - np.log(5)),
        "exponential": ("the logarithm is missing", np.exp(right)),
    }
    compare("log_sum_exp(z)", m.log_sum_exp(z), right, **mistakes)


@check("A", points=1)
def logits_of_any_size(m, rng):
    for rows in ([[1000.0, 999.0], [-1000.0, -1000.0]], [[-np.inf, 3.0], [0.0, 0.0]], [[-np.inf, -np.inf], [0.0, 1.0]]):
        z = np.array(rows)
        right = np.array([-np.inf if row[0] == row[1] == -np.inf else np.logaddexp(*row) for row in rows])
        compare(f"log_sum_exp(np.array({rows}).astype(float))".replace("inf", "np.inf"), m.log_sum_exp(z), right)


@check("B", points=1)
def mean_over_the_samples(m, rng):
    given(m)
    z, labels = rng.uniform(-2, 2, (5, 4)), np.array([2, 0, 3, 1, 2])
    each = np.log(np.exp(z).sum(axis=1)) - z[np.arange(5), labels]
    mistakes = {
        "sum": ("this is the sum over the rows, not their mean", each.sum()),
        "mean_of_all": ("this is a mean over the classes, too: a fourth of the loss", each.mean() / 4),
        "index_as_number": (
            "this takes the label as a number: it is the index of a logit",
            np.mean(np.log(np.exp(z).sum(axis=1)) - labels),
        ),
        "no_sum": ("this is the logit at the label alone: log_sum_exp is missing", -z[np.arange(5), labels].mean()),
        "sum_alone": ("this is without the logit at the label", np.log(np.exp(z).sum(axis=1)).mean()),
        "all_pairs": (
            "z[:, labels] is every row at every label: use np.arange(N) for the rows",
            np.mean(np.log(np.exp(z).sum(axis=1))[:, None] - z[:, labels]),
        ),
        "every_class": (
            "this is the loss with a uniform target: take the logit of the label only",
            np.mean(np.log(np.exp(z).sum(axis=1))[:, None] - z),
        ),
        "bits": ("this is in bits: take the natural logarithm", each.mean() / np.log(2)),
    }
    compare("cross_entropy(z, labels)", m.cross_entropy(z, labels), each.mean(), **mistakes)


@check("B", points=1)
def wrong_by_far(m, rng):
    given(m)
    for gap in (30.0, 1000.0):
        z = np.array([[gap, 0.0], [0.0, gap]])
        got = m.cross_entropy(z, np.array([1, 0]))
        cap = {"capped": ("a constant inside the logarithm caps the loss: add nothing to p, and compute no p", got)}
        call = f"cross_entropy(np.array({z.tolist()}), np.array([1, 0]))"
        compare(call, got, gap, rtol=1e-10, **(cap if isinstance(got, float) and 10 < got < 0.99 * gap else {}))


@check("C", points=1)
def targets_that_are_distributions(m, rng):
    given(m)
    z, weights = rng.uniform(-2, 2, (5, 4)), rng.uniform(0.1, 1, (5, 4))
    targets = weights / weights.sum(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    right, own = -np.sum(targets * np.log(p)) / 5, -np.sum(targets * np.log(targets)) / 5
    binary = right - np.sum((1 - targets) * np.log(1 - p)) / 5
    mistakes = {
        "mean_of_all": ("this is a mean over the classes, too: a fourth of the loss", right / 4),
        "total": ("this is the sum over the rows, not their mean", right * 5),
        "hardened": (
            "this takes the most likely class for the label: every class counts, by its share in the target",
            -np.mean(np.log(p[np.arange(5), targets.argmax(axis=1)])),
        ),
        "divergence": ("this is KL: the entropy of the targets is taken off", right - own),
        "no_softmax": ("these are the logits themselves: log_sum_exp is missing", -np.sum(targets * z) / 5),
        "binary": ("this is the loss for C separate questions, with (1 - y) log(1 - p): not that of a softmax", binary),
        "swapped": ("targets and softmax are swapped: this is H(softmax, targets)", -np.sum(p * np.log(targets)) / 5),
    }
    compare("soft_cross_entropy(z, targets)", m.soft_cross_entropy(z, targets), right, **mistakes)


@check("C", points=1)
def one_hot_targets_of_large_logits(m, rng):
    given(m)
    z, targets = np.array([[1000.0, 0.0], [-1000.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 1.0]])
    call = f"soft_cross_entropy(np.array({z.tolist()}), np.array({targets.tolist()}))"
    compare(call, m.soft_cross_entropy(z, targets), 500.0)


@check("A", points=0, hidden=True)
def other_shapes(m, rng):
    z = rng.uniform(-900, 900, (2, 3, 4))
    compare("log_sum_exp(z) for z of shape (2, 3, 4)", m.log_sum_exp(z), right_log_sum_exp(z))
    compare("log_sum_exp(np.array([7.0]))", m.log_sum_exp(np.array([7.0])), 7.0)
    compare("log_sum_exp(np.zeros((0, 3)))", m.log_sum_exp(np.zeros((0, 3))), np.zeros(0))
    z = np.array([0.5, 0.5, 0.5])
    compare("log_sum_exp(np.array([0.5, 0.5, 0.5]))", m.log_sum_exp(z), 0.5 + np.log(3))


@check("B", points=0, hidden=True)
def losses_of_other_shapes(m, rng):
    given(m)
    for n, classes in ((2, 6), (30, 2), (1, 1)):
        z, labels = rng.uniform(-900, 900, (n, classes)), rng.integers(0, classes, n)
        right = np.mean([right_log_sum_exp(row) - row[label] for row, label in zip(z, labels, strict=True)])
        compare(f"cross_entropy(z, labels) for z of shape ({n}, {classes})", m.cross_entropy(z, labels), right)


@check("C", points=0, hidden=True)
def soft_losses_of_other_shapes(m, rng):
    given(m)
    for n, classes in ((2, 6), (30, 2)):
        z, targets = rng.uniform(-900, 900, (n, classes)), rng.dirichlet(np.ones(classes), n)
        right = np.mean((targets * (right_log_sum_exp(z)[:, None] - z)).sum(axis=1))
        compare(f"soft_cross_entropy(z, targets) for shape ({n}, {classes})", m.soft_cross_entropy(z, targets), right)
