"""The variational autoencoder's parts: the KL divergence, the draw and its slopes, the bound.

Belongs to lesson 26, "What is an autoencoder that can dream?".

For each picture the encoder gives k means and k logarithms of variances, in the array log_variance:
ln(s^2), not the lesson's u = ln(s), which is half of it. Nothing else differs from the lesson. The
prior is N(0, 1) for each of the k codes, and all logarithms are natural (nats).

All arrays are float64, and stay as they are. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def divergence(mean, log_variance):
    """KL(q || prior) of each picture, in nats: an array of shape (n,), from two of shape (n, k).

    The k codes of a picture are independent, so their divergences add up.
    """
    # BEGIN SOLUTION A: return the n divergences
    return ((np.exp(log_variance) + mean**2 - 1 - log_variance) / 2).sum(axis=1)
    # END SOLUTION


# %% Part B (3 points)
def draw_and_slopes(mean, log_variance, eps, slope):
    """The draw z, and what back-propagation hands to the encoder: a tuple of three arrays.

    The draw is reparameterised with eps, which was drawn from N(0, 1). The function slope(z) gives
    the slopes of a loss for each element of z; call it once, with your z. The second array is the
    slopes of this loss for each element of mean, the third those for each of log_variance. The loss
    has only z from the encoder: no KL term. All arrays have the shape (n, k).
    """
    # BEGIN SOLUTION B: return z, the slopes for mean, the slopes for log_variance
    s = np.exp(log_variance / 2)
    z = mean + s * eps
    of_z = slope(z)
    return z, of_z, of_z * eps * s / 2
    # END SOLUTION


# %% Part C (2 points)
def bound_of(logits, pictures, kl):
    """The mean of the bound over n pictures, in nats a picture: one number, with its sign.

    logits and pictures have the shape (n, d): a logit a for each pixel, whose probability of ink is
    r = sigmoid(a), and the pixels x from 0 to 1 (grey ones as soft targets, with the hidden
    constant left in). kl has the shape (n,): the KL divergence of each picture. A logit may be
    1000 or -1000: the result is then still exact, without a warning. np.logaddexp(0, a) is
    ln(1 + e^a), for any a; and -ln(r) = ln(1 + e^-a), -ln(1 - r) = ln(1 + e^a).
    """
    # BEGIN SOLUTION C: return the mean bound, from the logits
    cross = pictures * np.logaddexp(0, -logits) + (1 - pictures) * np.logaddexp(0, logits)
    return -np.mean(cross.sum(axis=1) + kl)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import (  # noqa: E402
    SINGLE,
    Wrong,
    answer,
    check,
    compare,
    several,
    taken,
)

HINTS = {
    "A": [
        "Begin with the lesson's KL divergence from N(0, 1), as it stands in the loss of the VAE. "
        "Which of its terms have an s or a u, and what is each of them if ln(s^2) is known?",
        "s^2 is np.exp(log_variance), and ln(s) is log_variance / 2. Both, and the mean's square, "
        "and the -1, are halved. The sum is over the codes, which are axis 1.",
        "return ((np.exp(...) + mean**2 - 1 - ...) / 2).sum(axis=...)",
    ],
    "B": [
        "z = m + s eps. What is s, if v = ln(s^2) is known? Then the chain rule: by how much does "
        "z move with m, and by how much with v?",
        "s = exp(v / 2). z moves with m by 1, and with v by eps times the derivative of s, which "
        "is exp(v / 2) / 2. Each is multiplied by the slope for z.",
        "s = np.exp(...)\nz = mean + ...\nof_z = slope(z)\nreturn z, ..., of_z * eps * ...",
    ],
    "C": [
        "The bound is minus the lesson's loss. Which part of the loss is a sum over pixels, and "
        "over what is the mean?",
        "The cross-entropy of a pixel is x (-ln r) + (1 - x) (-ln(1 - r)); the text above says how "
        "to get both logarithms from the logit. Sum over axis 1, add kl, take the mean.",
        "cross = pictures * np.logaddexp(0, ...) + (1 - pictures) * np.logaddexp(0, ...)\n"
        "return -np.mean(cross.sum(axis=...) + ...)",
    ],
}
_A = "v = log_variance\n"
_B = "s = np.exp(log_variance / 2)\nz = mean + s * eps\nof_z = slope(z)\n"
_C = (
    "cross = pictures * np.logaddexp(0, -logits) + (1 - pictures) * np.logaddexp(0, logits)\n"
    "cross = cross.sum(axis=1)\n"
)
RIGHT = {
    "by_s": (
        "A",
        "s = np.exp(0.5 * log_variance)\n"
        "return np.sum(0.5 * (s * s + mean * mean - 1) - np.log(s), axis=-1)",
    ),
    "code_by_code": (
        "A",
        "found = []\n"
        "for means, logs in zip(mean.tolist(), log_variance.tolist()):\n"
        "    terms = (float(np.exp(v)) + m * m - 1 - v for m, v in zip(means, logs))\n"
        "    found.append(sum(terms) / 2)\n"
        "return found",
    ),
    "einsum_in_float32": (
        "A",
        "m, v = mean.astype(np.float32), log_variance.astype(np.float32)\n"
        'return (np.einsum("nk,nk->n", m, m) + np.expm1(v).sum(1) - v.sum(1)) / np.float32(2)',
    ),
    "distributions": (
        "A",
        "from minigrad import distributions, tensor\n"
        "q = distributions.Normal(tensor(mean), tensor(np.exp(log_variance / 2)))\n"
        "prior = distributions.Normal(tensor(np.zeros_like(mean)), tensor(np.ones_like(mean)))\n"
        "return distributions.kl_divergence(q, prior).sum(-1)",
    ),
    "noise_kept": (
        "B",
        "noise = np.sqrt(np.exp(log_variance)) * eps\n"
        "of_z = slope(mean + noise)\n"
        "return [mean + noise, of_z, 0.5 * noise * of_z]",
    ),
    "nested_lists": (
        "B",
        "n, k = mean.shape\n"
        "noise = [[float(np.exp(log_variance[i, j] / 2) * eps[i, j]) for j in range(k)] for i in "
        "range(n)]\n"
        "of_z = slope(mean + np.array(noise))\n"
        "of_v = [[of_z[i, j] * noise[i][j] / 2 for j in range(k)] for i in range(n)]\n"
        "return (mean + noise).tolist(), of_z.tolist(), of_v",
    ),
    "a_stack": (
        "B",
        "z = mean + eps * np.exp(log_variance) ** 0.5\n"
        "of_z = slope(z)\n"
        'return np.stack([z, of_z, np.einsum("nk,nk->nk", of_z, (z - mean) / 2)])',
    ),
    "back_propagation": (
        "B",
        "import minigrad as mg\n"
        "m, v = mg.tensor(mean, requires_grad=True), mg.tensor(log_variance, requires_grad=True)\n"
        "z = m + mg.exp(v / 2) * mg.tensor(eps)\n"
        "of_z = slope(z.detach().numpy())\n"
        "(z * mg.tensor(of_z)).sum().backward()\n"
        "return z.detach().numpy(), m.grad.numpy(), v.grad.numpy()",
    ),
    "larger_taken_out": (
        "C",
        "cross = np.maximum(logits, 0) - logits * pictures + np.log1p(np.exp(-np.abs(logits)))\n"
        "return -(np.sum(cross) + np.sum(kl)) / len(kl)",
    ),
    "picture_by_picture": (
        "C",
        "total = 0.0\n"
        "for a, x, divergence in zip(logits, pictures, kl):\n"
        "    for logit, ink in zip(a.tolist(), x.tolist()):\n"
        "        total += ink * logit - np.logaddexp(0, logit)\n"
        "    total -= divergence\n"
        "return total / len(logits)",
    ),
    "softplus_once": (
        "C",
        'return np.mean(np.einsum("nd,nd->n", pictures, logits) - np.logaddexp(0, logits).sum(-1) '
        '- kl)',
    ),
    "tensors": (
        "C",
        "import minigrad as mg\n"
        "from minigrad.nn import functional as F\n"
        "a, x = mg.tensor(logits), mg.tensor(pictures)\n"
        'cross = F.binary_cross_entropy_with_logits(a, x, reduction="none").sum(-1)\n'
        "return -(cross + mg.tensor(kl)).mean()",
    ),
}
WRONG = {
    "log_s": ("A", _A + "return ((np.exp(2 * v) + mean**2 - 1) / 2 - v).sum(axis=1)", "both"),
    "log_s_once": ("A", _A + "return ((np.exp(v) + mean**2 - 1) / 2 - v).sum(axis=1)", "ln(s) is"),
    "s_for_square": (
        "A",
        _A + "return ((np.exp(v / 2) + mean**2 - 1 - v) / 2).sum(axis=1)",
        "s stands for s^2",
    ),
    "no_exp": ("A", _A + "return ((v + mean**2 - 1 - v) / 2).sum(axis=1)", "take exp"),
    "no_half": ("A", _A + "return (np.exp(v) + mean**2 - 1 - v).sum(axis=1)", "half"),
    "no_one": ("A", _A + "return ((np.exp(v) + mean**2 - v) / 2).sum(axis=1)", "the -1"),
    "no_mean": ("A", _A + "return ((np.exp(v) - 1 - v) / 2).sum(axis=1)", "without the means"),
    "not_squared": ("A", _A + "return ((np.exp(v) + mean - 1 - v) / 2).sum(axis=1)", "squared"),
    "plus": ("A", _A + "return ((np.exp(v) + mean**2 - 1 + v) / 2).sum(axis=1)", "sign of the log"),
    "negative": ("A", _A + "return ((1 + v - np.exp(v) - mean**2) / 2).sum(axis=1)", "below 0"),
    "turned": (
        "A",
        _A + "return ((np.exp(-v) * (1 + mean**2) - 1 + v) / 2).sum(axis=1)",
        "the other way round",
    ),
    "over_codes": ("A", _A + "return ((np.exp(v) + mean**2 - 1 - v) / 2).mean(axis=1)", "add up"),
    "over_pictures": (
        "A",
        _A + "return ((np.exp(v) + mean**2 - 1 - v) / 2).sum(axis=0)",
        "each picture",
    ),
    "in_all": ("A", _A + "return ((np.exp(v) + mean**2 - 1 - v) / 2).sum()", "each picture"),
    "each_code": ("A", _A + "return (np.exp(v) + mean**2 - 1 - v) / 2", "not added up"),
    "variance": (
        "B",
        "s = np.exp(log_variance)\nz = mean + s * eps\nof_z = slope(z)\n"
        "return z, of_z, of_z * eps * s",
        "by s^2",
    ),
    "ln_for_s": (
        "B",
        "z = mean + log_variance * eps\nof_z = slope(z)\nreturn z, of_z, of_z * eps",
        "take exp",
    ),
    "no_noise": (
        "B",
        "z = mean\nof_z = slope(z)\nreturn z, of_z, of_z * eps * np.exp(log_variance / 2) / 2",
        "no noise",
    ),
    "minus": (
        "B",
        "s = np.exp(log_variance / 2)\nz = mean - s * eps\nof_z = slope(z)\n"
        "return z, of_z, -of_z * eps * s / 2",
        "subtracted",
    ),
    "slope_at_mean": (
        "B",
        _B + "of_m = slope(mean)\nreturn z, of_m, of_m * eps * s / 2",
        "at the mean",
    ),
    "score": ("B", _B + "return z, of_z * eps / s, of_z * eps * s / 2", "score"),
    "swapped": ("B", _B + "return z, of_z * eps * s / 2, of_z", "must come"),
    "of_s": ("B", _B + "return z, of_z, of_z * eps", "for s, not"),
    "of_u": ("B", _B + "return z, of_z, of_z * eps * s", "for u = ln(s)"),
    "of_variance": ("B", _B + "return z, of_z, of_z * eps / s / 2", "for the variance"),
    "no_eps": ("B", _B + "return z, of_z, of_z * s / 2", "eps is missing"),
    "with_kl": (
        "B",
        _B + "return z, of_z + mean, of_z * eps * s / 2 + (s**2 - 1) / 2",
        "KL term",
    ),
    "summed": (
        "B",
        _B + "return z, of_z.sum(axis=0), (of_z * eps * s / 2).sum(axis=0)",
        "each picture",
    ),
    "two": ("B", _B + "return of_z, of_z * eps * s / 2", "2 values, expected 3 values"),
    "loss": ("C", _C + "return np.mean(cross + kl)", "this is the loss"),
    "kl_added": ("C", _C + "return np.mean(kl - cross)", "KL divergence is added"),
    "no_kl": ("C", _C + "return -np.mean(cross)", "without the KL"),
    "pixel_mean": ("C", _C + "return -np.mean(cross / logits.shape[1] + kl)", "over the pixels"),
    "in_sum": ("C", _C + "return -np.sum(cross + kl)", "over the pictures"),
    "kl_summed": ("C", _C + "return -np.mean(cross) - kl.sum()", "KL divergences are added"),
    "all_pixels": (
        "C",
        _C + "return -(cross.sum() + np.mean(kl))",
        "cross-entropies are added",
    ),
    "each_picture": ("C", _C + "return -(cross + kl)", "each picture"),
    "swapped_targets": (
        "C",
        "cross = (1 - pictures) * np.logaddexp(0, -logits) + pictures * np.logaddexp(0, logits)\n"
        "return -np.mean(cross.sum(axis=1) + kl)",
        "exchanged",
    ),
    "only_ink": (
        "C",
        "cross = pictures * np.logaddexp(0, -logits)\nreturn -np.mean(cross.sum(axis=1) + kl)",
        "only the ink",
    ),
    "without_constant": (
        "C",
        _C + "x = pictures\nhidden = -(x * np.log(x) + (1 - x) * np.log(1 - x)).sum(axis=1)\n"
        "return -np.mean(cross - hidden + kl)",
        "constant",
    ),
    "squares": (
        "C",
        "r = np.exp(-np.logaddexp(0, -logits))\n"
        "return -np.mean(((r - pictures) ** 2).sum(axis=1) + kl)",
        "squared",
    ),
    "unstable": (
        "C",
        "r = 1 / (1 + np.exp(-logits))\n"
        "cross = -pictures * np.log(r) - (1 - pictures) * np.log(1 - r)\n"
        "return -np.mean(cross.sum(axis=1) + kl)",
        "large logits",
    ),
    "clipped": (
        "C",
        "r = np.clip(1 / (1 + np.exp(-np.clip(logits, -30, 30))), 1e-12, 1 - 1e-12)\n"
        "cross = -pictures * np.log(r) - (1 - pictures) * np.log(1 - r)\n"
        "return -np.mean(cross.sum(axis=1) + kl)",
        "large logits",
    ),
    "bounded": (
        "A",
        "v = np.clip(log_variance, -20, 20)\n"
        "return ((np.exp(v) + mean**2 - 1 - v) / 2).sum(axis=1)",
        "kept from being small",
    ),
    "epsilon": (
        "A",
        "v = np.exp(log_variance)\nreturn ((v + mean**2 - 1 - np.log(v + 1e-8)) / 2).sum(axis=1)",
        "kept from being small",
    ),
    "free_bits": (
        "A",
        "v = log_variance\nreturn np.maximum((np.exp(v) + mean**2 - 1 - v) / 2, 0.5).sum(axis=1)",
        "the prior itself",
    ),
    "one_for_all_codes": (
        "A",
        "v = log_variance\nreturn ((np.exp(v) + mean**2 - v).sum(axis=1) - 1) / 2",
        "for each code",
    ),
    "squared_sum": (
        "A",
        "v = log_variance\nreturn (np.exp(v) - 1 - v).sum(axis=1) / 2 + mean.sum(axis=1) ** 2 / 2",
        "square each mean",
    ),
    "in_bits": (
        "A",
        "v = log_variance\nreturn ((np.exp(v) + mean**2 - 1 - v) / 2).sum(axis=1) / np.log(2)",
        "in bits",
    ),
    "own_noise": (
        "B",
        "e = np.random.default_rng(0).standard_normal(eps.shape)\n"
        "s = np.exp(log_variance / 2)\n"
        "z = mean + s * e\n"
        "of_z = slope(z)\n"
        "return z, of_z, of_z * e * s / 2",
        "elements are wrong",
    ),
    "called_twice": (
        "B",
        "s = np.exp(log_variance / 2)\n"
        "z = mean + s * eps\n"
        "return z, slope(z), slope(z) * eps * s / 2",
        "call slope once",
    ),
    "called_with_mean_too": (
        "B",
        "s = np.exp(log_variance / 2)\n"
        "z = mean + s * eps\n"
        "of_z = slope(z)\n"
        "slope(mean)\n"
        "return z, of_z, of_z * eps * s / 2",
        "call slope once",
    ),
    "inverse_s": (
        "B",
        "s = np.exp(-log_variance / 2)\n"
        "z = mean + s * eps\n"
        "of_z = slope(z)\n"
        "return z, of_z, -of_z * eps * s / 2",
        "divided by s",
    ),
    "size_of_eps": (
        "B",
        "s = np.exp(log_variance / 2)\n"
        "z = mean + s * eps\n"
        "of_z = slope(z)\n"
        "return z, of_z, of_z * abs(eps) * s / 2",
        "its sign",
    ),
    "divided_by_n": (
        "B",
        "s = np.exp(log_variance / 2)\n"
        "z = mean + s * eps\n"
        "of_z = slope(z) / len(z)\n"
        "return z, of_z, of_z * eps * s / 2",
        "divided by n",
    ),
    "black_and_white": (
        "C",
        "pictures = (pictures > 0.5) * 1.0\n"
        "cross = pictures * np.logaddexp(0, -logits) + (1 - pictures) * np.logaddexp(0, logits)\n"
        "return -np.mean(cross.sum(axis=1) + kl)",
        "soft targets",
    ),
    "over_columns": (
        "C",
        "cross = pictures * np.logaddexp(0, -logits) + (1 - pictures) * np.logaddexp(0, logits)\n"
        "return -np.mean(cross.sum(axis=0)) - kl.mean()",
        "over the pictures first",
    ),
    "divided_by_d": (
        "C",
        "cross = pictures * np.logaddexp(0, -logits) + (1 - pictures) * np.logaddexp(0, logits)\n"
        "return -(cross.sum() + kl.sum()) / logits.shape[1]",
        "number of pixels",
    ),
    "least_kl": (
        "C",
        "cross = pictures * np.logaddexp(0, -logits) + (1 - pictures) * np.logaddexp(0, logits)\n"
        "return -np.mean(cross.sum(axis=1) + np.maximum(kl, 1))",
        "kept from being small",
    ),
    "in_bits_c": (
        "C",
        "cross = pictures * np.logaddexp(0, -logits) + (1 - pictures) * np.logaddexp(0, logits)\n"
        "return -np.mean(cross.sum(axis=1) + kl) / np.log(2)",
        "in bits",
    ),
}


@answer
def divergences(mean, v):
    """The divergence of each picture, and what it is by mistake."""
    right = (np.exp(v) + mean**2 - 1 - v).sum(1) / 2
    half, k = v.sum(1) / 2, mean.shape[1]
    return right, {
        "log_s": (
            "log_variance is taken for ln(s) in both places: it is ln(s^2)",
            ((np.exp(2 * v) + mean**2 - 1) / 2 - v).sum(1),
        ),
        "log_s_once": ("ln(s) is half of log_variance", right - half),
        "s": (
            "s stands for s^2: exp(log_variance) is the variance",
            right + (np.exp(v / 2) - np.exp(v)).sum(1) / 2,
        ),
        "no_exp": ("ln(s^2) stands for s^2: take exp of it", right + (v - np.exp(v)).sum(1) / 2),
        "no_half": ("the half is missing", 2 * right),
        "no_one": (
            "the -1 is missing: the prior itself must have the divergence 0",
            right + k / 2,
        ),
        "one_one": ("there is a -1 for each code", right + (k - 1) / 2),
        "no_mean": ("this is without the means", right - (mean**2).sum(1) / 2),
        "not_squared": ("the means are not squared", right + (mean - mean**2).sum(1) / 2),
        "square_of_sum": (
            "square each mean, and add up then",
            right + (mean.sum(1) ** 2 - (mean**2).sum(1)) / 2,
        ),
        "plus": ("the sign of the logarithm is turned", right + 2 * half),
        "negative": ("the sign is turned: a KL divergence is never below 0", -right),
        "turned": (
            "this is KL(prior || q), the other way round",
            (np.exp(-v) * (1 + mean**2) - 1 + v).sum(1) / 2,
        ),
        "mean": ("this is the mean over the codes: the divergences add up", right / k),
        "bits": ("this is in bits: take natural logarithms", right / np.log(2)),
    }


def agree(got, expected):
    try:
        compare("", got, expected, **SINGLE)
    except Wrong:
        return False
    return True


@check("A", points=2)
def divergence_of_each_picture(m, rng):
    mean, v = rng.uniform(0.5, 2, (4, 3)), rng.uniform(0.3, 1.5, (4, 3))
    v[:, 1] *= -1
    right, mistakes = divergences(mean, v)
    call = "divergence(mean, log_variance) for n = 4, k = 3"
    got = taken(m.divergence(mean, v))
    if np.ndim(got) == 2:
        raise Wrong("the divergences of the codes are not added up: sum over axis 1", call)
    if np.shape(got) != (4,):
        raise Wrong("a number for each picture is asked for: shape (4,)", call)
    compare(call, got, right, **SINGLE, **mistakes)
    call, got = "divergence([[3]], [[-50]])", m.divergence(np.array([[3.0]]), np.array([[-50.0]]))
    if not agree(got, [29.0]):
        raise Wrong("a variance is kept from being small: take any", call, [f"got {got}"])
    got = m.divergence(np.zeros((2, 3)), np.zeros((2, 3)))
    more = ("the prior itself must have the divergence 0: keep each code as it is", np.full(2, 1.5))
    compare("divergence of the prior itself", got, np.zeros(2), **SINGLE, more=more)


def setting(rng, n, k):
    mean, eps = rng.uniform(0.5, 2, (n, k)), rng.uniform(0.4, 1.6, (n, k))
    v, target = rng.uniform(-2.5, -0.5, (n, k)), rng.uniform(3, 4, (n, k))
    eps[::2] *= -1
    return mean, v, eps, target


def slope(z, target):
    """The slope of z^4 / 4 - target z."""
    return z**3 - target


@answer
def draws(mean, v, eps, target):
    """z and both slopes, and what each of the three is by mistake."""
    s = np.exp(v / 2)
    z = mean + s * eps
    g, at_mean, n = slope(z, target), slope(mean, target), len(z)
    of_v = g * eps * s / 2
    of_z = {
        "variance": (
            "eps is multiplied by s^2, not by s: exp(log_variance / 2) is s",
            mean + s**2 * eps,
        ),
        "log_variance": ("eps is multiplied by ln(s^2): take exp of its half", mean + v * eps),
        "log_s": ("eps is multiplied by ln(s): take exp of it", mean + v / 2 * eps),
        "no_noise": ("there is no noise in z: add s times eps", mean),
        "no_size": ("eps is multiplied by nothing: s is missing", mean + eps),
        "inverse": ("eps is divided by s: multiply by it", mean + eps / s),
        "minus": ("the noise is subtracted: z = m + s eps", mean - s * eps),
    }
    of_mean = {
        "at_mean": ("this is the slope at the mean, not at z", at_mean),
        "score": (
            "this is divided by s and has eps, like a score function: dz/dm is 1",
            g * eps / s,
        ),
        "with_kl": (
            "this has the slope of the KL term in it: only the loss of z is asked",
            g + mean,
        ),
        "by_n": ("this is divided by n: slope(z) has the loss's slopes as they are", g / n),
        "ones": ("this is dz/dm: multiply it by slope(z)", np.ones(z.shape)),
    }
    return (
        (z, g, of_v),
        of_z,
        of_mean,
        {
            "at_mean": ("this has the slope at the mean, not at z", at_mean * eps * s / 2),
            "of_s": ("these are the slopes for s, not for ln(s^2)", g * eps),
            "of_u": (
                "these are the slopes for u = ln(s), not for ln(s^2): half as large",
                g * eps * s,
            ),
            "of_variance": (
                "these are the slopes for the variance, not its logarithm",
                g * eps / s / 2,
            ),
            "no_eps": ("eps is missing", g * s / 2),
            "no_eps_of_u": ("eps is missing, and the half", g * s),
            "size": ("eps is without its sign", g * abs(eps) * s / 2),
            "not_by_g": ("this is how z moves: multiply it by slope(z)", eps * s / 2),
            "with_kl": ("this has the slope of the KL term in it", of_v + (s**2 - 1) / 2),
        },
    )


@check("B", points=3)
def draw_and_its_slopes(m, rng):
    mean, v, eps, target = setting(rng, 4, 3)
    asked = []

    def given(z):
        asked.append(z)
        return slope(np.asarray(taken(z)), target)

    call = "draw_and_slopes(mean, log_variance, eps, slope)"
    got = m.draw_and_slopes(mean, v, eps, given)
    got = several(call, got, "z", "slopes_for_mean", "slopes_for_log_variance")
    (z, of_mean, of_v), *mistakes = draws(mean, v, eps, target)
    compare(f"{call}[0], which is z", got[0], z, **SINGLE, **mistakes[0])
    if agree(got[1], of_v) and agree(got[2], of_mean):
        raise Wrong("the slopes for mean must come before those for log_variance", call)
    for i in (1, 2):
        if np.shape(got[i]) == (3,):
            raise Wrong("these slopes are added up: each picture has its own", f"{call}[{i}]")
    compare(f"{call}[1], the slopes for mean", got[1], of_mean, **SINGLE, **mistakes[1])
    compare(f"{call}[2], the slopes for log_variance", got[2], of_v, **SINGLE, **mistakes[2])
    if len(asked) != 1:
        raise Wrong(f"call slope once, with your z: it was called {len(asked)} times", call)


def bound(a, x, kl):
    """By the larger of 0 and a, taken out of the logarithm."""
    cross = np.maximum(a, 0) - a * x + np.log1p(np.exp(-np.abs(a)))
    return -(cross.sum(1) + kl).mean()


@answer
def bounds(a, x, kl):
    """The mean bound, and what it is by mistake."""
    right, (n, d) = bound(a, x, kl), a.shape
    cross = -right - kl.mean()
    r = 1 / (1 + np.exp(-a))
    hidden = -(x * np.log(x) + (1 - x) * np.log(1 - x)).sum(1).mean()
    ink = -(x * np.log(r)).sum(1).mean()
    return right, {
        "loss": ("this is the loss: the bound is minus it", -right),
        "kl_added": ("the KL divergence is added: it makes the bound lower", -cross + kl.mean()),
        "no_kl": ("this is without the KL divergences", -cross),
        "only_kl": ("this is without the cross-entropy", -kl.mean()),
        "pixel_mean": ("this is the mean over the pixels: sum over them", -cross / d - kl.mean()),
        "all_mean": ("this is the mean over the pixels, of both parts", right / d),
        "by_d": ("this divides by the number of pixels: divide by n, the pictures", right * n / d),
        "columns": (
            "this adds up over the pictures first: sum over the pixels, and take the mean then",
            -cross * n / d - kl.mean(),
        ),
        "sum": ("this is the sum over the pictures: take the mean", n * right),
        "kl_summed": ("the KL divergences are added up: take their mean", -cross - kl.sum()),
        "cross_summed": (
            "the cross-entropies are added up over the pictures: take their mean",
            -n * cross - kl.mean(),
        ),
        "swapped": (
            "ink and paper are exchanged: -ln(r) belongs to x",
            bound(a, 1 - x, kl),
        ),
        "black": (
            "pixels are made black or white: grey ones are soft targets",
            bound(a, (x > 0.5) * 1.0, kl),
        ),
        "only_ink": (
            "this has only the ink: (1 - x) times -ln(1 - r) is missing",
            -ink - kl.mean(),
        ),
        "only_paper": ("this is without the ink: x times -ln(r) is missing", ink + right),
        "constant": ("the constant H(x) is taken off: leave it in", right + hidden),
        "least": (
            "a KL divergence is kept from being small: take it as it is",
            bound(a, x, np.maximum(kl, 1)),
        ),
        "bits": ("this is in bits: take nats", right / np.log(2)),
        "squares": (
            "this has squared errors: the lesson's loss is the cross-entropy",
            -((r - x) ** 2).sum(1).mean() - kl.mean(),
        ),
    }


@check("C", points=2)
def bound_of_a_batch(m, rng):
    a, x, kl = rng.uniform(-2, 3, (4, 5)), rng.uniform(0.1, 0.7, (4, 5)), rng.uniform(1, 2, 4)
    kl[0] = 0.3
    right, mistakes = bounds(a, x, kl)
    call = "bound_of(logits, pictures, kl) for n = 4, d = 5"
    got = taken(m.bound_of(a, x, kl))
    if np.shape(got) == (4,):
        raise Wrong("a bound for each picture: take the mean, one number", call)
    compare(call, got, right, **SINGLE, **mistakes)
    a = np.array([[1000.0, -1000.0], [1000.0, 50.0]])
    x = np.array([[1.0, 0.0], [0.5, 0.0]])
    call = "bound_of([[1000, -1000], [1000, 50]], [[1, 0], [0.5, 0]], [1, 2])"
    got = m.bound_of(a, x, np.array([1.0, 2.0]))
    if not agree(got, -276.5):
        shown = [f"got {got}, expected -276.5"]
        raise Wrong("wrong for large logits: use the logits, not their sigmoids", call, shown)


@check("A", points=0, hidden=True)
def other_pictures_and_codes(m, rng):
    for shape in ((1, 5), (3, 1)):
        mean, v = rng.normal(0, 2, shape), rng.uniform(-9, 3, shape)
        call = f"divergence(mean, log_variance) for shape {shape}"
        compare(call, m.divergence(mean, v), divergences(mean, v)[0], **SINGLE)


@check("B", points=0, hidden=True)
def slopes_by_differences(m, rng):
    mean, v, eps, target = setting(rng, 3, 2)
    h = 1e-5

    def both(mean, v):
        z = mean + np.exp(v / 2) * eps
        return z**4 / 4 - target * z

    of_mean = (both(mean + h, v) - both(mean - h, v)) / (2 * h)
    of_v = (both(mean, v + h) - both(mean, v - h)) / (2 * h)
    got = m.draw_and_slopes(mean, v, eps, lambda z: slope(np.asarray(taken(z)), target))
    got = several("draw_and_slopes(...)", got, "z", "slopes_for_mean", "slopes_for_log_variance")
    compare("draw_and_slopes(...)[1:]", got[1:], [of_mean, of_v], rtol=1e-5, atol=1e-7)


@check("C", points=0, hidden=True)
def known_bounds(m, rng):
    got = m.bound_of(np.zeros((3, 2)), np.full((3, 2), 0.5), np.zeros(3))
    compare("bound_of for logits 0, grey pixels and no KL", got, -2 * np.log(2), **SINGLE)
    a, x, kl = rng.uniform(-9, 9, (6, 7)), rng.uniform(0, 1, (6, 7)).round(), rng.uniform(0, 1, 6)
    compare("bound_of for black and white", m.bound_of(a, x, kl), bound(a, x, kl), **SINGLE)
