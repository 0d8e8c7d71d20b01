"""Gaussian likelihood: squared error with a variance, and what both are paid for.

Belongs to lesson 17, regression.

A model that predicts a mean m and a variance s^2 for a number y says that y has the Gaussian density with these two.
Its loss is minus the logarithm of the density at y, in nats:
    log(s) + log(2 pi) / 2 + (y - m)^2 / (2 s^2)
The model's second output is log_variance = log(s^2), which may be any number; s^2 itself could fall below 0.

mean, log_variance and y are float64 arrays of shape (n,). The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def gaussian_nll(mean, log_variance, y):
    """The mean over the n samples of the loss, in nats, all constants included: one number, which may be below 0."""
    # BEGIN SOLUTION A: return the mean loss; note that what is given is log(s^2), not log(s)
    return np.mean(log_variance + np.log(2 * np.pi) + (y - mean) ** 2 * np.exp(-log_variance)) / 2
    # END SOLUTION


# %% Part B (2 points)
def gaussian_gradients(mean, log_variance, y):
    """The gradients of `gaussian_nll`: a pair of arrays of shape (n,), with respect to mean and to log_variance."""
    # BEGIN SOLUTION B: return the pair of gradients of the mean loss, that of mean first
    residual, variance = y - mean, np.exp(log_variance)
    return -residual / variance / len(y), (1 - residual**2 / variance) / 2 / len(y)
    # END SOLUTION


# %% Part C (1 point)
def best_variance(mean, y):
    """The one variance s^2, the same for all samples, with the lowest loss for these predicted means: one number."""
    # BEGIN SOLUTION C: return the variance at which the derivative of the loss is 0
    return np.mean((y - mean) ** 2)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import check, compare  # noqa: E402

HINTS = {
    "A": [
        "Write the three terms down, and put in log_variance: log(s) is half of it, and s^2 is exp of it.",
        "The loss of a sample is (log_variance + log(2 pi) + (y - m)^2 / exp(log_variance)) / 2.",
        "return np.mean(log_variance + ... + (y - mean) ** 2 / ...) / 2",
    ],
    "B": [
        "Only the last term has m in it. Two terms have log_variance in them: derive exp(-log_variance), too.",
        "For a sample: -(y - m) / s^2 for m, and (1 - (y - m)^2 / s^2) / 2 for log s^2. The loss is a mean over n.",
        "residual, variance = y - mean, np.exp(log_variance)\nreturn ... / len(y), (1 - ...) / 2 / len(y)",
    ],
    "C": [
        "Where the derivative with respect to log s^2, added up over all samples, is 0.",
        "The sum of 1 - (y - m)^2 / s^2 is 0 where s^2 is the mean of (y - m)^2.",
        "return np.mean(...)",
    ],
}
_R = "residual, variance = y - mean, np.exp(log_variance)\n"
WRONG = {
    "no_constant": ("A", _R + "return np.mean(log_variance + residual**2 / variance) / 2", "2 pi"),
    "log_s": ("A", _R + "return np.mean(log_variance + np.log(2 * np.pi) / 2 + residual**2 / variance / 2)", "half"),
    "s_for_variance": (
        "A",
        _R + "return np.mean(log_variance + np.log(2 * np.pi) + residual**2 / variance**0.5) / 2",
        "not of s",
    ),
    "sum": ("A", _R + "return np.sum(log_variance + np.log(2 * np.pi) + residual**2 / variance) / 2", "sum over"),
    "squared_error": ("A", "return np.mean((y - mean) ** 2)", "squared error"),
    "log_density": ("A", _R + "return -np.mean(log_variance + np.log(2 * np.pi) + residual**2 / variance) / 2", "sign"),
    "plus": ("A", _R + "return np.mean(log_variance + np.log(2 * np.pi) - residual**2 / variance) / 2", "below every"),
    "swapped": (
        "B",
        _R + "return (1 - residual**2 / variance) / 2 / len(y), -residual / variance / len(y)",
        "come first",
    ),
    "of_variance": (
        "B",
        _R + "return -residual / variance / len(y), (1 / variance - residual**2 / variance**2) / 2 / len(y)",
        "its logarithm",
    ),
    "no_log_term": (
        "B",
        _R + "return -residual / variance / len(y), -(residual**2) / variance / 2 / len(y)",
        "grow for",
    ),
    "uphill": ("B", _R + "return residual / variance / len(y), (1 - residual**2 / variance) / 2 / len(y)", "sign"),
    "not_mean": ("B", _R + "return -residual / variance, (1 - residual**2 / variance) / 2", "sum of the losses"),
    "no_variance": ("B", _R + "return -residual / len(y), (1 - residual**2 / variance) / 2 / len(y)", "variance 1"),
    "deviation": ("C", "return np.sqrt(np.mean((y - mean) ** 2))", "its square"),
    "of_y": ("C", "return np.var(y)", "of y itself"),
    "centred": ("C", "return np.var(y - mean)", "subtracted once more"),
    "unbiased": ("C", "return np.sum((y - mean) ** 2) / (len(y) - 1)", "n - 1"),
}


def samples(rng, n=6):
    """Mean, log variance, y; residuals and variances."""
    mean, log_variance, residual = rng.standard_normal(n), rng.uniform(-2, 2, n), rng.uniform(0.5, 2, n)
    residual[::3] *= -0.5
    return mean, log_variance, mean + residual, residual, np.exp(log_variance)


@check("A", points=2)
def loss_of_each_its_own_variance(m, rng):
    mean, log_variance, y, r, v = samples(rng)
    constant, scaled = np.log(2 * np.pi), r**2 / v
    right = np.mean((log_variance + constant + scaled) / 2)
    mistakes = {
        "no_constant": ("the term log(2 pi) / 2 is missing", right - constant / 2),
        "constant_doubled": ("the half is missing before log(2 pi)", right + constant / 2),
        "constant_halved": ("the constant is halved twice", right - constant / 4),
        "density": (
            "this is the density itself: minus its logarithm is asked for",
            np.mean(np.exp(-(log_variance + constant + scaled) / 2)),
        ),
        "log_s": ("log(s) is half of log(s^2): the half is missing", right + np.mean(log_variance) / 2),
        "no_half": ("the half is missing before the squares", right + np.mean(scaled) / 2),
        "twice": ("the half is missing, of all three terms", 2 * right),
        "s": (
            "the squares are over s^2, not of s: s^2 = exp(log_variance)",
            np.mean(log_variance + constant + r**2 / v**0.5) / 2,
        ),
        "variance_squared": ("the squares are over s^4", np.mean(log_variance + constant + scaled / v) / 2),
        "no_exp": (
            "the squares are over log(s^2): take exp of it",
            np.mean(log_variance + constant + r**2 / log_variance) / 2,
        ),
        "not_squared": ("the residuals are not squared", np.mean(log_variance + constant + r / v) / 2),
        "sum": ("this is the sum over the samples, not the mean", 6 * right),
        "squared_error": ("this is squared error, without any variance", np.mean(r**2)),
        "plus": (
            "the larger the error, the lower the loss: it falls below every bound",
            np.mean(log_variance + constant - scaled) / 2,
        ),
    }
    compare("gaussian_nll(mean, log_variance, y)", m.gaussian_nll(mean, log_variance, y), right, **mistakes)


@check("B", points=2)
def gradients_of_mean_and_log_variance(m, rng):
    mean, log_variance, y, r, v = samples(rng)
    right = of_mean, of_log = -r / v / 6, (1 - r**2 / v) / 2 / 6
    mistakes = {
        "swapped": ("the gradient with respect to mean must come first", (of_log, of_mean)),
        "of_variance": ("the second is with respect to the variance, not to its logarithm", (of_mean, of_log / v)),
        "of_s": ("the second is with respect to log s, not to log s^2", (of_mean, 2 * of_log)),
        "no_log_term": (
            "log_variance would grow for ever: the term log_variance / 2 of the loss has a gradient, too",
            (of_mean, -(r**2) / v / 12),
        ),
        "both_signs": ("the sign of both is flipped", (-of_mean, -of_log)),
        "sign_of_mean": ("the sign of the first is flipped", (-of_mean, of_log)),
        "sign_of_log": ("the sign of the second is flipped", (of_mean, -of_log)),
        "not_mean": ("these are the gradients of the sum of the losses: divide by n", (6 * of_mean, 6 * of_log)),
        "no_variance": ("the first is that of a variance 1: divide by s^2", (-r / 6, of_log)),
        "no_variance_in_log": ("the second is that of a variance 1: divide r^2 by s^2", (of_mean, (1 - r**2) / 12)),
        "no_variance_twice": ("this is squared error's: divide by s^2", (-2 * r / 6, of_log)),
    }
    compare("gaussian_gradients(mean, log_variance, y)", m.gaussian_gradients(mean, log_variance, y), right, **mistakes)


@check("C", points=1)
def variance_is_the_mean_squared_residual(m, rng):
    mean, _, y, r, _ = samples(rng)
    right = np.mean(r**2)
    mistakes = {
        "deviation": ("this is s: the variance is its square", np.sqrt(right)),
        "of_y": ("this is the variance of y itself, not around the predictions", np.var(y)),
        "centred": ("the mean residual is subtracted once more: s^2 is around the predicted means", np.var(r)),
        "unbiased": ("this divides by n - 1: the lowest loss is at the plain mean", 1.2 * right),
        "sum": ("this is the sum of squares, not their mean", 6 * right),
        "mean_squared": ("this is the square of the mean residual: square first", np.mean(r) ** 2),
        "log": ("this is the logarithm of the variance", np.log(right)),
        "absolute": ("this is the mean absolute residual, squared or not", np.mean(np.abs(r))),
    }
    compare("best_variance(mean, y)", m.best_variance(mean, y), right, **mistakes)


@check("A", points=0, hidden=True)
def small_variances_and_one_sample(m, rng):
    mean, log_variance, y, r, v = samples(rng, 40)
    right = np.mean(np.log(np.sqrt(2 * np.pi * v)) + r**2 / (2 * v))
    compare("gaussian_nll(mean, log_variance, y) for 40 samples", m.gaussian_nll(mean, log_variance, y), right)
    got = m.gaussian_nll(np.ones(1), np.array([-9.0]), np.ones(1))
    compare("gaussian_nll(np.ones(1), np.array([-9.0]), np.ones(1))", got, np.log(2 * np.pi) / 2 - 4.5)


@check("B", points=0, hidden=True)
def gradients_by_differences(m, rng):
    mean, log_variance, y, r, v = samples(rng, 11)
    h = 1e-5
    of_mean = [((r + h) ** 2 - (r - h) ** 2) / v / 2 / (-2 * h) / 11]
    of_log = [
        ((log_variance + h + r**2 * np.exp(-log_variance - h)) - (log_variance - h + r**2 * np.exp(h - log_variance)))
        / 4
        / h
        / 11
    ]
    got = m.gaussian_gradients(mean, log_variance, y)
    compare("gaussian_gradients for 11 samples", got, (of_mean[0], of_log[0]), rtol=1e-5, atol=1e-7)


@check("C", points=0, hidden=True)
def variance_of_biased_predictions(m, rng):
    compare("best_variance(np.zeros(4), np.full(4, 3.0))", m.best_variance(np.zeros(4), np.full(4, 3.0)), 9.0)
    compare("best_variance(np.ones(1), np.ones(1))", m.best_variance(np.ones(1), np.ones(1)), 0.0)
