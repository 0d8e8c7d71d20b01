"""A discriminator's best answers, the generator's two losses, and the modes that are covered.

Belongs to lesson 25, "What does a discriminator measure?".

All arrays are NumPy's, float64, and stay as they are. Logarithms are natural. The parts do not use
each other.
"""

import numpy as np


# %% Part A (2 points)
def best_discriminator(r, g):
    """The best D for each outcome, shape (n,), and its loss L, one number: a pair.

    r and g are the probabilities of the n outcomes, real and generated, shape (n,). Both may hold
    zeros. Where both are 0, D is 1/2. In L, a term whose probability is 0 is 0.

    No nan may come out. (A warning costs no point.) np.where(condition, a, b) is a where the
    condition holds, else b. But it computes a and b everywhere, so mend what is divided by or what
    goes into np.log.
    """
    # BEGIN SOLUTION A: return D and L; mind the zeros of r, of g, and of both
    both = r + g
    D = np.where(both > 0, r, 0.5) / np.where(both > 0, both, 1)
    of_real = r * np.log(np.where(r > 0, D, 1))
    of_generated = g * np.log(np.where(g > 0, 1 - D, 1))
    return D, -np.sum(of_real + of_generated)
    # END SOLUTION


# %% Part B (2 points)
def generator_slopes(z):
    """The slopes of two losses of a generator for each logit of z, shape (n,): a pair of arrays.

    z are D's logits of n generated samples. The first loss is the mean over the n samples of
    ln(1 - D), the saturating one, the second the mean of -ln D.

    z may be as large as 1000 or as low as -1000, and no nan may come out. (A warning costs no
    point.)
    """
    # BEGIN SOLUTION B: return the pair of slopes of the two means, the saturating one first
    saturating = -np.exp(-np.logaddexp(0, -z))
    other = -np.exp(-np.logaddexp(0, z))
    return saturating / len(z), other / len(z)
    # END SOLUTION


# %% Part C (2 points)
def modes_covered(samples, centres, radius, share):
    """How many modes are covered by samples, shape (n, 2): one number.

    The modes have the centres, shape (k, 2). Unlike in the lesson, modes may be close together. So
    a sample counts for one mode at most: the nearest, and only if the distance is at most radius.
    A mode is covered if at least the share (such as 0.02) of all n samples count for it.

    distances.argmin(axis=1) gives, for each row, the place of the least element. The function
    np.bincount(places, minlength=k) counts how often each of 0 to k - 1 occurs.
    """
    # BEGIN SOLUTION C: return the number of covered modes
    distances = np.linalg.norm(samples[:, None] - centres, axis=2)  # (n, k)
    close = distances.min(axis=1) <= radius
    counts = np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))
    return np.sum(counts >= share * len(samples))
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare, several  # noqa: E402

HINTS = {
    "A": [
        "Begin without zeros: the lesson derives D from r and g, and L from D. Then ask which "
        "quotient and which logarithm fail at a zero.",
        "Where r + g is 0, divide 0.5 by 1 instead. Where r is 0, take the logarithm of 1 instead "
        "of D; where g is 0, that of 1 instead of 1 - D.",
        "both = r + g\nD = np.where(both > 0, ..., 0.5) / np.where(both > 0, both, ...)\n"
        "return D, -np.sum(r * np.log(np.where(r > 0, D, 1)) + g * ...)",
    ],
    "B": [
        "The lesson derives both slopes for one logit. Each is minus a probability. What does one "
        "sample's slope get from the mean?",
        "The lesson's log_sigmoid(z) is -np.logaddexp(0, -z), without overflow. np.exp of it is "
        "sigmoid(z), and 1 - sigmoid(z) is sigmoid(-z).",
        "saturating = -np.exp(-np.logaddexp(0, ...))\nother = -np.exp(...)\n"
        "return saturating / len(z), other / ...",
    ],
    "C": [
        "Compute all distances first, shape (n, k), as the lesson does. Which is the nearest mode "
        "of each sample? Which samples are close enough?",
        "distances.argmin(axis=1) says the nearest, distances.min(axis=1) <= radius who counts. "
        "Count the nearest modes of these samples only, and compare with share times n.",
        "distances = np.linalg.norm(samples[:, None] - centres, axis=2)\n"
        "close = distances.min(axis=1) <= ...\n"
        "counts = np.bincount(distances.argmin(axis=1)[...], minlength=len(centres))\n"
        "return np.sum(counts >= ...)",
    ],
}
_D = (
    "both = r + g\nD = np.where(both > 0, r, 0.5) / np.where(both > 0, both, 1)\n"
    "a = np.log(np.where(r > 0, D, 1))\nb = np.log(np.where(g > 0, 1 - D, 1))\n"
)
_S = "p = np.exp(-np.logaddexp(0, -z))\nq = np.exp(-np.logaddexp(0, z))\n"
_C = (
    "distances = np.linalg.norm(samples[:, None] - centres, axis=2)\n"
    "close = distances.min(axis=1) <= radius\n"
    "counts = np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))\n"
)
RIGHT = {
    "outcome_by_outcome": (
        "A",
        "import math\n"
        "answers, loss = [], 0.0\n"
        "for real, made in zip(r.tolist(), g.tolist()):\n"
        "    answers.append(real / (real + made) if real + made else 0.5)\n"
        "    loss -= real * math.log(answers[-1]) if real else 0.0\n"
        "    loss -= made * math.log(made / (real + made)) if made else 0.0\n"
        "return answers, loss",
    ),
    "by_masks": (
        "A",
        "D = np.full_like(r, 0.5)\n"
        "seen = r + g != 0\n"
        "np.divide(r, r + g, out=D, where=seen)\n"
        "terms = [p[p > 0] @ np.log(share[p > 0]) for p, share in ((r, D), (g, 1 - D))]\n"
        "return D, -sum(terms)",
    ),
    "from_the_divergence": (
        "A",
        "def kl(p, q):\n"
        "    return sum(a * np.log(a / b) for a, b in zip(p, q) if a > 0)\n"
        "\n"
        "half = (r + g) / 2\n"
        "D = np.array([a / (a + b) if a + b > 0 else 0.5 for a, b in zip(r, g)])\n"
        "return [D, (r.sum() + g.sum()) * np.log(2) - kl(r, half) - kl(g, half)]",
    ),
    "nan_to_num": (
        "A",
        'with np.errstate(all="ignore"):\n'
        "    D = np.nan_to_num(r / (r + g), nan=0.5)\n"
        "    terms = np.nan_to_num(np.stack([r * np.log(D), g * np.log(1 - D)]), nan=0.0)\n"
        'return tuple([D.tolist(), -np.einsum("ij->", terms)])',
    ),
    "two_branches": (
        "B",
        "e = np.exp(-np.abs(z))\n"
        "large, small = 1 / (1 + e), e / (1 + e)\n"
        "p = np.where(z >= 0, large, small)\n"
        "q = np.where(z >= 0, small, large)\n"
        "return -p / z.size, -q / z.size",
    ),
    "by_tanh": (
        "B",
        "half = np.tanh(z / 2) / 2\nreturn np.stack([-(0.5 + half), half - 0.5]) / len(z)",
    ),
    "back_propagation": (
        "B",
        "import minigrad as mg\n"
        "from minigrad.nn import functional as F\n"
        "first, second = mg.tensor(z, requires_grad=True), mg.tensor(z, requires_grad=True)\n"
        "F.logsigmoid(-first).mean().backward()\n"
        "(-F.logsigmoid(second)).mean().backward()\n"
        "return first.grad.numpy(), second.grad.numpy()",
    ),
    "logit_by_logit": (
        "B",
        "import math\n"
        "\n"
        "def sigmoid(a):\n"
        "    return 1 / (1 + math.exp(-a)) if a > 0 else math.exp(a) / (1 + math.exp(a))\n"
        "\n"
        "return [[-sigmoid(sign * float(a)) / len(z) for a in z] for sign in (1, -1)]",
    ),
    "sample_by_sample": (
        "C",
        "counts = [0] * len(centres)\n"
        "for x, y in samples:\n"
        "    distances = [((x - a) ** 2 + (y - b) ** 2) ** 0.5 for a, b in centres]\n"
        "    nearest = distances.index(min(distances))\n"
        "    counts[nearest] += distances[nearest] <= radius\n"
        "return sum(count >= share * len(samples) for count in counts)",
    ),
    "one_hot": (
        "C",
        "squares = ((samples[:, None, :] - centres[None, :, :]) ** 2).sum(-1)\n"
        "hot = np.eye(len(centres))[np.argmin(squares, axis=1)]\n"
        "close = np.sqrt(squares.min(axis=1)) <= radius\n"
        "return float(((close @ hot) / len(samples) >= share).sum())",
    ),
    "hypot_and_add_at": (
        "C",
        "gaps = samples.T[:, :, None] - centres.T[:, None]\n"
        "distances = np.hypot(*gaps)\n"
        "counts = np.zeros(len(centres))\n"
        "np.add.at(counts, distances.argmin(axis=1), distances.min(axis=1) <= radius)\n"
        "return int(np.count_nonzero(counts >= share * len(distances)))",
    ),
    "unique": (
        "C",
        "from collections import Counter\n"
        "d = np.array([[abs(complex(*(s - c))) for c in centres] for s in samples])\n"
        "near = Counter(row.argmin() for row in d if row.min() <= radius)\n"
        "return len([mode for mode, count in near.items() if count >= share * len(samples)])",
    ),
}
WRONG = {
    "generated_first": ("A", _D + "return 1 - D, -np.sum(r * a + g * b)", "generated"),
    "ratio": (
        "A",
        _D + "return np.where(g > 0, r, 0) / np.where(g > 0, g, 1), -np.sum(r * a + g * b)",
        "the odds",
    ),
    "logit": (
        "A",
        _D + "D = np.where(r * g > 0, r, 1) / np.where(r * g > 0, g, 1)\n"
        "return np.log(D), -np.sum(r * a + g * b)",
        "the logit",
    ),
    "zero_where_both": (
        "A",
        _D + "return np.where(both > 0, D, 0), -np.sum(r * a + g * b)",
        "where both are 0",
    ),
    "real_only": ("A", _D + "return D, -np.sum(r * a)", "generated samples is missing"),
    "generated_only": ("A", _D + "return D, -np.sum(g * b)", "real samples is missing"),
    "halved": ("A", _D + "return D, -np.sum(r * a + g * b) / 2", "half of L"),
    "mean": ("A", _D + "return D, -np.mean(r * a + g * b)", "mean over the outcomes"),
    "sign": ("A", _D + "return D, np.sum(r * a + g * b)", "minus"),
    "exchanged": (
        "A",
        _D + "a = np.log(np.where((r > 0) & (g > 0), D, 1))\n"
        "b = np.log(np.where((r > 0) & (g > 0), 1 - D, 1))\nreturn D, -np.sum(g * a + r * b)",
        "exchanged",
    ),
    "divergence": (
        "A",
        _D + "return D, np.log(2) + np.sum(r * a + g * b) / 2",
        "this is JS",
    ),
    "bits": ("A", _D + "return D, -np.sum(r * a + g * b) / np.log(2)", "in bits"),
    "mixed_up": ("B", _S + "return -q / len(z), -p / len(z)", "must come first"),
    "not_mean": ("B", _S + "return -p, -q", "divide by n"),
    "uphill": ("B", _S + "return p / len(z), q / len(z)", "sign of both"),
    "one_uphill": ("B", _S + "return -p / len(z), q / len(z)", "sign of the second"),
    "first_uphill": ("B", _S + "return p / len(z), -q / len(z)", "sign of the first"),
    "for_D": (
        "B",
        _S + "return -1 / q / len(z), -1 / p / len(z)",
        "for D, not",
    ),
    "sigma_prime": ("B", _S + "return -p * q / len(z), -p * q / len(z)", "of D itself"),
    "losses": (
        "B",
        "return -np.logaddexp(0, z) / len(z), np.logaddexp(0, -z) / len(z)",
        "losses themselves",
    ),
    "overflow": (
        "B",
        "e = np.exp(z)\nreturn -e / (1 + e) / len(z), -1 / (1 + e) / len(z)",
        "nan",
    ),
    "each_near": (
        "C",
        _C + "return np.sum((distances <= radius).mean(axis=0) >= share)",
        "more than one mode",
    ),
    "no_radius": (
        "C",
        _C + "counts = np.bincount(distances.argmin(axis=1), minlength=len(centres))\n"
        "return np.sum(counts >= share * len(samples))",
        "however far",
    ),
    "of_the_close": ("C", _C + "return np.sum(counts >= share * close.sum())", "of all n"),
    "any": ("C", _C + "return np.sum(counts > 0)", "a single sample"),
    "counts": ("C", _C + "return np.sum(counts)", "number of samples"),
    "fraction": (
        "C",
        _C + "return np.mean(counts >= share * len(samples))",
        "not their share",
    ),
    "missed": ("C", _C + "return np.sum(counts < share * len(samples))", "not covered"),
    "squared": (
        "C",
        _C + "close = distances.min(axis=1) ** 2 <= radius\n"
        "counts = np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))\n"
        "return np.sum(counts >= share * len(samples))",
        "squared distance",
    ),
    "more_than": ("C", _C + "return np.sum(counts > share * len(samples))", "at least"),
    "which": ("C", _C + "return counts >= share * len(samples)", "shape"),
    "clipped": (
        "A",
        "D = np.where(r + g > 0, r, 0.5) / np.where(r + g > 0, r + g, 1)\n"
        "E = np.clip(D, 1e-7, 1 - 1e-7)\n"
        "return D, -np.sum(r * np.log(E) + g * np.log(1 - E))",
        "nothing shared",
    ),
    "epsilon": (
        "A",
        "D = np.where(r + g > 0, r / np.maximum(r + g, 1e-300), 0.5)\n"
        "return D, -np.sum(r * np.log(D + 1e-8) + g * np.log(1 - D + 1e-8))",
        "nothing shared",
    ),
    "exchanged_pair": (
        "A",
        "D = np.where(r + g > 0, r, 0.5) / np.where(r + g > 0, r + g, 1)\n"
        "a = np.log(np.where(r > 0, D, 1))\n"
        "b = np.log(np.where(g > 0, 1 - D, 1))\n"
        "return -np.sum(r * a + g * b), D",
        "shape",
    ),
    "yes_or_no": (
        "A",
        "return np.where(r >= g, 1.0, 0.0), 0.0",
        "yes or no",
    ),
    "nan_where_both_are_0": (
        "A",
        "with np.errstate(all='ignore'):\n"
        "    D = r / (r + g)\n"
        "    return D, -np.nansum(r * np.log(D) + g * np.log(1 - D))",
        "NaN",
    ),
    "same_slope": (
        "B",
        "p = np.exp(-np.logaddexp(0, -z))\nreturn -p / len(z), -p / len(z)",
        "both are the first",
    ),
    "mean_slopes": (
        "B",
        "p = np.exp(-np.logaddexp(0, -z))\n"
        "q = np.exp(-np.logaddexp(0, z))\n"
        "return -p.mean(), -q.mean()",
        "wrong shape",
    ),
    "clipped_logits": (
        "B",
        "p = 1 / (1 + np.exp(-np.clip(z, -20, 20)))\nreturn -p / len(z), -(1 - p) / len(z)",
        "-1000",
    ),
    "nan_to_zero": (
        "B",
        "with np.errstate(all='ignore'):\n"
        "    e = np.exp(z)\n"
        "    p = np.nan_to_num(e / (1 + e))\n"
        "return -p / len(z), -(1 - p) / len(z)",
        "-1000",
    ),
    "within": (
        "C",
        "distances = np.linalg.norm(samples[:, None] - centres, axis=2)\n"
        "close = distances.min(axis=1) < radius\n"
        "counts = np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))\n"
        "return np.sum(counts >= share * len(samples))",
        "just at the radius",
    ),
    "sum_of_parts": (
        "C",
        "distances = np.abs(samples[:, None] - centres).sum(axis=2)\n"
        "close = distances.min(axis=1) <= radius\n"
        "counts = np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))\n"
        "return np.sum(counts >= share * len(samples))",
        "Pythagoras",
    ),
    "larger_part": (
        "C",
        "distances = np.abs(samples[:, None] - centres).max(axis=2)\n"
        "close = distances.min(axis=1) <= radius\n"
        "counts = np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))\n"
        "return np.sum(counts >= share * len(samples))",
        "Pythagoras",
    ),
    "first_coordinate": (
        "C",
        "distances = np.abs(samples[:, :1] - centres[:, 0])\n"
        "close = distances.min(axis=1) <= radius\n"
        "counts = np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))\n"
        "return np.sum(counts >= share * len(samples))",
        "both coordinates",
    ),
    "share_cut_off": (
        "C",
        "distances = np.linalg.norm(samples[:, None] - centres, axis=2)\n"
        "close = distances.min(axis=1) <= radius\n"
        "counts = np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))\n"
        "return np.sum(counts >= int(share * len(samples)))",
        "rounded",
    ),
    "share_rounded": (
        "C",
        "distances = np.linalg.norm(samples[:, None] - centres, axis=2)\n"
        "close = distances.min(axis=1) <= radius\n"
        "counts = np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))\n"
        "return np.sum(counts >= round(share * len(samples)))",
        "rounded",
    ),
    "first_mode_takes": (
        "C",
        "left, covered = samples, 0\n"
        "for centre in centres:\n"
        "    near = np.linalg.norm(left - centre, axis=1) <= radius\n"
        "    covered += near.sum() >= share * len(samples)\n"
        "    left = left[~near]\n"
        "return covered",
        "the first mode that is near",
    ),
    "share_of_modes": (
        "C",
        "distances = np.linalg.norm(samples[:, None] - centres, axis=2)\n"
        "close = distances.min(axis=1) <= radius\n"
        "counts = np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))\n"
        "return np.sum(counts >= share * len(centres))",
        "of all n samples",
    ),
}


def agree(got, expected):
    try:
        compare("", got, expected)
    except Wrong:
        return False
    return True


def outcomes(rng):
    """Two distributions over 7 outcomes: one has r only, one g only, one neither."""
    r, g = rng.uniform(0.2, 1, (2, 7))
    r[[1, 4]] = 0
    g[[2, 4]] = 0
    return r / r.sum(), g / g.sum()


@answer
def best_answers(r, g):
    """D and L, and what each is by mistake."""
    D = np.full(len(r), 0.5)
    some = r + g > 0
    D[some] = r[some] / (r + g)[some]
    a, b = np.zeros(len(r)), np.zeros(len(r))
    a[r > 0] = np.log(D[r > 0])
    b[g > 0] = np.log(1 - D[g > 0])
    L = 0.0 - np.sum(r * a + g * b)
    shared = (r > 0) & (g > 0)
    odds, of_logit = np.zeros(len(r)), np.zeros(len(r))
    odds[g > 0] = r[g > 0] / g[g > 0]
    of_logit[shared] = np.log(r[shared] / g[shared])
    half = "D is 1/2 where both are 0"
    of_D = {
        "generated": ("this is 1 - D, the probability of generated", 1 - D),
        "odds": ("this is r / g, the odds: D is a probability", odds),
        "logit": ("this is ln(r / g), the logit: D is a probability", of_logit),
        "zero": (half, np.where(some, D, 0)),
        "one": (half, np.where(some, D, 1)),
        "hard": ("this says yes or no: D is a probability", 1.0 * (r >= g)),
    }
    return (
        (D, L),
        of_D,
        {
            "real": ("the term of the generated samples is missing", -np.sum(r * a)),
            "generated": ("the term of the real samples is missing", -np.sum(g * b)),
            "half": ("this is half of L: L adds two means", L / 2),
            "mean": (
                "this is a mean over the outcomes: probabilities weight the sum already",
                L / len(r),
            ),
            "sign": ("a logarithm of a probability is below 0: minus is missing", -L),
            "js": ("this is JS, not L", np.log(2) - L / 2),
            "bits": ("this is in bits: take the natural logarithm", L / np.log(2)),
            "exchanged": (
                "r and g are exchanged: D is the answer for real samples",
                -np.sum((g * a + r * b)[shared]),
            ),
        },
    )


def compare_answers(m, call, r, g):
    right, of_D, of_L = best_answers(r, g)
    got = several(call, m.best_discriminator(r, g), "D", "L")
    compare(f"{call}[0]", got[0], right[0], **of_D)
    compare(f"{call}[1]", got[1], right[1], **of_L)


@check("A", points=2)
def best_answers_and_their_loss(m, rng):
    compare_answers(m, "best_discriminator(r, g)", *outcomes(rng))
    apart = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    compare_answers(m, "best_discriminator, nothing shared", *apart)


@answer
def slopes(z):
    """The pair of slopes, and what it is by mistake."""
    n, p = len(z), 1 / (1 + np.exp(-z))
    right = first, second = -p / n, -(1 - p) / n
    return right, {
        "swapped": ("the slope of ln(1 - D) must come first", (second, first)),
        "same": ("both are the first: the second has 1 - D", (first, first)),
        "not_mean": ("these are the slopes of the sums: divide by n", (n * first, n * second)),
        "both": ("the sign of both is turned", (-first, -second)),
        "first": ("the sign of the first is turned", (-first, second)),
        "second": ("the sign of the second is turned", (first, -second)),
        "for_D": ("these are slopes for D, not for the logit", (-1 / (1 - p) / n, -1 / p / n)),
        "sigma": (
            "this is the slope of D itself, up to a sign: the logarithm is missing",
            (-p * (1 - p) / n, -p * (1 - p) / n),
        ),
        "losses": (
            "these are the losses themselves, not their slopes",
            (np.log(1 - p) / n, -np.log(p) / n),
        ),
    }


@check("B", points=1)
def slopes_of_both_losses(m, rng):
    z = rng.uniform(0.5, 3, 5) * [1, -1, 1, -1, -1]
    (first, second), mistakes = slopes(z)
    got = several("generator_slopes(z)", m.generator_slopes(z), "saturating", "other")
    if agree(got[0], first):
        why, turned = mistakes["second"]
        named = {"turned": (why, turned[1]), "same": (mistakes["same"][0], first)}
        compare("generator_slopes(z)[1]", got[1], second, **named)
    compare("generator_slopes(z)", got, (first, second), **mistakes)


# Of each mode: the place of its centre, how many samples are there, and how far to the right.
GROUPS = [
    *[(0, 10, 0.0), (0.5, 1, 0.1), (10, 6, 0.0), (10.5, 0, 0.0), (20, 4, 0.1)],
    *[(place, 3, 0.1) for place in (30, 40, 50)],
    *[(60, 5, 0.7), (70, 6, 0.8), (80, 20, 3.0), (90, 20, 3.0), (100, 19, 3.0)],
]


def cloud(rng):
    """100 samples and 13 centres: 3 modes are covered, for the radius 0.6 and the share 0.04."""
    centres = np.array([[place, 0.0] for place, _, _ in GROUPS])
    parts = [[place + far, 0.0] for place, count, far in GROUPS for _ in range(count)]
    samples = np.array(parts) + rng.uniform(-0.01, 0.01, (100, 2))
    return rng.permutation(samples), centres


@answer
def modes(samples, centres, radius, share):
    """The number of modes that are covered, and what it is by mistake."""
    gaps = samples[:, None] - centres

    def counted(distances, radius=radius):
        close = distances.min(axis=1) <= radius
        return np.bincount(distances.argmin(axis=1)[close], minlength=len(centres))

    def covered(*how):
        return int((counted(*how) >= least).sum())

    distances, least = np.sqrt((gaps**2).sum(axis=2)), share * len(samples)
    counts, near = counted(distances), distances <= radius
    first, taken = 0, np.zeros(len(samples), dtype=bool)
    for mode in near.T:
        first += int((mode & ~taken).sum() >= least)
        taken |= mode
    pythagoras = "a distance is the root of the sum of squares: Pythagoras"
    rounded = "share times n is rounded: compare with it as it is"
    return int((counts >= least).sum()), {
        "near": (
            "a sample counts for more than one mode here: only the nearest",
            int((near.sum(axis=0) >= least).sum()),
        ),
        "radius": (
            "a sample counts here however far the nearest mode is",
            covered(distances, np.inf),
        ),
        "close": (
            "the share is of all n samples, not of those that are close",
            int((counts >= share * counts.sum()).sum()),
        ),
        "single": (
            "a single sample covers a mode here: share says how many of all n samples",
            int((counts > 0).sum()),
        ),
        "samples": ("this is the number of samples that count, not of modes", int(counts.sum())),
        "fraction": (
            "this is the share of the modes: the number, not their share",
            float((counts >= least).mean()),
        ),
        "missed": ("these are the modes that are not covered", int((counts < least).sum())),
        "squared": ("this compares the squared distance with the radius", covered(distances**2)),
        "strict": (
            "a mode with just the share is covered: at least",
            int((counts > least).sum()),
        ),
        "within": (
            "a sample that is just at the radius counts: at most",
            int((counted(np.where(distances == radius, np.inf, distances)) >= least).sum()),
        ),
        "sum": (pythagoras, covered(abs(gaps).sum(axis=2))),
        "largest": (pythagoras, covered(abs(gaps).max(axis=2))),
        "one": ("a distance has both coordinates", covered(abs(gaps[..., 0]))),
        "cut": (rounded, int((counts >= int(least)).sum())),
        "rounded": (rounded, int((counts >= round(least)).sum())),
        "first": (
            "a sample counts for the nearest mode, not for the first mode that is near",
            first,
        ),
    }


def compare_modes(m, samples, centres, radius, share, names=None, what=""):
    right, mistakes = modes(samples, centres, radius, share)
    named = {name: told for name, told in mistakes.items() if names is None or name in names}
    call = f"modes_covered(samples, centres, {radius}, {share}){what}"
    compare(call, m.modes_covered(samples, centres, radius, share), right, **named)


@check("C", points=2)
def modes_that_samples_cover(m, rng):
    samples, centres = cloud(rng)
    general = "near radius close single samples fraction missed squared strict".split()
    compare_modes(m, samples, centres, 0.6, 0.04, general)
    compare_modes(m, samples, centres, 0.6, 0.045, ["cut", "rounded"])
    two = np.array([[0.0, 0.0], [0.5, 0.0]])
    both = np.repeat(two, 3, axis=0) + [[0.1, 0.0]]
    compare_modes(m, both, two, 0.6, 0.6, ["first"], ", each of 2 modes with half of 6 samples")
    square = np.array([[3.0, 4.0], [30.0, 0.0], [0.0, 5.0], [0.0, 40.0]])
    ring = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])
    what = ", samples [[3, 4], [30, 0], [0, 5], [0, 40]], centres [[0, 0], [100, 0], [0, 100]]"
    compare_modes(m, square, ring, 5.5, 0.75, ["one"], what)
    compare_modes(m, square, ring, 5.5, 0.5, ["sum"], what)
    compare_modes(m, square, ring, 5.0, 0.5, ["within"], what)
    compare_modes(m, square, ring, 4.5, 0.25, ["largest"], what)


@check("A", points=0, hidden=True)
def known_distributions(m, rng):
    r, g = np.array([0.25, 0.75, 0]), np.array([0, 0.75, 0.25])
    right = np.array([1, 0.5, 0]), 1.5 * np.log(2)
    compare("best_discriminator for a known pair", m.best_discriminator(r, g), right)
    same = rng.dirichlet(np.ones(6))
    got = m.best_discriminator(same, same)
    compare("best_discriminator, r = g", got, (np.full(6, 0.5), 2 * np.log(2)))


@check("B", points=1)
def logits_of_any_size(m, rng):
    got = m.generator_slopes(np.array([-1000.0, 0.0, 1000.0, -20.0]))
    right = (
        np.array([0, -0.125, -0.25, -5.152884045e-10]),
        np.array([-0.25, -0.125, 0, -0.24999999948471160]),
    )
    compare("generator_slopes of -1000, 0, 1000, -20", got, right, atol=1e-15)


@check("C", points=0, hidden=True)
def other_clouds(m, rng):
    centres = rng.permutation(8)[:, None] * np.array([[3.0, -4.0]])
    samples = np.repeat(centres[:5], 7, axis=0)
    got = m.modes_covered(samples, centres, 0.1, 0.2)
    compare("modes_covered, five of eight modes with a fifth each", got, 5)
    got = m.modes_covered(samples + 9, centres[:1], 0.1, 0.2)
    compare("modes_covered, one mode and no sample near", got, 0)
    for share in (0.03, 0.05, 0.1):
        samples, centres = rng.uniform(0, 4, (60, 2)), rng.uniform(0, 4, (9, 2))
        compare_modes(m, samples, centres, 0.7, share)
