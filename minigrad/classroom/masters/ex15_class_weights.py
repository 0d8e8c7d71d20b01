"""Class weights: a loss in which a rare class counts more, and how to take that out again.

Belongs to lesson 15, "What is lost with 5 positives in 100?".

A class weight multiplies the loss of each sample of its class. For labels y of 0 and 1 and the
weight c of the label 1, the loss of a sample is, in nats,
    -c y ln p - (1 - y) ln(1 - p),    with p = 1 / (1 + exp(-z)) and the logit z.
All means divide by n, the number of samples, and not by the sum of the weights.

The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def weighted_loss(z, y, c):
    """The mean over all n samples of the weighted loss, in nats: one number.

    z and y are float arrays of shape (n,), y is 0 or 1, c is a number above 0. Right for logits of
    any size, such as 1000 or -1000. np.logaddexp(0, z) is ln(1 + exp(z)), right for every z.
    """
    # BEGIN SOLUTION A: return the mean, over n, of the losses, those of the label 1 times c
    return np.mean(c * y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))
    # END SOLUTION


# %% Part B (2 points)
def weighted_gradient(p, labels, weights):
    """The gradient of the weighted cross-entropy of C classes with respect to the logits: (n, C).

    p holds the softmax of the logits, shape (n, C). labels are integers from 0 to C - 1, shape
    (n,). weights holds one weight for each class, shape (C,). The loss is the mean over the n
    samples of -weights[label] ln p[label]. Without weights, the gradient for the logits of a sample
    is p - y, over n, with one-hot y (lesson 05). np.eye(C)[labels] makes the one-hot rows, and
    array[:, None] makes a column, (n, 1), of an array of shape (n,).
    """
    # BEGIN SOLUTION B: return the gradient of the mean, shape (n, C)
    y = np.eye(p.shape[1])[labels]
    weight = weights[labels]
    return weight[:, None] * (p - y) / len(p)
    # END SOLUTION


# %% Part C (2 points)
def true_probability(p, share, true_share):
    """The probability of the label 1 in the world, for each p of a model: shape (n,).

    The model was trained, without class weights, on data in which the label 1 had the share
    `share`, because samples were copied or left out. In the world it has the share `true_share`.
    Both are numbers between 0 and 1. The model can represent the truth. p has shape (n,); it may be
    exactly 0 or 1, and such a p stays as it is (so do not divide by 1 - p, nor take ln p).
    """
    # BEGIN SOLUTION C: take out of the odds what the training data put in, and return probabilities
    factor = true_share / (1 - true_share) * (1 - share) / share
    return factor * p / (factor * p + 1 - p)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, Wrong, answer, check, compare  # noqa: E402

HINTS = {
    "A": [
        "There are two terms, one for the label 1 and one for the label 0. To which does c belong?",
        "-ln p = ln(1 + exp(-z)) and -ln(1 - p) = ln(1 + exp(z)). The weight multiplies the first.",
        "return np.mean(... * np.logaddexp(0, -z) + ... * np.logaddexp(0, z))",
    ],
    "B": [
        "The lesson has the slope for two classes: p - y, times the weight of the *sample*. Which "
        "weight has a sample with the label 2, in all its columns?",
        "weights[labels] has one weight for each sample, shape (n,). As a column it multiplies the "
        "whole row of p - y.",
        "y = np.eye(p.shape[1])[...]\nreturn weights[...][:, None] * (... - ...) / len(...)",
    ],
    "C": [
        "The lesson goes from the share 1/20 to 1/2, and the odds are multiplied by 19. Which odds "
        "is this the quotient of? Here the way back is wanted.",
        "Multiply the odds by true_share / (1 - true_share), and divide by share / (1 - share). "
        "Odds of a to b are the probability a / (a + b); p has the odds p to 1 - p.",
        "factor = ...\nreturn factor * p / (factor * p + ...)",
    ],
}
P = "p = 1 / (1 + np.exp(-z))\n"
TERMS = "one = y * np.logaddexp(0, -z)\nzero = (1 - y) * np.logaddexp(0, z)\n"
Y = "y = np.eye(p.shape[1])[labels]\n"
FACTOR = "f = true_share / (1 - true_share) * (1 - share) / share\n"
RIGHT = {
    "two_sums": (
        "A",
        "one, zero = z[y == 1], z[y == 0]\n"
        "return (c * np.logaddexp(0, -one).sum() + np.logaddexp(0, zero).sum()) / len(z)",
    ),
    "one_softplus": (
        "A",
        "sign = 1 - 2 * y\nweights = np.where(y == 1, c, 1.0)\n"
        "return weights @ np.logaddexp(0, sign * z) / y.size",
    ),
    "own_softplus": (
        "A",
        "def softplus(x):\n    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))\n\n"
        "return np.mean((c * y + 1 - y) * softplus(z) - c * y * z)",
    ),
    "loop": (
        "A",
        "from math import exp, log1p\ntotal = 0.0\n"
        "for logit, label in zip(z.tolist(), y.tolist()):\n"
        "    x = -logit if label else logit\n    price = max(x, 0.0) + log1p(exp(-abs(x)))\n"
        "    total += c * price if label else price\nreturn total / len(z)",
    ),
    "float32": (
        "A",
        "z, y = z.astype(np.float32), y.astype(np.float32)\n"
        "prices = np.stack([np.logaddexp(np.float32(0), z), np.logaddexp(np.float32(0), "
        "-z)])\nreturn np.mean(np.where(y == 1, np.float32(c) * prices[1], prices[0]))",
    ),
    "tensor": (
        "A",
        "import minigrad as mg\nimport minigrad.nn.functional as F\n"
        "return F.binary_cross_entropy_with_logits(mg.tensor(z), mg.tensor(y), "
        "pos_weight=mg.tensor(float(c), dtype=mg.float64))",
    ),
    "subtract_at": (
        "B",
        "dz = p.copy()\ndz[np.arange(len(p)), labels] -= 1\n"
        "dz *= np.take(weights, labels)[:, None]\nreturn dz / p.shape[0]",
    ),
    "rows": (
        "B",
        "rows = []\nfor row, label in zip(p, labels):\n"
        "    hit = np.arange(len(row)) == label\n"
        "    rows.append((weights[label] * (row - hit) / len(p)).tolist())\nreturn rows",
    ),
    "einsum": (
        "B",
        "y = (labels[:, None] == np.arange(p.shape[1])).astype(float)\n"
        "return np.einsum('c,nc,nk->nk', weights, y, p - y) / len(y)",
    ),
    "matrix": (
        "B",
        "y = np.eye(len(weights))[labels]\nreturn np.diag(y @ weights / len(y)) @ (p - y)",
    ),
    "transposed": (
        "B",
        "dz = p.T * weights[labels]\n"
        "np.subtract.at(dz, (labels, np.arange(len(p))), weights[labels])\n"
        "return dz.T / len(p)",
    ),
    "autograd": (
        "B",
        "import minigrad as mg\nz = mg.tensor(np.log(p), requires_grad=True)\n"
        "log_p = z - z.exp().sum(dim=1, keepdim=True).log()\n"
        "y = np.eye(p.shape[1])[labels] * weights\n"
        "(-(mg.tensor(y) * log_p).sum() / len(p)).backward()\nreturn z.grad",
    ),
    "longdouble": (
        "B",
        "p = p.astype(np.longdouble)\ny = np.identity(p.shape[1])[labels]\n"
        "return np.multiply((p - y).T, weights[labels] / len(p)).T",
    ),
    "two_masses": (
        "C",
        "one = p * true_share / share\nzero = (1 - p) * (1 - true_share) / (1 - share)\n"
        "return one / (one + zero)",
    ),
    "divided": (
        "C",
        "r = share * (1 - true_share) / (true_share * (1 - share))\nreturn p / (p + r * (1 - p))",
    ),
    "one_minus": (
        "C",
        "a, b = true_share / share, (1 - true_share) / (1 - share)\n"
        "return 1 - b * (1 - p) / (a * p + b * (1 - p))",
    ),
    "masked_odds": (
        "C",
        "result = p.astype(float)\ninner = (p > 0) & (p < 1)\n"
        "factor = true_share / (1 - true_share) / (share / (1 - share))\n"
        "odds = factor * p[inner] / (1 - p[inner])\nresult[inner] = odds / (1 + odds)\n"
        "return result",
    ),
    "fractions": (
        "C",
        "def one(p):\n"
        "    yes, no = p * true_share * (1 - share), (1 - p) * (1 - true_share) * share\n"
        "    return yes / (yes + no)\n\nreturn [one(x) for x in p.tolist()]",
    ),
    "stacked": (
        "C",
        "odds = np.array([true_share, 1 - true_share]) / np.array([share, 1 - share])\n"
        "both = np.stack([p, 1 - p], axis=-1) * odds\nreturn both[..., 0] / both.sum(axis=-1)",
    ),
    "tensor_c": (
        "C",
        "import minigrad as mg\nt = mg.tensor(p)\n"
        "factor = true_share / (1 - true_share) * (1 - share) / share\n"
        "return factor * t / ((factor - 1) * t + 1)",
    ),
}
WRONG = {
    "weighted_mean": (
        "A",
        f"{TERMS}return np.sum(c * one + zero) / np.sum(c * y + 1 - y)",
        "sum of the weights",
    ),
    "other_class": ("A", f"{TERMS}return np.mean(one + c * zero)", "label 0"),
    "both": ("A", f"{TERMS}return np.mean(c * (one + zero))", "both classes"),
    "unweighted": ("A", f"{TERMS}return np.mean(one + zero)", "without the weight"),
    "half": ("A", f"{TERMS}return np.mean(c * one)", "costs nothing"),
    "sum": ("A", f"{TERMS}return np.sum(c * one + zero)", "sum over the samples"),
    "swapped": (
        "A",
        "return np.mean(c * y * np.logaddexp(0, z) + (1 - y) * np.logaddexp(0, -z))",
        "exchanged",
    ),
    "in_y": ("A", "return np.mean(np.logaddexp(0, z) - c * y * z)", "not to y z alone"),
    "mean_of_classes": (
        "A",
        f"{TERMS}return c * one.sum() / y.sum() + zero.sum() / (1 - y).sum()",
        "mean for each class",
    ),
    "whole_weight": ("A", f"{TERMS}return np.mean(int(c) * one + zero)", "whole number"),
    "at_least_1": ("A", f"{TERMS}return np.mean(max(c, 1) * one + zero)", "without the weight"),
    "first_weight": (
        "A",
        f"{TERMS}c = weighted_loss.__dict__.setdefault('c', c)\nreturn np.mean(c * one + zero)",
        "an earlier call",
    ),
    "epsilon": (
        "A",
        f"{P}return -np.mean(c * y * np.log(p + 1e-10) + (1 - y) * np.log(1 - p + 1e-10))",
        "constant",
    ),
    "of_unweighted": ("B", f"{Y}return (p - y) / len(p)", "without the weights"),
    "by_column": ("B", f"{Y}return weights * (p - y) / len(p)", "weight of the column"),
    "in_label": ("B", f"{Y}return (p - weights * y) / len(p)", "at y only"),
    "at_p": ("B", f"{Y}return (weights[labels][:, None] * p - y) / len(p)", "at p only"),
    "classes_seen": (
        "B",
        "y = np.eye(labels.max() + 1)[labels]\nreturn weights[labels][:, None] * (p - y) / len(p)",
        "broadcast",
    ),
    "weights_of_classes_seen": (
        "B",
        f"{Y}_, places = np.unique(labels, return_inverse=True)\n"
        "return weights[places][:, None] * (p - y) / len(p)",
        "no sample has",
    ),
    "added_to_earlier": (
        "B",
        f"{Y}kept = weighted_gradient.__dict__\n"
        "kept[p.shape] = kept.get(p.shape, 0) + weights[labels][:, None] * (p - y) / len(p)\n"
        "return kept[p.shape]",
        "an earlier call",
    ),
    "not_mean": ("B", f"{Y}return weights[labels][:, None] * (p - y)", "divide by n"),
    "weighted_mean_of_gradient": (
        "B",
        f"{Y}w = weights[labels]\nreturn w[:, None] * (p - y) / w.sum()",
        "sum of the weights",
    ),
    "sign": ("B", f"{Y}return weights[labels][:, None] * (y - p) / len(p)", "sign"),
    "all_elements": ("B", f"{Y}return weights[labels][:, None] * (p - y) / p.size", "n C"),
    "for_p": (
        "B",
        f"{Y}return -weights[labels][:, None] * y / p / len(p)",
        "with respect to p",
    ),
    "untouched": ("C", "return p + 0", "as it was"),
    "divided": ("C", f"{FACTOR}return f * p", "multiplies p"),
    "the_other_way": ("C", f"{FACTOR}return p / (p + f * (1 - p))", "once more"),
    "quotient_of_shares": (
        "C",
        "f = true_share / share\nreturn f * p / (f * p + 1 - p)",
        "not of their odds",
    ),
    "only_training": (
        "C",
        "f = (1 - share) / share\nreturn f * p / (f * p + 1 - p)",
        "true share is 1/2",
    ),
    "only_truth": (
        "C",
        "f = true_share / (1 - true_share)\nreturn f * p / (f * p + 1 - p)",
        "training share is 1/2",
    ),
    "odds": ("C", f"{FACTOR}return f * p / (1 - p)", "these are the odds"),
    "ratio": ("C", "return p * true_share / share", "quotient of the shares"),
    "by_odds": ("C", f"{FACTOR}o = f * p / (1 - p)\nreturn o / (1 + o)", "no finite odds"),
    "hardly_clipped": (
        "C",
        f"{FACTOR}p = np.clip(p, 1e-12, 1 - 1e-12)\no = f * p / (1 - p)\nreturn o / (1 + o)",
        "a constant or a clip",
    ),
    "by_odds_of_a_clipped_p": (
        "C",
        f"{FACTOR}p = np.clip(p, 1e-4, 1 - 1e-4)\no = f * p / (1 - p)\nreturn o / (1 + o)",
        "a constant or a clip",
    ),
}


def samples(rng, n=8):
    y = (np.arange(n) % 4 == 1).astype(float)
    z = rng.uniform(-3, 3, n)
    return z, y, 1 / (1 + np.exp(-z))


@answer
def losses(z, y, c):
    """The weighted loss, and the mistakes that it can have, each with its value."""
    p = 1 / (1 + np.exp(-z))
    one = -y * np.log(p)
    zero = -(1 - y) * np.log(1 - p)
    right = np.mean(c * one + zero)
    total = np.sum(c * y + 1 - y)
    return right, {
        "weighted_mean": (
            "this divides by the sum of the weights: divide by n",
            np.sum(c * one + zero) / total,
        ),
        "other_class": (
            "the weight is at the label 0: it belongs to the label 1",
            np.mean(one + c * zero),
        ),
        "both": (
            "both classes have the weight: this changes nothing but the scale",
            c * np.mean(one + zero),
        ),
        "unweighted": ("this is the loss without the weight", np.mean(one + zero)),
        "half": ("the label 0 costs nothing here: its term is missing", c * np.mean(one)),
        "sum": ("this is the sum over the samples, not the mean", len(y) * right),
        "swapped": (
            "the two logarithms are exchanged: -ln p is ln(1 + exp(-z))",
            np.mean(-c * y * np.log(1 - p) - (1 - y) * np.log(p)),
        ),
        "in_y": (
            "the weight belongs to all of -ln p, not to y z alone",
            np.mean(np.logaddexp(0, z) - c * y * z),
        ),
        "whole": (
            "the weight need not be a whole number",
            np.mean(int(c) * one + zero),
        ),
        "first": (
            "this is the weight of an earlier call: use the one that is given",
            np.mean(5 * one + zero),
        ),
        "sign": ("the sign is flipped: a loss is positive", -right),
        "brackets": (
            "the minus holds for the first term only: it lacks brackets",
            np.mean(c * one - zero),
        ),
        "bits": ("this is in bits: take the natural logarithm", right / np.log(2)),
        "mean_of_classes": (
            "this is a mean for each class: divide by n",
            c * one.sum() / y.sum() + zero.sum() / (1 - y).sum(),
        ),
    }


@check("A", points=1)
def loss_of_ordinary_logits(m, rng):
    z, y, _ = samples(rng)
    for c in (5.0, 2.5, 0.4):
        right, mistakes = losses(z, y, c)
        call = f"weighted_loss(z, y, {c})"
        compare(call, m.weighted_loss(z, y, c), right, **SINGLE, **mistakes)


@check("A", points=1)
def large_logits(m, rng):
    for z, y, right in ((-100.0, 1.0, 300.0), (1000.0, 0.0, 1000.0), (1000.0, 1.0, 0.0)):
        got = m.weighted_loss(np.array([z]), np.array([y]), 3.0)
        words = "a constant inside a logarithm, or a clipped p, caps the loss. Use z, not p"
        capped = isinstance(got, float) and 10 < got < 0.5 * right
        named = {"capped": (words, got)} if capped else {}
        call = f"weighted_loss(np.array([{z}]), np.array([{y}]), 3.0)"
        compare(call, got, right, **SINGLE, **named)


@answer
def gradients(p, labels, weights):
    """The gradient, and the mistakes that it can have, each with its value."""
    n, classes = p.shape
    y = np.eye(classes)[labels]
    each = weights[labels][:, None]
    seen = weights[np.searchsorted(np.unique(labels), labels)][:, None]
    right = each * (p - y) / n
    return right, {
        "unweighted": ("this is the gradient without the weights", (p - y) / n),
        "by_column": (
            "each column has the weight of the column's class: a sample has one weight, that of "
            "its label, in all columns",
            weights * (p - y) / n,
        ),
        "in_label": (
            "the weight is at y only: it multiplies the whole row p - y",
            (p - weights * y) / n,
        ),
        "at_p": ("the weight is at p only: it multiplies the row p - y", (each * p - y) / n),
        "not_mean": ("this is the gradient of the sum of the losses: divide by n", n * right),
        "weighted_mean": (
            "this divides by the sum of the weights: divide by n",
            n * right / each.sum(),
        ),
        "sign": ("the sign is flipped: p - y, not y - p", -right),
        "all_elements": (
            "this divides by n C, the number of elements: divide by n",
            right / classes,
        ),
        "for_p": ("this is the gradient with respect to p, not to the logits", -each * y / p / n),
        "label_only": (
            "only the label's column has a gradient here: the other logits pull, too",
            right * y,
        ),
        "seen": (
            "weights[k] belongs to class k, also where no sample has a label",
            seen * (p - y) / n,
        ),
        "squared": ("the weight is in it twice", each * right),
    }


@check("B", points=2)
def gradient_of_three_classes(m, rng):
    p = rng.uniform(0.1, 1, (5, 3))
    p /= p.sum(axis=1, keepdims=True)
    weights = np.array([1.0, 4.0, 9.0])
    for labels in ([2, 0, 1, 2, 0], [2, 0, 2, 2, 0], [1, 0, 1, 1, 0]):  # two lack a class
        right, mistakes = gradients(p, np.array(labels), weights)
        call = f"weighted_gradient(p, np.array({labels}), weights)"
        got = m.weighted_gradient(p, np.array(labels), weights)
        compare(call, got, right, **SINGLE, **mistakes)
        again = m.weighted_gradient(p, np.array(labels), weights)
        kept = ("the gradient of an earlier call is in it", np.asarray(again))
        compare(f"{call}, called once more", again, right, **SINGLE, kept=kept)


@answer
def models(right, share, truth):
    """What a model says where `right` is right, and the mistakes that can be made of it."""
    factor = share / (1 - share) * (1 - truth) / truth
    odds = factor * right / (1 - right)
    p = odds / (1 + odds)

    def moved(p, by):
        return by * p / (by * p + 1 - p)

    mistakes = {
        "untouched": ("this is p as it was: the copies are still in it", p),
        "divided": (
            "this multiplies p by the factor: it belongs to the odds, p / (1 - p)",
            p / factor,
        ),
        "other_way": (
            "this puts the change in once more: it must be taken out",
            moved(p, factor),
        ),
        "shares": (
            "the factor is a quotient of the shares, not of their odds",
            moved(p, truth / share),
        ),
        "ratio": (
            "this multiplies p by the quotient of the shares: it is the odds that change, by "
            "the quotient of the odds",
            p * truth / share,
        ),
        "only_training": (
            "this would be right if the true share is 1/2",
            moved(p, (1 - share) / share),
        ),
        "only_truth": (
            "this would be right if the training share is 1/2",
            moved(p, truth / (1 - truth)),
        ),
        "odds": ("these are the odds, not the probability", right / (1 - right)),
        "logit": ("these are logits: probabilities are wanted", np.log(right / (1 - right))),
    }
    if share == 0.5:
        del mistakes["only_truth"]  # right then
        del mistakes["only_training"]  # no change then
    return p, mistakes


@check("C", points=1)
def probabilities_of_the_world(m, rng):
    for share, truth in ((0.3, 0.1), (0.5, 0.05)):
        right = rng.uniform(0.05, 0.6, 6)
        p, mistakes = models(right, share, truth)
        call = f"true_probability(p, {share}, {truth})"
        compare(call, m.true_probability(p, share, truth), right, **SINGLE, **mistakes)


@check("C", points=1)
def sure_answers(m, rng):
    got = m.true_probability(np.array([0.0, 0.25, 0.5, 1.0]), 0.2, 0.5)
    call = "true_probability(np.array([0, 0.25, 0.5, 1]), 0.2, 0.5)"
    if isinstance(got, np.ndarray) and got.shape == (4,) and np.isnan(got).any():
        words = "nan where p is 0 or 1: there are no finite odds or logits there. "
        raise Wrong(words + "Neither divide by 1 - p or p, nor take ln p", call)
    right = np.array([0.0, 4 / 7, 0.8, 1.0])
    clipped = "a constant or a clip changes a p of 0 or 1: such a p stays as it is"
    near = np.shape(got) == (4,) and np.allclose(got, right, atol=0.01)
    named = {"clipped": (clipped, got)} if near else {}
    compare(call, got, right, **SINGLE, **named)
    ends, sure = np.asarray(got, dtype=float)[[0, 3]], np.array([0.0, 1.0])
    compare(f"{call}[[0, 3]]", ends, sure, rtol=1e-12, atol=0, clipped=(clipped, ends))


@check("A", points=0, hidden=True)
def weight_of_1_and_one_class_only(m, rng):
    z, y, p = samples(rng, 20)
    plain = -np.mean(np.log(np.where(y == 1, p, 1 - p)))
    compare("weighted_loss(z, y, 1.0)", m.weighted_loss(z, y, 1.0), plain, **SINGLE)
    got = m.weighted_loss(z, np.zeros(20), 7.0)
    compare("weighted_loss(z, zeros, 7.0)", got, -np.mean(np.log(1 - p)), **SINGLE)
    got = m.weighted_loss(z, np.ones(20), 0.5)
    compare("weighted_loss(z, ones, 0.5)", got, -np.mean(np.log(p)) / 2, **SINGLE)


@check("B", points=0, hidden=True)
def two_classes_and_equal_weights(m, rng):
    for n, classes in ((1, 2), (7, 2), (4, 5)):
        p = rng.uniform(0.1, 1, (n, classes))
        p /= p.sum(axis=1, keepdims=True)
        labels = np.arange(n) % classes
        y = np.array([[float(k == label) for k in range(classes)] for label in labels])
        got = m.weighted_gradient(p, labels, np.full(classes, 3.0))
        call = f"weighted_gradient for p of shape ({n}, {classes}), all weights 3"
        compare(call, got, 3 * (p - y) / n, **SINGLE)


@check("C", points=0, hidden=True)
def equal_shares(m, rng):
    p = rng.uniform(0, 1, 5)
    got = m.true_probability(p, 0.2, 0.2)
    compare("true_probability(p, 0.2, 0.2)", got, p, **SINGLE)
    got = m.true_probability(np.array([0.0, 0.2, 1.0]), 0.5, 0.8)
    compare("true_probability(np.array([0, 0.2, 1]), 0.5, 0.8)", got, [0.0, 0.5, 1.0], **SINGLE)
