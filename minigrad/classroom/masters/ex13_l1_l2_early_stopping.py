"""L1, L2 and early stopping: three ways to keep a model from learning its training data by heart.

Belongs to lesson 13, regularization.

A penalty is added to the loss with a factor, lambda, that is chosen on held-out data: L2 is half the sum of the squared
weights, L1 the sum of their absolute values. L1 has a kink at 0, which gradient steps jump across; a soft threshold
lands on it, and makes weights exactly 0. Early stopping adds nothing: it watches the loss on held-out data, and keeps
the model of the best epoch. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def penalty(parameters, l1, l2):
    """l1 times the sum of |w| plus l2 times half the sum of w^2, over all weights: one number.

    `parameters` is a list of arrays. Those with two or more axes are weights; those with one axis are biases, and have
    no penalty.
    """
    # BEGIN SOLUTION A: add up the penalties of the weights only, each with its own factor
    weights = [p for p in parameters if p.ndim > 1]
    absolute, squares = sum(np.abs(w).sum() for w in weights), sum((w**2).sum() for w in weights)
    return float(l1 * absolute + l2 * squares / 2)
    # END SOLUTION


# %% Part B (2 points)
def soft_threshold(w, t):
    """Each element of the array w moved towards 0 by t (0 or more), and set to 0 if that would take it across.

    Returns an array of w's shape: the v that minimizes (v - w)^2 / 2 + t |v|, element by element. Leaves w as it is.
    """
    # BEGIN SOLUTION B: shrink |w| by t, not below 0, and give it its sign back
    return np.sign(w) * np.maximum(np.abs(w) - t, 0)
    # END SOLUTION


# %% Part C (2 points)
def early_stopping(losses, patience):
    """For the held-out loss of each epoch, a list: the pair (best epoch, number of epochs that were run).

    Training stops as soon as `patience` epochs in a row (1 or more) have brought no loss below the best one so far, or
    at the end of the list. Later losses do not exist for the rule. An equal loss is no improvement, nor is NaN. Epochs
    count from 0; the first loss is a number. With losses [3, 1, 2, 2, 0] and a patience of 2: (1, 4).
    """
    # BEGIN SOLUTION C: go through the losses, remember the best epoch, and stop when patience is at its end
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best == patience:
            return best, epoch + 1
    return best, len(losses)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import check, compare  # noqa: E402

HINTS = {
    "A": [
        "Two sums over all weights, and a factor for each. Which of the arrays are weights?",
        "l1 * sum of |w| + l2 / 2 * sum of w^2, over the arrays with p.ndim > 1; no root anywhere.",
        "weights = [p for p in parameters if ...]\n"
        "return l1 * sum(np.abs(w).sum() for w in weights) + l2 * sum(... for w in weights) / 2",
    ],
    "B": [
        "Think of a number line: a weight of 5 with t = 2 goes to 3, one of -5 to -3, and one of 1 to 0.",
        "sign(w) * max(|w| - t, 0).",
        "return np.sign(w) * np.maximum(..., 0)",
    ],
    "C": [
        "All that must be remembered is the best epoch: how many epochs are there since?",
        "At each epoch: if its loss is below losses[best], it is the new best; otherwise stop if epoch - best has "
        "reached patience. epoch + 1 epochs were run by then.",
        "best = 0\nfor epoch, loss in enumerate(losses):\n    if loss < losses[best]:\n        ...\n"
        "    elif epoch - best == ...:\n        return ...\nreturn best, len(losses)",
    ],
}
_W = "weights = [p for p in parameters if p.ndim > 1]\n"
_A = "absolute, squares = sum(np.abs(w).sum() for w in weights), sum((w**2).sum() for w in weights)\n"
WRONG = {
    "no_factor": ("A", _W + _A + "return absolute + squares / 2", "no factor"),
    "biases": ("A", "weights = parameters\n" + _A + "return l1 * absolute + l2 * squares / 2", "biases"),
    "no_half": ("A", _W + _A + "return l1 * absolute + l2 * squares", "half"),
    "norm": ("A", _W + _A + "return l1 * absolute + l2 * np.sqrt(squares) / 2", "root"),
    "no_absolute": ("A", _W + _A + "return l1 * sum(w.sum() for w in weights) + l2 * squares / 2", "absolute"),
    "mean": ("A", _W + _A + "n = sum(w.size for w in weights)\nreturn (l1 * absolute + l2 * squares / 2) / n", "mean"),
    "hard": ("B", "return np.where(np.abs(w) > t, w, 0.0)", "hard threshold"),
    "gradient_step": ("B", "return w - t * np.sign(w)", "across 0"),
    "no_sign": ("B", "return np.maximum(np.abs(w) - t, 0)", "sign is lost"),
    "one_side": ("B", "return np.maximum(w - t, 0)", "below 0"),
    "l2_decay": ("B", "return w / (1 + t)", "L2"),
    "clipped": ("B", "return np.clip(w, -t, t)", "clipped"),
    "first_rise": (
        "C",
        "for epoch in range(1, len(losses)):\n"
        "    if losses[epoch] >= losses[epoch - 1]:\n"
        "        return epoch - 1, epoch + 1\n"
        "return len(losses) - 1, len(losses)",
        "first rise",
    ),
    "all_losses": ("C", "return int(np.nanargmin(losses)), len(losses)", "future"),
    "last_epoch": (
        "C",
        "best = 0\n"
        "for epoch, loss in enumerate(losses):\n"
        "    if loss < losses[best]:\n"
        "        best = epoch\n"
        "    elif epoch - best == patience:\n"
        "        return epoch, epoch + 1\n"
        "return len(losses) - 1, len(losses)",
        "last epoch",
    ),
    "not_in_a_row": (
        "C",
        "best = waited = 0\n"
        "for epoch in range(1, len(losses)):\n"
        "    if losses[epoch] < losses[best]:\n"
        "        best = epoch\n"
        "    else:\n"
        "        waited += 1\n"
        "        if waited == patience:\n"
        "            return best, epoch + 1\n"
        "return best, len(losses)",
        "in a row",
    ),
    "ties": (
        "C",
        "best = 0\n"
        "for epoch, loss in enumerate(losses):\n"
        "    if loss <= losses[best]:\n"
        "        best = epoch\n"
        "    elif epoch - best == patience:\n"
        "        return best, epoch + 1\n"
        "return best, len(losses)",
        "equal loss",
    ),
}


@check("A", points=2)
def penalty_of_the_weights(m, rng):
    first, bias, second = rng.standard_normal((3, 4)), rng.standard_normal(3), rng.standard_normal((2, 3))
    weights, everything = np.append(first, second), np.concatenate([first.flat, bias, second.flat])
    absolute, squares, l1, l2 = np.abs(weights).sum(), (weights**2).sum(), 0.3, 0.7
    right = l1 * absolute + l2 * squares / 2
    mistakes = {
        "no_factor": ("there is no factor: each penalty is multiplied by its lambda", absolute + squares / 2),
        "biases": (
            "the biases are in it: only arrays of two or more axes have a penalty",
            l1 * np.abs(everything).sum() + l2 * (everything**2).sum() / 2,
        ),
        "half": ("L2 is half the sum of squares: the half is missing", right + l2 * squares / 2),
        "norm": ("there is a root in L2, which is half the sum of squares", l1 * absolute + l2 * squares**0.5 / 2),
        "norm_no_half": ("there is a root in L2, and its half is missing", l1 * absolute + l2 * squares**0.5),
        "no_absolute": ("L1 is of absolute values: weights must not cancel", l1 * weights.sum() + l2 * squares / 2),
        "mean": ("this is the mean over the weights: both penalties are sums", right / weights.size),
        "swapped": ("the factors are swapped", l2 * absolute + l1 * squares / 2),
        "only_l1": ("the L2 part is missing", l1 * absolute),
        "only_l2": ("the L1 part is missing", l2 * squares / 2),
        "first_array": ("only one array was counted", l1 * np.abs(first).sum() + l2 * (first**2).sum() / 2),
        "last_array": ("only one array was counted", l1 * np.abs(second).sum() + l2 * (second**2).sum() / 2),
    }
    compare(f"penalty([W, b, V], {l1}, {l2})", m.penalty([first, bias, second], l1, l2), right, **mistakes)


@check("B", points=2)
def threshold_lands_on_zero(m, rng):
    w = np.append(rng.uniform(-3, 3, 6), [2.5, -2.5, 0.2, -0.2])
    right = np.where(w > 1, w - 1, np.where(w < -1, w + 1, 0))
    mistakes = {
        "hard": ("a hard threshold: large weights move towards 0, too, by t", np.where(np.abs(w) > 1, w, 0)),
        "gradient_step": ("weights smaller than t jump across 0: they must become 0", w - np.sign(w)),
        "no_sign": ("the sign is lost: weights below 0 stay below", np.abs(right)),
        "one_side": ("weights below 0 have all become 0: those below -t become w + t", np.maximum(w - 1, 0)),
        "L2_decay": ("this is what L2 does: every weight shrinks by a factor", w / 2),
        "clipped": ("this is clipped to -t ... t: what is left over is asked for", np.clip(w, -1, 1)),
        "all_down": ("this moves all weights down by t, also those below 0", w - 1),
        "unchanged": ("w came back as it was, or was changed in place: make a new array", w),
        "outward": ("this moves away from 0", w + np.sign(w)),
    }
    compare("soft_threshold(w, 1.0)", m.soft_threshold(w, 1.0), right, **mistakes)
    compare("soft_threshold(w, 0.0)", m.soft_threshold(w, 0.0), w)


def stops(m, losses, patience, right, **mistakes):
    got = m.early_stopping(list(losses), patience)
    compare(f"early_stopping({losses}, {patience})".replace("nan", "np.nan"), got, right, **mistakes)


@check("C", points=1)
def best_epoch_within_patience(m, rng):
    losses = [3.0, 2.0, 2.5, 2.2, 1.0, 1.5, 1.2, 1.1, 0.5]
    mistakes = {
        "first_rise": ("this stops at the first rise: patience is 3", (1, 3)),
        "too_early": ("this stops one epoch too early: patience is 3, epochs 2 and 3 are two", (1, 4)),
        "future": ("epoch 8 is in the future: after epoch 7 training has stopped", (8, 9)),
        "best_of_all": ("epoch 8 is in the future: after epoch 7 training has stopped", (8, 8)),
        "last_epoch": ("this is the last epoch: the model of the best one is kept", (7, 8)),
        "in_a_row": ("patience is for epochs in a row: it begins anew with each improvement", (4, 6)),
        "too_late": ("one epoch too many was run: stop as soon as patience is at its end", (4, 9)),
        "counted": ("one of the epochs that were run is missing: epoch 7 is the eighth", (4, 7)),
        "swapped": ("the best epoch comes first", (8, 4)),
        "loss": ("this is the best loss: its epoch is asked for", (1.0, 8)),
    }
    stops(m, losses, 3, (4, 8), **mistakes)
    stops(m, [3.0, 2.0, 1.0], 1, (2, 3))


@check("C", points=1)
def ties_and_the_end(m, rng):
    stops(m, [2.0, 1.0, 1.0, 1.0, 1.0], 2, (1, 4), ties=("an equal loss is no improvement", (4, 5)))
    stops(m, [2.0, 1.0, 3.0], 5, (1, 3))


@check("A", points=0, hidden=True)
def other_parameters(m, rng):
    filters = rng.standard_normal((2, 3, 2, 2))
    right = 0.1 * np.abs(filters).sum()
    compare(
        "penalty([filters, bias], 0.1, 0.0), filters (2, 3, 2, 2)",
        m.penalty([filters, filters[0, 0, 0]], 0.1, 0.0),
        right,
    )
    compare("penalty([bias], 1.0, 1.0)", m.penalty([np.ones(3)], 1.0, 1.0), 0.0)


@check("B", points=0, hidden=True)
def threshold_of_other_shapes(m, rng):
    w = rng.standard_normal((3, 4))
    best = w - np.clip(w, -0.4, 0.4)
    compare("soft_threshold(w, 0.4) for w of shape (3, 4)", m.soft_threshold(w, 0.4), best)
    compare("soft_threshold(w, 0.0)", m.soft_threshold(w, 0.0), w)
    compare("soft_threshold(w, 100.0)", m.soft_threshold(w, 100.0), np.zeros((3, 4)))


@check("C", points=0, hidden=True)
def nan_and_other_patience(m, rng):
    stops(m, [1.0, float("nan"), 2.0, 0.5, 3.0], 2, (0, 3))
    stops(m, [1.0, float("nan"), 0.5, 3.0], 2, (2, 4))
    stops(m, [1.0], 3, (0, 1))
    losses, patience = rng.random(200).tolist(), 9
    best = next(
        i for i in range(200) if losses[i] < min(losses[:i], default=2) and losses[i] <= min(losses[i : i + 10])
    )
    got = m.early_stopping(losses, patience)
    compare("early_stopping(losses, 9) for 200 losses", got, (best, min(200, best + 10)))
