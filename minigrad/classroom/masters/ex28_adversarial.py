"""Adversarial examples: a gradient for the pixels, a step of PGD, and an exact worst case.

Belongs to lesson 28, "How sure is a network of nonsense?".

Pictures are the rows of x, float64, shape (N, D), their pixels between 0 and 1. A change moves each
pixel by at most eps (a number, 0 or more). Nothing that is passed in may be changed. The parts do
not use each other.
"""

import numpy as np


# %% Part A (2 points)
def pixel_gradient(x, labels, W, b):
    """The gradient of each picture's own loss for its pixels: shape (N, D).

    The classifier has no hidden layer: z = x W + b, with W (D, C) and b (C,), then a softmax. The
    loss of a picture is the cross-entropy with its label, an integer from 0 to C - 1; labels has
    the shape (N,). No mean is taken over the pictures: a picture's gradient is the same whatever
    other pictures stand in x. Logits may be of any size, 1000 too.
    """
    # BEGIN SOLUTION A: the softmax of the logits, then p - y, then back through W
    z = x @ W + b
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return (p - np.eye(len(b))[labels]) @ W.T
    # END SOLUTION


# %% Part B (2 points)
def pgd_step(x, original, g, size, eps):
    """One step of PGD: the pictures after it, shape (N, D).

    x are the pictures as they are now, `original` the unchanged ones, g the gradient of the loss
    for x. Each pixel of x moves by `size` so that the loss grows (not at all where g is 0). Then
    it is brought back to within eps of the original picture, and between 0 and 1. (x itself may
    lie outside these limits; what you return must not.)
    """
    # BEGIN SOLUTION B: a step along the signs, then both limits
    low = np.maximum(original - eps, 0.0)
    high = np.minimum(original + eps, 1.0)
    return np.clip(x + size * np.sign(g), low, high)
    # END SOLUTION


# %% Part C (2 points)
def robust_share(x, y, w, b, eps):
    """The share of pictures that a linear model gets right after the worst change: one number.

    Two classes: y, shape (N,), has 1 or -1. The model has the logit difference x w + b, with w (D,)
    and b a number, and says 1 if it is above 0, -1 if it is below 0. A difference of exactly 0,
    also after the change, counts as wrong. Here the pixels are not kept between 0 and 1, only
    within eps. No search is needed: the worst change of a linear model is known exactly.
    """
    # BEGIN SOLUTION C: by how much is each right now, and how much can a change take away?
    margin = y * (x @ w + b)
    return (margin - eps * np.abs(w).sum() > 0).mean()
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, answer, check, compare, taken  # noqa: E402

HINTS = {
    "A": [
        "The lesson's `backward` does this for two layers. Here the ReLU and one layer are gone.",
        "The gradient for z is p - y, with y one-hot. A change of pixel k moves z_c by W[k, c]: "
        "so add up over the classes.",
        "return (p - np.eye(len(b))[labels]) @ ...",
    ],
    "B": [
        "The lesson clips the change. You clip the picture: what is the least and the greatest "
        "value that each pixel may have?",
        "low is original - eps, but not below 0; high is original + eps, but not above 1.",
        "low = np.maximum(..., 0.0)\nhigh = np.minimum(..., 1.0)\nreturn np.clip(..., low, high)",
    ],
    "C": [
        "For a picture of class 1 the worst change lowers x w + b; for -1 it raises it. By how "
        "much at most?",
        "y (x w + b) is above 0 where the model is right. A change takes at most eps |w|_1 from "
        "it.",
        "margin = y * (...)\nreturn (margin - ... > 0).mean()",
    ],
}
P = (
    "z = x @ W + b\ne = np.exp(z - z.max(axis=-1, keepdims=True))\n"
    "p = e / e.sum(axis=-1, keepdims=True)\ny = np.eye(len(b))[labels]\n"
)
LIMITS = "low = np.maximum(original - eps, 0.0)\nhigh = np.minimum(original + eps, 1.0)\n"
STEP = "return np.clip(x + size * np.sign(g), low, high)"
RIGHT = {
    "picture_by_picture": (
        "A",
        "rows = []\n"
        "for picture, label in zip(x, labels):\n"
        "    z = W.T @ picture + b\n"
        "    p = np.exp(z - np.logaddexp.reduce(z))\n"
        "    p[label] -= 1\n"
        "    rows.append((W @ p).tolist())\n"
        "return rows",
    ),
    "einsum": (
        "A",
        'z = np.einsum("nd,dc->nc", x, W) + b\n'
        "e = np.exp(z - np.max(z, axis=1)[:, None])\n"
        'slope = e / np.einsum("nc->n", e)[:, None] - (labels[:, None] == np.arange(b.size))\n'
        'return np.einsum("nc,dc->nd", slope, W)',
    ),
    "back_propagation": (
        "A",
        "import minigrad as mg\n"
        "from minigrad.nn import functional as F\n"
        "t = mg.tensor(x, requires_grad=True)\n"
        "logits = t @ mg.tensor(W) + mg.tensor(b)\n"
        'F.cross_entropy(logits, mg.tensor(labels), reduction="sum").backward()\n'
        "return t.grad",
    ),
    "mean_of_the_weights": (
        "A",
        "z = x @ W + b\n"
        "z -= z.max(axis=1, keepdims=True)\n"
        "p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)\n"
        "return p @ W.T - W.T[labels]",
    ),
    "pixel_by_pixel": (
        "B",
        "out = []\n"
        "for now, first, slopes in zip(x.tolist(), original.tolist(), g.tolist()):\n"
        "    row = []\n"
        "    for pixel, start, slope in zip(now, first, slopes):\n"
        "        pixel += size * ((slope > 0) - (slope < 0))\n"
        "        pixel = min(max(pixel, start - eps), start + eps)\n"
        "        row.append(min(max(pixel, 0.0), 1.0))\n"
        "    out.append(row)\n"
        "return out",
    ),
    "clip_the_change": (
        "B",
        "change = np.clip(x + size * np.sign(g) - original, -eps, eps)\n"
        "return (original + change).clip(0, 1)",
    ),
    "where": (
        "B",
        "moved = np.where(g > 0, x + size, np.where(g < 0, x - size, x))\n"
        "moved = np.where(moved > original + eps, original + eps, moved)\n"
        "moved = np.where(moved < original - eps, original - eps, moved)\n"
        "return np.where(moved < 0, 0.0, np.where(moved > 1, 1.0, moved))",
    ),
    "tensors": (
        "B",
        "import minigrad as mg\n"
        "moved = mg.tensor(x) + size * mg.tensor(np.sign(g))\n"
        "first = mg.tensor(original)\n"
        "return mg.clamp(mg.minimum(mg.maximum(moved, first - eps), first + eps), 0.0, 1.0)",
    ),
    "middle_of_three": (
        "B",
        "low, high = np.clip(original - eps, 0, 1), np.clip(original + eps, 0, 1)\n"
        "return np.median(np.stack([low, x + np.copysign(size, g) * (g != 0), high]), axis=0)",
    ),
    "the_worst_pictures": (
        "C",
        "worst = x - eps * y[:, None] * np.sign(w)\nreturn np.mean(y * (worst @ w + b) > 0)",
    ),
    "counted": (
        "C",
        "robust = 0\n"
        "for picture, label in zip(x, y):\n"
        "    margin = label * (sum(a * c for a, c in zip(picture, w)) + b)\n"
        "    robust += margin - sum(abs(eps * c) for c in w) > 0\n"
        "return robust / len(x)",
    ),
    "two_classes": (
        "C",
        'z, most = np.einsum("nd,d->n", x, w) + b, eps * np.linalg.norm(w, 1)\n'
        "right = ((y == 1) & (z > most)) | ((y == -1) & (z < -most))\n"
        "return right.sum() / len(y)",
    ),
    "worst_of_all_corners": (
        "C",
        "z = x @ w + b\n"
        "for weight in w:\n"
        "    z = np.where(y > 0, z - eps * np.sqrt(weight**2), z + eps * np.sqrt(weight**2))\n"
        "return float(sum(np.sign(z) == y)) / y.size",
    ),
}
WRONG = {
    "mean": ("A", P + "return (p - y) @ W.T / len(x)", "divided by the number of pictures"),
    "negative": ("A", P + "return (y - p) @ W.T", "opposite sign"),
    "no_target": ("A", P + "return p @ W.T", "y is missing"),
    "for_logits": ("A", P + "return p - y", "gradient for the logits"),
    "for_weights": ("A", P + "return x.T @ (p - y)", "gradient for W"),
    "true_class_only": ("A", P + "return ((p - y) * y) @ W.T", "only the true class"),
    "of_p": ("A", P + "return -((y - p) * (p * y).sum(1, keepdims=True)) @ W.T", "logarithm"),
    "signs": ("A", P + "return np.sign((p - y) @ W.T)", "signs of the gradient"),
    "overflow": (
        "A",
        "e = np.exp(x @ W + b)\np = e / e.sum(axis=-1, keepdims=True)\n"
        "return (p - np.eye(len(b))[labels]) @ W.T",
        "overflow",
    ),
    "no_bias": ("A", P.replace(" + b\n", "\n") + "return (p - y) @ W.T", "b is missing"),
    "down": ("B", LIMITS + STEP.replace("x + size", "x - size"), "the loss falls"),
    "no_sign": ("B", LIMITS + STEP.replace("np.sign(g)", "g"), "not by its sign"),
    "from_original": ("B", LIMITS + STEP.replace("(x +", "(original +"), "from the original"),
    "around_x": ("B", LIMITS.replace("original", "x") + STEP, "around x"),
    "no_paper": ("B", "low = original - eps\nhigh = original + eps\n" + STEP, "between 0 and 1"),
    "no_ball": ("B", "low = 0.0\nhigh = 1.0\n" + STEP, "within eps"),
    "eps_step": ("B", LIMITS + STEP.replace("size *", "eps *"), "moves by eps"),
    "no_step": ("B", LIMITS + "return np.clip(x, low, high)", "no step"),
    "not_clipped": ("B", "return x + size * np.sign(g)", "not brought back"),
    "only_change": (
        "B",
        LIMITS + "return np.clip(x + size * np.sign(g), low, high) - original",
        "this is the change",
    ),
    "clean": ("C", "return (y * (x @ w + b) > 0).mean()", "without any change"),
    "norm": ("C", "return (y * (x @ w + b) - eps * np.sqrt((w**2).sum()) > 0).mean()", "|w|_2"),
    "no_abs": ("C", "return (y * (x @ w + b) - eps * w.sum() > 0).mean()", "absolute"),
    "largest": ("C", "return (y * (x @ w + b) - eps * np.abs(w).max() > 0).mean()", "one pixel"),
    "per_pixel": ("C", "return (y * (x @ w + b) - eps * np.abs(w).mean() > 0).mean()", "mean of"),
    "helps": ("C", "return (y * (x @ w + b) + eps * np.abs(w).sum() > 0).mean()", "best change"),
    "no_label": ("C", "return (x @ w + b - eps * np.abs(w).sum() > 0).mean()", "y is missing"),
    "b_outside": (
        "C",
        "return (y * (x @ w) + b - eps * np.abs(w).sum() > 0).mean()",
        "y multiplies b, too",
    ),
    "no_b": ("C", "return (y * (x @ w) - eps * np.abs(w).sum() > 0).mean()", "b is missing"),
    "zero": ("C", "return (y * (x @ w + b) - eps * np.abs(w).sum() >= 0).mean()", "exactly 0"),
    "mistaken": ("C", "return (y * (x @ w + b) - eps * np.abs(w).sum() <= 0).mean()", "wrong ones"),
    "count": ("C", "return 1.0 * (y * (x @ w + b) - eps * np.abs(w).sum() > 0).sum()", "number of"),
    "classes_that_came": (
        "A",
        "z = x @ W + b\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "p = e / e.sum(axis=-1, keepdims=True)\n"
        "return (p - np.eye(labels.max() + 1)[labels]) @ W.T",
        "could not be broadcast",
    ),
    "one_hot_of_pixels": (
        "A",
        "z = x @ W + b\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "p = e / e.sum(axis=-1, keepdims=True)\n"
        "y = np.eye(len(W))[labels][:, : len(b)]\n"
        "return (p - y) @ W.T",
        "index 2 is out of bounds",
    ),
    "over_the_pictures": (
        "A",
        "z = x @ W + b\n"
        "e = np.exp(z - z.max(axis=0, keepdims=True))\n"
        "p = e / e.sum(axis=0, keepdims=True)\n"
        "return (p - np.eye(len(b))[labels]) @ W.T",
        "over each picture's classes",
    ),
    "labels_in_each_row": (
        "A",
        "z = x @ W + b\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "p = e / e.sum(axis=-1, keepdims=True)\n"
        "p[:, labels] -= 1\n"
        "return p @ W.T",
        "in each row",
    ),
    "own_answer": (
        "A",
        "z = x @ W + b\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "p = e / e.sum(axis=-1, keepdims=True)\n"
        "return (p - np.eye(len(b))[z.argmax(axis=1)]) @ W.T",
        "its label",
    ),
    "one_shift_for_all": (
        "A",
        "z = x @ W + b\n"
        "e = np.exp(z - z.max())\n"
        "p = e / e.sum(axis=-1, keepdims=True)\n"
        "return (p - np.eye(len(b))[labels]) @ W.T",
        "each row's largest",
    ),
    "clipped_logits": (
        "A",
        "e = np.exp(np.clip(x @ W + b, -700, 700))\n"
        "p = e / e.sum(axis=-1, keepdims=True)\n"
        "return (p - np.eye(len(b))[labels]) @ W.T",
        "are clipped",
    ),
    "nan_to_zero": (
        "A",
        "e = np.exp(x @ W + b)\n"
        "p = np.nan_to_num(e / e.sum(axis=-1, keepdims=True))\n"
        "return (p - np.eye(len(b))[labels]) @ W.T",
        "with logits above 1000",
    ),
    "all_added_up": (
        "A",
        "z = x @ W + b\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "p = e / e.sum(axis=-1, keepdims=True)\n"
        "return ((p - np.eye(len(b))[labels]) @ W.T).sum(axis=0)",
        "wrong shape",
    ),
    "up_at_0": (
        "B",
        "low = np.maximum(original - eps, 0.0)\n"
        "high = np.minimum(original + eps, 1.0)\n"
        "return np.clip(x + size * np.where(g >= 0, 1, -1), low, high)",
        "where g is 0",
    ),
    "down_at_0": (
        "B",
        "low = np.maximum(original - eps, 0.0)\n"
        "high = np.minimum(original + eps, 1.0)\n"
        "return np.clip(x + size * np.where(g > 0, 1, -1), low, high)",
        "where g is 0",
    ),
    "limits_before": (
        "B",
        "low = np.maximum(original - eps, 0.0)\n"
        "high = np.minimum(original + eps, 1.0)\n"
        "return np.clip(np.clip(x, low, high) + size * np.sign(g), low, high)",
        "before the step",
    ),
    "least_of_both": (
        "B",
        "low = np.maximum(original - eps, 0.0)\n"
        "high = np.minimum(original + eps, 1.0)\n"
        "return np.clip(x + min(size, eps) * np.sign(g), low, high)",
        "not by size",
    ),
    "upper_limit_only": (
        "B",
        "return np.clip(np.minimum(x + size * np.sign(g), original + eps), 0, 1)",
        "below the original",
    ),
    "whole_ball": (
        "B",
        "change = x + size * np.sign(g) - original\n"
        "length = np.linalg.norm(change, axis=1, keepdims=True)\n"
        "return np.clip(original + change * np.minimum(1, eps / length), 0, 1)",
        "each pixel",
    ),
    "change_of_x_itself": (
        "B",
        "low = np.maximum(original - eps, 0.0)\n"
        "high = np.minimum(original + eps, 1.0)\n"
        "return np.clip(x + size * np.sign(g), low, high, out=x)",
        "in place",
    ),
    "on_the_paper": (
        "C",
        "worst = np.clip(x - eps * y[:, None] * np.sign(w), 0, 1)\n"
        "return (y * (worst @ w + b) > 0).mean()",
        "between 0 and 1",
    ),
    "one_direction": (
        "C",
        "worst = x - eps * np.sign(w)\nreturn (y * (worst @ w + b) > 0).mean()",
        "class -1",
    ),
    "twice": (
        "C",
        "return (y * (x @ w + b) - 2 * eps * np.abs(w).sum() > 0).mean()",
        "twice",
    ),
    "with_bias": (
        "C",
        "return (y * (x @ w + b) - eps * (np.abs(w).sum() + abs(b)) > 0).mean()",
        "b is no pixel",
    ),
    "each_pixel_alike": (
        "C",
        "return (y * (x @ w + b) - eps * len(w) > 0).mean()",
        "number of pixels",
    ),
    "by_search": (
        "C",
        "rng = np.random.default_rng(0)\n"
        "robust = np.ones(len(x), dtype=bool)\n"
        "for _ in range(200):\n"
        "    worst = x + eps * rng.choice([-1, 1], x.shape)\n"
        "    robust &= y * (worst @ w + b) > 0\n"
        "return robust.mean()",
        "not the expected",
    ),
    "some_room": (
        "C",
        "return (y * (x @ w + b) - eps * np.abs(w).sum() > 1e-3).mean()",
        "however little",
    ),
    "yes_or_no": (
        "C",
        "return y * (x @ w + b) - eps * np.abs(w).sum() > 0",
        "wrong type",
    ),
}


def probabilities(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@answer
def gradients(x, labels, W, b):
    """The gradients of the pictures, and what they are by mistake."""
    z, y, n = x @ W + b, np.eye(len(b))[labels], len(x)
    p = probabilities(z)
    right, each = (p - y) @ W.T, p.copy()
    each[:, labels] -= 1
    found = {
        "mean": ("this is divided by the number of pictures: each has its own loss", right / n),
        "negative": ("this has the opposite sign: along it the loss falls", -right),
        "no_target": ("y is missing: the gradient for z is p - y", p @ W.T),
        "for_logits": ("this is the gradient for the logits: go on, through W", p - y),
        "for_weights": ("this is the gradient for W, not for x", x.T @ (p - y)),
        "true_class_only": ("only the true class has its part: add up over all", (p - y) * y @ W.T),
        "of_p": (
            "this is the gradient of -p of the true class: the logarithm is missing",
            -((y - p) * (p * y).sum(1, keepdims=True)) @ W.T,
        ),
        "signs": ("these are the signs of the gradient", np.sign(right)),
        "no_bias": ("b is missing in the logits", (probabilities(x @ W) - y) @ W.T),
        "axis": (
            "the softmax goes over each picture's classes, not over the pictures",
            (probabilities(z.T).T - y) @ W.T,
        ),
        "each_row": (
            "1 is subtracted at all labels in each row: each picture has its own label",
            each @ W.T,
        ),
        "own_answer": (
            "this takes the model's own answer: the loss has the picture's label, its label",
            (p - np.eye(len(b))[z.argmax(axis=1)]) @ W.T,
        ),
        "clipped": (
            "the logits are clipped: subtract each row's largest logit instead",
            (probabilities(np.clip(z, -700, 700)) - y) @ W.T,
        ),
    }
    if W.shape[0] == W.shape[1]:
        found["transposed"] = ("W is not transposed: its rows belong to pixels", (p - y) @ W)
    return right, found


@check("A", points=2)
def gradient_of_each_pixel(m, rng):
    x, W, b = rng.random((5, 5)), rng.standard_normal((5, 5)), rng.standard_normal(5)
    for shape, labels, what in (
        ((5, 5), [0, 4, 2, 1, 2], ""),
        ((2, 4), [2, 0, 2, 1, 2], " of 2 pixels and 4 classes, of which the last does not come"),
    ):
        D, C = shape
        given = x[:, :D], np.array(labels), W[:D, :C], b[:C]
        right, mistakes = gradients(*given)
        call = f"pixel_gradient(x, labels, W, b){what}"
        compare(call, m.pixel_gradient(*given), right, **mistakes)
    x, W, b = 0.5 + rng.random((3, 4)), 1000 * (1 + rng.random((4, 3))), rng.random(3)
    given = x, np.array([2, 0, 1]), W, b
    right, mistakes = gradients(*given)
    with np.errstate(all="ignore"):
        got = taken(m.pixel_gradient(*given))
    call = "pixel_gradient with logits above 1000"
    if np.shape(got) == right.shape and np.isnan(got).any():
        raise Wrong("the exponentials overflow: subtract each row's largest logit first", call)
    compare(call, got, right, **mistakes)


@answer
def steps(x, original, g, size, eps):
    """The pictures after a step, and what they are by mistake."""
    low, high = np.maximum(original - eps, 0), np.minimum(original + eps, 1)
    step, up = size * np.sign(g), np.where(g == 0, size, 0)
    right = np.clip(x + step, low, high)
    change = x + step - original
    length = np.linalg.norm(change, axis=1, keepdims=True)
    still = "a pixel does not move where g is 0"
    return right, {
        "down": ("this goes against the gradient: the loss falls", np.clip(x - step, low, high)),
        "no_sign": (
            "each pixel moves by its gradient, not by its sign times size",
            np.clip(x + size * g, low, high),
        ),
        "from_original": (
            "the step starts from the original, not from x",
            np.clip(original + step, low, high),
        ),
        "around_x": (
            "the limits are around x: they belong around the original",
            np.clip(x + step, np.maximum(x - eps, 0), np.minimum(x + eps, 1)),
        ),
        "no_paper": (
            "the pixels are not kept between 0 and 1",
            np.clip(x + step, original - eps, original + eps),
        ),
        "no_ball": (
            "the pixels are not kept within eps of the original",
            np.clip(x + step, 0, 1),
        ),
        "upper": (
            "pixels may be more than eps below the original: there are two limits",
            np.clip(np.minimum(x + step, original + eps), 0, 1),
        ),
        "length": (
            "this bounds the length of the whole change: each pixel has its own limits",
            np.clip(original + change * np.minimum(1, eps / np.maximum(length, 1e-300)), 0, 1),
        ),
        "eps_step": (
            "each pixel moves by eps, not by size",
            np.clip(x + eps * np.sign(g), low, high),
        ),
        "no_step": ("there is no step: only limits", np.clip(x, low, high)),
        "before": (
            "x is brought into the limits before the step: only what comes out of it is",
            np.clip(np.clip(x, low, high) + step, low, high),
        ),
        "up": (still, np.clip(x + step + up, low, high)),
        "zero_down": (still, np.clip(x + step - up, low, high)),
        "not_clipped": ("the pixels are not brought back into the limits", x + step),
        "only_change": ("this is the change: add it to the original", right - original),
    }


@check("B", points=2)
def one_step_within_both_limits(m, rng):
    original = rng.random((5, 8))
    original[0] = np.linspace(0, 1, 8)
    g = rng.standard_normal((5, 8))
    g[1, 2] = 0.0
    size, eps = 0.13, 0.1
    for x, what in (
        (np.clip(original + rng.uniform(-0.1, 0.1, (5, 8)), 0, 1), ""),
        (original + rng.uniform(-0.25, 0.25, (5, 8)), ", x outside the limits"),
    ):
        right, mistakes = steps(x, original, g, size, eps)
        call = f"pgd_step(x, original, g, {size}, {eps}){what}"
        compare(call, m.pgd_step(x, original, g, size, eps), right, **mistakes)


@answer
def shares(x, y, w, b, eps):
    """The share after the worst change, and what it is by mistake."""
    loss, margin = eps * np.abs(w).sum(), y * (x @ w + b)
    paper = np.clip(x - eps * y[:, None] * np.sign(w), 0, 1)
    right = (margin > loss).mean()
    return right, {
        "clean": ("this is the share without any change", (margin > 0).mean()),
        "norm": ("|w|_2 belongs to random signs", (margin > eps * np.sqrt(w @ w)).mean()),
        "no_abs": ("the absolute values are missing", (margin > eps * w.sum()).mean()),
        "largest": ("this changes one pixel only", (margin > eps * np.abs(w).max()).mean()),
        "per_pixel": (
            "this takes the mean of |w|: the changes of all pixels add up",
            (margin > eps * np.abs(w).mean()).mean(),
        ),
        "pixels": (
            "this takes away eps times the number of pixels: each has its weight",
            (margin > eps * len(w)).mean(),
        ),
        "twice": ("this takes away twice as much", (margin > 2 * loss).mean()),
        "bias": ("b is no pixel, and does not change", (margin > loss + eps * abs(b)).mean()),
        "helps": ("this is the best change, not the worst", (margin > -loss).mean()),
        "one_way": (
            "the worst change for class -1 is the other way round",
            (y * (x @ w + b - loss) > 0).mean(),
        ),
        "paper": (
            "the pixels are kept between 0 and 1: here only within eps",
            (y * (paper @ w + b) > 0).mean(),
        ),
        "no_label": ("y is missing: class -1 is right below 0", (x @ w + b > loss).mean()),
        "outside": (
            "y multiplies b, too: y times (x w + b)",
            (y * (x @ w) + b > loss).mean(),
        ),
        "no_b": ("b is missing", (y * (x @ w) > loss).mean()),
        "mistaken": ("this is the share of the wrong ones", (margin <= loss).mean()),
        "count": ("this is the number of pictures, not their share", 1.0 * (margin > loss).sum()),
    }


@check("C", points=2)
def share_after_the_worst_change(m, rng):
    # most mistakes change nothing here; y times x w, plus b, does
    given = np.array([[0.25], [0.75], [0.25]]), np.array([-1.0, -1, 1]), np.array([-1.0]), 0.5, 0.0
    right, mistakes = shares(*given)
    call = "robust_share([[.25], [.75], [.25]], [-1, -1, 1], [-1], .5, 0)"
    compare(call, m.robust_share(*given), right, **mistakes)
    w = np.linspace(0.2, 1.0, 16)
    w[::4] *= -1
    w[1] = 2.5
    b, eps = 0.8, 0.05
    x, y = rng.random((400, 16)), rng.choice([-1.0, 1.0], 400)
    # the margins are spread over 0 .. 2 times what a change can take; some are negative
    wanted = rng.uniform(-0.4, 2.0, 400) * eps * np.abs(w).sum()
    x += ((y * wanted - b - x @ w) / (w @ w))[:, None] * w
    right, mistakes = shares(x, y, w, b, eps)
    got = m.robust_share(x, y, w, b, eps)
    compare(f"robust_share(x, y, w, {b}, {eps})", got, right, **mistakes)
    # numbers that floats hold exactly: margins 1, 0.5, -1, and 0.5 is lost at eps = 0.25
    x, y, w = np.array([[1.0, 0], [0.5, 0], [0, 1]]), np.array([1.0, 1, 1]), np.array([1.0, -1])
    mistakes = {"zero": ("a difference of exactly 0 counts as wrong", 2 / 3)}
    got = m.robust_share(x, y, w, 0.0, 0.25)
    call = "robust_share([[1, 0], [.5, 0], [0, 1]], [1, 1, 1], [1, -1], 0, .25)"
    compare(call, got, 1 / 3, **mistakes)
    x = x - np.array([[0.5 - 2.0**-20, 0], [0, 0], [0, 0]])
    call = call.replace("[[1, 0]", "[[.5 + 2**-20, 0]")
    little = ("what is above 0, however little, is right", 0.0)
    compare(call, m.robust_share(x, y, w, 0.0, 0.25), 1 / 3, little=little)


@check("A", points=0, hidden=True)
def one_picture(m, rng):
    x, W, b = rng.random((3, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)
    labels = np.array([2, 0, 1])
    one = m.pixel_gradient(x[:1], labels[:1], W, b)
    expected = (probabilities(x[:1] @ W + b) - np.eye(3)[labels[:1]]) @ W.T
    compare("pixel_gradient of one picture", one, expected)


@check("B", points=0, hidden=True)
def edges_of_the_limits(m, rng):
    original, g = rng.random((2, 3)), rng.standard_normal((2, 3))
    compare("pgd_step with eps 0", m.pgd_step(original, original, g, 0.5, 0.0), original)
    far = m.pgd_step(original + 3, original, g, 0.5, 0.2)
    compare("pgd_step from x + 3", far, np.minimum(original + 0.2, 1))


@check("C", points=0, hidden=True)
def no_change_and_a_large_one(m, rng):
    x, w = rng.standard_normal((50, 4)), rng.standard_normal(4)
    y = np.sign(x @ w)
    compare("robust_share with eps 0, all right", m.robust_share(x, y, w, 0.0, 0.0), 1.0)
    compare("robust_share with eps 1000", m.robust_share(x, y, w, 0.0, 1000.0), 0.0)
