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
from minigrad.classroom.checks import Wrong, answer, check, compare, taken  # noqa: E402

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
RIGHT = {
    "number_by_number": (
        "A",
        "T, d = outputs.shape\n"
        "table = [[False] * T for _ in range(T)]\n"
        "for i in range(T):\n"
        "    for j in range(i + 1, T):\n"
        "        table[i][j] = any(abs(changed[j][i][k] - outputs[i][k]) > 1e-6 for k in "
        "range(d))\n"
        "return table",
    ),
    "largest_move": (
        "A",
        "size = np.abs(changed - outputs[None]).max(axis=2)\n"
        "leak = np.swapaxes(size, 0, 1) > 1e-6\n"
        "leak[np.tril_indices(len(leak))] = False\n"
        "return leak",
    ),
    "column_by_column": (
        "A",
        "place = np.arange(len(outputs))\n"
        "columns = []\n"
        "for letter, after in enumerate(changed):\n"
        "    moved = np.linalg.norm(after - outputs, ord=np.inf, axis=1) > 1e-6\n"
        "    columns.append(moved & (place < letter))\n"
        "return np.stack(columns, axis=1)",
    ),
    "not_close": (
        "A",
        "same = np.isclose(changed, outputs, rtol=0, atol=1e-6).all(axis=-1)\n"
        "later = np.arange(len(same))[:, None] > np.arange(len(same))\n"
        "return (~same & later).T",
    ),
    "place_by_place": (
        "B",
        "out = np.empty(x.shape)\n"
        "for at in np.ndindex(x.shape[:-1]):\n"
        "    row = x[at]\n"
        "    spread = (sum((row - sum(row) / len(row)) ** 2) / len(row) + 1e-5) ** 0.5\n"
        "    out[at] = row + mlp((row - sum(row) / len(row)) / spread * gain + shift, W1, b1, W2, "
        "b2)\n"
        "return out",
    ),
    "tensors": (
        "B",
        "import minigrad as mg\n"
        "from minigrad.nn import functional as F\n"
        "given = mg.tensor(x)\n"
        "normal = F.layer_norm(given, (x.shape[-1],), mg.tensor(gain), mg.tensor(shift), 1e-5)\n"
        "W, V = mg.tensor(W1), mg.tensor(W2)\n"
        "return given + (F.relu(normal @ W + mg.tensor(b1)) @ V + mg.tensor(b2))",
    ),
    "second_moment": (
        "B",
        "d = x.shape[-1]\n"
        'mean = np.einsum("...d->...", x)[..., None] / d\n'
        'variance = np.einsum("...d,...d->...", x, x)[..., None] / d - mean**2\n'
        "return mlp((x - mean) * gain / (variance + 1e-5) ** 0.5 + shift, W1, b1, W2, b2) + x",
    ),
    "nested_lists": (
        "B",
        "def step(part):\n"
        "    if part.ndim > 1:\n"
        "        return [step(inner) for inner in part]\n"
        "    centred = part - np.mean(part)\n"
        "    normal = centred / np.sqrt(np.mean(centred * centred) + 1e-5)\n"
        "    hidden = np.maximum(0, b1 + (gain * normal + shift) @ W1)\n"
        "    return (part + hidden @ W2 + b2).tolist()\n"
        "\n"
        "return step(x)",
    ),
    "letter_by_letter": (
        "C",
        "import math\n"
        "rows = []\n"
        "for row in logits.tolist():\n"
        "    stay = sorted(row, reverse=True)[:k]\n"
        "    e = [math.exp((z - stay[0]) / temperature) if z in stay else 0.0 for z in row]\n"
        "    rows.append([share / sum(e) for share in e])\n"
        "return rows",
    ),
    "ranks": (
        "C",
        "rank = (-logits).argsort(axis=1).argsort(axis=1)\n"
        "z = (logits - logits.max(axis=1, keepdims=True)) / temperature\n"
        "e = np.exp(z) * (rank < k)\n"
        "return e / e.sum(axis=1)[:, None]",
    ),
    "partition": (
        "C",
        "out = np.zeros_like(logits)\n"
        "stay = np.argpartition(logits, -k, axis=1)[:, -k:]\n"
        "z = np.take_along_axis(logits, stay, axis=1) / temperature\n"
        "share = np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))\n"
        "np.put_along_axis(out, stay, share, axis=1)\n"
        "return out",
    ),
    "softmax_of_tensors": (
        "C",
        "import minigrad as mg\n"
        "z = mg.tensor(logits) / temperature\n"
        "least = mg.tensor(np.sort(z.numpy(), axis=1)[:, [-k]])\n"
        "return mg.softmax(mg.where(z >= least, z, -np.inf), 1)",
    ),
}
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
        NORMAL + "normal = gain * normal + shift\nreturn normal + mlp(normal, W1, b1, W2, b2)",
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
    "squared": (
        "A",
        "moved = (np.square(changed - outputs) > 1e-6).any(axis=-1)\nreturn np.triu(moved.T, 1)",
        "of 2e-4",
    ),
    "too_tolerant": (
        "A",
        "moved = (np.abs(changed - outputs) > 1e-5).any(axis=-1)\nreturn np.triu(moved.T, 1)",
        "of 5e-6",
    ),
    "relative": (
        "A",
        "moved = ~np.isclose(changed, outputs).all(axis=-1)\nreturn np.triu(moved.T, 1)",
        "of 5e-6",
    ),
    "sum_of_sizes": (
        "A",
        "moved = np.abs(changed - outputs).sum(axis=-1) > 1e-6\nreturn np.triu(moved.T, 1)",
        "by itself",
    ),
    "mean_of_sizes": (
        "A",
        "moved = np.abs(changed - outputs).mean(axis=-1) > 1e-6\nreturn np.triu(moved.T, 1)",
        "by itself",
    ),
    "first_number": (
        "A",
        "moved = np.abs(changed - outputs)[..., 0] > 1e-6\nreturn np.triu(moved.T, 1)",
        "first number only",
    ),
    "second_axis": (
        "B",
        "mean = x.mean(axis=1, keepdims=True)\n"
        "normal = (x - mean) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)\n"
        "return x + mlp(gain * normal + shift, W1, b1, W2, b2)",
        "axis=-1",
    ),
    "first_row_only": (
        "B",
        "if x.ndim == 3:\n"
        "    return np.stack([mlp_step(x[0], gain, shift, W1, b1, W2, b2)] * len(x))\n"
        "mean = x.mean(axis=-1, keepdims=True)\n"
        "normal = (x - mean) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)\n"
        "return x + mlp(gain * normal + shift, W1, b1, W2, b2)",
        "first row",
    ),
    "shifted_first": (
        "B",
        "mean = x.mean(axis=-1, keepdims=True)\n"
        "normal = (x - mean) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)\n"
        "return x + mlp(gain * (normal + shift), W1, b1, W2, b2)",
        "first times gain",
    ),
    "normalized_after": (
        "B",
        "y = x + mlp(x, W1, b1, W2, b2)\n"
        "mean = y.mean(axis=-1, keepdims=True)\n"
        "normal = (y - mean) / np.sqrt(y.var(axis=-1, keepdims=True) + 1e-5)\n"
        "return gain * normal + shift",
        "at the end",
    ),
    "no_shift": (
        "B",
        "mean = x.mean(axis=-1, keepdims=True)\n"
        "normal = (x - mean) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)\n"
        "return x + mlp(gain * normal, W1, b1, W2, b2)",
        "shift is missing",
    ),
    "from_the_front": (
        "C",
        "least = np.sort(logits, axis=-1)[:, k, None]\n"
        "z = np.where(logits >= least, logits / temperature, -np.inf)\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "return e / e.sum(axis=-1, keepdims=True)",
        "from the front",
    ),
    "top_of_all": (
        "C",
        "least = np.sort(logits.ravel())[-k]\n"
        "z = np.where(logits >= least, logits / temperature, -np.inf)\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "return e / e.sum(axis=-1, keepdims=True)",
        "of its own",
    ),
    "finite": (
        "C",
        "least = np.sort(logits, axis=-1)[:, -k, None]\n"
        "z = np.where(logits >= least, logits / temperature, -1e3)\n"
        "e = np.exp(z - z.max(axis=-1, keepdims=True))\n"
        "return e / e.sum(axis=-1, keepdims=True)",
        "minus infinity",
    ),
    "one_shift": (
        "C",
        "least = np.sort(logits, axis=-1)[:, -k, None]\n"
        "z = np.where(logits >= least, logits / temperature, -np.inf)\n"
        "e = np.exp(z - z.max())\n"
        "return e / e.sum(axis=-1, keepdims=True)",
        "of each row",
    ),
    "equal_shares": (
        "C",
        "least = np.sort(logits, axis=-1)[:, -k, None]\nreturn (logits >= least) / k",
        "k equal shares",
    ),
}


@answer
def right_leaks(outputs, changed):
    """Pair by pair."""
    T = len(outputs)
    moved = [[max(abs(changed[j, i] - outputs[i])) > 1e-6 for j in range(T)] for i in range(T)]
    return np.array([[moved[i][j] and j > i for j in range(T)] for i in range(T)])


@answer
def false_leaks(outputs, changed):
    """What the answer is by mistake."""
    change = changed - outputs  # (letter, output, number)
    size = abs(change)
    moved, rise = (size > 1e-6).any(axis=2), (change > 1e-6).any(axis=2)
    large = "a move of {} counts: the size of a number is compared with 1e-6, and nothing else is"
    alone = "each of the d numbers counts by itself: here they are put together before"
    return {
        "past": ("this is turned round: rows are outputs, columns are letters", np.triu(moved, 1)),
        "other_output": (
            "each output is compared with another output: outputs goes along the second axis",
            np.triu(np.ones(moved.shape, dtype=bool), 1),
        ),
        "below": ("turned round at the end: True where the letter is earlier", np.triu(moved, 1).T),
        "itself": ("the diagonal is True: a place may see its own letter", np.triu(moved.T)),
        "all": ("every move counts here: only later letters leak", moved.T),
        "no_size": ("a number that falls has moved, too: take the sizes", np.triu(rise.T, 1)),
        "every_number": (
            "it is enough if one of the d numbers moves",
            np.triu((size > 1e-6).all(axis=2).T, 1),
        ),
        "first_number": (
            "this looks at the first number only",
            np.triu((size > 1e-6)[..., 0].T, 1),
        ),
        "exactly": (
            "a move of 2e-8 is rounding: it must be above 1e-6",
            np.triu((size > 1e-12).any(axis=2).T, 1),
        ),
        "summed": (
            "two moves can cancel in a sum: take the size of each number",
            np.triu((abs(change.sum(axis=2)) > 1e-6).T, 1),
        ),
        "small": (large.format("5e-6"), np.triu((size > 1e-5).any(axis=2).T, 1)),
        "smaller": (large.format("2e-4"), np.triu((size > 1e-3).any(axis=2).T, 1)),
        "sum": (alone, np.triu((size.sum(axis=2) > 1e-6).T, 1)),
        "mean": (alone, np.triu((size.mean(axis=2) > 1e-6).T, 1)),
    }


@check("A", points=2)
def which_letter_leaks_where(m, rng):
    T = 6
    outputs = np.round(rng.standard_normal((T, 3)), 3)
    outputs += 3 * np.sign(outputs)
    change = np.zeros((T, T, 3))  # (letter, output, number)
    for j in range(T):
        change[j, j:] = 1 + rng.random((T - j, 3))  # what may be
    change[0, 3] = 0
    change[1, 0] = [0, 0, 0.5]
    change[2, 0] = [0, -0.25, 0]
    change[4, 2] = [0.5, -0.5, 0]
    change[4, 3] = [2e-8, 0, 0]
    change[5, 0] = [0, 5e-6, 0]
    change[5, 1] = [2e-4, 0, 0]
    change[5, 2] = [7e-7, 7e-7, 0]
    change[5, 3] = [0, 1.5e-6, 0]
    changed = outputs + change
    call = "leaks(outputs, changed) for T = 6, d = 3"
    right, mistakes = right_leaks(outputs, changed), false_leaks(outputs, changed)
    compare(call, m.leaks(outputs, changed), right, **mistakes)


@answer
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


@answer
def false_steps(x, gain, shift, W1, b1, W2, b2):
    """What a step is by mistake."""

    def after(normal, plus=x, gain=gain, shift=shift):
        hidden = (gain * normal + shift) @ W1 + b1
        return plus + np.maximum(hidden, 0) @ W2 + b2

    def normalized(x=x, **axis):
        return (x - x.mean(**axis)) / np.sqrt(x.var(**axis) + 1e-5)

    last = dict(axis=-1, keepdims=True)
    mean, variance, normal = x.mean(**last), x.var(**last), normalized(**last)
    whole = after(x, gain=1, shift=0)
    found = {
        "over_places": (
            "the norm is taken over the places, not each place's d numbers: use axis=-1",
            after(normalized(axis=-2, keepdims=True)),
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
        "no_shift": ("shift is missing", after(normal, shift=0)),
        "shift_first": ("first times gain, then plus shift", after(normal + shift, shift=0)),
        "no_norm": ("x is not normalized, or has no gain and shift", after(x)),
        "norm_last": (
            "the layer normalization comes first, not at the end",
            gain * normalized(whole, **last) + shift,
        ),
    }
    if x.ndim == 3:
        found["first"] = (
            "the first row of the batch is repeated: each row has its own numbers",
            np.broadcast_to(after(normal)[:1], x.shape),
        )
    return found


@check("B", points=2)
def a_step_of_every_place(m, rng):
    given = numbers_of_a_step(rng, 3)
    given[0][0] *= 0.01  # here the 1e-5 counts
    for call, given in (
        ("mlp_step(x, gain, shift, W1, b1, W2, b2) for x of shape (3, 4)", given),
        ("mlp_step(x, ...) for x of shape (2, 3, 4)", numbers_of_a_step(rng, 2, 3)),
    ):
        compare(call, m.mlp_step(*given), right_step(*given), **false_steps(*given))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@answer
def right_belief(logits, temperature, k):
    """Row by row, letter by letter."""
    out = np.zeros(logits.shape)
    for i, row in enumerate(logits):
        stay = sorted(range(len(row)), key=lambda j: -row[j])[:k]
        out[i, stay] = softmax(row[stay] / temperature)
    return out


@answer
def false_beliefs(logits, temperature, k):
    """What the beliefs are by mistake."""
    right, z, C = right_belief(logits, temperature, k), logits / temperature, logits.shape[1]
    stays = right > 0
    e = np.where(stays, np.exp(z), 0)
    part = e / np.exp(z.max(axis=-1, keepdims=True))
    least = np.sort(logits.ravel())[-k]
    together = "the sum is over all rows together: each row adds up to 1"
    return {
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
            right_belief(logits, temperature, max(k - 1, 1)),
        ),
        "one_more": ("k + 1 letters stay", right_belief(logits, temperature, k + 1)),
        "front": (
            "this counts k letters from the front: C - k stay; the k-th largest is at -k",
            right_belief(logits, temperature, C - k),
        ),
        "zero_logits": (
            "a letter that is out got a logit of 0: it needs minus infinity",
            softmax(np.where(stays, z, 0)),
        ),
        "not_renewed": (
            "letters went out after the softmax: the rest must add up to 1",
            np.where(stays, softmax(z), 0),
        ),
        "shares": ("these are k equal shares: take the softmax of what stays", stays / k),
        "all_rows": (together, e / e.sum()),
        "all_rows_safe": (together, right / len(right)),
        "all_rows_shifted": (together, part / part.sum()),
        "of_all": (
            "the k largest of all rows stay: each row has k largest of its own",
            softmax(np.where(logits >= least, z, -1e300)),
        ),
    }


@check("C", points=2)
def only_k_letters_can_be_drawn(m, rng):
    logits, temperature, k = (
        rng.permuted(np.arange(-2.5, 3.5), axis=0)[None] + [[0.0], [1.0]],
        0.5,
        2,
    )
    logits[1] = -logits[1]
    call = f"belief(logits, 0.5, {k}) for logits of shape (2, 6)"
    mistakes = false_beliefs(logits, temperature, k)
    right = right_belief(logits, temperature, k)
    compare(call, m.belief(logits, temperature, k), right, **mistakes)
    large, call = 2000 * logits, f"belief(2000 * logits, 0.5, {k})"
    got, right = taken(m.belief(large, temperature, k)), right_belief(large, temperature, k)
    if np.shape(got) == right.shape and np.isnan(got).any():
        raise Wrong("NaN: exp overflows; subtract the largest logit of each row before", call)
    compare(call, got, right)
    low = np.array([[-3e4, -2e4, -1e4, -5e4]])
    got, right = m.belief(low, 1.0, 1), right_belief(low, 1.0, 1)
    out = ("a letter that is out needs minus infinity: no finite number is low enough",
           np.full((1, 4), 1 / 3) * [[1, 1, 0, 1]])  # fmt: skip
    compare(f"belief({low.tolist()}, 1, 1)", got, right, out=out)


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
