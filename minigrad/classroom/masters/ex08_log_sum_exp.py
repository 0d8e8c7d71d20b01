"""Log-sum-exp: a loss and its gradient from the logits, right for logits of any size.

Belongs to lesson 08, "What does 1e-10 cost?".

A classifier gives N samples logits z of shape (N, C), float64, of any size. The labels are the
numbers of the true classes: integers from 0 to C - 1, of shape (N,). The loss is the mean over the
N rows of -ln p at the label, in nats, where p is the softmax of the row. With
    log-sum-exp of a row = ln of the sum of exp(z) over the row
it is the mean of log-sum-exp minus the logit at the label. No constant such as 1e-10 is needed.

Parts B and C may call `log_sum_exp`: they are judged with a right one in place of yours.
"""

import numpy as np


# %% Part A (2 points)
def log_sum_exp(z):
    """The ln of the sum of exp(z) along the last axis: of z, shape (..., C), an array (...).

    z may have one axis (one row), two or three. Logits may be of any size. A logit may be -inf and
    adds 0 to its sum; at least one logit of each row is finite.
    """
    # BEGIN SOLUTION A: return log-sum-exp along the last axis, of shape (...) and not (..., 1)
    top = np.max(z, axis=-1, keepdims=True)
    return np.log(np.sum(np.exp(z - top), axis=-1)) + np.max(z, axis=-1)
    # END SOLUTION


# %% Part B (2 points)
def cross_entropy(z, labels):
    """The mean over the N rows of the cross-entropy in nats, one number, exact for any finite z."""
    # BEGIN SOLUTION B: return the mean of each row's log_sum_exp minus its logit at the label
    return np.mean(log_sum_exp(z) - z[np.arange(len(z)), labels])
    # END SOLUTION


# %% Part C (2 points)
def gradient(z, labels):
    """The gradient of that mean with respect to the logits: shape (N, C), as z. z is finite."""
    # BEGIN SOLUTION C: return the gradient with respect to z, from p and the labels
    dz = np.exp(z - log_sum_exp(z)[:, None])
    dz[np.arange(len(z)), labels] -= 1
    return dz / len(z)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, Wrong, answer, check, compare, lend  # noqa: E402

HINTS = {
    "A": [
        "After the largest logit of the row is subtracted, no exponent is above 0 and one of them "
        "is 0. What must be added to the logarithm in the end?",
        "log_sum_exp(z) = m + ln(sum of exp(z - m)), m the largest logit along the last axis, "
        "axis=-1. To subtract m, keep its axis; to add it again, do not.",
        "top = np.max(z, axis=-1, keepdims=True)\n"
        "return np.log(np.sum(np.exp(...), axis=-1)) + np.max(z, axis=...)",
    ],
    "B": [
        "-ln p of the right class: write the logarithm of the softmax down. No exponential is left "
        "but the one inside log_sum_exp.",
        "loss = mean over i of (log_sum_exp of row i - z[i, labels[i]]). An array takes two arrays "
        "as indices: the rows, and the columns.",
        "return np.mean(log_sum_exp(z) - z[np.arange(...), ...])",
    ],
    "C": [
        "With respect to the logits of one row the gradient is p - y, y one-hot. How do you get p "
        "from ln p, without exp of a large number?",
        "ln p[i, c] = z[i, c] - log_sum_exp of row i. Then p - y is p, but 1 less at the label. "
        "The loss is a mean over N rows.",
        "dz = np.exp(z - ...[:, None])\ndz[np.arange(...), ...] -= ...\nreturn dz / ...",
    ],
}
_P = "e = np.exp(z - z.max(axis=1, keepdims=True))\np = e / e.sum(axis=1, keepdims=True)\n"
_Y = "y = np.eye(z.shape[1])[labels]\n"
_ROW = "top = z.max(axis=-1, keepdims=True)\n"
_WEIGHT = "p_t = (p * y).sum(axis=1, keepdims=True)\n"
_BATCH = "return np.log(np.sum(np.exp(z - z.max()), axis=-1)) + z.max()"
RIGHT = {
    "logaddexp": (
        "A",
        "return np.logaddexp.reduce(z, axis=-1)",
    ),
    "two_at_a_time": (
        "A",
        "total = z[..., 0]\nfor i in range(1, z.shape[-1]):\n"
        "    high, low = np.maximum(total, z[..., i]), np.minimum(total, z[..., i])\n"
        "    total = high + np.log1p(np.exp(low - high))\nreturn total",
    ),
    "along_an_axis": (
        "A",
        "def of(row):\n    return max(row) + np.log(sum(np.exp(x - max(row)) for x in row))\n"
        "\nreturn np.apply_along_axis(of, -1, z)",
    ),
    "recursion": (
        "A",
        "import math\nif z.ndim > 1:\n    return [log_sum_exp(row) for row in z]\n"
        "top = float(z.max())\n"
        "return top + math.log(math.fsum(math.exp(x - top) for x in z.tolist()))",
    ),
    "sorted": (
        "A",
        "s = np.sort(z, axis=-1)\ntop = s[..., -1:]\n"
        "return np.squeeze(top, -1) + np.log1p(np.exp(s[..., :-1] - top).sum(axis=-1))",
    ),
    "tensor": (
        "A",
        "import minigrad as mg\nreturn mg.tensor(z).logsumexp(dim=-1)",
    ),
    "float32": (
        "A",
        "z = z.astype(np.float32)\ntop = z.max(-1)\n"
        "return top + np.log(np.exp(z - top[..., None]).sum(-1))",
    ),
    "loop": (
        "B",
        "losses = []\nfor row, label in zip(z, labels):\n"
        "    losses.append(log_sum_exp(row) - row[label])\nreturn sum(losses) / len(losses)",
    ),
    "two_means": (
        "B",
        "return np.mean(log_sum_exp(z)) - np.mean(np.take_along_axis(z, labels[:, None], 1))",
    ),
    "shifted": (
        "B",
        "return np.mean(log_sum_exp(z - z[np.arange(len(z)), labels][:, None]))",
    ),
    "log_softmax": (
        "B",
        "log_p = z - np.asarray(log_sum_exp(z))[:, None]\n"
        "hit = labels[:, None] == np.arange(z.shape[1])\nreturn -log_p[hit].mean()",
    ),
    "own": (
        "B",
        "top = z.max(axis=1, keepdims=True)\n"
        "log_p = z - top - np.log(np.exp(z - top).sum(axis=1, keepdims=True))\n"
        "return -np.einsum('nc,nc->', log_p, np.eye(z.shape[1])[labels]) / len(z)",
    ),
    "tensor_b": (
        "B",
        "import minigrad as mg\nimport minigrad.nn.functional as F\n"
        "return F.cross_entropy(mg.tensor(z), mg.tensor(labels))",
    ),
    "one_hot": (
        "C",
        "p = np.exp(z - log_sum_exp(z)[:, None])\nreturn (p - np.eye(z.shape[1])[labels]) / len(z)",
    ),
    "softmax": (
        "C",
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "p = e / e.sum(axis=-1, keepdims=True)\n"
        "np.subtract.at(p, (range(len(p)), labels), 1)\nreturn p / p.shape[0]",
    ),
    "rows": (
        "C",
        "rows = []\nfor row, label in zip(z, labels):\n"
        "    p = np.exp(row - log_sum_exp(row))\n    p[label] -= 1\n"
        "    rows.append((p / len(z)).tolist())\nreturn rows",
    ),
    "autograd": (
        "C",
        "import minigrad as mg\nimport minigrad.nn.functional as F\n"
        "t = mg.tensor(z, requires_grad=True)\n"
        "F.cross_entropy(t, mg.tensor(labels)).backward()\nreturn t.grad",
    ),
    "where": (
        "C",
        "n, C = z.shape\np = np.exp(z.T - log_sum_exp(z)).T\n"
        "return np.where(np.arange(C) == labels[:, None], p - 1, p) / n",
    ),
}
WRONG = {
    "naive": ("A", "return np.log(np.sum(np.exp(z), axis=-1))", "exp(1000) is infinite"),
    "not_added": ("A", _ROW + "return np.log(np.sum(np.exp(z - top), axis=-1))", "not added"),
    "maximum": ("A", "return z.max(axis=-1)", "largest logit"),
    "batch_maximum": ("A", _BATCH, "needs its own maximum"),
    "kept": (
        "A",
        _ROW + "return np.log(np.sum(np.exp(z - top), axis=-1, keepdims=True)) + top",
        "the summed axis is left",
    ),
    "maximum_kept": (
        "A",
        _ROW + "return np.log(np.sum(np.exp(z - top), axis=-1)) + top",
        "each sum got every maximum",
    ),
    "mean": ("A", "return np.log(np.mean(np.exp(z), axis=-1))", "mean"),
    "everything": ("A", "return np.log(np.sum(np.exp(z - z.max()))) + z.max()", "shape"),
    "two_axes_only": (
        "A",
        "top = z.max(axis=1)\nreturn np.log(np.exp(z - top[:, None]).sum(axis=1)) + top",
        "axis 1 is out of bounds",
    ),
    "log_softmax": (
        "A",
        _ROW + "s = z - top\nreturn s - np.log(np.exp(s).sum(axis=-1, keepdims=True))",
        "shape",
    ),
    "minus_ln_of_largest": (
        "A",
        _ROW + "return np.log(np.sum(np.exp(z - top), axis=-1)) - top[..., 0]",
        "subtracted twice",
    ),
    "epsilon_in_sum": (
        "A",
        _ROW + "return np.log(np.sum(np.exp(z - top), axis=-1) + 1e-10) + top[..., 0]",
        "a constant inside",
    ),
    "classes_seen": (
        "B",
        "y = np.eye(labels.max() + 1)[labels]\n"
        "return np.mean(log_sum_exp(z) - (z * y).sum(axis=1))",
        "broadcast",
    ),
    "epsilon": (
        "B",
        _P + "return -np.mean(np.log(p[np.arange(len(z)), labels] + 1e-10))",
        "caps the loss",
    ),
    "of_p": ("B", _P + "return -np.mean(np.log(p[np.arange(len(z)), labels]))", "p underflows"),
    "double_softmax": (
        "B",
        _P + "return np.mean(log_sum_exp(p) - p[np.arange(len(z)), labels])",
        "softmax of the softmax",
    ),
    "sign": ("B", "return np.mean(z[np.arange(len(z)), labels] - log_sum_exp(z))", "sign"),
    "sum": ("B", "return np.sum(log_sum_exp(z) - z[np.arange(len(z)), labels])", "the rows"),
    "index_as_number": ("B", "return np.mean(log_sum_exp(z) - labels)", "as a number"),
    "every_class": ("B", "return np.mean(log_sum_exp(z)[:, None] - z)", "uniform"),
    "mean_of_all": (
        "B",
        _Y + "return -np.mean(y * (z - log_sum_exp(z)[:, None]))",
        "over the classes",
    ),
    "not_mean": ("C", _P + _Y + "return p - y", "divide by N"),
    "opposite": ("C", _P + _Y + "return (y - p) / len(z)", "sign"),
    "probabilities": ("C", _P + "return p / len(z)", "1 at the label"),
    "overflow": (
        "C",
        _Y + "e = np.exp(z)\nreturn (e / e.sum(axis=1, keepdims=True) - y) / len(z)",
        "exp of a large logit overflows",
    ),
    "capped": (
        "C",
        _P + _Y + _WEIGHT + "return p_t / (p_t + 1e-10) * (p - y) / len(z)",
        "takes the gradient away",
    ),
    "classes_seen_in_gradient": (
        "C",
        _P + "y = np.eye(labels.max() + 1)[labels]\nreturn (p - y) / len(z)",
        "broadcast",
    ),
    "clipped": (
        "C",
        _P + _Y + "return (np.clip(p, 1e-7, 1) - y) / len(z)",
        "however small",
    ),
    "added_to_earlier": (
        "C",
        _P + _Y + "kept = globals().setdefault('kept', {})\n"
        "kept[z.shape] = kept.get(z.shape, 0) + (p - y) / len(z)\nreturn kept[z.shape]",
        "an earlier call",
    ),
    "logits_minus_labels": ("C", _Y + "return (z - y) / len(z)", "exponential is missing"),
    "logarithms": ("C", _Y + "return (z - log_sum_exp(z)[:, None] - y) / len(z)", "ln p"),
    "of_every_label": (
        "C",
        _P + "p[:, labels] -= 1\nreturn p / len(z)",
        "at every label",
    ),
    "mean_over_classes": ("C", _P + _Y + "return (p - y) / z.size", "N * C"),
    "labels_as_numbers": (
        "C",
        _P + "return (p - labels[:, None]) / len(z)",
        "labels as numbers",
    ),
    "labels_as_numbers_and_sum": (
        "C",
        _P + "return p - labels[:, None]",
        "labels as numbers",
    ),
    "mean_over_rows": ("C", _P + _Y + "return (p - y).mean(axis=0)", "one row for each sample"),
    "label_only": ("C", _P + _Y + "return y * (p - y) / len(z)", "other classes"),
}


@answer
def right_log_sum_exp(z):
    return np.logaddexp.reduce(z, axis=-1)


def given(m):
    """A right `log_sum_exp` for parts B and C: a mistake in part A costs nothing there."""
    lend(m, "log_sum_exp", right_log_sum_exp)


@answer
def sums(z):
    """log-sum-exp along the last axis, and the mistakes that it can have, each with its value."""
    right, top = right_log_sum_exp(z), z.max(axis=-1)
    return right, {
        "not_added": ("the maximum was subtracted and not added again", right - top),
        "twice": ("the maximum was subtracted twice, and not added", right - 2 * top),
        "maximum": ("this is the largest logit alone", top),
        "mean": ("this is the log of the mean, not of the sum", right - np.log(z.shape[-1])),
        "exponential": ("the logarithm is missing", np.exp(right)),
        "negative": ("the sign is flipped", -right),
    }


@check("A", points=1)
def ordinary_logits(m, rng):
    for shape in ((4, 5), (5,), (2, 3, 5)):
        z = rng.uniform(-2, 2, shape)
        right, mistakes = sums(z)
        call = f"log_sum_exp(z) for z of shape {shape}"
        got = m.log_sum_exp(z)
        if shape == (4, 5) and np.shape(got) == (4, 4):
            why = "m of shape (4, 1) was added to (4,): each sum got every maximum"
            raise Wrong(why, call, ["add m without its kept axis"])
        if np.shape(got) == (*shape[:-1], 1) and np.allclose(got, right[..., None]):
            why = "wrong shape: the values are right, but the summed axis is left, with length 1"
            raise Wrong(why, call, [f"expected the shape {shape[:-1]}"])
        compare(call, got, right, **SINGLE, **mistakes)


@check("A", points=1)
def logits_of_any_size(m, rng):
    for rows in ([[1000.0, 999.0], [-1000.0, -1000.0]], [[-np.inf, 3.0], [0.0, 0.0]]):
        z = np.array(rows)
        call = f"log_sum_exp(np.array({rows}))".replace("inf", "np.inf")
        got = m.log_sum_exp(z)
        if rows[0][0] == 1000 and np.shape(got) == (2,) and np.isinf(got).any():
            if np.isposinf(got[0]):
                why = "exp(1000) is infinite: subtract the largest logit of each row before exp"
            else:
                why = (
                    "the sum underflows to 0, and ln 0 is infinite: each row needs its own maximum"
                )
            raise Wrong(why, call, [f"got {got}"])
        compare(call, got, right_log_sum_exp(z), **SINGLE)
    got = m.log_sum_exp(np.array([0.0, -np.inf]))
    named = {}
    if np.ndim(got) == 0 and 0 < abs(got) < 1e-3:
        named["constant"] = ("a constant inside the logarithm: the sum is at least 1", got)
    compare("log_sum_exp(np.array([0.0, -np.inf]))", got, 0.0, atol=1e-12, **named)


@answer
def losses(z, labels):
    """The mean loss, and the mistakes that it can have, each with its value."""
    n, classes = z.shape
    own = z[np.arange(n), labels]
    each = right_log_sum_exp(z) - own
    p = np.exp(z - right_log_sum_exp(z)[:, None])
    chosen = p[np.arange(n), labels]
    return each.mean(), {
        "sum": ("this is the sum over the rows, not their mean", each.sum()),
        "mean_of_all": (
            "this is a mean over the classes, too: a fourth of the loss",
            each.mean() / classes,
        ),
        "index_as_number": (
            "this takes the label as a number: it is the index of a logit",
            np.mean(right_log_sum_exp(z) - labels),
        ),
        "no_sum": ("this is the logit at the label alone: log_sum_exp is missing", -own.mean()),
        "sum_alone": ("this is without the logit at the label", right_log_sum_exp(z).mean()),
        "all_pairs": (
            "z[:, labels] is every row at every label: use np.arange(N) for the rows",
            np.mean(right_log_sum_exp(z)[:, None] - z[:, labels]),
        ),
        "every_class": (
            "this is the loss with a uniform target: take the logit of the label only",
            np.mean(right_log_sum_exp(z)[:, None] - z),
        ),
        "double_softmax": (
            "this is the softmax of the softmax: log_sum_exp takes logits, not p",
            np.mean(right_log_sum_exp(p) - chosen),
        ),
        "binary": (
            "this is the loss for C separate questions, with ln(1 - p)",
            each.mean() - (np.log(1 - p).sum(axis=1) - np.log(1 - chosen)).mean(),
        ),
        "bits": ("this is in bits: take the natural logarithm", each.mean() / np.log(2)),
    }


@check("B", points=1)
def mean_over_the_samples(m, rng):
    given(m)
    z = rng.uniform(-2, 2, (5, 4))
    for labels in (np.array([2, 0, 3, 1, 2]), np.array([2, 0, 0, 1, 2])):  # of 4, 3 is no label
        right, mistakes = losses(z, labels)
        call = f"cross_entropy(z, np.array({labels.tolist()}))"
        compare(call, m.cross_entropy(z, labels), right, **SINGLE, **mistakes)


@check("B", points=1)
def wrong_by_far(m, rng):
    given(m)
    for gap in (30.0, 1000.0):
        z = np.array([[gap, 0.0], [0.0, gap]])
        got = m.cross_entropy(z, np.array([1, 0]))
        call = f"cross_entropy(np.array({z.tolist()}), np.array([1, 0]))"
        if isinstance(got, float) and np.isposinf(got):
            why = "p underflows to 0, and ln 0 is infinite: take log_sum_exp, compute no p"
            raise Wrong(why, call, [f"got {got}"])
        cap = {}
        if isinstance(got, float) and 10 < got < 0.99 * gap:
            why = "a constant inside the logarithm caps the loss: add nothing to p, compute no p"
            cap["capped"] = (why, got)
        compare(call, got, gap, **SINGLE, **cap)


@answer
def slopes(z, labels):
    """The gradient of the mean loss, and the mistakes that it can have, each with its value."""
    n, classes = z.shape
    y = np.eye(classes)[labels]
    log_p = z - right_log_sum_exp(z)[:, None]
    p = np.exp(log_p)
    right = (p - y) / n
    everywhere = p.copy()
    everywhere[:, labels] -= 1
    return right, {
        "not_mean": ("this is the gradient of the sum of the losses: divide by N", p - y),
        "mean_of_all": ("this is divided by N * C: the mean is over the rows", right / classes),
        "opposite": ("the sign is flipped: p - y, not y - p", -right),
        "probabilities": ("this is p over N: subtract 1 at the label of each row", p / n),
        "not_divided": ("this is p: subtract 1 at the label of each row, divide by N", p),
        "logarithms": (
            "this has ln p where p belongs: the exponential is missing",
            (log_p - y) / n,
        ),
        "logits": ("this has z where p belongs: the exponential is missing", (z - y) / n),
        "index_as_number": (
            "this subtracts the labels as numbers: subtract 1 at the label of each row",
            (p - labels[:, None]) / n,
        ),
        "index_as_number_not_mean": (
            "this subtracts the labels as numbers, and is not divided by N",
            p - labels[:, None],
        ),
        "every_label": (
            "1 is subtracted at every label in every row: use np.arange(N) for the rows",
            everywhere / n,
        ),
        "label_only": ("the logits of the other classes have a gradient, too", y * right),
        "of_p": ("this is the gradient with respect to p, not to the logits", -y / p / n),
    }


def compare_gradient(call, got, z, labels):
    right, mistakes = slopes(z, labels)
    if np.shape(got) == z.shape[1:]:
        raise Wrong(
            "wrong shape: the gradient has one row for each sample", call, ["average no rows"]
        )
    compare(call, got, right, **SINGLE, **mistakes)


@check("C", points=1)
def gradient_of_the_mean(m, rng):
    given(m)
    for n, classes in ((5, 4), (2, 7)):
        z = rng.uniform(-2, 2, (n, classes))
        labels = (3 * np.arange(n) + 2) % classes
        call = f"gradient(z, labels) for z of shape ({n}, {classes})"
        compare_gradient(call, first := m.gradient(z, labels), z, labels)
    again = m.gradient(z, labels)
    kept = ("the same call again: the gradient of an earlier call is in it", again)
    compare(f"{call}, called once more", again, np.asarray(first), kept=kept)


@check("C", points=1)
def gradient_where_the_model_is_sure_and_wrong(m, rng):
    given(m)
    z = np.array([[0.0, 50.0], [0.0, -1000.0], [1000.0, 0.0]])
    labels = np.array([0, 1, 0])
    right = np.array([[-1.0, 1.0], [1.0, -1.0], [0.0, 0.0]]) / 3
    call = f"gradient(np.array({z.tolist()}), np.array([0, 1, 0]))"
    got = m.gradient(z, labels)
    if np.shape(got) == (3, 2) and np.isnan(got).any():
        why = "NaN: exp of a large logit overflows: p is exp(z - log_sum_exp of its row)"
        raise Wrong(why, call, [f"got {np.asarray(got).tolist()}"])
    capped = {}
    if np.shape(got) == (3, 2) and np.all(np.abs(got) < 0.3):
        why = "a constant beside p takes the gradient away: the gradient is p - y over N"
        capped["capped"] = (why, np.asarray(got))
    p = right + np.eye(2)[labels] / 3
    everywhere = ("1 is subtracted at every label in every row: use np.arange(N)", p - 1 / 3)
    compare(call, got, right, **SINGLE, **capped, every_label=everywhere)
    got = m.gradient(np.array([[0.0, 20.0]]), np.array([1]))
    small = ("p is taken as it is, however small it is", got[0][0])
    call = "gradient(np.array([[0.0, 20.0]]), np.array([1]))[0, 0]"
    compare(call, got[0][0], 2.0611536e-09, rtol=1e-4, atol=0, small=small)


@check("A", points=0, hidden=True)
def other_shapes(m, rng):
    z = rng.uniform(-900, 900, (2, 3, 4))
    call = "log_sum_exp(z) for z of shape (2, 3, 4)"
    compare(call, m.log_sum_exp(z), right_log_sum_exp(z), **SINGLE)
    compare("log_sum_exp(np.array([7.0]))", m.log_sum_exp(np.array([7.0])), 7.0, **SINGLE)
    z = np.array([0.5, 0.5, 0.5])
    call = "log_sum_exp(np.array([0.5, 0.5, 0.5]))"
    compare(call, m.log_sum_exp(z), 0.5 + np.log(3), **SINGLE)


@check("B", points=0, hidden=True)
def losses_of_other_shapes(m, rng):
    given(m)
    for n, classes in ((2, 6), (30, 2), (1, 1)):
        z, labels = rng.uniform(-900, 900, (n, classes)), rng.integers(0, classes, n)
        right, _ = losses(z, labels)
        call = f"cross_entropy(z, labels) for z of shape ({n}, {classes})"
        compare(call, m.cross_entropy(z, labels), right, **SINGLE)


@check("C", points=0, hidden=True)
def gradients_of_other_shapes(m, rng):
    given(m)
    for n, classes in ((30, 2), (1, 1), (6, 6)):
        z, labels = rng.uniform(-30, 30, (n, classes)), rng.integers(0, classes, n)
        call = f"gradient(z, labels) for z of shape ({n}, {classes})"
        compare_gradient(call, m.gradient(z, labels), z, labels)
