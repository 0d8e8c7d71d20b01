"""Momentum and Adam: one step of each optimizer, by hand.

Belongs to lesson 11, optimizers.

An optimizer gets the parameters w and the gradient g of the loss with respect to them, arrays of one shape, and returns
new parameters. What it must remember from step to step goes in and comes out with them, and is all zeros before the
first step. Momentum (Polyak 1964) remembers a velocity, here as PyTorch's SGD defines it. Adam (Kingma and Ba 2015,
algorithm 1) remembers a mean of the gradients and one of their squares, both of which begin too near to 0 and are
corrected for it. The parts do not use each other.

Neither function may change the arrays that it is given: it returns new ones, of the same shape, float64.
"""

import numpy as np


# %% Part A (2 points)
def momentum_step(w, g, velocity, lr, momentum):
    """One step of gradient descent with momentum. Returns the pair (new w, new velocity).

    The velocity is a sum of gradients in which older ones count less, by the factor `momentum` for each step; the new
    gradient counts in full. The parameters move against the new velocity, times the rate `lr`.
    """
    # BEGIN SOLUTION A: return the new parameters and the new velocity
    velocity = momentum * velocity + g
    return w - lr * velocity, velocity
    # END SOLUTION


# %% Part B (3 points)
def adam_step(w, g, mean, square, step, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
    """One step of Adam, number `step`, counted from 1. Returns the triple (new w, new mean, new square).

    `mean` and `square` are running means of the gradients and of their squares, element by element, returned as they
    are to go into the next step: without the correction for their start at 0, which is used for this step only.
    """
    # BEGIN SOLUTION B: return the new parameters and both new running means, these not corrected
    mean = betas[0] * mean + (1 - betas[0]) * g
    square = betas[1] * square + (1 - betas[1]) * g**2
    corrected_mean = mean / (1 - betas[0] ** step)
    corrected_square = square / (1 - betas[1] ** step)
    return w - lr * corrected_mean / (np.sqrt(corrected_square) + eps), mean, square
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import check, compare  # noqa: E402

HINTS = {
    "A": [
        "A ball rolls: it keeps most of its velocity, the slope adds to it, and it moves by the velocity it has now.",
        "v <- momentum * v + g; w <- w - lr * v, with the new v.",
        "velocity = momentum * ... + ...\nreturn w - lr * ..., velocity",
    ],
    "B": [
        "Two running means, then a step whose size hardly depends on the size of the gradients. After the first step "
        "the mean is only 0.1 g: what must it be divided by to be g?",
        "m <- b1 m + (1 - b1) g; s <- b2 s + (1 - b2) g^2; M = m / (1 - b1^t); S = s / (1 - b2^t); "
        "w <- w - lr M / (sqrt(S) + eps).",
        "mean = betas[0] * mean + (1 - betas[0]) * g\nsquare = ...\nM, S = mean / (1 - betas[0] ** step), ...\n"
        "return w - lr * M / (... + eps), mean, square",
    ],
}
_MEANS = "mean = betas[0] * mean + (1 - betas[0]) * g\nsquare = betas[1] * square + (1 - betas[1]) * g**2\n"
_BOTH = _MEANS + "M, S = mean / (1 - betas[0] ** step), square / (1 - betas[1] ** step)\n"
_STEP = "return w - lr * M / (np.sqrt(S) + eps), mean, square"
WRONG = {
    "uphill": ("A", "velocity = momentum * velocity + g\nreturn w + lr * velocity, velocity", "uphill"),
    "old_velocity": ("A", "return w - lr * velocity, momentum * velocity + g", "velocity before"),
    "damped": (
        "A",
        "velocity = momentum * velocity + (1 - momentum) * g\nreturn w - lr * velocity, velocity",
        "counts in full",
    ),
    "rate_inside": ("A", "velocity = momentum * velocity - lr * g\nreturn w + velocity, velocity", "rate"),
    "plain": ("A", "return w - lr * g, momentum * velocity + g", "without momentum"),
    "nesterov": (
        "A",
        "velocity = momentum * velocity + g\nreturn w - lr * (g + momentum * velocity), velocity",
        "Nesterov",
    ),
    "uncorrected": ("B", _MEANS + "return w - lr * mean / (np.sqrt(square) + eps), mean, square", "correction"),
    "counted_from_0": ("B", _BOTH.replace("step", "(step + 1)") + _STEP, "from 1"),
    "returned_corrected": ("B", _BOTH + "return w - lr * M / (np.sqrt(S) + eps), M, S", "running mean itself"),
    "not_squared": ("B", _BOTH.replace("g**2", "np.abs(g)") + _STEP, "g^2"),
    "no_root": ("B", _BOTH + "return w - lr * M / (S + eps), mean, square", "root"),
    "eps_inside": ("B", _BOTH + "return w - lr * M / np.sqrt(S + eps), mean, square", "eps"),
    "swapped_betas": ("B", "betas = betas[::-1]\n" + _BOTH + _STEP, "swapped"),
}


@check("A", points=2)
def a_step_with_momentum(m, rng):
    w, g, v = rng.standard_normal((3, 3, 4))
    lr, momentum = 0.1, 0.9
    new = momentum * v + g
    right = (w - lr * new, new)
    damped, inside = momentum * v + (1 - momentum) * g, momentum * v - lr * g
    mistakes = {
        "uphill": ("w must move against the velocity: this goes uphill", (w + lr * new, new)),
        "old_velocity": ("w moved by the velocity before this step: use the new one", (w - lr * v, new)),
        "damped": ("the new gradient counts in full, without a factor 1 - momentum", (w - lr * damped, damped)),
        "rate_inside": ("the velocity has the rate in it, and its sign: it sums up gradients", (w + inside, inside)),
        "rate_in_velocity": (
            "the rate is in the velocity, which sums up gradients",
            (w - momentum * v - lr * g, momentum * v + lr * g),
        ),
        "no_rate": ("the rate is missing", (w - new, new)),
        "plain": ("w moved without momentum: by the gradient, not by the velocity", (w - lr * g, new)),
        "nesterov": ("this is Nesterov's step, which looks ahead", (w - lr * (g + momentum * new), new)),
        "other_order": ("the parameters come first, then the velocity", (new, w - lr * new)),
        "old_returned": (
            "the velocity came back as it was, or was changed in place: make a new one",
            (w - lr * new, v),
        ),
    }
    compare(
        f"momentum_step(w, g, velocity, {lr}, {momentum})", m.momentum_step(w, g, v, lr, momentum), right, **mistakes
    )


def adam(w, g, mean, square, step, lr, betas, eps=1e-8):
    """The step in the other order of the paper's section 2, where no mean is corrected but the rate is."""
    mean, square = (b * old + (1 - b) * new for b, old, new in ((betas[0], mean, g), (betas[1], square, g * g)))
    root = np.sqrt(1 - betas[1] ** step)
    return w - lr * root / (1 - betas[0] ** step) * mean / (np.sqrt(square) + eps * root), mean, square


def adam_mistakes(w, g, mean, square, step, lr, betas, eps=1e-8):
    """What the usual mistakes return, for the same arguments."""
    new_w, new_mean, new_square = adam(w, g, mean, square, step, lr, betas, eps)
    M, S = new_mean / (1 - betas[0] ** step), new_square / (1 - betas[1] ** step)
    other = betas[1] * square + (1 - betas[1]) * np.abs(g)
    later, means = adam(w, g, mean, square, step + 1, lr, betas, eps), (new_mean, new_square)
    uncorrected = w - lr * new_mean / (np.sqrt(new_square) + eps)
    first, second = betas[0] * mean + g, betas[1] * square + g * g
    by_sums = w - lr * first / (1 - betas[0] ** step) / (np.sqrt(second / (1 - betas[1] ** step)) + eps)
    no_power = w - lr * new_mean / (1 - betas[0]) / (np.sqrt(new_square / (1 - betas[1])) + eps)
    half = w - lr * M / (np.sqrt(new_square) + eps)
    absolute = w - lr * M / (np.sqrt(other / (1 - betas[1] ** step)) + eps)
    return {
        "uncorrected": ("the correction for the means' start at 0 is missing", (uncorrected, *means)),
        "sums": ("the new value counts with 1 - beta: running means are asked for, not sums", (by_sums, first, second)),
        "no_power": ("the correction is by 1 minus beta to the power `step`, not by 1 - beta", (no_power, *means)),
        "half_corrected": ("the correction of the mean of squares is missing", (half, *means)),
        "counted_from_0": ("steps count from 1: the first has betas to the power 1", later),
        "corrected_returned": ("return each running mean itself: the correction is for this step only", (new_w, M, S)),
        "absolute": ("the second mean is of g^2, the squares", (absolute, new_mean, other)),
        "no_root": ("divide by the root of the mean of squares: the root is missing", (w - lr * M / (S + eps), *means)),
        "eps_inside": ("eps belongs outside of the root, added to it", (w - lr * M / np.sqrt(S + eps), *means)),
        "swapped_betas": ("the betas are swapped", adam(w, g, mean, square, step, lr, betas[::-1], eps)),
        "uphill": ("w must move against the mean: this goes uphill", (2 * w - new_w, *means)),
        "old_returned": ("the running means came back as they were", (new_w, mean, square)),
    }


@check("B", points=1)
def the_first_step(m, rng):
    w, g = rng.standard_normal((2, 2, 3))
    given = (w, g, np.zeros((2, 3)), np.zeros((2, 3)), 1)
    right, mistakes = (function(*given, 0.001, (0.9, 0.999)) for function in (adam, adam_mistakes))
    compare("adam_step(w, g, mean, square, 1), both means 0", m.adam_step(*given), right, **mistakes)


@check("B", points=2)
def a_later_step(m, rng):
    w, g, mean = rng.standard_normal((3, 2, 3))
    how = {"lr": 0.1, "betas": (0.8, 0.95), "eps": 0.01}
    given = (w, g, mean, mean**2 + rng.random((2, 3)), 7)
    right, mistakes = (function(*given, **how) for function in (adam, adam_mistakes))
    call = "adam_step(w, g, mean, square, 7, lr=0.1, betas=(0.8, 0.95), eps=0.01)"
    compare(call, m.adam_step(*given, **how), right, **mistakes)


@check("A", points=0, hidden=True)
def many_steps_with_momentum(m, rng):
    w, g, v = rng.standard_normal(4), rng.standard_normal((30, 4)), np.zeros(4)
    moved, expected = np.copy(w), np.copy(w)
    for step in range(30):
        moved, v = m.momentum_step(moved, g[step], v, 0.05, 0.8)
        expected = expected - 0.05 * (0.8 ** np.arange(step, -1, -1)) @ g[: step + 1]
    compare("w after 30 calls of momentum_step", moved, expected)
    compare("momentum_step(w, g, velocity, 0.1, 0)[0]", m.momentum_step(w, g[0], g[1], 0.1, 0)[0], w - 0.1 * g[0])


@check("B", points=0, hidden=True)
def many_steps_of_adam(m, rng):
    state = got = (rng.standard_normal(4), np.zeros(4), np.zeros(4))
    for step in range(1, 31):
        g = np.append(rng.standard_normal(3), 0.0)  # a parameter without a gradient stays where it is
        state = adam(state[0], g, *state[1:], step, 0.01, (0.9, 0.999))
        got = m.adam_step(got[0], g, *got[1:], step, lr=0.01)
    compare("w, mean and square after 30 calls of adam_step", got, state)
