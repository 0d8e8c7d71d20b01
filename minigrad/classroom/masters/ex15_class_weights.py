"""Class weights: a loss in which a rare class counts more, and what that does to the probabilities.

Belongs to lesson 15, imbalance.

A binary classifier gives a logit z for each sample, p = 1 / (1 + exp(-z)) is its probability of the label 1. To weight
the rare class, 1, by a factor w is to multiply the loss of each sample with the label 1 by w, in nats:
    -(w y log(p) + (1 - y) log(1 - p))
Trained with it, a model gives logits that are too high by log(w): the odds p / (1 - p) are w times too high. So the
weight can be taken out again afterwards, or be replaced by a lower threshold from the start.

z and y are float64 arrays of shape (n,), the labels y are 0 or 1, w is a number above 0. No part uses another.
"""

import numpy as np


# %% Part A (2 points)
def weighted_loss(z, y, w):
    """The mean over all n samples of the weighted loss in nats, one number; right for logits of any size.

    The mean divides by n, not by the sum of the weights. This is PyTorch's BCEWithLogitsLoss with pos_weight=w.
    np.logaddexp(0, z) is log(1 + exp(z)), right for every z: it is -log(1 - p).
    """
    # BEGIN SOLUTION A: return the mean, over n, of the losses, those of the label 1 multiplied by w
    return np.mean(w * y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))
    # END SOLUTION


# %% Part B (2 points)
def weighted_loss_gradient(z, y, w):
    """The gradient of `weighted_loss` with respect to the logits: an array of shape (n,)."""
    # BEGIN SOLUTION B: return the gradient of the mean with respect to each logit
    p = np.exp(-np.logaddexp(0, -z))
    return ((1 - y) * p - w * y * (1 - p)) / len(z)
    # END SOLUTION


# %% Part C (2 points)
def true_probability(z, w):
    """The probability of the label 1, from the logits z of a model that was trained with the weight w: shape (n,)."""
    # BEGIN SOLUTION C: take the weight out of the logits, and return their sigmoid
    return np.exp(-np.logaddexp(0, np.log(w) - z))
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import check, compare  # noqa: E402

HINTS = {
    "A": [
        "There are two terms, one for the label 1 and one for the label 0. Which of them does w belong to?",
        "-log(p) = log(1 + exp(-z)) and -log(1 - p) = log(1 + exp(z)). The weight multiplies the first.",
        "return np.mean(... * np.logaddexp(0, -z) + ... * np.logaddexp(0, z))",
    ],
    "B": [
        "What is the derivative of log(1 + exp(z)), and what that of log(1 + exp(-z))? Each keeps its factor.",
        "They are p and -(1 - p). So dL/dz = ((1 - y) p - w y (1 - p)) / n, which is (p - y) / n for w = 1.",
        "p = 1 / (1 + np.exp(-z))\nreturn ((1 - y) * ... - w * y * ...) / len(z)",
    ],
    "C": [
        "The weight multiplied the odds p / (1 - p) by w. What did it do to their logarithm, the logit?",
        "The right logit is z - log(w), with the natural logarithm.",
        "right = z - ...\nreturn 1 / (1 + np.exp(-right))",
    ],
}
_P = "p = 1 / (1 + np.exp(-z))\n"
_TERMS = "one, zero = y * np.logaddexp(0, -z), (1 - y) * np.logaddexp(0, z)\n"
WRONG = {
    "weighted_mean": ("A", _TERMS + "return np.sum(w * one + zero) / np.sum(w * y + 1 - y)", "sum of the weights"),
    "other_class": ("A", _TERMS + "return np.mean(one + w * zero)", "label 0"),
    "both": ("A", _TERMS + "return np.mean(w * (one + zero))", "both classes"),
    "unweighted": ("A", _TERMS + "return np.mean(one + zero)", "without the weight"),
    "half": ("A", _TERMS + "return np.mean(w * one)", "costs nothing"),
    "sum": ("A", _TERMS + "return np.sum(w * one + zero)", "sum over the samples"),
    "epsilon": ("A", _P + "return -np.mean(w * y * np.log(p + 1e-10) + (1 - y) * np.log(1 - p + 1e-10))", "constant"),
    "of_unweighted": ("B", _P + "return (p - y) / len(z)", "without the weight"),
    "times_w": ("B", _P + "return w * (p - y) / len(z)", "both classes"),
    "w_in_label": ("B", _P + "return (p - w * y) / len(z)", "p - w y"),
    "not_mean": ("B", _P + "return (1 - y) * p - w * y * (1 - p)", "sum of the losses"),
    "sign": ("B", _P + "return (w * y * (1 - p) - (1 - y) * p) / len(z)", "sign"),
    "divided": ("C", _P + "return p / w", "divides p"),
    "added": ("C", "return 1 / (1 + np.exp(-z - np.log(w)))", "once more"),
    "w_itself": ("C", "return 1 / (1 + np.exp(w - z))", "logarithm"),
    "logit": ("C", "return z - np.log(w)", "logit"),
    "untouched": ("C", "return 1 / (1 + np.exp(-z))", "still in it"),
}


def samples(rng, n=8):
    y = (np.arange(n) % 4 == 1).astype(float)
    z = rng.uniform(-3, 3, n)
    return z, y, 1 / (1 + np.exp(-z))


@check("A", points=1)
def loss_of_ordinary_logits(m, rng):
    z, y, p = samples(rng)
    w, one, zero = 5.0, -y * np.log(p), -(1 - y) * np.log(1 - p)
    right = np.mean(w * one + zero)
    weights = np.sum(w * y + 1 - y)
    mistakes = {
        "weighted_mean": ("this divides by the sum of the weights: divide by n", np.sum(w * one + zero) / weights),
        "other_class": ("the weight is at the label 0: it belongs to the label 1", np.mean(one + w * zero)),
        "both": ("both classes have the weight: this changes nothing but the scale", w * np.mean(one + zero)),
        "unweighted": ("this is the loss without the weight", np.mean(one + zero)),
        "half": ("the label 0 costs nothing here: its term is missing", w * np.mean(one)),
        "sum": ("this is the sum over the samples, not the mean", 8 * right),
        "in_y": ("the weight belongs to all of -log(p), not to y z alone", np.mean(np.logaddexp(0, z) - w * y * z)),
        "brackets": ("the minus holds for the first term only: it lacks brackets", np.mean(w * one - zero)),
        "bits": ("this is in bits: take the natural logarithm", right / np.log(2)),
        "mean_of_classes": (
            "this is a mean for each class: divide by n",
            w * one.sum() / y.sum() + zero.sum() / (1 - y).sum(),
        ),
    }
    compare("weighted_loss(z, y, 5.0)", m.weighted_loss(z, y, w), right, **mistakes)


@check("A", points=1)
def large_logits(m, rng):
    for z, y, right in ((-100.0, 1.0, 300.0), (1000.0, 0.0, 1000.0), (1000.0, 1.0, 0.0)):
        got = m.weighted_loss(np.array([z]), np.array([y]), 3.0)
        cap = {"capped": ("a constant inside a logarithm, or a clipped p, caps the loss. Use z, not p", got)}
        named = cap if isinstance(got, float) and 10 < got < 0.5 * right else {}
        compare(f"weighted_loss(np.array([{z}]), np.array([{y}]), 3.0)", got, right, rtol=1e-6, **named)


@check("B", points=2)
def gradient_of_the_loss(m, rng):
    z, y, p = samples(rng)
    w = 5.0
    right = ((1 - y) * p - w * y * (1 - p)) / 8
    mistakes = {
        "of_unweighted": ("this is the gradient without the weight", (p - y) / 8),
        "times_w": ("both classes have the weight", w * (p - y) / 8),
        "w_in_label": ("p - w y is no gradient of this loss: the weight multiplies 1 - p", (p - w * y) / 8),
        "not_mean": ("this is the gradient of the sum of the losses: divide by n", 8 * right),
        "other_class": ("the weight is at the label 0", (w * (1 - y) * p - y * (1 - p)) / 8),
        "at_p": ("the weight is at p: it belongs to the samples with the label 1", (w * p - y) / 8),
        "added": ("the sign of the samples with the label 1 is flipped", np.abs(right)),
        "half": ("samples with the label 0 have a gradient, too: p / n", -w * y * (1 - p) / 8),
        "weighted_mean": ("this divides by the sum of the weights: divide by n", 8 * right / np.sum(w * y + 1 - y)),
        "squared_error": ("this has a factor p (1 - p) too many", right * p * (1 - p)),
    }
    compare("weighted_loss_gradient(z, y, 5.0)", m.weighted_loss_gradient(z, y, w), right, **mistakes)


@check("C", points=2)
def probabilities_without_the_weight(m, rng):
    p, w = rng.uniform(0.05, 0.6, 6), 19.0
    odds = w * p / (1 - p)
    z, seen = np.log(odds), odds / (1 + odds)
    mistakes = {
        "divided": ("this divides p by w: it is the odds, p / (1 - p), that are w times too high", seen / w),
        "added": ("this puts the weight in once more: log(w) must be taken off", w * odds / (1 + w * odds)),
        "w_itself": ("w was taken off, not its logarithm", 1 / (1 + np.exp(w - z))),
        "logit": ("this is the right logit: its sigmoid is asked for", z - np.log(w)),
        "untouched": ("the weight is still in it", seen),
        "odds": ("these are the odds, not the probability", p / (1 - p)),
        "divided_logit": ("the logit was divided by w: log(w) must be taken off", 1 / (1 + np.exp(-z / w))),
        "bits": ("this is with log2(w): a logit is a natural logarithm", 1 / (1 + np.exp(np.log2(w) - z))),
    }
    compare("true_probability(z, 19.0)", m.true_probability(z, w), p, **mistakes)


@check("A", points=0, hidden=True)
def weight_of_1_and_one_class_only(m, rng):
    z, y, p = samples(rng, 20)
    compare("weighted_loss(z, y, 1.0)", m.weighted_loss(z, y, 1.0), -np.mean(np.log(np.where(y == 1, p, 1 - p))))
    compare("weighted_loss(z, zeros, 7.0)", m.weighted_loss(z, np.zeros(20), 7.0), -np.mean(np.log(1 - p)))
    compare("weighted_loss(z, ones, 0.5)", m.weighted_loss(z, np.ones(20), 0.5), -np.mean(np.log(p)) / 2)


@check("B", points=0, hidden=True)
def gradient_with_a_weight_of_1(m, rng):
    z, y, p = samples(rng, 20)
    compare("weighted_loss_gradient(z, y, 1.0)", m.weighted_loss_gradient(z, y, 1.0), (p - y) / 20)
    z, y = np.array([1000.0, -1000.0]), np.array([0.0, 1.0])
    call = f"weighted_loss_gradient(np.array({z.tolist()}), np.array({y.tolist()}), 4.0)"
    compare(call, m.weighted_loss_gradient(z, y, 4.0), np.array([0.5, -2.0]))


@check("C", points=0, hidden=True)
def weights_below_1_and_extreme_logits(m, rng):
    z = rng.uniform(-3, 3, 9)
    compare("true_probability(z, 1.0)", m.true_probability(z, 1.0), 1 / (1 + np.exp(-z)))
    compare("true_probability(z, 0.1)", m.true_probability(z, 0.1), 1 / (1 + 0.1 * np.exp(-z)))
    compare(
        "true_probability(np.array([-900.0, 900.0]), 2.0)",
        m.true_probability(np.array([-900.0, 900.0]), 2.0),
        [0.0, 1.0],
    )
