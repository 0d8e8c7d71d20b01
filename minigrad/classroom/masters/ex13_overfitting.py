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
from minigrad.classroom.checks import SINGLE, Wrong, check, compare  # noqa: E402

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
        _B
        + "    elif epoch - best > patience:\n        return best, epoch + 1\n"
        "return best, len(losses)",
        "too many",
    ),
    "not_counted": (
        "B",
        _B
        + "    elif epoch - best == patience:\n        return best, epoch\n"
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


def right_slope(z, y, T):
    scaled = z / T
    p = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return np.mean(z[np.arange(len(y)), y] - (p * z).sum(axis=1)) / T**2


@check("A", points=1)
def slope_for_the_temperature(m, rng):
    z = rng.normal(0, 3, (6, 4))
    y = np.array([2, 0, 3, 1, 1, 2])
    label = z[np.arange(6), y]
    for T in (2.5, 0.6):
        right = right_slope(z, y, T)
        scaled = np.exp(z / T)
        p = scaled / scaled.sum(axis=1, keepdims=True)
        expected = (p * z).sum(axis=1)
        mistakes = {
            "chain_rule": ("this is the slope for f: for T, multiply by df/dT", -right * T**2),
            "power": ("df/dT has T squared below the line", right * T),
            "factor": ("the slope is right but for df/dT: times 1 / T**2", right * T**2),
            "direction": ("the sign is turned: df/dT is below 0", -right),
            "which_softmax": (
                "this has the softmax of z, not of z / T",
                right_slope(z, y, 1.0) / T**2,
            ),
            "which_scale": ("this has the softmax of z * T", right_slope(z, y, 1 / T) / T**4),
            "mean": ("this is the sum over the samples, not their mean", 6 * right),
            "logits": ("T cubed: the averaged logits are z, not z / T", right / T),
            "label": (
                "this takes the largest logit of each row: take the label's",
                np.mean(z.max(axis=1) - expected) / T**2,
            ),
            "indexing": (
                "z[:, y] takes these columns of *every* row: one element of each row is wanted",
                np.mean(z[:, y].mean(axis=1) - expected) / T**2,
            ),
            "not_derived": ("this is the loss itself", -np.log(p[np.arange(6), y]).mean()),
            "weights": (
                "the expected logit weighs each logit by its p; this weighs them alike",
                np.mean(label - z.mean(axis=1)) / T**2,
            ),
            "label_only": ("the expected logit is missing", label.mean() / T**2),
        }
        call = f"temperature_slope(z, y, {T})"
        compare(call, m.temperature_slope(z, y, T), right, **SINGLE, **mistakes)


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
        "loss": ("this is the loss itself: its lambda is asked for", (losses @ sizes).min() / 55),
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
