"""The log loss of groups: from probabilities, from logits, and a step of training.

Belongs to lesson 06, logistic regression.

Tumours with equal measurements are counted as a group. Group i has m[i] tumours, of which k[i] are
benign, so the answer to "is it benign?" is k[i] times yes and m[i] - k[i] times no. The model gives
all tumours of a group the same logit z[i], and the same probability p[i] = 1 / (1 + exp(-z[i])).

    p, z, k, m    arrays of shape (n,), n at least 1; m is at least 1, k is from 0 to m
    X             array of shape (n, D), the measurements of each group
    w, b          the weights, an array of shape (D,), and the bias, one number

The log loss is the mean price of an answer, in nats. The mean is over all tumours, so over
m[0] + m[1] + ... answers, and not over the groups. A group of one tumour is a single label.

Parts B and C are judged on their own: mistakes in an earlier part cost nothing later.
"""

import numpy as np


def sigmoid(z):
    """The probability of yes, for logits of any size; nothing overflows."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1 + e)


# %% Part A (2 points)
def log_loss(p, k, m):
    """The mean price of an answer, in nats: one number. Each p is above 0 and below 1."""
    # BEGIN SOLUTION A: return the mean price, over all tumours, of k times yes and m - k times no
    each = -(k * np.log(p) + (m - k) * np.log(1 - p))
    return np.sum(each) / np.sum(m)
    # END SOLUTION


# %% Part B (2 points)
def log_loss_from_logit(z, k, m):
    """The same from the logits z, for logits of any size: finite, and without an overflow."""
    # BEGIN SOLUTION B: return the mean price, without computing p first
    each = m * (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) - k * z
    return np.sum(each) / np.sum(m)
    # END SOLUTION


# %% Part C (2 points)
def step(w, b, X, k, m, rate):
    """The pair (w, b) after one step of gradient descent on the log loss, at this rate.

    z = X @ w + b. There is no penalty here. The arrays that are given stay as they are:
    `w -= ...` would write into the caller's w, while `w = w - ...` makes a new array.
    """
    # BEGIN SOLUTION C: return the new w, shape (D,), and the new b, one number
    p = sigmoid(X @ w + b)
    dz = (m * p - k) / np.sum(m)
    return w - rate * (X.T @ dz), b - rate * np.sum(dz)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import SINGLE, answer, check, compare, several  # noqa: E402

HINTS = {
    "A": [
        "A yes costs -ln p, a no costs -ln(1 - p). How many of each are there in a group?",
        "Group i costs -(k ln p + (m - k) ln(1 - p)). Add up the groups, and divide by the number "
        "of all tumours.",
        "each = -(k * np.log(p) + ... * np.log(...))\nreturn np.sum(each) / np.sum(...)",
    ],
    "B": [
        "Put -ln p = ln(1 + exp(-z)) and -ln(1 - p) = ln(1 + exp(z)) into the price of a group, "
        "and simplify as in the lesson. Then look where exp can overflow.",
        "A group costs m ln(1 + exp(z)) - k z. And ln(1 + exp(z)) is max(z, 0) + "
        "ln(1 + exp(-|z|)), in which no exponent is above 0.",
        "each = m * (np.maximum(z, 0) + np.log1p(...)) - ...\nreturn np.sum(each) / ...",
    ],
    "C": [
        "In a group, k answers have the slope p - 1 for z, and m - k answers have the slope p.",
        "The slope of the loss for z[i] is (m p - k) / (all tumours). For w, each is multiplied "
        "by its row of X, and the groups are added; for b, they are only added.",
        "dz = (m * p - ...) / np.sum(m)\nreturn w - rate * (X.T @ ...), b - rate * ...",
    ],
}
_P = "p = 1 / (1 + np.exp(-z))\n"
_DZ = "dz = (m * sigmoid(X @ w + b) - k) / np.sum(m)\n"
_EACH = "each = -(k * np.log(p) + (m - k) * np.log(1 - p))\n"
_STABLE = "each = m * (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) - k * z\n"
RIGHT = {
    "dot": (
        "A",
        "return -(k @ np.log(p) + (m - k) @ np.log1p(-p)) / m.sum()",
    ),
    "weighted_mean": (
        "A",
        "share = k / m\n"
        "return np.average(-(share * np.log(p) + (1 - share) * np.log(1 - p)), weights=m)",
    ),
    "each_tumour": (
        "A",
        "yes = np.concatenate([np.arange(size) < good for size, good in zip(m, k)])\n"
        "p = np.repeat(p, m)\nreturn -np.log(np.where(yes, p, 1 - p)).mean()",
    ),
    "math": (
        "A",
        "import math\nprice = 0.0\n"
        "for one, yes, size in zip(p.tolist(), k.tolist(), m.tolist()):\n"
        "    price -= yes * math.log(one) + (size - yes) * math.log(1 - one)\n"
        "return price / sum(m.tolist())",
    ),
    "float32": (
        "A",
        "p = p.astype(np.float32)\n"
        "prices = k * np.log(p) + (m - k) * np.log(np.float32(1) - p)\n"
        "return np.float32(-np.sum(prices) / np.sum(m))",
    ),
    "tensor": (
        "A",
        "import minigrad as mg\nt = mg.tensor(p)\n"
        "return -(mg.tensor(k) * t.log() + mg.tensor(m - k) * (1 - t).log()).sum() / "
        "int(m.sum())",
    ),
    "logaddexp": (
        "B",
        "return np.sum(m * np.logaddexp(0, z) - k * z) / m.sum()",
    ),
    "yes_and_no": (
        "B",
        "def softplus(x):\n    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)\n\n"
        "return (k @ softplus(-z) + (m - k) @ softplus(z)) / np.sum(m)",
    ),
    "two_cases": (
        "B",
        "total = 0.0\nfor logit, yes, size in zip(z, k, m):\n    if logit > 0:\n"
        "        total += size * np.log1p(np.exp(-logit)) + (size - yes) * logit\n    else:\n"
        "        total += size * np.log1p(np.exp(logit)) - yes * logit\n"
        "return total / m.sum()",
    ),
    "longdouble": (
        "B",
        "z = z.astype(np.longdouble)\n"
        "each = m * np.log1p(np.exp(-abs(z))) + np.where(z > 0, (m - k) * z, -k * z)\n"
        "return each.sum() / m.sum()",
    ),
    "tensor_b": (
        "B",
        "import minigrad.nn.functional as F\nimport minigrad as mg\n"
        "t = mg.tensor(z.astype(float))\n"
        "return (mg.tensor(1.0 * m) * F.softplus(-t.abs()) + mg.tensor(m * np.maximum(z, 0) "
        "- k * z)).sum() / int(m.sum())",
    ),
    "weighted": (
        "B",
        "prices = np.logaddexp(0.0, np.stack([-z, z]))\n"
        "return np.average(prices, weights=np.stack([k, m - k]))",
    ),
    "column_of_ones": (
        "C",
        "X1 = np.column_stack([X, np.ones(len(X))])\nv = np.append(w, b)\n"
        "v = v - rate * X1.T @ (m * sigmoid(X1 @ v) - k) / m.sum()\nreturn v[:-1], v[-1]",
    ),
    "loop": (
        "C",
        "new_w, new_b = w.copy(), float(b)\nfor row, yes, size in zip(X, k, m):\n"
        "    dz = (size * sigmoid(row @ w + b) - yes) / m.sum()\n"
        "    new_w -= rate * dz * row\n    new_b -= rate * dz\nreturn new_w, new_b",
    ),
    "einsum": (
        "C",
        "dz = (m * sigmoid(np.einsum('nd,d->n', X, w) + b) - k) / m.sum()\n"
        "return w - rate * np.einsum('nd,n->d', X, dz), b - rate * np.einsum('n->', dz)",
    ),
    "tensors": (
        "C",
        "import minigrad as mg\n"
        "v, c = mg.tensor(w, requires_grad=True), mg.tensor(float(b), dtype=mg.float64, "
        "requires_grad=True)\nz = mg.tensor(X) @ v + c\n"
        "loss = (mg.tensor(1.0 * m) * (1 + z.exp()).log() - mg.tensor(1.0 * k) * z).sum() / "
        "int(m.sum())\nloss.backward()\n"
        "return v.detach() - rate * v.grad, c.detach() - rate * c.grad",
    ),
    "named_tuple": (
        "C",
        "from collections import namedtuple\nLine = namedtuple('Line', 'w b')\n"
        "p = sigmoid(X @ w + b)\npull = k * (1 - p) - (m - k) * p\n"
        "return Line(w + rate * pull @ X / m.sum(), b + rate * pull.sum() / m.sum())",
    ),
    "lists": (
        "C",
        "dz = ((m * sigmoid(X @ w + b) - k) / m.sum()).tolist()\n"
        "new = [x - rate * sum(d * row[i] for d, row in zip(dz, X)) for i, x in "
        "enumerate(w)]\nreturn [new, b - rate * sum(dz)]",
    ),
}
WRONG = {
    "no_sum": ("A", _EACH + "return each / np.sum(m)", "shape"),
    "half": ("A", "return -np.sum(k * np.log(p)) / np.sum(m)", "costs nothing"),
    "brackets": (
        "A",
        "return np.sum(-k * np.log(p) + (m - k) * np.log(1 - p)) / np.sum(m)",
        "brackets",
    ),
    "sum": ("A", _EACH + "return np.sum(each)", "sum over the tumours"),
    "over_groups": ("A", _EACH + "return np.mean(each)", "number of groups"),
    "means_of_groups": ("A", _EACH + "return np.mean(each / m)", "mean of the groups' means"),
    "one_minus_k": (
        "A",
        "return -np.sum(k * np.log(p) + (1 - k) * np.log(1 - p)) / np.sum(m)",
        "single tumours",
    ),
    "all_no": (
        "A",
        "return -np.sum(k * np.log(p) + m * np.log(1 - p)) / np.sum(m)",
        "m - k",
    ),
    "sign": ("A", _EACH + "return -np.sum(each) / np.sum(m)", "sign"),
    "bits": ("A", _EACH + "return np.sum(each) / np.sum(m) / np.log(2)", "bits"),
    "swapped": (
        "A",
        "return -np.sum((m - k) * np.log(p) + k * np.log(1 - p)) / np.sum(m)",
        "exchanged",
    ),
    "epsilon_beside_p": (
        "A",
        "return -np.sum(k * np.log(p + 1e-10) + (m - k) * np.log(1 - p + 1e-10)) / np.sum(m)",
        "as it is",
    ),
    "clipped_p": (
        "A",
        "p = np.clip(p, 0.01, 0.99)\n" + _EACH + "return np.sum(each) / np.sum(m)",
        "as it is",
    ),
    "z_for_large": (
        "B",
        "soft = np.where(z > 10, z, np.log1p(np.exp(np.minimum(z, 10))))\n"
        "return np.sum(m * soft - k * z) / np.sum(m)",
        "not yet z",
    ),
    "epsilon": (
        "B",
        _P + "each = -(k * np.log(p + 1e-10) + (m - k) * np.log(1 - p + 1e-10))\n"
        "return np.sum(each) / np.sum(m)",
        "caps",
    ),
    "clipped": (
        "B",
        _P + "p = np.clip(p, 1e-12, 1 - 1e-12)\n"
        "each = -(k * np.log(p) + (m - k) * np.log(1 - p))\n"
        "return np.sum(each) / np.sum(m)",
        "caps",
    ),
    "naive": ("B", _P + _EACH + "return np.sum(each) / np.sum(m)", "inf"),
    "overflow": ("B", "return np.sum(m * np.log(1 + np.exp(z)) - k * z) / np.sum(m)", "inf"),
    "y_z_added": ("B", _STABLE + "return np.sum(each + 2 * k * z) / np.sum(m)", "subtracted"),
    "m_only_once": (
        "B",
        "each = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))) - k * z\n"
        "return np.sum(each) / np.sum(m)",
        "counts m times",
    ),
    "rounded_away": (
        "B",
        "each = m * (np.maximum(z, 0) + np.log(1 + np.exp(-np.abs(z)))) - k * z\n"
        "return np.sum(each) / np.sum(m)",
        "log1p",
    ),
    "logit_sum": ("B", _STABLE + "return np.sum(each)", "sum over the tumours"),
    "without_the_logarithm": (
        "C",
        "p = sigmoid(X @ w + b)\ndz = (m * p - k) * p * (1 - p) / np.sum(m)\n"
        "return w - rate * (X.T @ dz), b - rate * np.sum(dz)",
        "with respect to z",
    ),
    "of_p": (
        "C",
        "p = sigmoid(X @ w + b)\ndz = (m * p - k) / (p * (1 - p)) / np.sum(m)\n"
        "return w - rate * (X.T @ dz), b - rate * np.sum(dz)",
        "with respect to p",
    ),
    "uphill": ("C", _DZ + "return w + rate * (X.T @ dz), b + rate * np.sum(dz)", "uphill"),
    "not_mean": (
        "C",
        "dz = m * sigmoid(X @ w + b) - k\nreturn w - rate * (X.T @ dz), b - rate * np.sum(dz)",
        "sum of the prices",
    ),
    "per_group": (
        "C",
        "dz = (m * sigmoid(X @ w + b) - k) / len(m)\n"
        "return w - rate * (X.T @ dz), b - rate * np.sum(dz)",
        "number of groups",
    ),
    "means_of_slopes": (
        "C",
        "dz = (sigmoid(X @ w + b) - k / m) / len(m)\n"
        "return w - rate * (X.T @ dz), b - rate * np.sum(dz)",
        "mean of the groups' means",
    ),
    "penalty": (
        "C",
        _DZ + "return w - rate * (X.T @ dz + w / np.sum(m)), b - rate * np.sum(dz)",
        "penalty",
    ),
    "penalty_of_the_mean": (
        "C",
        _DZ + "return w - rate * (X.T @ dz + w / len(m)), b - rate * np.sum(dz)",
        "penalty",
    ),
    "half_gradient": (
        "C",
        "dz = k * (sigmoid(X @ w + b) - 1) / np.sum(m)\n"
        "return w - rate * (X.T @ dz), b - rate * np.sum(dz)",
        "no has a slope, too",
    ),
    "bias_mean": ("C", _DZ + "return w - rate * (X.T @ dz), b - rate * np.mean(dz)", "mean of dz"),
    "bias_stays": ("C", _DZ + "return w - rate * (X.T @ dz), b", "b has not moved"),
    "without_b": (
        "C",
        "dz = (m * sigmoid(X @ w) - k) / np.sum(m)\n"
        "return w - rate * (X.T @ dz), b - rate * np.sum(dz)",
        "z lacks b",
    ),
    "remembers": (
        "C",
        _DZ + "v = step.__dict__.setdefault('v', {}).setdefault(len(w), np.zeros(len(w)))\n"
        "v *= 0.9\nv += X.T @ dz\nreturn w - rate * v, b - rate * np.sum(dz)",
        "an earlier call",
    ),
    "in_place": (
        "C",
        _DZ + "w -= rate * (X.T @ dz)\nreturn w, b - rate * np.sum(dz)",
        "in place",
    ),
}


def groups(rng, n):
    """z of moderate size, k and m, with a yes and a no in each group but the last two."""
    m = rng.integers(3, 9, n)
    k = np.array([rng.integers(1, size) for size in m])
    k[-2:] = 0, m[-1]
    return rng.uniform(-3, 3, n), k, m


@answer
def price(z, k, m):
    """Of each group, for logits of moderate size."""
    return k * np.log1p(np.exp(-z)) + (m - k) * np.log1p(np.exp(z))


@answer
def losses(z, k, m):
    """The mean price of an answer, and the mistakes that it can have, each with its value."""
    each, all_of_them = price(z, k, m), m.sum()
    yes, no = np.log1p(np.exp(-z)), np.log1p(np.exp(z))
    return each.sum() / all_of_them, {
        "half": (
            "a no costs nothing: the term with ln(1 - p) is missing",
            (k * yes).sum() / all_of_them,
        ),
        "brackets": (
            "the minus holds for the first term only: it lacks brackets, and rewards a wrong yes",
            (k * yes - (m - k) * no).sum() / all_of_them,
        ),
        "sum": ("this is the sum over the tumours, not the mean", each.sum()),
        "over_groups": ("divided by the number of groups, not of tumours", each.mean()),
        "means": (
            "this is the mean of the groups' means: large groups must count more",
            (each / m).mean(),
        ),
        "one_minus_k": (
            "right for single tumours only: a group of m has m - k times no, and not 1 - k times",
            (k * yes + (1 - k) * no).sum() / all_of_them,
        ),
        "all_no": ("there are m - k times no, not m", (k * yes + m * no).sum() / all_of_them),
        "swapped": (
            "yes and no are exchanged: p is the probability of yes",
            price(-z, k, m).sum() / all_of_them,
        ),
        "bits": (
            "this is in bits: take the natural logarithm",
            each.sum() / all_of_them / np.log(2),
        ),
        "added": ("k z is added: it must be subtracted", (each + 2 * k * z).sum() / all_of_them),
    }


@check("A", points=1)
def loss_of_groups(m, rng):
    z, k, size = groups(rng, 5)
    p = 1 / (1 + np.exp(-z))
    right, mistakes = losses(z, k, size)
    compare("log_loss(p, k, m)", m.log_loss(p, k, size), right, **mistakes, **SINGLE)


@check("A", points=1)
def loss_of_single_tumours(m, rng):
    p, k, size = np.array([0.8, 0.3, 0.6]), np.array([1, 0, 1]), np.array([1, 1, 1])
    right, mistakes = losses(np.log(p / (1 - p)), k, size)
    call = "log_loss(np.array([0.8, 0.3, 0.6]), np.array([1, 0, 1]), np.array([1, 1, 1]))"
    compare(call, m.log_loss(p, k, size), right, **mistakes, **SINGLE)
    call = "log_loss(np.array([1e-12]), np.array([1]), np.array([1]))"
    got = m.log_loss(np.array([1e-12]), np.array([1]), np.array([1]))
    named = {}
    if np.ndim(got) == 0 and 1 < got < 27:
        named["capped"] = ("p is taken as it is, without a constant or a clip", got)
    compare(call, got, 12 * np.log(10), **named, **SINGLE)


@check("B", points=1)
def loss_from_ordinary_logits(m, rng):
    z, k, size = groups(rng, 5)
    right, named = losses(z, k, size)
    got = m.log_loss_from_logit(z, k, size)
    once = named.pop("one_minus_k")[1]
    named["m_is_missing"] = (
        "ln(1 + exp(z)) counts m times, once for each tumour of the group",
        once,
    )
    compare("log_loss_from_logit(z, k, m)", got, right, **named, **SINGLE)


@check("B", points=1)
def loss_from_extreme_logits(m, rng):
    for z, k in ((40.0, 0), (-40.0, 2), (1000.0, 0), (-1000.0, 2)):
        call = f"log_loss_from_logit(np.array([{z}]), np.array([{k}]), np.array([2]))"
        got = m.log_loss_from_logit(np.array([z]), np.array([k]), np.array([2]))
        cap = {}
        if np.ndim(got) == 0 and 21 < float(got) < 38:
            cap["cap"] = (
                "a constant in a logarithm, or a clipped p, caps the loss. Use z, not p",
                got,
            )
        compare(call, got, abs(z), rtol=1e-6, **cap)
    z, k = np.array([1000.0, -1000.0]), np.array([2, 0])
    call = "log_loss_from_logit(np.array([1000.0, -1000.0]), np.array([2, 0]), np.array([2, 2]))"
    compare(call, m.log_loss_from_logit(z, k, np.array([2, 2])), 0.0, atol=1e-12)
    got = m.log_loss_from_logit(np.array([-40.0]), np.array([0]), np.array([2]))
    lost = ("1 + exp(-40) is rounded to 1: np.log1p(u) is ln(1 + u), exact for a small u", 0.0)
    call = "log_loss_from_logit(np.array([-40.0]), np.array([0]), np.array([2]))"
    compare(call, got, np.exp(-40.0), rtol=1e-6, atol=0, lost=lost)
    got = m.log_loss_from_logit(np.array([11.0]), np.array([2]), np.array([2]))
    lost = ("at z = 11, ln(1 + exp(z)) is not yet z: leave out nothing", 0.0)
    call = "log_loss_from_logit(np.array([11.0]), np.array([2]), np.array([2]))"
    compare(call, got, 1.6701561e-05, rtol=1e-3, atol=0, lost=lost)


@answer
def steps(w, b, X, k, size, rate):
    """The new w and its mistakes, the new b and its mistakes."""
    z, n, groups = X @ w + b, size.sum(), len(size)
    p, short = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(-X @ w))
    dz = (size * p - k) / n
    mistakes = {
        "uphill": ("this step goes uphill: the sign of the gradient is wrong", -dz),
        "flat": (
            "with respect to z the slope is p - y, without a further p (1 - p)",
            dz * p * (1 - p),
        ),
        "of_p": (
            "this is the gradient with respect to p, not with respect to z",
            dz / (p * (1 - p)),
        ),
        "sum": ("this is the gradient of the sum of the prices, not of the mean", dz * n),
        "groups": ("divided by the number of groups, not of tumours", dz * n / groups),
        "means": (
            "this is the gradient of the mean of the groups' means: large groups must count more",
            (p - k / size) / groups,
        ),
        "half": ("a no has a slope, too: the term with ln(1 - p) is missing", k * (p - 1) / n),
        "no_m": ("m tumours share this p: their slopes add up to m p - k", (p - k) / n),
        "no_b": ("z lacks b: z = X @ w + b", (size * short - k) / n),
    }
    of_w = {name: (why, w - rate * X.T @ wrong) for name, (why, wrong) in mistakes.items()}
    penalty = "there is no penalty here: no weight is added to its gradient"
    for weight, name in (
        (1 / n, "penalty"),
        (1 / groups, "penalty_of_groups"),
        (1, "penalty_of_sum"),
    ):
        of_w[name] = (penalty, w - rate * (X.T @ dz + weight * w))
    kept = "a step of an earlier call is still in this one: begin anew in each call"
    of_w["kept"] = (kept, w - 1.9 * rate * X.T @ dz)
    of_b = {
        "stays": ("b has not moved: it has a gradient, too", b),
        "mean": (
            "this is the mean of dz over the groups: dz is divided by all tumours already",
            b - rate * dz.mean(),
        ),
        "uphill": ("this step goes uphill: the sign of the gradient is wrong", b + rate * dz.sum()),
    }
    return w - rate * X.T @ dz, of_w, b - rate * dz.sum(), of_b


def stepped(m, given, call):
    """The pair that the learner's `step` returns."""
    return several(call, m.step(*given), "w", "b")


def moved(m, rng, n, D):
    """A step on n groups with D measurements: the call, what it returned, and all that went in."""
    z, k, size = groups(rng, n)
    X, w, b, rate = rng.uniform(0.5, 1.5, (n, D)), rng.uniform(-0.5, 0.5, D), 0.7, 0.3
    given = w, b, X, k, size, rate
    call = f"step(w, b, X, k, m, rate) for X of shape ({n}, {D})"
    return call, stepped(m, given, call), given


@check("C", points=1)
def step_of_the_weights(m, rng):
    call, got, given = moved(m, rng, 5, 3)
    right, mistakes, *_ = steps(*given)
    compare(f"{call}: the new w", got[0], right, **mistakes, **SINGLE)
    got = stepped(m, given, call)
    compare(f"{call}, called once more: the new w", got[0], right, **mistakes, **SINGLE)


@check("C", points=1)
def step_of_the_bias(m, rng):
    call, got, given = moved(m, rng, 4, 2)
    *_, right, mistakes = steps(*given)
    compare(f"{call}: the new b", got[1], right, **mistakes, **SINGLE)


@check("A", points=0, hidden=True)
def loss_of_other_groups(m, rng):
    z, k, size = groups(rng, 50)
    right, _ = losses(z, k, size)
    compare(
        "log_loss(p, k, m) for 50 groups",
        m.log_loss(1 / (1 + np.exp(-z)), k, size),
        right,
        **SINGLE,
    )
    got = m.log_loss(np.array([0.7]), np.array([7]), np.array([10]))
    entropy = -0.7 * np.log(0.7) - 0.3 * np.log(0.3)
    compare("log_loss(np.array([0.7]), np.array([7]), np.array([10]))", got, entropy, **SINGLE)


@check("B", points=0, hidden=True)
def loss_from_logits_in_float32(m, rng):
    z = np.array([20.0, -30.0, 100.0], dtype=np.float32)
    got = m.log_loss_from_logit(z, np.array([0, 1, 0]), np.array([1, 1, 1]))
    compare("log_loss_from_logit(z, k, m) for float32 logits, all wrong", got, 50.0, rtol=1e-5)


@check("C", points=0, hidden=True)
def steps_find_the_share(m, rng):
    w, b = np.zeros(1), 0.0
    for _ in range(300):
        w, b = m.step(w, b, np.zeros((2, 1)), np.array([3, 4]), np.array([4, 6]), 1.0)
    compare("b after 300 steps for 7 yes in 10 and X = 0", b, np.log(7 / 3), rtol=1e-4)
