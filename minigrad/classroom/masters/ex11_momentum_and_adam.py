"""Momentum and Adam in another guise: a corrected running mean, AMSGrad, and what a mean remembers.

Belongs to lesson 11, "What do Momentum, AdaGrad, RMSProp and Adam remember?".

w, the gradient g and all memories are arrays of one shape, and all operations are element by
element. The memories that a function gets are those of the step before; before the first step they
are all zeros. The steps are numbered t = 1, 2, 3 and so on. A function returns new arrays, and
leaves those that it gets as they are (`m *= beta` would write into the caller's m).

The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def momentum_step(w, g, m, t, rate, beta):
    """One step of momentum whose memory m is a running mean. Returns the pair (new w, new m).

    The lesson's momentum has a sum, and its steps grow to rate / (1 - beta) times g. Here m is a
    running mean of the gradients, as in Adam, and w moves by the rate times the bias-corrected
    mean, with the gradient of this step in it. The m that is returned is not corrected.
    """
    # BEGIN SOLUTION A: return the new w and the new running mean, which is not corrected
    m = beta * m + (1 - beta) * g
    return w - rate * m / (1 - beta**t), m
    # END SOLUTION


# %% Part B (3 points)
def amsgrad_step(w, g, m, s, largest, t, rate, beta1=0.9, beta2=0.999, eps=1e-8):
    """One step of AMSGrad. Returns four arrays: (new w, new m, new s, new largest).

    Adam with one more memory: `largest` is the largest s so far, for each element, the s of this
    step included (before any correction). The step has the largest in the place of s; it is
    bias-corrected as s is in Adam (PyTorch does this; the paper of AMSGrad has no correction). The
    eps is added to the root. No memory is returned corrected.
    """
    # BEGIN SOLUTION B: return the new w and the three new memories, which are not corrected
    m = beta1 * m + (1 - beta1) * g
    s = beta2 * s + (1 - beta2) * g**2
    largest = np.maximum(largest, s)
    root = np.sqrt(largest / (1 - beta2**t))
    return w - rate * m / (1 - beta1**t) / (root + eps), m, s, largest
    # END SOLUTION


# %% Part C (2 points)
def weights_of_the_past(beta, t):
    """How much each gradient counts in Adam's corrected mean of step t: an array of shape (t,).

    The corrected mean is a sum of weight times gradient, over the gradients 1 to t. The array has
    the weight of the oldest gradient first, and that of the newest one last. It adds up to 1.
    For beta, 0 is allowed; 0.0**0 is 1.0 in NumPy.
    """
    # BEGIN SOLUTION C: return the t weights, the oldest one first
    age = t - 1 - np.arange(t)
    return (1 - beta) * beta**age / (1 - beta**t)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import answer, check, compare  # noqa: E402

HINTS = {
    "A": [
        "Look at the first line of the lesson's Adam, and at what its last line does with m. Which "
        "of the two values is returned, and which one moves w?",
        "m <- beta m + (1 - beta) g; w <- w - rate m / (1 - beta^t).",
        "m = beta * ... + (1 - beta) * ...\nreturn w - rate * m / (1 - ...), m",
    ],
    "B": [
        "Write the lesson's Adam first. Then one line is new, and one name under the root.",
        "m and s as in Adam; largest <- max(largest, s), element by element; "
        "w <- w - rate M / (sqrt(L) + eps), where M = m / (1 - beta1^t) and "
        "L = largest / (1 - beta2^t).",
        "m = ...\ns = ...\nlargest = np.maximum(..., ...)\nroot = np.sqrt(... / (1 - ...))\n"
        "return w - rate * m / (1 - beta1**t) / (root + eps), m, s, largest",
    ],
    "C": [
        "The lesson writes m_t out as a sum. What is the factor of g_t, of g_{t-1}, and of g_1?",
        "The gradient of step i has the factor (1 - beta) beta^(t - i); the correction divides all "
        "of them by 1 - beta^t. np.arange(t) has the numbers 0 to t - 1.",
        "age = t - 1 - np.arange(...)\nreturn (1 - beta) * beta**... / (1 - ...)",
    ],
}
A = "m = beta * m + (1 - beta) * g\n"
BOTH = "m = beta1 * m + (1 - beta1) * g\ns = beta2 * s + (1 - beta2) * g**2\n"
LARGEST = "largest = np.maximum(largest, s)\n"
ROOT = "root = np.sqrt(largest / (1 - beta2**t))\n"
STEP = "return w - rate * m / (1 - beta1**t) / (root + eps), m, s, largest"
AMSGRAD = BOTH + LARGEST + ROOT + STEP
AGE = "age = t - 1 - np.arange(t)\n"
RIGHT = {
    "difference": (
        "A",
        "new = m + (1 - beta) * (g - m)\nreturn w - rate / (1 - beta**t) * new, new",
    ),
    "element_by_element": (
        "A",
        "new_w, new_m = np.empty_like(w), np.empty_like(m)\nfor i in np.ndindex(w.shape):\n"
        "    new_m[i] = beta * m[i] + (1 - beta) * g[i]\n"
        "    new_w[i] = w[i] - rate * new_m[i] / (1 - beta**t)\nreturn new_w, new_m",
    ),
    "average": (
        "A",
        "mean = np.average(np.stack([m, g]), axis=0, weights=[beta, 1 - beta])\n"
        "return [w - rate * mean / -np.expm1(t * np.log(beta)), mean]",
    ),
    "einsum": (
        "A",
        "mean = np.einsum('k,k...->...', [beta, 1 - beta], [m, g])\n"
        "return (w - rate * mean / (1 - np.power(beta, t))).tolist(), mean.tolist()",
    ),
    "named_tuple": (
        "A",
        "from collections import namedtuple\nState = namedtuple('State', 'w m')\n"
        "m = beta * m + (1 - beta) * g\nreturn State(w=w - rate * (m / (1 - beta**t)), m=m)",
    ),
    "tensors": (
        "A",
        "import minigrad as mg\nm = beta * mg.tensor(m) + (1 - beta) * mg.tensor(g)\n"
        "return mg.tensor(w) - rate * m / (1 - beta**t), m",
    ),
    "float32": (
        "A",
        "w, g, m = (v.astype(np.float32) for v in (w, g, m))\n"
        "m = np.float32(beta) * m + np.float32(1 - beta) * g\n"
        "return w - np.float32(rate / (1 - beta**t)) * m, m",
    ),
    "differences": (
        "B",
        "m = m + (1 - beta1) * (g - m)\ns = s + (1 - beta2) * (g * g - s)\n"
        "largest = np.where(s > largest, s, largest)\nscale = np.sqrt(1 - beta2**t)\n"
        "step = rate * scale / (1 - beta1**t) * m / (np.sqrt(largest) + eps * scale)\n"
        "return w - step, m, s, largest",
    ),
    "in_place_on_copies": (
        "B",
        "w, m, s, largest = (v.copy() for v in (w, m, s, largest))\nm *= beta1\n"
        "m += (1 - beta1) * g\ns *= beta2\ns += (1 - beta2) * np.square(g)\n"
        "largest[s > largest] = s[s > largest]\n"
        "w -= rate * (m / (1 - beta1**t)) / (np.sqrt(largest / (1 - beta2**t)) + eps)\n"
        "return [w, m, s, largest]",
    ),
    "element_by_element_b": (
        "B",
        "out = [np.empty_like(w) for _ in range(4)]\nfor i in np.ndindex(w.shape):\n"
        "    a = beta1 * m[i] + (1 - beta1) * g[i]\n"
        "    b = beta2 * s[i] + (1 - beta2) * g[i] ** 2\n    c = max(largest[i], b)\n"
        "    step = rate * a / (1 - beta1**t) / ((c / (1 - beta2**t)) ** 0.5 + eps)\n"
        "    for place, value in zip(out, (w[i] - step, a, b, c)):\n"
        "        place[i] = value\nreturn tuple(out)",
    ),
    "stacked": (
        "B",
        "m, s = (b * old + (1 - b) * new for b, old, new in ((beta1, m, g), (beta2, s, "
        "g**2)))\nlargest = np.max([largest, s], axis=0)\n"
        "M, L = m / (1 - beta1**t), largest / (1 - beta2**t)\n"
        "return np.stack([w - rate * M / (L**0.5 + eps), m, s, largest])",
    ),
    "tensors_b": (
        "B",
        "import minigrad as mg\n"
        "w, g, m, s, largest = (mg.tensor(v) for v in (w, g, m, s, largest))\n"
        "m = beta1 * m + (1 - beta1) * g\ns = beta2 * s + (1 - beta2) * g**2\n"
        "largest = mg.maximum(largest, s)\nroot = (largest / (1 - beta2**t)).sqrt()\n"
        "return w - rate * m / (1 - beta1**t) / (root + eps), m, s, largest",
    ),
    "by_the_walk": (
        "C",
        "weights = []\nfor _ in range(t):\n"
        "    weights = [beta * x for x in weights] + [1 - beta]\n"
        "return np.array(weights) / sum(weights)",
    ),
    "normalised": (
        "C",
        "raw = np.power(float(beta), np.arange(t)[::-1])\nreturn raw / raw.sum()",
    ),
    "recursion": (
        "C",
        "def raw(t):\n    return [beta ** (t - 1), *raw(t - 1)] if t else []\n\n"
        "return [(1 - beta) / (1 - beta**t) * x for x in raw(t)]",
    ),
    "cumprod": (
        "C",
        "factors = np.full(t, beta, dtype=np.longdouble)\n"
        "factors[0] = (1 - beta) / (1 - beta**t)\nreturn np.cumprod(factors)[::-1]",
    ),
    "unit_gradients": (
        "C",
        "m = np.zeros(t)\nfor step in range(t):\n"
        "    m = beta * m + (1 - beta) * np.eye(t)[step]\nreturn m / (1 - beta**t)",
    ),
    "tensor": (
        "C",
        "import minigrad as mg\nage = mg.arange(t - 1, -1, -1, dtype=mg.float64)\n"
        "raw = mg.tensor(beta, dtype=mg.float64) ** age\nreturn raw / raw.sum()",
    ),
}
WRONG = {
    "uphill": ("A", f"{A}return w + rate * m / (1 - beta**t), m", "uphill"),
    "old_mean": (
        "A",
        "return w - rate * m / (1 - beta**t), beta * m + (1 - beta) * g",
        "the mean before this step",
    ),
    "sum": ("A", "m = beta * m + g\nreturn w - rate * m, m", "a sum"),
    "sum_corrected": ("A", "m = beta * m + g\nreturn w - rate * m / (1 - beta**t), m", "a sum"),
    "sum_scaled": (
        "A",
        "m = beta * m + g\nreturn w - rate * m * (1 - beta) / (1 - beta**t), m",
        "1 - beta belongs in the memory",
    ),
    "effective_rate": (
        "A",
        f"{A}return w - rate / (1 - beta) * m / (1 - beta**t), m",
        "a sum's effective rate",
    ),
    "uncorrected": ("A", f"{A}return w - rate * m, m", "correction"),
    "no_power": ("A", f"{A}return w - rate * m / (1 - beta), m", "to the power t"),
    "from_0": ("A", f"{A}return w - rate * m / (1 - beta ** (t + 1)), m", "from 1"),
    "returned_corrected": (
        "A",
        f"{A}m = m / (1 - beta**t)\nreturn w - rate * m, m",
        "returned is the running mean itself",
    ),
    "multiplied": ("A", f"{A}return w - rate * m * (1 - beta**t), m", "divides"),
    "rate_inside": (
        "A",
        "m = beta * m + (1 - beta) * rate * g\nreturn w - m / (1 - beta**t), m",
        "rate is in the memory",
    ),
    "plain": ("A", f"{A}return w - rate * g, m", "without momentum"),
    "own_memory": (
        "A",
        "kept = momentum_step.__dict__\n"
        "m = kept['m'] = beta * kept.get('m', m) + (1 - beta) * g\n"
        "return w - rate * m / (1 - beta**t), m",
        "the m that is given",
    ),
    "swapped": (
        "A",
        "m = (1 - beta) * m + beta * g\nreturn w - rate * m / (1 - beta**t), m",
        "exchanged",
    ),
    "adam": ("B", AMSGRAD.replace("np.sqrt(largest", "np.sqrt(s"), "this is Adam"),
    "of_gradients": (
        "B",
        AMSGRAD.replace("np.maximum(largest, s)", "np.maximum(largest, g**2)"),
        "square of one gradient",
    ),
    "smallest": ("B", AMSGRAD.replace("maximum", "minimum"), "smallest"),
    "whole_array": (
        "B",
        AMSGRAD.replace("np.maximum(largest, s)", "np.maximum(largest, s).max() + 0 * s"),
        "for each element",
    ),
    "own_largest": (
        "B",
        AMSGRAD.replace(
            LARGEST,
            "kept = amsgrad_step.__dict__\n"
            "largest = kept['largest'] = np.maximum(kept.get('largest', largest), s)\n",
        ),
        "not the one that is given",
    ),
    "fixed_betas": ("B", f"beta1, beta2 = 0.9, 0.999\n{AMSGRAD}", "betas that are given"),
    "fixed_eps": ("B", f"eps = 1e-8\n{AMSGRAD}", "eps that is given"),
    "old_largest": ("B", BOTH + ROOT + LARGEST + STEP, "s of this step"),
    "m_corrected_not": ("B", AMSGRAD.replace(" / (1 - beta1**t)", ""), "correction of m"),
    "largest_not_corrected": (
        "B",
        AMSGRAD.replace(" / (1 - beta2**t)", ""),
        "correction of the larg",
    ),
    "uncorrected_both": (
        "B",
        AMSGRAD.replace(" / (1 - beta2**t)", "").replace(" / (1 - beta1**t)", ""),
        "both corrections",
    ),
    "corrected_first": (
        "B",
        f"{BOTH}largest = np.maximum(largest, s / (1 - beta2**t))\nroot = np.sqrt(largest)\n{STEP}",
        "before any correction",
    ),
    "counted_from_0": (
        "B",
        AMSGRAD.replace("**t", "**(t + 1)"),
        "from 1",
    ),
    "no_power_of_m": ("B", AMSGRAD.replace("beta1**t", "beta1"), "to the power t"),
    "no_power_of_largest": ("B", AMSGRAD.replace("beta2**t", "beta2"), "to the power t"),
    "no_power_b": ("B", AMSGRAD.replace("**t", ""), "to the power t"),
    "old_s": (
        "B",
        f"old = s\n{AMSGRAD.replace('(largest, s)', '(largest, old)')}",
        "s of this step",
    ),
    "not_squared": ("B", AMSGRAD.replace("g**2", "np.abs(g)"), "g**2"),
    "no_root": ("B", AMSGRAD.replace("np.sqrt", ""), "root is missing"),
    "eps_inside": (
        "B",
        f"{BOTH}{LARGEST}root = np.sqrt(largest / (1 - beta2**t) + eps)\n"
        "return w - rate * m / (1 - beta1**t) / root, m, s, largest",
        "eps",
    ),
    "swapped_betas": ("B", f"beta1, beta2 = beta2, beta1\n{AMSGRAD}", "swapped"),
    "s_becomes_largest": (
        "B",
        AMSGRAD.replace(LARGEST, "s = largest = np.maximum(largest, s)\n"),
        "s goes on",
    ),
    "uphill_b": ("B", AMSGRAD.replace("w - rate", "w + rate"), "uphill"),
    "newest_first": (
        "C",
        "return (1 - beta) * beta ** np.arange(t) / (1 - beta**t)",
        "oldest first",
    ),
    "not_corrected": ("C", f"{AGE}return (1 - beta) * beta**age", "correction"),
    "of_momentum": ("C", f"{AGE}return 1.0 * beta**age", "momentum's sum"),
    "remembered": (
        "C",
        "kept = weights_of_the_past.__dict__\nif t not in kept:\n"
        f"    {AGE}    kept[t] = (1 - beta) * beta**age / (1 - beta**t)\nreturn kept[t]",
        "another beta",
    ),
    "off_by_one": ("C", "return (1 - beta) * beta ** (t - np.arange(t)) / (1 - beta**t)", "age 0"),
    "equal": ("C", "return np.ones(t) / t", "all alike"),
    "no_factor": ("C", f"{AGE}return beta**age / (1 - beta**t)", "factor 1 - beta"),
    "no_factor_no_power": ("C", f"{AGE}return beta**age / (1 - beta)", "1 - beta**t"),
    "wrong_power": (
        "C",
        f"{AGE}return (1 - beta) * beta**age / (1 - beta)",
        "momentum",
    ),
}


@answer
def means(m, s, g, betas):
    """Both running means after one more gradient, in another order than the lesson's."""
    return m + (1 - betas[0]) * (g - m), s + (1 - betas[1]) * (g * g - s)


@answer
def momentum(w, g, old, t, rate, beta):
    """The new w and m, and the mistakes that they can have, each with its value."""
    new, _ = means(old, old, g, (beta, 0))
    total = beta * old + g
    correction = 1 - beta**t
    inside = beta * old + (1 - beta) * rate * g
    exchanged = (1 - beta) * old + beta * g
    return (w - rate * new / correction, new), {
        "uphill": (
            "w must move against the mean: this goes uphill",
            (w + rate * new / correction, new),
        ),
        "old": (
            "w moved by the mean before this step: use the new one",
            (w - rate * old / correction, new),
        ),
        "total": (
            "this is a sum: in a running mean the new gradient counts 1 - beta",
            (w - rate * total, total),
        ),
        "total_corrected": (
            "this is a sum: in a running mean the new gradient counts 1 - beta",
            (w - rate * total / correction, total),
        ),
        "total_scaled": (
            "this is a sum that is scaled in the step: 1 - beta belongs in the memory, before g",
            (w - rate * total * (1 - beta) / correction, total),
        ),
        "effective": (
            "rate / (1 - beta) is a sum's effective rate: a mean moves w by the rate itself",
            (w - rate / (1 - beta) * new / correction, new),
        ),
        "uncorrected": ("the bias correction is missing", (w - rate * new, new)),
        "no_power": (
            "the correction has beta to the power t: 1 - beta**t",
            (w - rate * new / (1 - beta), new),
        ),
        "from_0": (
            "steps count from 1: in step t the power is t",
            (w - rate * new / (1 - beta ** (t + 1)), new),
        ),
        "kept": (
            "what is returned is the running mean itself: the correction is for w only",
            (w - rate * new / correction, new / correction),
        ),
        "multiplied": (
            "the mean is too small at first: the correction divides by 1 - beta**t",
            (w - rate * new * correction, new),
        ),
        "inside": (
            "the rate is in the memory: m is a mean of gradients",
            (w - inside / correction, inside),
        ),
        "no_rate": ("the rate is missing", (w - new / correction, new)),
        "plain": ("w moved without momentum, by the gradient", (w - rate * g, new)),
        "exchanged": (
            "beta and 1 - beta are exchanged",
            (w - rate * exchanged / correction, exchanged),
        ),
        "order": ("w comes first, then m", (new, w - rate * new / correction)),
        "old_returned": (
            "m came back as it was: return the new one",
            (w - rate * new / correction, old),
        ),
    }


@check("A", points=2)
def a_step_with_a_running_mean(m, rng):
    w, g, old = rng.standard_normal((3, 3, 4))
    for rate, beta, t in ((0.1, 0.8, 3), (0.05, 0.7, 1)):
        right, mistakes = momentum(w, g, old, t, rate, beta)
        call = f"momentum_step(w, g, m, {t}, {rate}, {beta})"
        compare(call, m.momentum_step(w, g, old, t, rate, beta), right, **mistakes)
        got = m.momentum_step(w, g, old, t, rate, beta)
        kept = ("another result: the memory is the m that is given, and no other", tuple(got))
        compare(f"{call}, called once more", got, right, kept=kept)


@answer
def amsgrad(w, g, m, s, largest, t, rate, betas=(0.9, 0.999), eps=1e-8):
    m, s = means(m, s, g, betas)
    largest = np.where(s > largest, s, largest)
    scale = np.sqrt(1 - betas[1] ** t)
    step = rate * scale / (1 - betas[0] ** t) * m / (np.sqrt(largest) + eps * scale)
    return w - step, m, s, largest


@answer
def mistakes_of(w, g, m, s, largest, t, rate, betas, eps):
    """What the usual mistakes return, for the same arguments."""
    new_w, M, S, L = amsgrad(w, g, m, s, largest, t, rate, betas, eps)
    one, two = 1 - betas[0] ** t, 1 - betas[1] ** t

    def after(top, under, rest=(M, S, L)):
        return w - rate * top / (np.sqrt(under) + eps), *rest

    power = "each correction has its beta to the power t: 1 - beta**t"
    absolute = betas[1] * s + (1 - betas[1]) * np.abs(g)
    of_absolute = np.maximum(largest, absolute)
    one_gradient = np.maximum(largest, g * g)
    corrected = np.maximum(largest, S / two)
    before = np.maximum(largest, s)
    low, high = np.minimum(largest, S), np.maximum(largest, S).max() + 0 * S
    return {
        "adam": (
            "this is Adam: the largest s so far belongs under the root",
            after(M / one, S / two),
        ),
        "one_gradient": (
            "the largest is of all s so far, not the square of one gradient",
            after(M / one, one_gradient / two, (M, S, one_gradient)),
        ),
        "low": ("this takes the smallest", after(M / one, low / two, (M, S, low))),
        "high": (
            "the largest is taken for each element by itself",
            after(M / one, high / two, (M, S, high)),
        ),
        "before": (
            "the largest includes the s of this step, not of the one before",
            after(M / one, before / two, (M, S, before)),
        ),
        "m_power": (power, after(M / (1 - betas[0]), L / two)),
        "largest_power": (power, after(M / one, L / (1 - betas[1]))),
        "power": (power, after(M / (1 - betas[0]), L / (1 - betas[1]))),
        "late": ("the largest includes the s of this step", after(M / one, largest / two)),
        "late_returned": (
            "the largest came back as it was: it includes the s of this step",
            (new_w, M, S, largest),
        ),
        "m_raw": ("the bias correction of m is missing", after(M, L / two)),
        "largest_raw": ("the bias correction of the largest is missing", after(M / one, L)),
        "both_raw": ("both corrections are missing", after(M, L)),
        "corrected": (
            "the largest is taken of s before any correction, and then corrected",
            after(M / one, corrected, (M, S, corrected)),
        ),
        "from_0": (
            "steps count from 1: the power is t",
            amsgrad(w, g, m, s, largest, t + 1, rate, betas, eps),
        ),
        "absolute": (
            "s is a mean of g**2, the squares",
            after(M / one, of_absolute / two, (M, absolute, of_absolute)),
        ),
        "no_root": ("the root is missing", (w - rate * M / one / (L / two + eps), M, S, L)),
        "eps": (
            "eps is added to the root, not under it",
            (w - rate * M / one / np.sqrt(L / two + eps), M, S, L),
        ),
        "swapped": (
            "the betas are swapped",
            amsgrad(w, g, m, s, largest, t, rate, betas[::-1], eps),
        ),
        "one_memory": ("s goes on as a running mean, beside the largest", (new_w, M, L, L)),
        "uphill": ("w must move against the mean: this goes uphill", (2 * w - new_w, M, S, L)),
        "order": ("the order is w, m, s, largest", (new_w, M, L, S)),
        "fixed_betas": (
            "use the betas that are given",
            amsgrad(w, g, m, s, largest, t, rate, (0.9, 0.999), eps),
        ),
        "fixed_eps": (
            "use the eps that is given",
            amsgrad(w, g, m, s, largest, t, rate, betas, 1e-8),
        ),
        "kept": (
            "what is returned are the memories themselves: the corrections are for w only",
            (new_w, M / one, S / two, L / two),
        ),
    }


@check("B", points=3)
def a_step_of_amsgrad(m, rng):
    for t, rate in ((3, 0.1), (7, 0.02)):
        w, g, old = rng.standard_normal((3, 2, 6))
        s = rng.random((2, 6))
        largest = np.where(np.arange(6) % 2, s, s + 2)
        betas, eps = (0.8, 0.95), 0.01
        call = f"amsgrad_step(w, g, m, s, largest, {t}, {rate}, beta1=0.8, beta2=0.95, eps=0.01)"
        got = m.amsgrad_step(w, g, old, s, largest, t, rate, beta1=0.8, beta2=0.95, eps=0.01)
        right = amsgrad(w, g, old, s, largest, t, rate, betas, eps)
        compare(call, got, right, **mistakes_of(w, g, old, s, largest, t, rate, betas, eps))
        got = m.amsgrad_step(w, g, old, s, largest / 2, t, rate, beta1=0.8, beta2=0.95, eps=0.01)
        right = amsgrad(w, g, old, s, largest / 2, t, rate, betas, eps)
        kept = ("the largest is that of an earlier call, and not the one that is given", tuple(got))
        compare(f"{call}, after that with largest / 2", got, right, kept=kept)
    got = m.amsgrad_step(w, g, old, s, largest, t, rate)
    call = f"amsgrad_step(w, g, m, s, largest, {t}, {rate})"
    compare(call, got, amsgrad(w, g, old, s, largest, t, rate, (0.9, 0.999), 1e-8))


@answer
def weights(beta, t):
    """The weights of t gradients, and the mistakes that they can have, each with its value."""
    raw = np.array([beta**k for k in range(t)][::-1])
    right = raw / raw.sum()
    mistakes = {
        "turned": ("the order is turned: oldest first, newest last", right[::-1]),
        "raw": ("the bias correction is missing: they do not add up to 1", (1 - beta) * raw),
        "total": ("these are the weights in momentum's sum", raw),
        "off": ("the newest gradient has the age 0", beta * right),
        "equal": ("in a running mean the weights are not all alike", np.ones(t) / t),
        "no_power": (
            "the correction divides by 1 - beta**t, and each factor has a 1 - beta",
            raw / (1 - beta),
        ),
        "factor": ("the factor 1 - beta of the newest gradient is missing", right / (1 - beta)),
    }
    if (beta, t) == (0.8, 5):
        mistakes["other"] = (
            "these are the weights of an earlier call, with another beta",
            weights(0.9, 5)[0],
        )
    return right, mistakes


@check("C", points=2)
def weights_of_old_gradients(m, rng):
    for beta, t in ((0.5, 3), (0.9, 5), (0.8, 5), (0.0, 3), (0.99, 1)):
        right, mistakes = weights(beta, t)
        got = m.weights_of_the_past(beta, t)
        compare(f"weights_of_the_past({beta}, {t})", got, right, **mistakes)


@check("A", points=0, hidden=True)
def many_steps_with_a_running_mean(m, rng):
    w, g, mean = rng.standard_normal(4), rng.standard_normal((30, 4)), np.zeros(4)
    moved, expected = np.copy(w), np.copy(w)
    for t in range(1, 31):
        moved, mean = m.momentum_step(moved, g[t - 1], mean, t, 0.05, 0.8)
        raw = 0.8 ** np.arange(t - 1, -1, -1)
        expected = expected - 0.05 * raw @ g[:t] / raw.sum()
    compare("w after 30 calls of momentum_step", moved, expected)


@check("B", points=0, hidden=True)
def amsgrad_wins_the_game(m, rng):
    state = got = tuple(np.zeros(1) for _ in range(4))
    for t in range(1, 301):
        g = np.array([3.0 if t % 3 == 1 else -1.0])
        state = amsgrad(state[0], g, *state[1:], t, 0.01, (0.0, 0.1))
        got = m.amsgrad_step(got[0], g, *got[1:], t, 0.01, beta1=0.0, beta2=0.1)
    compare("w, m, s and largest after 300 steps of the lesson's game", got, state)


@check("C", points=0, hidden=True)
def weights_at_the_ends(m, rng):
    for beta, t in ((0.0, 1), (0.999, 200)):
        right, _ = weights(beta, t)
        compare(f"weights_of_the_past({beta}, {t})", m.weights_of_the_past(beta, t), right)
