"""Parts of a Transformer: a test for leaks, half a block, and the belief to draw letters from.

Belongs to lesson 22, "What do more layers of attention add?".

A row has T places, and a model gives d numbers for each. In front of (T, d) there may be an axis
for the rows of a batch. Arrays are float64. The parts do not use each other.
"""

import numpy as np


# %% Part A (2 points)
def leaks(outputs, changed):
    """Which letters leak into earlier outputs: a bool array (T, T).

    `outputs`, (T, d), are the outputs for a row of letters. `changed`, (T, T, d), has those of T
    other rows: changed[j] are the T outputs after letter j alone was changed. The answer is True at
    [i, j] if letter j is *later* than place i and yet one of the d numbers of output i differs by
    more than 1e-6. Everywhere else it is False, on the diagonal too: a place may see its own
    letter. (np.abs(a) has the sizes, a.any(axis=...) goes along an axis, a.T exchanges two axes,
    and np.triu(a, 1) keeps what is above the diagonal; in a bool array the rest becomes False.)
    """
    # BEGIN SOLUTION A: which output moved by which letter; letters are the columns; only later ones
    moved = (np.abs(changed - outputs) > 1e-6).any(axis=-1)
    return np.triu(moved.T, 1)
    # END SOLUTION


def mlp(x, W1, b1, W2, b2):
    """The small network of a block, for the last axis of x: (..., d) to (..., d). It is given."""
    return np.maximum(x @ W1 + b1, 0) @ W2 + b2


# %% Part B (2 points)
def mlp_step(x, gain, shift, W1, b1, W2, b2):
    """The second half of a block, for x of shape (T, d) or (B, T, d): an array of the same shape.

    First the layer normalization of each place, over its own d numbers, as in the lesson (variance:
    the mean of the squares; plus 1e-5), then times gain and plus shift, both (d,). Then the network
    `mlp` above. Last the residual connection.
    (x.mean and x.var take axis=-1 and keepdims=True; np.sqrt(a) is the root.)
    """
    # BEGIN SOLUTION B: normalize the last axis; gain and shift; the network; what is added to it?
    mean = x.mean(axis=-1, keepdims=True)
    normal = (x - mean) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    return x + mlp(gain * normal + shift, W1, b1, W2, b2)
    # END SOLUTION


# %% Part C (2 points)
def belief(logits, temperature, k):
    """The probabilities to draw the next letter from, one row for each row of logits, both (N, C).

    Only the k largest logits of each row stay in (k from 1 to C; no two are equal): the others get
    exactly 0. Those that stay have the softmax of logits / temperature (above 0), and add up to 1.
    Logits may be of any size. (np.sort(a, axis=-1) sorts each row, the smallest first; -np.inf is
    minus infinity, np.exp(-np.inf) is 0, np.where(condition, a, b) is a where the condition holds.)
    """
    # BEGIN SOLUTION C: the k-th largest of each row; -inf below it; a softmax that cannot overflow
    least = np.sort(logits, axis=-1)[:, -k, None]
    z = np.where(logits >= least, logits / temperature, -np.inf)
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import Wrong, check, compare  # noqa: E402

HINTS = {
    "A": [
        "Letter j was changed, and output i moved: for which pairs is that a leak? Draw T = 3.",
        "changed - outputs has the axes (changed letter, output, number). Take the sizes, compare, "
        "put the d numbers of an output together, exchange the two axes, keep what is later.",
        "moved = (np.abs(changed - outputs) > 1e-6).any(axis=...)\nreturn np.triu(moved..., 1)",
    ],
    "B": [
        "Which axis holds the d numbers of one place? Mean and variance are taken along it, and "
        "must keep it, so that they can be subtracted.",
        "normal = (x - mean) / sqrt(var + 1e-5); the network gets gain times normal plus shift; to "
        "which x is the network's answer added: to the normalized one, or to the one that came in?",
        "mean = x.mean(axis=-1, keepdims=True)\n"
        "normal = (x - mean) / np.sqrt(x.var(axis=-1, keepdims=True) + ...)\n"
        "return ... + mlp(gain * ... + shift, W1, b1, W2, b2)",
    ],
    "C": [
        "A letter that is out must have a probability of exactly 0, and the others add up to 1: so "
        "it goes out before the softmax, as a hidden key in a mask.",
        "Sort each row. The k-th largest is at place -k, and -k, None keeps an axis for comparing. "
        "Below it: minus infinity. Subtract the largest before the exponential.",
        "least = np.sort(logits, axis=-1)[:, ..., None]\n"
        "z = np.where(logits >= least, logits / ..., -np.inf)\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\nreturn e / ...",
    ],
}
MOVED = "moved = (np.abs(changed - outputs) > 1e-6).any(axis=-1)\n"
NORMAL = (
    "mean = x.mean(axis=-1, keepdims=True)\n"
    "normal = (x - mean) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)\n"
)
HIDDEN = "hidden = mlp(gain * normal + shift, W1, b1, W2, b2)\n"
STEP = "return x + hidden"
LEAST = "least = np.sort(logits, axis=-1)[:, -k, None]\n"
Z = "z = np.where(logits >= least, logits / temperature, -np.inf)\n"
E = "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
SHARE = "return e / e.sum(axis=-1, keepdims=True)"
WRONG = {
    "past": ("A", MOVED + "return np.triu(moved, 1)", "turned round"),
    "other_output": (
        "A",
        MOVED.replace("outputs)", "outputs[:, None])") + "return np.triu(moved.T, 1)",
        "another output",
    ),
    "below": ("A", MOVED + "return np.triu(moved, 1).T", "earlier"),
    "itself": ("A", MOVED + "return np.triu(moved.T)", "own letter"),
    "all": ("A", MOVED + "return moved.T", "every"),
    "no_size": (
        "A",
        "moved = (changed - outputs > 1e-6).any(axis=-1)\nreturn np.triu(moved.T, 1)",
        "falls",
    ),
    "every_number": (
        "A",
        "moved = (np.abs(changed - outputs) > 1e-6).all(axis=-1)\nreturn np.triu(moved.T, 1)",
        "one of the d numbers",
    ),
    "exactly": (
        "A",
        "moved = (changed != outputs).any(axis=-1)\nreturn np.triu(moved.T, 1)",
        "rounding",
    ),
    "summed": (
        "A",
        "moved = np.abs((changed - outputs).sum(axis=-1)) > 1e-6\nreturn np.triu(moved.T, 1)",
        "cancel",
    ),
    "numbers": ("A", MOVED + "return 1.0 * np.triu(moved.T, 1)", "bool"),
    "over_places": ("B", NORMAL.replace("axis=-1", "axis=-2") + HIDDEN + STEP, "over the places"),
    "over_all": (
        "B",
        "normal = (x - x.mean()) / np.sqrt(x.var() + 1e-5)\n" + HIDDEN + STEP,
        "of all numbers",
    ),
    "no_root": ("B", NORMAL.replace("np.sqrt", "") + HIDDEN + STEP, "the variance itself"),
    "no_mean": ("B", NORMAL.replace("(x - mean)", "x") + HIDDEN + STEP, "not subtracted"),
    "no_eps": ("B", NORMAL.replace(" + 1e-5", "") + HIDDEN + STEP, "1e-5"),
    "eps_outside": (
        "B",
        NORMAL.replace(" + 1e-5)", ") + 1e-5")
        .replace("/ np.sqrt", "/ (np.sqrt")
        .replace("1e-5\n", "1e-5)\n")
        + HIDDEN
        + STEP,
        "under the root",
    ),
    "no_residual": ("B", NORMAL + HIDDEN + "return hidden", "residual connection is missing"),
    "normal_kept": ("B", NORMAL + HIDDEN + "return normal + hidden", "the normalized x"),
    "gained_kept": (
        "B",
        NORMAL
        + "normal = gain * normal + shift\nreturn normal + mlp(normal, W1, b1, W2, b2)",
        "the normalized x",
    ),
    "no_gain": (
        "B",
        NORMAL + HIDDEN.replace("gain * normal + shift", "normal") + STEP,
        "gain and shift",
    ),
    "no_norm": ("B", HIDDEN.replace("normal", "x") + STEP, "not normalized"),
    "multiplied": (
        "C",
        LEAST + Z.replace("/ temperature", "* temperature") + E + SHARE,
        "multiplied by the temperature",
    ),
    "no_temperature": (
        "C",
        LEAST + Z.replace(" / temperature", "") + E + SHARE,
        "without the temperature",
    ),
    "no_top": ("C", "z = logits / temperature\n" + E + SHARE, "no letter is out"),
    "smallest": (
        "C",
        "least = np.sort(logits, axis=-1)[:, k - 1, None]\n" + Z.replace(">=", "<=") + E + SHARE,
        "smallest",
    ),
    "one_less": ("C", LEAST + Z.replace(">=", ">") + E + SHARE, "k - 1"),
    "zero_logits": ("C", LEAST + Z.replace("-np.inf", "0.0") + E + SHARE, "a logit of 0"),
    "not_renewed": (
        "C",
        LEAST
        + "z = logits / temperature\n"
        + E
        + "return np.where(logits >= least, e / e.sum(axis=-1, keepdims=True), 0)",
        "add up to 1",
    ),
    "all_rows": ("C", LEAST + Z + E + "return e / e.sum()", "all rows together"),
    "overflow": ("C", LEAST + Z + "e = np.exp(z)\n" + SHARE, "overflows"),
}


def right_leaks(outputs, changed, tolerance=1e-6):
    """Pair by pair."""
    T = len(outputs)
    moved = [[max(abs(changed[j, i] - outputs[i])) > tolerance for j in range(T)] for i in range(T)]
    return np.array([[moved[i][j] and j > i for j in range(T)] for i in range(T)])


def compare_masks(call, got, right, mistakes):
    """Bool arrays, with the named mistakes; numbers in their place are refused."""
    if isinstance(got, np.ndarray) and got.dtype == bool and got.shape == right.shape:
        named = {name: (text, 1.0 * value) for name, (text, value) in mistakes.items()}
        compare(f"{call}, as numbers", 1.0 * got, 1.0 * right, **named)
    compare(call, got, right)


@check("A", points=2)
def which_letter_leaks_where(m, rng):
    T = 5
    outputs = np.round(rng.standard_normal((T, 3)), 3)
    change = np.zeros((T, T, 3))  # (letter, output, number)
    for j in range(T):
        change[j, j:] = 1 + rng.random((T - j, 3))  # what may be
    change[0, 3] = 0
    change[1, 0] = [0, 0, 0.5]
    change[2, 0] = [0, -0.25, 0]
    change[4, 2] = [0.5, -0.5, 0]
    change[4, 3] = [2e-8, 0, 0]
    changed = outputs + change
    moved = (abs(change) > 1e-6).any(axis=2)  # (letter, output)
    rise = (change > 1e-6).any(axis=2)
    every = (abs(change) > 1e-6).all(axis=2)
    mistakes = {
        "past": ("this is turned round: rows are outputs, columns are letters", np.triu(moved, 1)),
        "other_output": (
            "each output is compared with another output: outputs goes along the second axis",
            np.triu(np.ones((T, T)), 1),
        ),
        "below": ("turned round at the end: True where the letter is earlier", np.triu(moved, 1).T),
        "itself": ("the diagonal is True: a place may see its own letter", np.triu(moved.T)),
        "all": ("every move counts here: only later letters leak", moved.T),
        "no_size": ("a number that falls has moved, too: take the sizes", np.triu(rise.T, 1)),
        "every_number": ("it is enough if one of the d numbers moves", np.triu(every.T, 1)),
        "exactly": (
            "a move of 2e-8 is rounding: it must be above 1e-6",
            np.triu((change != 0).any(axis=2).T, 1),
        ),
        "summed": (
            "two moves can cancel in a sum: take the size of each number",
            np.triu((abs(change.sum(axis=2)) > 1e-6).T, 1),
        ),
    }
    call = "leaks(outputs, changed) for T = 5, d = 3"
    compare_masks(call, m.leaks(outputs, changed), right_leaks(outputs, changed), mistakes)


def right_step(x, gain, shift, W1, b1, W2, b2):
    """Place by place."""
    out = np.zeros_like(x)
    for index in np.ndindex(x.shape[:-1]):
        spread = np.sqrt(np.mean((x[index] - np.mean(x[index])) ** 2) + 1e-5)
        normal = (x[index] - np.mean(x[index])) / spread
        hidden = W1.T @ (gain * normal + shift) + b1
        out[index] = x[index] + W2.T @ np.where(hidden > 0, hidden, 0) + b2
    return out


def numbers_of_a_step(rng, *front, d=4, h=6):
    x = rng.standard_normal((*front, d)) + 0.5
    gain, shift, b2 = 1 + rng.random((3, d))
    W1, W2, b1 = rng.standard_normal((d, h)), rng.standard_normal((h, d)), rng.standard_normal(h)
    return x, gain, shift, W1, b1, W2, b2


@check("B", points=2)
def a_step_of_every_place(m, rng):
    x, gain, shift, W1, b1, W2, b2 = given = numbers_of_a_step(rng, 3)
    x[0] *= 0.01  # here the 1e-5 counts

    def after(normal, plus=x, gain=gain, shift=shift):
        hidden = (gain * normal + shift) @ W1 + b1
        return plus + np.maximum(hidden, 0) @ W2 + b2

    def normalized(**axis):
        return (x - x.mean(**axis)) / np.sqrt(x.var(**axis) + 1e-5)

    last = dict(axis=-1, keepdims=True)
    mean, variance, normal = x.mean(**last), x.var(**last), normalized(**last)
    places = normalized(axis=-2, keepdims=True)
    mistakes = {
        "over_places": (
            "the norm is taken over the places, not each place's d numbers",
            after(places),
        ),
        "over_all": ("the norm is that of all numbers, not of each place's", after(normalized())),
        "no_root": (
            "this divides by the variance itself: take its root",
            after((x - mean) / (variance + 1e-5)),
        ),
        "no_mean": ("the mean is not subtracted", after(x / np.sqrt(variance + 1e-5))),
        "no_eps": ("1e-5 is not added to the variance", after((x - mean) / np.sqrt(variance))),
        "eps_outside": (
            "1e-5 is added to the root: it belongs under the root",
            after((x - mean) / (np.sqrt(variance) + 1e-5)),
        ),
        "sample": (
            "the variance divides by d - 1: here it is the mean of the squares",
            after((x - mean) / np.sqrt(x.var(ddof=1, **last) + 1e-5)),
        ),
        "no_residual": ("the residual connection is missing: + x", after(normal, 0)),
        "normal_kept": (
            "the normalized x is added: it must be the x that came in",
            after(normal, normal),
        ),
        "gained_kept": (
            "the normalized x is added: it must be the x that came in",
            after(normal, gain * normal + shift),
        ),
        "no_gain": ("gain and shift are missing", after(normal, gain=1, shift=0)),
        "no_norm": ("x is not normalized, or has no gain and shift", after(x)),
    }
    call = "mlp_step(x, gain, shift, W1, b1, W2, b2) for x of shape (3, 4)"
    compare(call, m.mlp_step(*given), right_step(*given), **mistakes)


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def right_belief(logits, temperature, k):
    """Row by row, letter by letter."""
    out = np.zeros(logits.shape)
    for i, row in enumerate(logits):
        stay = sorted(range(len(row)), key=lambda j: -row[j])[:k]
        out[i, stay] = softmax(row[stay] / temperature)
    return out


@check("C", points=2)
def only_k_letters_can_be_drawn(m, rng):
    logits, temperature, k = (
        rng.permuted(np.arange(-2.5, 3.5), axis=0)[None] + [[0.0], [1.0]],
        0.5,
        3,
    )
    logits[1] = -logits[1]
    call = "belief(logits, 0.5, 3) for logits of shape (2, 6)"
    right = right_belief(logits, temperature, k)
    z = logits / temperature
    stays = right > 0
    e = np.where(stays, np.exp(z), 0)
    mistakes = {
        "multiplied": (
            "the logits are multiplied by the temperature: divide",
            right_belief(logits, 1 / temperature, k),
        ),
        "no_temperature": ("this is without the temperature", right_belief(logits, 1, k)),
        "no_top": ("no letter is out: only the k largest logits stay", softmax(z)),
        "smallest": (
            "the k smallest logits stay: np.sort has the smallest first",
            right_belief(-logits, -temperature, k),
        ),
        "one_less": (
            "k - 1 letters stay: the k-th largest stays, too",
            right_belief(logits, temperature, k - 1),
        ),
        "one_more": ("k + 1 letters stay", right_belief(logits, temperature, k + 1)),
        "zero_logits": (
            "a letter that is out got a logit of 0: it needs minus infinity",
            softmax(np.where(stays, z, 0)),
        ),
        "not_renewed": (
            "letters went out after the softmax: the rest must add up to 1",
            np.where(stays, softmax(z), 0),
        ),
        "all_rows": ("the sum is over all rows together: each row adds up to 1", e / e.sum()),
        "all_rows_safe": ("the sum is over all rows together: each row adds up to 1", right / 2),
    }
    for scale in (1 / np.exp(z.max(axis=-1, keepdims=True)),):
        part = e * scale
        mistakes["all_rows_shifted"] = (
            "the sum is over all rows together: each row adds up to 1",
            part / part.sum(),
        )
    compare(call, m.belief(logits, temperature, k), right, **mistakes)
    large = 2000 * logits
    got = m.belief(large, temperature, k)
    if isinstance(got, np.ndarray) and got.dtype.kind == "f" and np.isnan(got).any():
        why = "NaN: exp overflows; subtract the largest logit of each row before"
        raise Wrong(why, "belief(2000 * logits, 0.5, 3)")
    compare("belief(2000 * logits, 0.5, 3)", got, right_belief(large, temperature, k))


@check("A", points=0, hidden=True)
def other_rows_of_letters(m, rng):
    for T, d in ((1, 2), (2, 1), (6, 4)):
        outputs = rng.standard_normal((T, d))
        changed = outputs + rng.standard_normal((T, T, d)) * (rng.random((T, T, 1)) < 0.5)
        right = right_leaks(outputs, changed)
        compare(f"leaks(outputs, changed) for T = {T}, d = {d}", m.leaks(outputs, changed), right)


@check("B", points=0, hidden=True)
def batches_of_rows(m, rng):
    for front in ((1,), (2, 3), (4, 1)):
        given = numbers_of_a_step(rng, *front)
        compare(
            f"mlp_step(x, ...) for x of shape {(*front, 4)}", m.mlp_step(*given), right_step(*given)
        )


@check("C", points=0, hidden=True)
def few_letters_and_all(m, rng):
    logits = rng.standard_normal((3, 7))
    for temperature, k in ((1.0, 7), (0.1, 1), (2.0, 2)):
        call = f"belief(logits, {temperature}, {k}) for logits of shape (3, 7)"
        compare(call, m.belief(logits, temperature, k), right_belief(logits, temperature, k))
