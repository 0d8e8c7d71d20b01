"""The stable log loss: the loss of a binary classifier and its gradient, straight from the logit.

Belongs to lesson 06, the binary classifier.

A binary classifier gives a logit z for each sample, and with it the probability p = 1 / (1 + exp(-z)) that the label
y is 1. The log loss of a sample is the cross-entropy of its label and the prediction, in nats:
    -(y log(p) + (1 - y) log(1 - p))
For a logit of 40, p is rounded to 1 and log(1 - p) is -inf; for -1000, exp(-z) is infinite. Computed from z, without p
in between, the loss is right for all of them.

Both functions take arrays of shape (n,), n at least 1, of one dtype, float32 or float64: the logits z, any numbers, and
the labels y, 0 or 1. Both work for labels in between as well: y is the probability that the label is 1.
"""

import numpy as np


# %% Part A (3 points)
def log_loss(z, y):
    """The mean over the n samples of the log loss, in nats: one number. Right for logits of any size."""
    # BEGIN SOLUTION A: return the mean log loss, without computing p first
    return np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))
    # END SOLUTION


# %% Part B (2 points)
def log_loss_gradient(z, y):
    """The gradient of `log_loss` with respect to the logits z: an array of shape (n,), for logits of any size.

    NumPy may warn of an overflow in exp: that is no mistake here if the result is right.
    """
    # BEGIN SOLUTION B: return the gradient of the mean loss with respect to each logit
    p = np.exp(-np.logaddexp(0, -z))
    return (p - y) / len(y)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import check, compare  # noqa: E402

HINTS = {
    "A": [
        "Put p = 1 / (1 + exp(-z)) into both logarithms and simplify: p goes away. Then look where exp can overflow.",
        "The loss of a sample is log(1 + exp(z)) - y z, and log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|)), in which "
        "no exponent is above 0. np.log1p(x) is log(1 + x), exact for small x.",
        "return np.mean(np.maximum(z, 0) - ... + np.log1p(np.exp(...)))",
    ],
    "B": [
        "The derivative of log(1 + exp(z)) is p, and that of y z is y. The loss is a mean over n samples.",
        "dL/dz_i = (p_i - y_i) / n, with no further factor p (1 - p): that one belongs to squared error.",
        "p = 1 / (1 + np.exp(-z))\nreturn (... - ...) / len(...)",
    ],
}
_P = "p = 1 / (1 + np.exp(-z))\n"
WRONG = {
    "no_sum": ("A", "return ((np.logaddexp(0, z) - y * z) / len(y))[0]", "no sum"),
    "half": ("A", "return np.mean(y * np.logaddexp(0, -z))", "charges nothing"),
    "brackets": ("A", "return np.mean(-y * -np.logaddexp(0, -z) + (1 - y) * -np.logaddexp(0, z))", "brackets"),
    "sum": ("A", "return np.sum(np.logaddexp(0, z) - y * z)", "sum over the samples"),
    "bits": ("A", "return np.mean(np.logaddexp(0, z) - y * z) / np.log(2)", "bits"),
    "epsilon": ("A", _P + "return -np.mean(y * np.log(p + 1e-10) + (1 - y) * np.log(1 - p + 1e-10))", "constant"),
    "naive": ("A", _P + "return -np.mean(np.where(y == 1, np.log(p), np.log(1 - p)))", "inf"),
    "overflow": ("A", "return np.mean(np.log(1 + np.exp(z)) - y * z)", "inf"),
    "squared_error": ("B", _P + "return 2 * (p - y) * p * (1 - p) / len(y)", "squared error"),
    "sign": ("B", _P + "return (y - p) / len(y)", "sign"),
    "not_mean": ("B", _P + "return p - y", "sum of the losses"),
    "of_p": ("B", _P + "return (p - y) / (p * (1 - p)) / len(y)", "with respect to p"),
    "half_gradient": ("B", _P + "return y * (p - 1) / len(y)", "label 0"),
}


def losses(z, y):
    """Of each sample, for logits of moderate size and labels of any kind."""
    p = 1 / (1 + np.exp(-z))
    return -y * np.log(p) - (1 - y) * np.log(1 - p)


def samples(rng, n):
    y = (np.arange(n) % 3 == 1).astype(float)  # both labels, whatever the seed
    return rng.uniform(-3, 3, n), y


@check("A", points=1)
def loss_of_ordinary_logits(m, rng):
    z, y = samples(rng, 6)
    p, each = 1 / (1 + np.exp(-z)), losses(z, y)
    printed = np.mean(-y * np.log(p) + (1 - y) * np.log(1 - p))
    mistakes = {
        "no_sum": ("the first loss over n: 1 / n stands there, but no sum over the samples", each[0] / 6),
        "half": ("this charges nothing for a label 0: the term (1 - y) log(1 - p) is missing", np.mean(y * each)),
        "brackets": ("the minus holds for the first term only: it lacks brackets, and rewards errors", printed),
        "sum": ("this is the sum over the samples, not the mean", each.sum()),
        "squared_error": ("this is the squared error of p", np.mean((p - y) ** 2)),
        "y_z_added": ("y z is added: it must be subtracted", np.mean(each + 2 * y * z)),
        "bits": ("this is in bits: take the natural logarithm", each.mean() / np.log(2)),
    }
    compare("log_loss(z, y)", m.log_loss(z, y), each.mean(), **mistakes)


@check("A", points=1)
def wrong_and_sure_of_it(m, rng):
    for z, y in ((40.0, 0.0), (-40.0, 1.0), (1000.0, 0.0), (-1000.0, 1.0)):
        got = m.log_loss(np.array([z]), np.array([y]))
        cap = {"capped": ("a constant inside a logarithm, or a clipped p, caps the loss. Use z, not p", got)}
        call = f"log_loss(np.array([{z}]), np.array([{y}]))"
        compare(call, got, abs(z), rtol=1e-6, **(cap if isinstance(got, float) and 10 < got < 38 else {}))


@check("A", points=1)
def right_and_sure_of_it(m, rng):
    z, y = np.array([1000.0, -1000.0, 800.0]), np.array([1.0, 0.0, 1.0])
    compare(f"log_loss(np.array({z.tolist()}), np.array({y.tolist()}))", m.log_loss(z, y), 0.0, atol=1e-12)


@check("B", points=1)
def gradient_of_ordinary_logits(m, rng):
    z, y = samples(rng, 6)
    p = 1 / (1 + np.exp(-z))
    squared = "this is the gradient of squared error, which is flat where p is wrong and sure of it"
    mistakes = {
        "squared_error": (squared, 2 * (p - y) * p * (1 - p) / 6),
        "squared_error_half": (squared, (p - y) * p * (1 - p) / 6),
        "of_sum": ("this is the gradient of the sum of the losses, not of their mean", p - y),
        "of_p": ("this is the gradient with respect to p, not with respect to z", (p - y) / (p * (1 - p)) / 6),
        "logit": ("z is no probability: p = 1 / (1 + exp(-z))", (z - y) / 6),
        "half": ("0 for every label 0: the term (1 - y) log(1 - p) has a gradient, too", y * (p - 1) / 6),
    }
    compare("log_loss_gradient(z, y)", m.log_loss_gradient(z, y), (p - y) / 6, **mistakes)


@check("B", points=1)
def gradient_of_large_logits(m, rng):
    z, y = np.array([1000.0, -1000.0, 1000.0, -1000.0]), np.array([0.0, 1.0, 1.0, 0.0])
    call = f"log_loss_gradient(np.array({z.tolist()}), np.array({y.tolist()}))"
    compare(call, m.log_loss_gradient(z, y), np.array([0.25, -0.25, 0.0, 0.0]))


@check("A", points=0, hidden=True)
def labels_in_between_and_float32(m, rng):
    z, y = rng.uniform(-5, 5, 50), rng.random(50)
    compare("log_loss(z, y) for labels between 0 and 1", m.log_loss(z, y), losses(z, y).mean())
    z = np.array([20.0, -30.0, 100.0], dtype=np.float32)
    got = m.log_loss(z, np.array([0, 1, 0], dtype=np.float32))
    compare("log_loss(z, y) for float32 logits of 20, -30 and 100, all wrong", got, 50.0, rtol=1e-5)


@check("B", points=0, hidden=True)
def gradient_is_that_of_the_loss(m, rng):
    z, y = rng.uniform(-5, 5, 50), rng.random(50)
    p = 1 / (1 + np.exp(-z))
    compare("log_loss_gradient(z, y) for labels between 0 and 1", m.log_loss_gradient(z, y), (p - y) / 50)
    compare("log_loss_gradient(np.zeros(1), np.ones(1))", m.log_loss_gradient(np.zeros(1), np.ones(1)), [-0.5])
