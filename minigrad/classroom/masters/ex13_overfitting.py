"""Over-fitting: the slope for a temperature, early stopping with patience, and unequal folds.

Belongs to lesson 13, "Can a loss over-fit when accuracy does not?".

A temperature T divides all logits. Early stopping keeps the epoch with the lowest held-out loss.
Cross-validation holds each sample out once. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def temperature_slope(z, y, T):
    """The slope for T of the mean cross-entropy of the logits z / T: one number.

    z has shape (n, C), labels y (n,), T is above 0. The lesson's factor is f = 1 / T, and
    df/dT = -1 / T**2. Must work for logits as large as 10,000, too. Leaves z as it is.
    With keepdims=True, z.max(axis=1, keepdims=True) has shape (n, 1), and so has z.sum.
    """
    # BEGIN SOLUTION A: softmax of z / T, the expected logit minus the label's, the chain rule
    scaled = z / T
    p = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    p = p / p.sum(axis=1, keepdims=True)
    of_label = z[np.arange(len(y)), y]
    return np.mean(of_label - (p * z).sum(axis=1)) / T**2
    # END SOLUTION


# %% Part B (2 points)
def early_stopping(losses, patience):
    """The pair (best epoch, number of epochs that were run), from the held-out losses in a list.

    Training stops as soon as `patience` epochs in a row (1 or more) have brought no loss below the
    best one so far, or at the end of the list. Later losses do not exist for the rule. An equal
    loss is no improvement, nor is NaN. Epochs count from 0; the first loss is a number. With losses
    [3, 1, 2, 2, 0] and a patience of 2: (1, 4).
    """
    # BEGIN SOLUTION B: remember the best epoch, and stop when patience is at its end
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best == patience:
            return best, epoch + 1
    return best, len(losses)
    # END SOLUTION


# %% Part C (2 points)
def choose_lambda(losses, sizes, lambdas):
    """The lambda with the lowest held-out loss per sample: an element of `lambdas`.

    losses, shape (L, K): for each lambda (row) and each fold (column), the mean loss of the fold's
    held-out samples. sizes, shape (K,): how many samples each fold holds out; they may differ, and
    each *sample* counts alike. lambdas, shape (L,), in any order, all different. Where two lambdas
    have equally low losses, the larger lambda is chosen.
    """
    # BEGIN SOLUTION C: the mean over all samples for each lambda, then the best; ties: the larger
    means = (losses * sizes).sum(axis=1) / sizes.sum()
    return lambdas[means == means.min()].max()
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, Wrong, answer, check, compare  # noqa: E402

HINTS = {
    "A": [
        "The lesson derives the slope for the factor f: expected logit minus the label's logit. "
        "Which logits are in the softmax, and which are averaged?",
        "p is the softmax of z / T. The slope for f is the mean of sum(p * z) - z of the label. "
        "Times df/dT = -1 / T**2. For large logits, subtract the largest of a row before np.exp.",
        "scaled = z / T\np = np.exp(scaled - scaled.max(axis=1, keepdims=True))\np = p / ...\n"
        "return np.mean(z[np.arange(len(y)), y] - ...) / ...",
    ],
    "B": [
        "All that must be remembered is the best epoch: how many epochs are there since?",
        "At each epoch: a loss below losses[best] makes this epoch the best; otherwise stop if "
        "epoch - best has reached patience. epoch + 1 epochs were run by then.",
        "best = 0\nfor epoch, loss in enumerate(losses):\n    if loss < losses[best]:\n"
        "        ...\n    elif epoch - best == ...:\n        return ...\nreturn best, len(losses)",
    ],
    "C": [
        "A fold's mean loss, times the number of its samples, is the sum of its losses. What is "
        "the mean over all samples of all folds?",
        "(losses * sizes).sum(axis=1) / sizes.sum() is one number for each lambda. Among the "
        "lambdas with the lowest, take the largest.",
        "means = (losses * sizes).sum(axis=...) / ...\nreturn lambdas[means == ...].max()",
    ],
}
_A = (
    "s = z / T\np = np.exp(s - s.max(axis=1, keepdims=True))\n"
    "p = p / p.sum(axis=1, keepdims=True)\n"
    "label = z[np.arange(len(y)), y]\nexpected = (p * z).sum(axis=1)\n"
)
_B = (
    "best = 0\nfor epoch, loss in enumerate(losses):\n"
    "    if loss < losses[best]:\n        best = epoch\n"
)
_C = "means = (losses * sizes).sum(axis=1) / sizes.sum()\n"
RIGHT = {
    "log_sum_exp": (
        "A",
        "s = z / T\ntop = s.max(axis=1, keepdims=True)\n"
        "p = np.exp(s - top - np.log(np.exp(s - top).sum(axis=1, keepdims=True)))\n"
        "return np.mean(z[np.arange(len(y)), y] - np.einsum('nc,nc->n', p, z)) / T**2",
    ),
    "chain_by_the_logits": (
        "A",
        "p = np.exp((z - z.max(1, keepdims=True)) / T)\np /= p.sum(1, keepdims=True)\n"
        "p[range(len(y)), y] -= 1\nreturn -np.sum(p * z) / len(y) / T**2",
    ),
    "row_by_row": (
        "A",
        "total = 0.0\nfor row, label in zip(z, y):\n    e = np.exp((row - row.max()) / T)\n"
        "    total += row[label] - row @ e / e.sum()\nreturn total / len(y) / T**2",
    ),
    "autograd": (
        "A",
        "import minigrad as mg\nimport minigrad.nn.functional as F\n"
        "t = mg.tensor(float(T), dtype=mg.float64, requires_grad=True)\n"
        "F.cross_entropy(mg.tensor(z) / t, mg.tensor(y)).backward()\nreturn t.grad",
    ),
    "differences": (
        "A",
        "gaps = z - z[np.arange(len(y)), y][:, None]\n"
        "e = np.exp((gaps - gaps.max(axis=1, keepdims=True)) / T)\n"
        "return -np.average(gaps, axis=1, weights=e).mean() * T**-2.0",
    ),
    "lists": (
        "A",
        "from math import exp\nslopes = []\nfor row, label in zip(z.tolist(), y.tolist()):\n"
        "    e = [exp((x - max(row)) / T) for x in row]\n"
        "    slopes.append((row[label] - sum(a * b for a, b in zip(e, row)) / sum(e)) / T / "
        "T)\nreturn sum(slopes) / len(slopes)",
    ),
    "waited": (
        "B",
        "best, waited, epochs = losses[0], 0, 1\nwhere = 0\nfor loss in losses[1:]:\n"
        "    if waited == patience:\n        break\n    epochs += 1\n    waited += 1\n"
        "    if loss < best:\n        best, where, waited = loss, epochs - 1, 0\n"
        "return where, epochs",
    ),
    "recursion": (
        "B",
        "def from_(epoch, best):\n    if epoch == len(losses) or epoch - best > patience:\n"
        "        return best, epoch\n"
        "    return from_(epoch + 1, epoch if losses[epoch] < losses[best] else best)\n\n"
        "return from_(1, 0)",
    ),
    "running_best": (
        "B",
        "best = np.fmin.accumulate(losses)\nstart = 0\nwhile True:\n"
        "    later = np.flatnonzero(best < best[start])\n"
        "    if not len(later) or later[0] > start + patience:\n"
        "        return [start, min(start + patience + 1, len(losses))]\n    start = later[0]",
    ),
    "named_tuple": (
        "B",
        "from typing import NamedTuple\n\nclass Stop(NamedTuple):\n    best: int\n"
        "    epochs: int\n\nbest = run = 0\n"
        "while run < len(losses) and run - best <= patience:\n"
        "    best = run if losses[run] < losses[best] else best\n    run += 1\n"
        "return Stop(best, run)",
    ),
    "numpy_ints": (
        "B",
        "best = np.int64(0)\nfor epoch in np.arange(1, len(losses)):\n"
        "    if losses[epoch] < losses[best]:\n        best = epoch\n"
        "    if epoch - best >= patience:\n        return np.array([best, epoch + 1])\n"
        "return np.array([best, len(losses)])",
    ),
    "iterator": (
        "B",
        "from itertools import takewhile\nstate = {'best': (float('inf'), 0), 'run': 0}\n\n"
        "def goes_on(item):\n    epoch, loss = item\n    if loss < state['best'][0]:\n"
        "        state['best'] = loss, epoch\n    state['run'] += 1\n"
        "    return epoch - state['best'][1] < patience\n\n"
        "for _ in takewhile(goes_on, enumerate(losses)):\n    pass\n"
        "return state['best'][1], state['run']",
    ),
    "average": (
        "C",
        "means = np.average(losses, axis=1, weights=sizes)\n"
        "return max(lam for lam, mean in zip(lambdas, means) if mean == means.min())",
    ),
    "sums": (
        "C",
        "totals = losses @ sizes\norder = np.lexsort((-lambdas, totals))\nreturn lambdas[order[0]]",
    ),
    "tuples": (
        "C",
        "import math\nbest = None\nfor row, lam in zip(losses.tolist(), lambdas.tolist()):\n"
        "    key = (math.fsum(a * b for a, b in zip(row, sizes.tolist())), -lam)\n"
        "    best = key if best is None else min(best, key)\nreturn -best[1]",
    ),
    "each_sample": (
        "C",
        "each = np.repeat(losses, sizes, axis=1).mean(axis=1)\n"
        "close = np.isclose(each, each.min(), rtol=1e-12)\n"
        "return float(np.where(close, lambdas, -np.inf).max())",
    ),
    "einsum": (
        "C",
        "totals = np.einsum('lk,k->l', losses, sizes / sizes.sum())\n"
        "return np.sort(lambdas[totals <= totals.min()])[-1]",
    ),
    "sorted_first": (
        "C",
        "from_large = np.argsort(lambdas)[::-1]\n"
        "totals = [float(np.dot(losses[i], sizes)) for i in from_large]\n"
        "return lambdas[from_large[totals.index(min(totals))]]",
    ),
}
WRONG = {
    "for_f": ("A", _A + "return np.mean(expected - label)", "slope for f"),
    "no_square": ("A", _A + "return np.mean(label - expected) / T", "T squared"),
    "no_chain": ("A", _A + "return np.mean(label - expected)", "times 1 / T**2"),
    "sign": ("A", _A + "return np.mean(expected - label) / T**2", "sign"),
    "cold": (
        "A",
        _A.replace("z / T", "z + 0 * T") + "return np.mean(label - expected) / T**2",
        "softmax of z",
    ),
    "hot": ("A", _A.replace("z / T", "z * T") + "return np.mean(label - expected) / T**2", "z * T"),
    "sum": ("A", _A + "return np.sum(label - expected) / T**2", "not their mean"),
    "scaled_logits": ("A", _A + "return np.mean(label - expected) / T**3", "T cubed"),
    "largest": ("A", _A + "return np.mean(z.max(axis=1) - expected) / T**2", "largest logit"),
    "loss": ("A", _A + "return -np.log(p[np.arange(len(y)), y]).mean()", "the loss itself"),
    "all_columns": (
        "A",
        _A + "return np.mean(z[:, y].mean(axis=1) - expected) / T**2",
        "*every* row",
    ),
    "unstable": (
        "A",
        "p = np.exp(z / T)\np = p / p.sum(axis=1, keepdims=True)\n"
        "return np.mean(z[np.arange(len(y)), y] - (p * z).sum(axis=1)) / T**2",
        "before np.exp",
    ),
    "classes_seen": (
        "A",
        _A + "y = np.eye(y.max() + 1)[y]\nreturn np.mean((y * z).sum(axis=1) - expected) / T**2",
        "broadcast",
    ),
    "largest_for_large": (
        "A",
        _A + "if np.abs(z).max() > 700:\n    expected = z.max(axis=1)\n"
        "return np.mean(label - expected) / T**2",
        "equally large",
    ),
    "largest_of_all": (
        "A",
        "p = np.exp((z - z.max()) / T)\np = p / p.sum(axis=1, keepdims=True)\n"
        "return np.mean(z[np.arange(len(y)), y] - (p * z).sum(axis=1)) / T**2",
        "each *row*",
    ),
    "first_rise": (
        "B",
        "for epoch in range(1, len(losses)):\n    if losses[epoch] >= losses[epoch - 1]:\n"
        "        return epoch - 1, epoch + 1\nreturn len(losses) - 1, len(losses)",
        "first rise",
    ),
    "all_losses": ("B", "return int(np.nanargmin(losses)), len(losses)", "future"),
    "last_epoch": (
        "B",
        _B + "    elif epoch - best == patience:\n        return epoch, epoch + 1\n"
        "return len(losses) - 1, len(losses)",
        "last epoch",
    ),
    "not_in_a_row": (
        "B",
        "best = waited = 0\nfor epoch in range(1, len(losses)):\n"
        "    if losses[epoch] < losses[best]:\n"
        "        best = epoch\n    else:\n        waited += 1\n        if waited == patience:\n"
        "            return best, epoch + 1\nreturn best, len(losses)",
        "in a row",
    ),
    "ties": (
        "B",
        _B.replace("<", "<=")
        + "    elif epoch - best == patience:\n        return best, epoch + 1\n"
        "return best, len(losses)",
        "equal loss",
    ),
    "too_late": (
        "B",
        _B + "    elif epoch - best > patience:\n        return best, epoch + 1\n"
        "return best, len(losses)",
        "too many",
    ),
    "not_counted": (
        "B",
        _B + "    elif epoch - best == patience:\n        return best, epoch\n"
        "return best, len(losses)",
        "eighth",
    ),
    "from_one": (
        "B",
        "best = np.inf\nwaited = 0\nfor epoch, loss in enumerate(losses, 1):\n"
        "    waited += 1\n    if loss < best:\n        best = loss\n        waited = 0\n"
        "    if waited == patience:\n        break\nreturn epoch - waited, epoch",
        "count from 0",
    ),
    "the_one_before": (
        "B",
        "best = waited = 0\nfor epoch in range(1, len(losses)):\n"
        "    if losses[epoch] < losses[epoch - 1]:\n        best = epoch\n        waited = 0\n"
        "    else:\n        waited += 1\n        if waited == patience:\n"
        "            return best, epoch + 1\nreturn best, len(losses)",
        "the epoch before",
    ),
    "nan_is_better": (
        "B",
        "best = 0\nfor epoch, loss in enumerate(losses):\n"
        "    if not loss >= losses[best]:\n        best = epoch\n"
        "    elif epoch - best == patience:\n        return best, epoch + 1\n"
        "return best, len(losses)",
        "NaN is no improvement",
    ),
    "at_least_a_bit": (
        "B",
        _B.replace("losses[best]", "losses[best] - 0.001")
        + "    elif epoch - best == patience:\n        return best, epoch + 1\n"
        "return best, len(losses)",
        "however little",
    ),
    "absolute": (
        "B",
        _B.replace("loss < losses[best]", "abs(loss) < abs(losses[best])")
        + "    elif epoch - best == patience:\n        return best, epoch + 1\n"
        "return best, len(losses)",
        "below 0",
    ),
    "nearly_equal": (
        "C",
        _C + "return lambdas[np.isclose(means, means.min(), rtol=0.01)].max()",
        "only nearly equal",
    ),
    "squared_sizes": (
        "C",
        "means = (losses * sizes**2).sum(axis=1)\nreturn lambdas[means == means.min()].max()",
        "counts too much",
    ),
    "root_of_sizes": (
        "C",
        "means = (losses * np.sqrt(sizes)).sum(axis=1)\nreturn lambdas[means == means.min()].max()",
        "counts too little",
    ),
    "votes": (
        "C",
        "votes = np.bincount(losses.argmin(axis=0), weights=sizes, minlength=len(lambdas))\n"
        "return lambdas[votes == votes.max()].max()",
        "counts too much",
    ),
    "unweighted": (
        "C",
        "means = losses.mean(axis=1)\nreturn lambdas[means == means.min()].max()",
        "alike",
    ),
    "index": ("C", _C + "return means.argmin()", "the index"),
    "of_all": (
        "C",
        "return lambdas[np.unravel_index(losses.argmin(), losses.shape)[0]]",
        "one fold",
    ),
    "worst_fold": ("C", "return lambdas[losses.max(axis=1).argmin()]", "worst fold"),
    "highest": ("C", _C + "return lambdas[means.argmax()]", "highest"),
    "the_loss": ("C", _C + "return means.min()", "loss itself"),
    "first_tie": ("C", _C + "return lambdas[means.argmin()]", "the larger"),
    "last_tie": (
        "C",
        _C + "return lambdas[np.flatnonzero(means == means.min())[-1]]",
        "any order",
    ),
    "expected_mean": (
        "A",
        _A + "return np.mean(label - z.mean(axis=1)) / T**2",
        "alike",
    ),
    "divided": (
        "C",
        "means = (losses / sizes).sum(axis=1)\nreturn lambdas[means == means.min()].max()",
        "divided by",
    ),
}


@answer
def right_slope(z, y, T):
    scaled = z / T
    p = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return np.mean(z[np.arange(len(y)), y] - (p * z).sum(axis=1)) / T**2


@answer
def slopes(z, y, T):
    """The slope for T, and the mistakes that it can have, each with its value."""
    label = z[np.arange(len(y)), y]
    right = right_slope(z, y, T)
    scaled = np.exp(z / T)
    p = scaled / scaled.sum(axis=1, keepdims=True)
    expected = (p * z).sum(axis=1)
    return right, {
        "chain_rule": ("this is the slope for f: for T, multiply by df/dT", -right * T**2),
        "power": ("df/dT has T squared below the line", right * T),
        "factor": ("the slope is right but for df/dT: times 1 / T**2", right * T**2),
        "direction": ("the sign is turned: df/dT is below 0", -right),
        "which_softmax": (
            "this has the softmax of z, not of z / T",
            right_slope(z, y, 1.0) / T**2,
        ),
        "which_scale": ("this has the softmax of z * T", right_slope(z, y, 1 / T) / T**4),
        "mean": ("this is the sum over the samples, not their mean", len(y) * right),
        "logits": ("T cubed: the averaged logits are z, not z / T", right / T),
        "label": (
            "this takes the largest logit of each row: take the label's",
            np.mean(z.max(axis=1) - expected) / T**2,
        ),
        "indexing": (
            "z[:, y] takes these columns of *every* row: one element of each row is wanted",
            np.mean(z[:, y].mean(axis=1) - expected) / T**2,
        ),
        "not_derived": ("this is the loss itself", -np.log(p[np.arange(len(y)), y]).mean()),
        "weights": (
            "the expected logit weighs each logit by its p; this weighs them alike",
            np.mean(label - z.mean(axis=1)) / T**2,
        ),
        "label_only": ("the expected logit is missing", label.mean() / T**2),
    }


@check("A", points=1)
def slope_for_the_temperature(m, rng):
    z = rng.normal(0, 3, (6, 4))
    y = np.array([2, 0, 3, 1, 1, 2])
    for T in (2.5, 0.6):
        right, mistakes = slopes(z, y, T)
        call = f"temperature_slope(z, y, {T})"
        compare(call, m.temperature_slope(z, y, T), right, **SINGLE, **mistakes)
    y = np.array([2, 0, 2, 1, 1, 2])  # of four classes, the last is no label
    call = f"temperature_slope(z, np.array({y.tolist()}), 2.5)"
    compare(call, m.temperature_slope(z, y, 2.5), right_slope(z, y, 2.5), **SINGLE)


@check("A", points=1)
def large_logits(m, rng):
    z = rng.normal(0, 3000, (5, 3))
    y = np.array([0, 2, 1, 1, 0])
    got = m.temperature_slope(z, y, 2.0)
    call = "temperature_slope(z, y, 2.0) for logits of thousands"
    if isinstance(got, float) and np.isnan(got):
        why = "NaN: subtract the largest logit of each *row* before np.exp (lesson 08)"
        raise Wrong(why, call, [f"got {got}"])
    compare(call, got, right_slope(z, y, 2.0), **SINGLE)
    z, y = np.array([[5000.0, 5001.0, 0.0]]), np.array([0])
    call = "temperature_slope(np.array([[5000.0, 5001.0, 0.0]]), np.array([0]), 2.0)"
    hard = ("logits that are equally large, or nearly, share the probability", -0.25)
    compare(call, m.temperature_slope(z, y, 2.0), right_slope(z, y, 2.0), **SINGLE, hard=hard)


def stops(m, losses, patience, right, **mistakes):
    got = m.early_stopping(list(losses), patience)
    compare(
        f"early_stopping({losses}, {patience})".replace("nan", "np.nan"), got, right, **mistakes
    )


@check("B", points=1)
def best_epoch_within_patience(m, rng):
    losses = [3.0, 2.0, 2.5, 2.2, 1.0, 1.5, 1.2, 1.1, 0.5]
    mistakes = {
        "first_rise": ("this stops at the first rise: patience is 3", (1, 3)),
        "too_early": ("one epoch too early: patience is 3, epochs 2 and 3 are two", (1, 4)),
        "future": ("the last epoch is in the future: training stopped after epoch 7", (8, 9)),
        "best_of_all": ("epoch 8 is in the future: training stopped after epoch 7", (8, 8)),
        "from_one": ("epochs count from 0 here; the lesson counts from 1", (5, 8)),
        "before": ("this compares with the epoch before: compare with the best so far", (7, 11)),
        "neighbours": ("this compares with the epoch before: compare with the best one", (4, 11)),
        "last_epoch": ("this is the last epoch: the best one is kept", (7, 8)),
        "in_a_row": ("patience is for epochs in a row: it begins anew with each new best", (4, 6)),
        "too_late": ("too many epochs were run: stop as soon as patience is at its end", (4, 9)),
        "counted": ("an epoch that was run is missing: epoch 7 is the eighth", (4, 7)),
        "swapped": ("the best epoch comes first", (8, 4)),
        "loss": ("this is the best loss: its epoch is asked for", (1.0, 8)),
    }
    mistakes["in_the_future"] = (mistakes["future"][0], (11, 12))
    stops(m, losses[:-1] + [1.6, 1.7, 1.8, 0.5], 3, (4, 8), **mistakes)
    stops(m, losses, 3, (4, 8), **mistakes)
    stops(m, [3.0, 2.0, 1.0], 1, (2, 3))


@check("B", points=1)
def ties_and_the_end(m, rng):
    stops(m, [2.0, 1.0, 1.0, 1.0, 1.0], 2, (1, 4), ties=("an equal loss is no improvement", (4, 5)))
    stops(m, [2.0, 1.0, 3.0], 5, (1, 3))
    little = ("a loss below the best one is an improvement, however little", (0, 3))
    stops(m, [1.0, 0.9995, 2.0, 2.0, 2.0], 2, (1, 4), little=little)
    absolute = ("losses may be below 0: compare them, and not their absolute values", (0, 3))
    stops(m, [0.5, -1.0, 0.7, 0.6], 2, (1, 4), absolute=absolute)
    better = ("NaN is no improvement", (3, 5))
    stops(m, [1.0, float("nan"), 2.0, 0.5, 3.0], 2, (0, 3), nan=better)


@check("C", points=1)
def each_sample_counts_alike(m, rng):
    losses = np.array([[0.1, 2.0, 2.3], [1.2, 0.8, 1.1], [0.4, 1.5, 0.9], [2.5, 2.4, 2.6]])
    sizes = np.array([5, 40, 10])
    lambdas = np.array([0.001, 0.1, 0.01, 5.0])
    mistakes = {
        "weights": ("folds count alike, or are divided by their size: *samples* count alike", 0.01),
        "position": ("this is the index: the lambda at this index is asked for", 1),
        "lowest": ("this is the lambda with the lowest loss of one fold", 0.001),
        "direction": ("this has the highest loss", 5.0),
        "loss": ("this is the loss itself: its lambda is asked for", 49 / 55),
    }
    call = "choose_lambda(losses, np.array([5, 40, 10]), lambdas)"
    compare(call, m.choose_lambda(losses, sizes, lambdas), 0.1, **mistakes)
    losses = np.array([[1.0, 0.2], [0.7, 0.6]])
    mistakes = {
        "worst": ("this looks at the worst fold only", 0.5),
        "division": ("divided by the sizes: multiply by them", 0.5),
    }
    call = (
        "choose_lambda(np.array([[1, 0.2], [0.7, 0.6]]), np.array([2, 10]), np.array([2.0, 0.5]))"
    )
    compare(call, m.choose_lambda(losses, np.array([2, 10]), np.array([2.0, 0.5])), 2.0, **mistakes)
    for first, right, much in ((1.3, 2.0, "little"), (1.8, 0.5, "much")):
        rows = [[first, 1.0], [1.0, 1.1]]
        other = (f"a large fold counts too {much}: a fold counts by its size", 2.5 - right)
        call = f"choose_lambda(np.array({rows}), np.array([2, 8]), np.array([2.0, 0.5]))"
        got = m.choose_lambda(np.array(rows), np.array([2, 8]), np.array([2.0, 0.5]))
        compare(call, got, right, other=other)


@check("C", points=1)
def equal_losses(m, rng):
    losses = np.array([[1.0, 3.0], [3.0, 1.0], [4.0, 4.0], [2.0, 2.0]])
    mistakes = {
        "tie": ("three lambdas have the same loss: the larger lambda is chosen", 0.1),
        "last": ("the last in the list is not the largest: lambdas are in any order", 0.2),
    }
    got = m.choose_lambda(losses, np.array([4, 4]), np.array([0.1, 0.5, 9.0, 0.2]))
    compare(
        "choose_lambda(losses, np.array([4, 4]), lambdas) with equal losses", got, 0.5, **mistakes
    )
    near = ("losses that are only nearly equal are not equal: the lowest counts", 5.0)
    got = m.choose_lambda(np.array([[1.0], [1.001]]), np.array([8]), np.array([0.1, 5.0]))
    call = "choose_lambda(np.array([[1.0], [1.001]]), np.array([8]), np.array([0.1, 5.0]))"
    compare(call, got, 0.1, near=near)


@check("A", points=0, hidden=True)
def other_temperatures(m, rng):
    z = rng.normal(0, 2, (40, 10))
    y = rng.integers(0, 10, 40)
    for T in (0.05, 1.0, 300.0):
        got = m.temperature_slope(z, y, T)
        compare(f"temperature_slope(z, y, {T})", got, right_slope(z, y, T), **SINGLE)


@check("B", points=0, hidden=True)
def nan_and_other_patience(m, rng):
    stops(m, [1.0, float("nan"), 0.5, 3.0], 2, (2, 4))
    stops(m, [1.0], 3, (0, 1))
    losses = rng.random(200).tolist()
    best = next(
        i
        for i in range(200)
        if losses[i] < min(losses[:i], default=2) and losses[i] <= min(losses[i : i + 10])
    )
    got = m.early_stopping(losses, 9)
    compare("early_stopping(losses, 9) for 200 losses", got, (best, min(200, best + 10)))


@check("C", points=0, hidden=True)
def many_folds(m, rng):
    losses = rng.random((7, 10))
    sizes = rng.integers(1, 30, 10)
    lambdas = rng.permutation(7) / 10
    best = lambdas[(losses @ sizes).argmin()]
    compare("choose_lambda(losses, sizes, lambdas)", m.choose_lambda(losses, sizes, lambdas), best)
