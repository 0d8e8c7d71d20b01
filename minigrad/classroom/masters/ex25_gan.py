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
from minigrad.classroom.checks import Wrong, check, compare  # noqa: E402

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


def answer(r, g):
    D = np.full(len(r), 0.5)
    some = r + g > 0
    D[some] = r[some] / (r + g)[some]
    a, b = np.zeros(len(r)), np.zeros(len(r))
    a[r > 0] = np.log(D[r > 0])
    b[g > 0] = np.log(1 - D[g > 0])
    return D, a, b


@check("A", points=2)
def best_answers_and_their_loss(m, rng):
    r, g = outcomes(rng)
    D, a, b = answer(r, g)
    L = -np.sum(r * a + g * b)
    shared = (r > 0) & (g > 0)
    odds = np.zeros(7)
    odds[g > 0] = r[g > 0] / g[g > 0]
    of_logit = np.zeros(7)
    of_logit[shared] = np.log(r[shared] / g[shared])
    call = "best_discriminator(r, g)"
    got = m.best_discriminator(r, g)
    if isinstance(got, tuple | list) and len(got) == 2:
        compare(
            f"{call}[0]",
            got[0],
            D,
            generated=("this is 1 - D, the probability of generated", 1 - D),
            odds=("this is r / g, the odds: D is a probability", odds),
            logit=("this is ln(r / g), the logit: D is a probability", of_logit),
            zero=("D is 1/2 where both are 0", np.where(r + g > 0, D, 0)),
            one=("D is 1/2 where both are 0", np.where(r + g > 0, D, 1)),
        )
        compare(
            f"{call}[1]",
            got[1],
            L,
            real=("the term of the generated samples is missing", -np.sum(r * a)),
            generated=("the term of the real samples is missing", -np.sum(g * b)),
            half=("this is half of L: L adds two means", L / 2),
            mean=("this is a mean over the outcomes: probabilities weight the sum already", L / 7),
            sign=("a logarithm of a probability is below 0: minus is missing", -L),
            js=("this is JS, not L", np.log(2) - L / 2),
            bits=("this is in bits: take the natural logarithm", L / np.log(2)),
            exchanged=(
                "r and g are exchanged: D is the answer for real samples",
                -np.sum((g * a + r * b)[shared]),
            ),
        )
    compare(call, got, (D, L))


@check("B", points=1)
def slopes_of_both_losses(m, rng):
    z = rng.uniform(0.5, 3, 5) * [1, -1, 1, -1, -1]
    p = 1 / (1 + np.exp(-z))
    right = first, second = -p / 5, -(1 - p) / 5
    mistakes = {
        "swapped": ("the slope of ln(1 - D) must come first", (second, first)),
        "not_mean": ("these are the slopes of the sums: divide by n", (5 * first, 5 * second)),
        "both": ("the sign of both is turned", (-first, -second)),
        "first": ("the sign of the first is turned", (-first, second)),
        "second": ("the sign of the second is turned", (first, -second)),
        "for_D": ("these are slopes for D, not for the logit", (-1 / (1 - p) / 5, -1 / p / 5)),
        "sigma": (
            "this is the slope of D itself, up to a sign: the logarithm is missing",
            (-p * (1 - p) / 5, -p * (1 - p) / 5),
        ),
        "losses": (
            "these are the losses themselves, not their slopes",
            (np.log(1 - p) / 5, -np.log(p) / 5),
        ),
    }
    got = m.generator_slopes(z)
    if isinstance(got, tuple | list) and len(got) == 2 and agree(got[0], first):
        why = "the sign of the second is turned"
        compare("generator_slopes(z)[1]", got[1], second, turned=(why, -second))
    compare("generator_slopes(z)", got, right, **mistakes)


# Of each mode: the place of its centre, how many samples are there, and how far to the right.
GROUPS = [(0, 10, 0.0), (0.5, 1, 0.1), (10, 6, 0.0), (10.5, 0, 0.0), (20, 4, 0.1)]
GROUPS += [(place, 3, 0.1) for place in (30, 40, 50)] + [(60, 5, 0.7), (70, 6, 0.8)]
GROUPS += [(80, 20, 3.0), (90, 20, 3.0), (100, 19, 3.0)]


def cloud(rng):
    """100 samples and 13 centres: 3 modes are covered, for the radius 0.6 and the share 0.04."""
    centres = np.array([[place, 0.0] for place, _, _ in GROUPS])
    parts = [[place + far, 0.0] for place, count, far in GROUPS for _ in range(count)]
    samples = np.array(parts) + rng.uniform(-0.01, 0.01, (100, 2))
    return rng.permutation(samples), centres


@check("C", points=2)
def modes_that_samples_cover(m, rng):
    samples, centres = cloud(rng)
    compare(
        "modes_covered(samples, centres, 0.6, 0.04)",
        m.modes_covered(samples, centres, 0.6, 0.04),
        3,
        near=("a sample counts for more than one mode here: only the nearest", 5),
        radius=("a sample counts here however far the nearest mode is", 8),
        close=("the share is of all n samples, not of those that are close", 6),
        single=("a single sample covers a mode here: share says how many", 7),
        samples=("this is the number of samples that count, not of modes", 30),
        fraction=("this is the share of the modes: the number, not their share", 3 / 13),
        missed=("these are the modes that are not covered", 10),
        squared=("this compares the squared distance with the radius", 4),
        strict=("a mode with just the share is covered: at least", 2),
    )


@check("A", points=0, hidden=True)
def known_distributions(m, rng):
    r, g = np.array([0.25, 0.75, 0]), np.array([0, 0.75, 0.25])
    right = np.array([1, 0.5, 0]), 1.5 * np.log(2)
    compare("best_discriminator for a known pair", m.best_discriminator(r, g), right)
    apart = m.best_discriminator(np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    compare("best_discriminator, nothing shared", apart, (np.array([1, 0, 0.5]), 0.0))
    same = rng.dirichlet(np.ones(6))
    got = m.best_discriminator(same, same)
    compare("best_discriminator, r = g", got, (np.full(6, 0.5), 2 * np.log(2)))


@check("B", points=1)
def logits_of_any_size(m, rng):
    got = m.generator_slopes(np.array([-1000.0, 0.0, 1000.0, -20.0]))
    small = 1 / (1 + np.exp(20))
    right = np.array([0, 0.5, 1, small]) / -4, np.array([1, 0.5, 0, 1 - small]) / -4
    compare("generator_slopes of -1000, 0, 1000, -20", got, right, atol=1e-15)


@check("C", points=0, hidden=True)
def other_clouds(m, rng):
    centres = rng.permutation(8)[:, None] * np.array([[3.0, -4.0]])
    samples = np.repeat(centres[:5], 7, axis=0)
    got = m.modes_covered(samples, centres, 0.1, 0.2)
    compare("modes_covered, five of eight modes with a fifth each", got, 5)
    got = m.modes_covered(samples + 9, centres[:1], 0.1, 0.2)
    compare("modes_covered, one mode and no sample near", got, 0)
