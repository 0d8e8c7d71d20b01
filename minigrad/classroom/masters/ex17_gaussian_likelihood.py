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
from minigrad.classroom.checks import SINGLE, Wrong, answer, check, compare, several  # noqa: E402

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
RIGHT = {
    "log_of_the_density": (
        "A",
        "variance = np.exp(log_variance)\n"
        "density = np.exp(-((y - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)\n"
        "return -np.log(density).mean()",
    ),
    "sample_by_sample": (
        "A",
        "import math\n"
        "total = 0.0\n"
        "for m, v, t in zip(mean.tolist(), log_variance.tolist(), y.tolist()):\n"
        "    total += v / 2 + math.log(2 * math.pi) / 2 + (t - m) ** 2 / (2 * math.exp(v))\n"
        "return total / len(y)",
    ),
    "float32": (
        "A",
        "r, v = np.float32(y) - np.float32(mean), np.float32(log_variance)\n"
        "return np.float32(0.5) * np.mean(np.float32(np.log(2 * np.pi)) + v + r * r / np.exp(v))",
    ),
    "tensors": (
        "A",
        "import minigrad as mg\n"
        "m, v, t = (mg.tensor(a) for a in (mean, log_variance, y))\n"
        "each = v / 2 + float(np.log(2 * np.pi)) / 2 + (t - m) ** 2 / (2 * mg.exp(v))\n"
        "return each.mean()",
    ),
    "from_z_scores": (
        "B",
        "s = np.exp(log_variance / 2)\n"
        "z = (y - mean) / s\n"
        "return [-z / (s * z.size), 0.5 * (1 - z * z) / z.size]",
    ),
    "back_propagation": (
        "B",
        "import minigrad as mg\n"
        "m, v = mg.tensor(mean, requires_grad=True), mg.tensor(log_variance, requires_grad=True)\n"
        "((v + (mg.tensor(y) - m) ** 2 * mg.exp(-v)) / 2).mean().backward()\n"
        "return m.grad.numpy(), v.grad.numpy()",
    ),
    "rows_of_an_array": (
        "B",
        "w = np.exp(-log_variance)\n"
        "return np.stack([(mean - y) * w, 0.5 - 0.5 * w * (mean - y) ** 2]) / len(y)",
    ),
    "lists_of_floats": (
        "B",
        "n, first, second = len(y), [], []\n"
        "for i in range(n):\n"
        "    error, precision = float(mean[i] - y[i]), float(np.exp(-log_variance[i]))\n"
        "    first.append(error * precision / n)\n"
        "    second.append((1 - error * error * precision) / (2 * n))\n"
        "return first, second",
    ),
    "complex_step": (
        "B",
        "def each(mean, v):\n"
        "    return (v + (y - mean) ** 2 * np.exp(-v)) / 2 / len(y)\n"
        "\n"
        "step = 1e-30j\n"
        "return each(mean + step, log_variance).imag / 1e-30, each(mean, log_variance + step).imag "
        "/ 1e-30",
    ),
    "standardized": (
        "C",
        "z = (y - mean) / np.exp(0.5 * log_variance)\nreturn z @ z / z.size",
    ),
    "bisection": (
        "C",
        "ratios = (y - mean) ** 2 * np.exp(-log_variance)\n"
        "low, high = 0.0, float(ratios.max()) + 1.0\n"
        "for _ in range(100):\n"
        "    k = (low + high) / 2\n"
        "    if np.mean(k - ratios) < 0:\n"
        "        low = k\n"
        "    else:\n"
        "        high = k\n"
        "return k",
    ),
    "sum_of_a_generator": (
        "C",
        "squares = ((t - m) ** 2 / np.exp(v) for m, v, t in zip(mean, log_variance, y))\n"
        "return sum(squares) / len(y)",
    ),
    "longdouble": (
        "C",
        "r, v = (y - mean).astype(np.longdouble), log_variance.astype(np.longdouble)\n"
        "return np.average(r * r / np.exp(v))",
    ),
}
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
    "least_variance": (
        "A",
        "v = np.maximum(np.exp(log_variance), 1e-6)\n"
        "return np.mean(np.log(v) + np.log(2 * np.pi) + (y - mean) ** 2 / v) / 2",
        "may be any number",
    ),
    "bounded": (
        "A",
        "v = np.clip(log_variance, -7, 7)\n"
        "return np.mean(v + np.log(2 * np.pi) + (y - mean) ** 2 / np.exp(v)) / 2",
        "may be any number",
    ),
    "epsilon": (
        "A",
        "v = np.exp(log_variance) + 1e-8\n"
        "return np.mean(np.log(v) + np.log(2 * np.pi) + (y - mean) ** 2 / v) / 2",
        "may be any number",
    ),
    "not_below_0": (
        "A",
        "v = np.exp(log_variance)\n"
        "return max(0, np.mean(log_variance + np.log(2 * np.pi) + (y - mean) ** 2 / v) / 2)",
        "may be below 0",
    ),
    "mean_variance": (
        "A",
        "v = np.exp(log_variance).mean()\n"
        "return np.mean(np.log(v) + np.log(2 * np.pi) + (y - mean) ** 2 / v) / 2",
        "its own variance",
    ),
    "times_variance": (
        "A",
        "v = np.exp(log_variance)\n"
        "return np.mean(log_variance + np.log(2 * np.pi) + (y - mean) ** 2 * v) / 2",
        "times s^2",
    ),
    "least_variance_in_b": (
        "B",
        "residual = y - mean\n"
        "variance = np.maximum(np.exp(log_variance), 1e-6)\n"
        "return -residual / variance / len(y), (1 - residual**2 / variance) / 2 / len(y)",
        "may be any number",
    ),
    "absolute_residual": (
        "B",
        "residual = y - mean\n"
        "variance = np.exp(log_variance)\n"
        "return -abs(residual) / variance / len(y), (1 - residual**2 / variance) / 2 / len(y)",
        "its sign",
    ),
    "median": (
        "C",
        "return np.median((y - mean) ** 2 / np.exp(log_variance))",
        "median",
    ),
    "weighted": (
        "C",
        "w = np.exp(-log_variance)\nreturn np.sum(w * (y - mean) ** 2) / w.sum()",
        "sum of the weights",
    ),
    "never_0": (
        "C",
        "return max(np.mean((y - mean) ** 2 / np.exp(log_variance)), 1e-3)",
        "return 0 then",
    ),
    "one_sample": (
        "C",
        "n = max(len(y), 2)\nreturn np.sum((y - mean) ** 2 / np.exp(log_variance)) / n",
        "one sample",
    ),
}


def samples(rng, n=6):
    """Mean, log variance, y."""
    mean, log_variance = rng.standard_normal(n), rng.uniform(-2, 2, n)
    residual = rng.uniform(0.5, 2, n)
    residual[::3] *= -0.5
    return mean, log_variance, mean + residual


def agree(got, expected):
    try:
        compare("", got, expected)
    except Wrong:
        return False
    return True


@answer
def losses(mean, log_variance, y):
    """The mean loss, and what it is by mistake."""
    r, v = y - mean, np.exp(log_variance)
    constant, scaled = np.log(2 * np.pi), r**2 / v
    right = np.mean((log_variance + constant + scaled) / 2)
    return right, {
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
        "times": (
            "the squares are times s^2 here: over s^2 is right",
            np.mean(log_variance + constant + r**2 * v) / 2,
        ),
        "one_variance": (
            "this has one variance for all: each sample has its own variance",
            np.mean(np.log(v.mean()) + constant + r**2 / v.mean()) / 2,
        ),
        "no_exp": (
            "the squares are over ln(s^2): take exp of it",
            np.mean(log_variance + constant + r**2 / log_variance) / 2,
        ),
        "not_squared": (
            "the residuals are not squared",
            np.mean(log_variance + constant + r / v) / 2,
        ),
        "sum": ("this is the sum over the samples, not the mean", len(y) * right),
        "squared_error": ("this is squared error, without any variance", np.mean(r**2)),
        "log_density": ("the sign is turned: this is the log density, not minus it", -right),
        "plus": (
            "the larger the error, the lower the loss: the squares must be added",
            np.mean(log_variance + constant - scaled) / 2,
        ),
    }


@check("A", points=2)
def loss_with_an_own_variance_for_each_sample(m, rng):
    given = samples(rng)
    right, mistakes = losses(*given)
    compare(
        "gaussian_nll(mean, log_variance, y)", m.gaussian_nll(*given), right, **SINGLE, **mistakes
    )
    mean, log_variance = np.zeros(2), np.array([-20.0, -24.0])
    y = np.array([2e-5, 1e-5])
    call = "gaussian_nll([0, 0], [-20, -24], [2e-5, 1e-5])"
    got, right = m.gaussian_nll(mean, log_variance, y), losses(mean, log_variance, y)[0]
    if not agree(got, right):
        small = "a variance is kept from being small: log_variance may be any number"
        why = "a loss may be below 0, and this one is" if agree(got, 0.0) else small
        raise Wrong(why, call, [f"got {got}, expected {right}"])


@answer
def slopes(mean, log_variance, y):
    """The pair of slopes, and what it is by mistake."""
    r, v, n = y - mean, np.exp(log_variance), len(y)
    right = of_mean, of_log = -r / v / n, (1 - r**2 / v) / 2 / n
    return right, {
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
            (of_mean, -(r**2) / v / 2 / n),
        ),
        "both_signs": ("the sign of both is turned", (-of_mean, -of_log)),
        "sign_of_mean": ("the sign of the first is turned", (-of_mean, of_log)),
        "sign_of_log": ("the sign of the second is turned", (of_mean, -of_log)),
        "size": (
            "the first is without the residual's sign: its sign says where to go",
            (-abs(of_mean), of_log),
        ),
        "not_mean": (
            "these are the slopes of the sum of the losses: divide by n",
            (n * of_mean, n * of_log),
        ),
        "twice": ("the first has twice its size: the half is missing", (2 * of_mean, of_log)),
        "no_variance": ("the first is for a variance 1: divide by s^2", (-r / n, of_log)),
        "no_variance_in_log": (
            "the second is for a variance 1: divide r^2 by s^2",
            (of_mean, (1 - r**2) / 2 / n),
        ),
        "no_variance_twice": (
            "the first is squared error's: the half is missing, and divide by s^2",
            (-2 * r / n, of_log),
        ),
    }


@check("B", points=2)
def gradients_of_mean_and_log_variance(m, rng):
    mean, log_variance, y = samples(rng)
    (of_mean, of_log), mistakes = slopes(mean, log_variance, y)
    call = "gaussian_gradients(mean, log_variance, y)"
    got = several(call, m.gaussian_gradients(mean, log_variance, y), "of_mean", "of_log_variance")
    if agree(got[0], of_mean):
        second = {
            k: (why, pair[1]) for k, (why, pair) in mistakes.items() if agree(pair[0], of_mean)
        }
        compare(f"{call}[1]", got[1], of_log, **second)  # show the array that differs
    compare(call, got, (of_mean, of_log), **mistakes)
    tiny = np.zeros(2), np.array([-20.0, 3.0]), np.array([2e-5, 1.0])
    got = m.gaussian_gradients(*tiny)
    if not agree(got, slopes(*tiny)[0]):
        why = "a variance is kept from being small: log_variance may be any number"
        raise Wrong(why, "gaussian_gradients([0, 0], [-20, 3], [2e-5, 1])", [f"got {got}"])


@answer
def factors(mean, log_variance, y):
    """The best factor, and what it is by mistake."""
    r, v, n = y - mean, np.exp(log_variance), len(y)
    right = np.mean(r**2 / v)
    return right, {
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
        "unbiased": (
            "this divides by n - 1: the least loss is at the plain mean",
            right * n / (n - 1),
        ),
        "sum": ("this is the sum of the ratios, not their mean", n * right),
        "log": ("this is the logarithm of k", np.log(right)),
        "absolute": (
            "this has absolute residuals: a Gaussian has squares",
            np.mean(np.abs(r) / v**0.5),
        ),
        "median": (
            "this is the median of the ratios: the slope gives their mean",
            np.median(r**2 / v),
        ),
        "weighted": (
            "this divides by the sum of the weights 1 / s^2: divide by n",
            np.mean(r**2 / v) / np.mean(1 / v),
        ),
    }


@check("C", points=2)
def factor_of_all_variances(m, rng):
    given = samples(rng)
    right, mistakes = factors(*given)
    compare(
        "best_factor(mean, log_variance, y)", m.best_factor(*given), right, **SINGLE, **mistakes
    )
    got = m.best_factor(np.ones(2), np.zeros(2), np.ones(2))
    if not agree(got, 0.0):
        call = "best_factor([1, 1], [0, 0], [1, 1])"
        raise Wrong("all y equal mean: return 0 then", call, [f"got {got}"])
    one = ("one sample is divided by something else than n = 1", 2.0)
    got = m.best_factor(np.zeros(1), np.zeros(1), np.array([2.0]))
    compare("best_factor([0], [0], [2]), of one sample", got, 4.0, **SINGLE, one=one)


@check("A", points=0, hidden=True)
def small_variances_and_one_sample(m, rng):
    mean, log_variance, y = samples(rng, 40)
    v = np.exp(log_variance)
    right = np.mean(np.log(np.sqrt(2 * np.pi * v)) + (y - mean) ** 2 / (2 * v))
    got = m.gaussian_nll(mean, log_variance, y)
    compare("gaussian_nll(mean, log_variance, y) for 40 samples", got, right, **SINGLE)
    got = m.gaussian_nll(np.ones(1), np.array([-9.0]), np.ones(1))
    right = np.log(2 * np.pi) / 2 - 4.5
    compare("gaussian_nll(np.ones(1), np.array([-9.0]), np.ones(1))", got, right, **SINGLE)


@check("B", points=0, hidden=True)
def gradients_by_differences(m, rng):
    mean, log_variance, y = samples(rng, 11)
    r, h = y - mean, 1e-5

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
    mean, log_variance, y = samples(rng, 9)
    got = m.best_factor(mean, log_variance + np.log(factors(mean, log_variance, y)[0]), y)
    compare("best_factor of variances that were mended", got, 1.0, **SINGLE)
