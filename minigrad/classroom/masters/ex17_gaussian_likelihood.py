"""Gaussian likelihood: the loss from the log variance, its slopes, and variances of a wrong size.

Belongs to lesson 17, "Where does squared error come from?".

For each sample a model predicts a mean m and the logarithm of a variance s^2, in the array
log_variance: ln(s^2), not ln(s), which is half of it. It may be any number. The truth is y, the
residual r = y - m, and the loss of a sample is minus the logarithm of the Gaussian density, in
nats, with all its constants.

mean, log_variance and y are float64 arrays of shape (n,), n at least 1, and stay as they are. The
parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def gaussian_nll(mean, log_variance, y):
    """The mean over the n samples of the loss, in nats: one number. It may be below 0.

    No square root is needed: write ln(s) with log_variance.
    """
    # BEGIN SOLUTION A: return the mean loss; what is given is ln(s^2), not ln(s)
    squares = (y - mean) ** 2 * np.exp(-log_variance)
    return np.mean(log_variance + np.log(2 * np.pi) + squares) / 2
    # END SOLUTION


# %% Part B (2 points)
def gaussian_gradients(mean, log_variance, y):
    """The slopes of the mean loss of part A: a pair of arrays, both of shape (n,).

    The first for each element of mean, the second for each element of log_variance.
    """
    # BEGIN SOLUTION B: return the pair of gradients of the mean loss, that for mean first
    residual = y - mean
    variance = np.exp(log_variance)
    return -residual / variance / len(y), (1 - residual**2 / variance) / 2 / len(y)
    # END SOLUTION


# %% Part C (2 points)
def best_factor(mean, log_variance, y):
    """The factor k, one for all samples, by which the variances s^2 are best multiplied: a number.

    Sample i then has the variance k s_i^2, and mean stays as it is. The best k is that with the
    least mean loss. (If all y equal mean, there is no best k above 0; return 0 then.)
    """
    # BEGIN SOLUTION C: return the k at which the slope of the mean loss for k is 0
    return np.mean((y - mean) ** 2 / np.exp(log_variance))
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, Wrong, check, compare  # noqa: E402

HINTS = {
    "A": [
        "Begin with the lesson's loss of one sample. Which two places have an s, and what is each "
        "of them if only ln(s^2) is known?",
        "ln(s) is log_variance / 2, and s^2 is np.exp(log_variance). The constant is half of "
        "ln(2 pi). So the loss of a sample is half of a sum of three terms.",
        "return np.mean(log_variance + ... + (y - mean) ** 2 / ...) / 2",
    ],
    "B": [
        "Only the last term has m in it. Two terms have log_variance in them. The loss is a mean "
        "over n samples: what does one sample's slope get from that?",
        "With v = log_variance the last term is r^2 exp(-v) / 2. Its slope for v is minus itself. "
        "Its slope for m has r, not r^2, and a minus from r = y - m.",
        "residual = y - mean\nvariance = np.exp(...)\n"
        "return -... / variance / len(y), (1 - ...) / 2 / len(y)",
    ],
    "C": [
        "Go as the lesson does for the best s: write the loss with k s_i^2 for s^2, take the slope "
        "for k, and set it to 0.",
        "The terms with k are ln(k) / 2 and r_i^2 / (2 k s_i^2). The slopes for k: 1 / (2 k), and "
        "-r_i^2 / (2 k^2 s_i^2), whose mean is taken. Solve for k.",
        "return np.mean(... / np.exp(...))",
    ],
}
_R = "residual = y - mean\nvariance = np.exp(log_variance)\n"
_C = "np.log(2 * np.pi)"
WRONG = {
    "no_constant": ("A", _R + "return np.mean(log_variance + residual**2 / variance) / 2", "2 pi"),
    "log_s": (
        "A",
        _R + f"return np.mean(log_variance + {_C} / 2 + residual**2 / variance / 2)",
        "half is missing",
    ),
    "log_s_throughout": (
        "A",
        "squares = (y - mean) ** 2 / np.exp(2 * log_variance)\n"
        f"return np.mean(log_variance + {_C} / 2 + squares / 2)",
        "in both places",
    ),
    "s_for_variance": (
        "A",
        _R + f"return np.mean(log_variance + {_C} + residual**2 / variance**0.5) / 2",
        "not over s",
    ),
    "squared_variance": (
        "A",
        _R + f"return np.mean(log_variance + {_C} + residual**2 / variance**2) / 2",
        "over s^4",
    ),
    "no_exp": (
        "A",
        _R + f"return np.mean(log_variance + {_C} + residual**2 / log_variance) / 2",
        "take exp",
    ),
    "no_half": (
        "A",
        _R + f"return np.mean(log_variance / 2 + {_C} / 2 + residual**2 / variance)",
        "before the squares",
    ),
    "twice": (
        "A",
        _R + f"return np.mean(log_variance + {_C} + residual**2 / variance)",
        "all three terms",
    ),
    "not_squared": (
        "A",
        _R + f"return np.mean(log_variance + {_C} + residual / variance) / 2",
        "not squared",
    ),
    "sum": (
        "A",
        _R + f"return np.sum(log_variance + {_C} + residual**2 / variance) / 2",
        "sum over",
    ),
    "squared_error": ("A", "return np.mean((y - mean) ** 2)", "squared error"),
    "log_density": (
        "A",
        _R + f"return -np.mean(log_variance + {_C} + residual**2 / variance) / 2",
        "sign is turned",
    ),
    "plus": (
        "A",
        _R + f"return np.mean(log_variance + {_C} - residual**2 / variance) / 2",
        "the lower the loss",
    ),
    "each": (
        "A",
        _R + f"return (log_variance + {_C} + residual**2 / variance) / 2",
        "shape",
    ),
    "swapped": (
        "B",
        _R + "return (1 - residual**2 / variance) / 2 / len(y), -residual / variance / len(y)",
        "must come first",
    ),
    "of_variance": (
        "B",
        _R + "of_variance = (1 / variance - residual**2 / variance**2) / 2 / len(y)\n"
        "return -residual / variance / len(y), of_variance",
        "its logarithm",
    ),
    "of_s_itself": (
        "B",
        _R + "s = variance**0.5\n"
        "return -residual / variance / len(y), (1 / s - residual**2 / s**3) / len(y)",
        "for s, not",
    ),
    "of_log_s": (
        "B",
        _R + "return -residual / variance / len(y), (1 - residual**2 / variance) / len(y)",
        "for ln(s), not",
    ),
    "no_log_term": (
        "B",
        _R + "return -residual / variance / len(y), -(residual**2) / variance / 2 / len(y)",
        "grow for ever",
    ),
    "uphill": (
        "B",
        _R + "return residual / variance / len(y), (1 - residual**2 / variance) / 2 / len(y)",
        "sign of the first",
    ),
    "second_uphill": (
        "B",
        _R + "return -residual / variance / len(y), (residual**2 / variance - 1) / 2 / len(y)",
        "sign of the second",
    ),
    "not_mean": (
        "B",
        _R + "return -residual / variance, (1 - residual**2 / variance) / 2",
        "divide by n",
    ),
    "no_variance": (
        "B",
        _R + "return -residual / len(y), (1 - residual**2 / variance) / 2 / len(y)",
        "variance 1",
    ),
    "factor_two": (
        "B",
        _R + "return -2 * residual / variance / len(y), (1 - residual**2 / variance) / 2 / len(y)",
        "twice its size",
    ),
    "plain_squares": ("C", "return np.mean((y - mean) ** 2)", "best of one variance"),
    "root": ("C", "return np.sqrt(np.mean((y - mean) ** 2 / np.exp(log_variance)))", "s, not s^2"),
    "ratio_of_means": (
        "C",
        "return np.mean((y - mean) ** 2) / np.mean(np.exp(log_variance))",
        "mean of the ratios",
    ),
    "inverse": ("C", "return 1 / np.mean((y - mean) ** 2 / np.exp(log_variance))", "upside down"),
    "mean_of_inverses": (
        "C",
        "return np.mean(np.exp(log_variance) / (y - mean) ** 2)",
        "upside down",
    ),
    "by_s": ("C", "return np.mean((y - mean) ** 2 / np.exp(log_variance / 2))", "over s, not"),
    "no_exp_in_c": ("C", "return np.mean((y - mean) ** 2 / log_variance)", "take exp"),
    "centred": ("C", "return np.var((y - mean) / np.exp(log_variance / 2))", "once more"),
    "unbiased": (
        "C",
        "return np.sum((y - mean) ** 2 / np.exp(log_variance)) / (len(y) - 1)",
        "n - 1",
    ),
    "sum_in_c": ("C", "return np.sum((y - mean) ** 2 / np.exp(log_variance))", "not their mean"),
    "log_of_k": (
        "C",
        "return np.log(np.mean((y - mean) ** 2 / np.exp(log_variance)))",
        "logarithm of k",
    ),
    "absolute": (
        "C",
        "return np.mean(np.abs(y - mean) / np.exp(log_variance / 2))",
        "absolute",
    ),
}


def samples(rng, n=6):
    """Mean, log variance, y; residuals and variances."""
    mean, log_variance = rng.standard_normal(n), rng.uniform(-2, 2, n)
    residual = rng.uniform(0.5, 2, n)
    residual[::3] *= -0.5
    return mean, log_variance, mean + residual, residual, np.exp(log_variance)


def agree(got, expected):
    try:
        compare("", got, expected)
    except Wrong:
        return False
    return True


@check("A", points=2)
def loss_with_an_own_variance_for_each_sample(m, rng):
    mean, log_variance, y, r, v = samples(rng)
    constant, scaled = np.log(2 * np.pi), r**2 / v
    right = np.mean((log_variance + constant + scaled) / 2)
    mistakes = {
        "no_constant": ("the constant ln(2 pi) / 2 is missing", right - constant / 2),
        "constant_doubled": ("the half is missing before ln(2 pi)", right + constant / 2),
        "constant_halved": ("the constant is halved twice", right - constant / 4),
        "density": (
            "this is the density itself: minus its logarithm is asked for",
            np.mean(np.exp(-(log_variance + constant + scaled) / 2)),
        ),
        "log_s": (
            "ln(s) is half of ln(s^2): the half is missing",
            right + np.mean(log_variance) / 2,
        ),
        "log_s_throughout": (
            "in both places log_variance is taken for ln(s): it is ln(s^2)",
            right + np.mean(log_variance + scaled / v - scaled) / 2,
        ),
        "no_half": ("the half is missing before the squares", right + np.mean(scaled) / 2),
        "twice": ("the half is missing, of all three terms", 2 * right),
        "s": (
            "the squares stand over s^2, not over s: s^2 = exp(log_variance)",
            np.mean(log_variance + constant + r**2 / v**0.5) / 2,
        ),
        "variance_squared": (
            "the squares are over s^4 here: over s^2 is right",
            np.mean(log_variance + constant + scaled / v) / 2,
        ),
        "no_exp": (
            "the squares are over ln(s^2): take exp of it",
            np.mean(log_variance + constant + r**2 / log_variance) / 2,
        ),
        "not_squared": (
            "the residuals are not squared",
            np.mean(log_variance + constant + r / v) / 2,
        ),
        "sum": ("this is the sum over the samples, not the mean", 6 * right),
        "squared_error": ("this is squared error, without any variance", np.mean(r**2)),
        "log_density": ("the sign is turned: this is the log density, not minus it", -right),
        "plus": (
            "the larger the error, the lower the loss: the squares must be added",
            np.mean(log_variance + constant - scaled) / 2,
        ),
    }
    got = m.gaussian_nll(mean, log_variance, y)
    compare("gaussian_nll(mean, log_variance, y)", got, right, **SINGLE, **mistakes)


@check("B", points=2)
def gradients_of_mean_and_log_variance(m, rng):
    mean, log_variance, y, r, v = samples(rng)
    right = of_mean, of_log = -r / v / 6, (1 - r**2 / v) / 2 / 6
    mistakes = {
        "swapped": ("the gradient for mean must come first", (of_log, of_mean)),
        "of_variance": (
            "the second is for the variance, not for its logarithm",
            (of_mean, of_log / v),
        ),
        "of_log_s": ("the second is for ln(s), not for ln(s^2)", (of_mean, 2 * of_log)),
        "of_s": (
            "the second is for s, not for ln(s^2)",
            (of_mean, 2 * of_log / v**0.5),
        ),
        "no_log_term": (
            "log_variance would grow for ever: the term log_variance / 2 has a slope, too",
            (of_mean, -(r**2) / v / 12),
        ),
        "both_signs": ("the sign of both is turned", (-of_mean, -of_log)),
        "sign_of_mean": ("the sign of the first is turned", (-of_mean, of_log)),
        "sign_of_log": ("the sign of the second is turned", (of_mean, -of_log)),
        "not_mean": (
            "these are the slopes of the sum of the losses: divide by n",
            (6 * of_mean, 6 * of_log),
        ),
        "twice": ("the first has twice its size: the half is missing", (2 * of_mean, of_log)),
        "no_variance": ("the first is for a variance 1: divide by s^2", (-r / 6, of_log)),
        "no_variance_in_log": (
            "the second is for a variance 1: divide r^2 by s^2",
            (of_mean, (1 - r**2) / 12),
        ),
        "no_variance_twice": (
            "the first is squared error's: the half is missing, and divide by s^2",
            (-2 * r / 6, of_log),
        ),
    }
    call = "gaussian_gradients(mean, log_variance, y)"
    got = m.gaussian_gradients(mean, log_variance, y)
    if isinstance(got, tuple | list) and len(got) == 2 and agree(got[0], of_mean):
        second = {k: (why, pair[1]) for k, (why, pair) in mistakes.items() if pair[0] is of_mean}
        compare(f"{call}[1]", got[1], of_log, **second)  # show the array that differs
    compare(call, got, right, **mistakes)


@check("C", points=2)
def factor_of_all_variances(m, rng):
    mean, log_variance, y, r, v = samples(rng)
    right = np.mean(r**2 / v)
    mistakes = {
        "one_variance": (
            "this is the best of one variance for all: each sample has a variance already",
            np.mean(r**2),
        ),
        "root": ("this is the factor of s, not s^2", np.sqrt(right)),
        "means_first": (
            "this is a ratio of two means: set the slope to 0, and the mean of the ratios comes",
            np.mean(r**2) / np.mean(v),
        ),
        "inverse": ("this is upside down: k is large where residuals are large", 1 / right),
        "inverses": (
            "this is upside down: k is large where residuals are large",
            np.mean(v / r**2),
        ),
        "by_s": ("the squares stand over s, not over s^2", np.mean(r**2 / v**0.5)),
        "no_exp": (
            "the squares are over ln(s^2): take exp of it",
            np.mean(r**2 / log_variance),
        ),
        "centred": ("a mean residual is subtracted once more", np.var(r / v**0.5)),
        "unbiased": ("this divides by n - 1: the least loss is at the plain mean", 1.2 * right),
        "sum": ("this is the sum of the ratios, not their mean", 6 * right),
        "log": ("this is the logarithm of k", np.log(right)),
        "absolute": (
            "this has absolute residuals: a Gaussian has squares",
            np.mean(np.abs(r) / v**0.5),
        ),
    }
    got = m.best_factor(mean, log_variance, y)
    compare("best_factor(mean, log_variance, y)", got, right, **SINGLE, **mistakes)


@check("A", points=0, hidden=True)
def small_variances_and_one_sample(m, rng):
    mean, log_variance, y, r, v = samples(rng, 40)
    right = np.mean(np.log(np.sqrt(2 * np.pi * v)) + r**2 / (2 * v))
    got = m.gaussian_nll(mean, log_variance, y)
    compare("gaussian_nll(mean, log_variance, y) for 40 samples", got, right, **SINGLE)
    got = m.gaussian_nll(np.ones(1), np.array([-9.0]), np.ones(1))
    right = np.log(2 * np.pi) / 2 - 4.5
    compare("gaussian_nll(np.ones(1), np.array([-9.0]), np.ones(1))", got, right, **SINGLE)


@check("B", points=0, hidden=True)
def gradients_by_differences(m, rng):
    mean, log_variance, y, r, v = samples(rng, 11)
    h = 1e-5

    def each(r, log_variance):
        return (log_variance + r**2 * np.exp(-log_variance)) / 2 / 11

    of_mean = (each(r - h, log_variance) - each(r + h, log_variance)) / (2 * h)
    of_log = (each(r, log_variance + h) - each(r, log_variance - h)) / (2 * h)
    got = m.gaussian_gradients(mean, log_variance, y)
    call = "gaussian_gradients for 11 samples"
    compare(call, got, (of_mean, of_log), rtol=1e-5, atol=1e-7)


@check("C", points=0, hidden=True)
def known_factors(m, rng):
    got = m.best_factor(np.zeros(4), np.log(np.full(4, 2.0)), np.full(4, 3.0))
    compare("best_factor with s^2 = 2 and r = 3", got, 4.5, **SINGLE)
    got = m.best_factor(np.ones(1), np.ones(1), np.ones(1))
    compare("best_factor with one sample and r = 0", got, 0.0, **SINGLE)
    mean, log_variance, y, r, v = samples(rng, 9)
    got = m.best_factor(mean, log_variance + np.log(np.mean(r**2 / v)), y)
    compare("best_factor of variances that were mended", got, 1.0, **SINGLE)
