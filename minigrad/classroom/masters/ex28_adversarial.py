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
from minigrad.classroom.checks import Wrong, check, compare  # noqa: E402

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
    "no_b": ("C", "return (y * (x @ w) - eps * np.abs(w).sum() > 0).mean()", "b is missing"),
    "zero": ("C", "return (y * (x @ w + b) - eps * np.abs(w).sum() >= 0).mean()", "exactly 0"),
    "mistaken": ("C", "return (y * (x @ w + b) - eps * np.abs(w).sum() <= 0).mean()", "wrong ones"),
    "count": ("C", "return 1.0 * (y * (x @ w + b) - eps * np.abs(w).sum() > 0).sum()", "number of"),
}


def probabilities(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@check("A", points=2)
def gradient_of_each_pixel(m, rng):
    x, W, b = rng.random((5, 5)), rng.standard_normal((5, 5)), rng.standard_normal(5)
    labels = np.array([0, 4, 2, 1, 2])
    y = np.eye(5)[labels]
    p = probabilities(x @ W + b)
    right = (p - y) @ W.T
    mistakes = {
        "mean": ("this is divided by the number of pictures: each has its own loss", right / 5),
        "negative": ("this has the opposite sign: along it the loss falls", -right),
        "no_target": ("y is missing: the gradient for z is p - y", p @ W.T),
        "for_logits": ("this is the gradient for the logits: go on, through W", p - y),
        "for_weights": ("this is the gradient for W, not for x", x.T @ (p - y)),
        "transposed": ("W is not transposed: its rows belong to pixels", (p - y) @ W),
        "true_class_only": ("only the true class has its part: add up over all", (p - y) * y @ W.T),
        "of_p": (
            "this is the gradient of -p of the true class: the logarithm is missing",
            -((y - p) * (p * y).sum(1, keepdims=True)) @ W.T,
        ),
        "signs": ("these are the signs of the gradient", np.sign(right)),
        "no_bias": ("b is missing in the logits", (probabilities(x @ W) - y) @ W.T),
    }
    compare("pixel_gradient(x, labels, W, b)", m.pixel_gradient(x, labels, W, b), right, **mistakes)
    x, W, b = 0.5 + rng.random((3, 4)), 1000 * (1 + rng.random((4, 3))), rng.random(3)
    labels = np.array([2, 0, 1])
    with np.errstate(all="ignore"):
        right = (probabilities(x @ W + b) - np.eye(3)[labels]) @ W.T
        got = m.pixel_gradient(x, labels, W, b)
    call = "pixel_gradient with logits above 1000"
    if np.isnan(got).any():
        raise Wrong("the exponentials overflow: subtract each row's largest logit first", call)
    compare(call, got, right)


@check("B", points=2)
def one_step_within_both_limits(m, rng):
    original = rng.random((5, 8))
    original[0] = np.linspace(0, 1, 8)
    x = np.clip(original + rng.uniform(-0.1, 0.1, (5, 8)), 0, 1)
    g = rng.standard_normal((5, 8))
    g[1, 2] = 0.0
    size, eps = 0.13, 0.1
    low, high = np.maximum(original - eps, 0), np.minimum(original + eps, 1)
    step = size * np.sign(g)
    right = np.clip(x + step, low, high)
    mistakes = {
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
        "eps_step": (
            "each pixel moves by eps, not by size",
            np.clip(x + eps * np.sign(g), low, high),
        ),
        "no_step": ("there is no step: only limits", np.clip(x, low, high)),
        "not_clipped": ("the pixels are not brought back into the limits", x + step),
        "only_change": ("this is the change: add it to the original", right - original),
    }
    call = f"pgd_step(x, original, g, {size}, {eps})"
    compare(call, m.pgd_step(x, original, g, size, eps), right, **mistakes)


@check("C", points=2)
def share_after_the_worst_change(m, rng):
    w = np.linspace(0.2, 1.0, 16)
    w[::4] *= -1
    w[1] = 2.5
    b, eps = 0.8, 0.05
    loss = eps * np.abs(w).sum()
    x, y = rng.random((400, 16)), rng.choice([-1.0, 1.0], 400)
    # the margins are spread over 0 .. 2 times what a change can take; some are negative
    wanted = rng.uniform(-0.4, 2.0, 400) * loss
    x += ((y * wanted - b - x @ w) / (w @ w))[:, None] * w
    margin = y * (x @ w + b)
    right = (margin > loss).mean()
    plain = (x @ w + b - loss > 0).mean()
    mistakes = {
        "clean": ("this is the share without any change", (margin > 0).mean()),
        "norm": ("|w|_2 belongs to random signs", (margin > eps * np.sqrt(w @ w)).mean()),
        "no_abs": ("the absolute values are missing", (margin > eps * w.sum()).mean()),
        "largest": ("this changes one pixel only", (margin > eps * np.abs(w).max()).mean()),
        "per_pixel": (
            "this takes the mean of |w|: the changes of all pixels add up",
            (margin > eps * np.abs(w).mean()).mean(),
        ),
        "helps": ("this is the best change, not the worst", (margin > -loss).mean()),
        "no_label": ("y is missing: class -1 is right below 0", plain),
        "no_b": ("b is missing", (y * (x @ w) > loss).mean()),
        "mistaken": ("this is the share of the wrong ones", (margin <= loss).mean()),
        "count": ("this is the number of pictures, not their share", 1.0 * (margin > loss).sum()),
    }
    got = m.robust_share(x, y, w, b, eps)
    compare(f"robust_share(x, y, w, {b}, {eps})", got, right, **mistakes)
    # numbers that floats hold exactly: margins 1, 0.5, -1, and 0.5 is lost at eps = 0.25
    x, y, w = np.array([[1.0, 0], [0.5, 0], [0, 1]]), np.array([1.0, 1, 1]), np.array([1.0, -1])
    mistakes = {"zero": ("a difference of exactly 0 counts as wrong", 2 / 3)}
    got = m.robust_share(x, y, w, 0.0, 0.25)
    call = "robust_share([[1, 0], [.5, 0], [0, 1]], [1, 1, 1], [1, -1], 0, .25)"
    compare(call, got, 1 / 3, **mistakes)


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
