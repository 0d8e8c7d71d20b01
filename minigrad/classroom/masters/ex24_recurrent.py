"""Recurrent steps: a batch through a recurrent network, a step of an LSTM, and the whole way back.

Belongs to lesson 24, "How far back does a recurrent network remember?".

Here samples are rows, and the weights have the shapes of nn.RNN and nn.LSTM. B is the number of
samples, T of steps, K of inputs, n of units. All arrays are float64, and stay as they are. The
parts do not use each other.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# %% Part A (2 points)
def run_batch(W, U, b, x, h):
    """All states after the first: shape (B, T, n).

    W has the shape (n, K), U (n, n), b (n,). x has the shape (B, T, K): the samples come first,
    then the steps; T is at least 1. h, of shape (B, n), is the state before the first step; it need
    not be 0. Each step is z = W x + U h + b for each sample, and then tanh.
    """
    # BEGIN SOLUTION A: step through time; np.stack(list, axis=1) joins (B, n) to (B, T, n)
    states = []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W.T + h @ U.T + b)
        states.append(h)
    return np.stack(states, axis=1)
    # END SOLUTION


# %% Part B (2 points)
def lstm_step(W, U, b, x, h, c):
    """The pair (h, c) after a step of an LSTM: each of shape (B, n).

    x has the shape (B, K); h and c, of shape (B, n), are the two states before. W has the shape
    (4 n, K), U (4 n, n), b (4 n,). Their first n rows are for i, the next for f, then for g, then
    for o, as in the lesson and in PyTorch. np.split(z, 4, axis=1) cuts the columns of z into four
    equal parts. `sigmoid` stands above.
    """
    # BEGIN SOLUTION B: make the four parts, then the new c, then the new h; return h, c
    i, f, g, o = np.split(x @ W.T + h @ U.T + b, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c
    # END SOLUTION


# %% Part C (2 points)
def way_back(U, h):
    """The matrix J, shape (n, n), with d_0 = J^T d_T: entry (i, j) is the slope of entry i of the
    last state for entry j of the first.

    h has the shape (T + 1, n): the states of one sequence, the first (before any step) in h[0],
    each from the one before by tanh(W x + U h + b). If T is 0, J is the unit matrix. No entry of
    1 - h^2 need be above 0. You have U and h only; that is enough.
    """
    # BEGIN SOLUTION C: multiply the factors of all steps, in the right order
    J = np.eye(h.shape[1])
    for h_t in h[1:]:
        J = (1 - h_t**2)[:, None] * (U @ J)
    return J
    # END SOLUTION


# BEGIN CHECKS
from minigrad.classroom.checks import answer, check, compare  # noqa: E402

HINTS = {
    "A": [
        "The lesson's states are columns: W @ x. Here each sample is a row. What is (W x)^T?",
        "A step takes x[:, t], of shape (B, K), and the state h, (B, n), which it replaces. With "
        "rows, W x becomes x[:, t] @ W.T, and U h becomes h @ U.T.",
        "states = []\nfor t in range(...):\n    h = np.tanh(...)\n    states.append(h)\n"
        "return np.stack(states, axis=1)",
    ],
    "B": [
        "Three of the four parts are gates, between 0 and 1. The fourth is what is written.",
        "i, f, o go through sigmoid, g through tanh. The new c is kept plus written; h shows the "
        "new c, through tanh, by the gate o.",
        "i, f, g, o = np.split(..., 4, axis=1)\nc = ... * c + ... * ...\nreturn ..., c",
    ],
    "C": [
        "One step first: how does entry i of h_1 change with entry j of h_0? There is one slope "
        "of tanh, and it belongs to i.",
        "One step has the matrix D_t U, with D_t = diag(1 - h_t^2). Later steps stand to the left.",
        "J = np.eye(h.shape[1])\nfor h_t in h[1:]:\n    J = (...)[:, None] * (...)\nreturn J",
    ],
}
_RUN = "states = []\nfor t in range(x.shape[1]):\n    h = {}\n    states.append({})\nreturn {}"
_TANH = "np.tanh(x[:, t] @ W.T + h @ U.T + b)"
_STACK = "np.stack(states, axis=1)"
_PARTS = "i, f, g, o = np.split(x @ W.T + h @ U.T + b, 4, axis=1)\n"
_NEW = "c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)\n"
_BACK = "J = np.eye(h.shape[1])\nfor h_t in {}:\n    J = {}\nreturn J"
RIGHT = {
    "inputs_beforehand": (
        "A",
        'driven = np.einsum("btk,nk->btn", x, W) + b\n'
        "states = np.empty(driven.shape)\n"
        "for t in range(x.shape[1]):\n"
        '    h = np.tanh(driven[:, t] + np.einsum("bm,nm->bn", h, U))\n'
        "    states[:, t] = h\n"
        "return states",
    ),
    "sample_by_sample": (
        "A",
        "everything = []\n"
        "for steps, state in zip(x, h):\n"
        "    own = []\n"
        "    for step in steps:\n"
        "        state = np.tanh(W @ step + U @ state + b)\n"
        "        own.append(state.tolist())\n"
        "    everything.append(own)\n"
        "return everything",
    ),
    "recursion": (
        "A",
        "if x.shape[1] == 0:\n"
        "    return np.zeros((*x.shape[:2], len(b)))\n"
        "first = np.tanh((W @ x[:, 0].T + U @ h.T).T + b)\n"
        "return np.concatenate([first[:, None], run_batch(W, U, b, x[:, 1:], first)], axis=1)",
    ),
    "one_matrix": (
        "A",
        "both = np.concatenate([W, U, b[:, None]], axis=1).T\n"
        "ones = np.ones((len(h), 1))\n"
        "states = [h]\n"
        "for step in np.moveaxis(x, 1, 0):\n"
        "    states += [np.tanh(np.concatenate([step, states[-1], ones], axis=1) @ both)]\n"
        "return np.array(states[1:]).transpose(1, 0, 2)",
    ),
    "slices": (
        "B",
        "n = h.shape[1]\n"
        "z = x @ W.T + h @ U.T + b\n"
        "gate = 1 / (1 + np.exp(-z))\n"
        "c = gate[:, n : 2 * n] * c + gate[:, :n] * np.tanh(z[:, 2 * n : 3 * n])\n"
        "return [gate[:, 3 * n :] * np.tanh(c), c]",
    ),
    "unit_by_unit": (
        "B",
        "n = h.shape[1]\n"
        "new_h, new_c = np.zeros(h.shape), np.zeros(c.shape)\n"
        "for sample in range(len(x)):\n"
        "    for unit in range(n):\n"
        "        z = [W[r] @ x[sample] + U[r] @ h[sample] + b[r] for r in range(unit, 4 * n, n)]\n"
        "        kept = sigmoid(z[1]) * c[sample, unit]\n"
        "        new_c[sample, unit] = kept + sigmoid(z[0]) * np.tanh(z[2])\n"
        "        new_h[sample, unit] = sigmoid(z[3]) * np.tanh(new_c[sample, unit])\n"
        "return new_h, new_c",
    ),
    "an_axis_for_the_parts": (
        "B",
        "def part(weights, rows):\n"
        '    return np.einsum("gnk,bk->gbn", weights.reshape(4, h.shape[1], -1), rows)\n'
        "\n"
        "z = part(W, x) + part(U, h) + b.reshape(4, 1, -1)\n"
        "i, f, o = 0.5 + 0.5 * np.tanh(z[[0, 1, 3]] / 2)\n"
        "new = np.multiply(f, c) + np.multiply(i, np.tanh(z[2]))\n"
        "return np.stack([o * np.tanh(new), new])",
    ),
    "a_cell_of_tensors": (
        "B",
        "import minigrad as mg\n"
        "z = mg.tensor(x) @ mg.tensor(W).T + mg.tensor(h) @ mg.tensor(U).T + mg.tensor(b)\n"
        "n = h.shape[1]\n"
        "i, f, o = (mg.sigmoid(z[:, k * n : (k + 1) * n]) for k in (0, 1, 3))\n"
        "new = f * mg.tensor(c) + i * mg.tanh(z[:, 2 * n : 3 * n])\n"
        "return o * mg.tanh(new), new",
    ),
    "diagonal_matrices": (
        "C",
        "from functools import reduce\n"
        "steps = [np.diag(1 - h_t**2) @ U for h_t in h[1:]]\n"
        "return reduce(lambda J, step: step @ J, steps, np.eye(len(U)))",
    ),
    "from_the_last_step": (
        "C",
        "J = np.identity(h.shape[1])\n"
        "for t in range(len(h) - 1, 0, -1):\n"
        "    J = J * (1 - h[t] * h[t]) @ U\n"
        "return J",
    ),
    "recursion_backwards": (
        "C",
        "if len(h) == 1:\n"
        "    return np.eye(len(U)).tolist()\n"
        "earlier = np.array(way_back(U, h[:-1]))\n"
        "return (((1 - h[-1]) * (1 + h[-1]))[:, None] * U @ earlier).tolist()",
    ),
    "entry_by_entry": (
        "C",
        "n = len(U)\n"
        "J = [[1.0 if i == j else 0.0 for j in range(n)] for i in range(n)]\n"
        "for state in h[1:]:\n"
        "    turned = [[sum(U[i, k] * J[k][j] for k in range(n)) for j in range(n)] for i in "
        "range(n)]\n"
        "    J = [[(1 - state[i] ** 2) * turned[i][j] for j in range(n)] for i in range(n)]\n"
        "return J",
    ),
    "einsum": (
        "C",
        "J = np.eye(h.shape[1])\n"
        "for slope in 1 - np.square(h[1:]):\n"
        '    J = np.einsum("i,ik,kj->ij", slope, U, J)\n'
        "return J",
    ),
}
WRONG = {
    "steps_first": ("A", _RUN.format(_TANH, "h", "np.stack(states)"), "shape"),
    "last_only": ("A", _RUN.format(_TANH, "h", "h"), "shape"),
    "no_tanh": ("A", _RUN.format(_TANH[7:], "h", _STACK), "tanh is missing"),
    "tanh_after": (
        "A",
        _RUN.format(_TANH[7:], "np.tanh(h)", _STACK),
        "next step gets the state before tanh",
    ),
    "no_memory": (
        "A",
        _RUN.format("np.tanh(x[:, t] @ W.T + b)", "h", _STACK),
        "state before has no part",
    ),
    "always_first": (
        "A",
        "new = [np.tanh(x[:, t] @ W.T + h @ U.T + b) for t in range(x.shape[1])]\n"
        "return np.stack(new, axis=1)",
        "first state in each step",
    ),
    "from_zero": ("A", "h = 0 * h\n" + _RUN.format(_TANH, "h", _STACK), "begins with 0"),
    "u_not_turned": (
        "A",
        _RUN.format("np.tanh(x[:, t] @ W.T + h @ U + b)", "h", _STACK),
        "U is not transposed",
    ),
    "no_bias": (
        "A",
        _RUN.format("np.tanh(x[:, t] @ W.T + h @ U.T)", "h", _STACK),
        "b is missing",
    ),
    "sigmoid_for_tanh": (
        "A",
        _RUN.format("sigmoid(x[:, t] @ W.T + h @ U.T + b)", "h", _STACK),
        "sigmoid in place of tanh",
    ),
    "backwards": (
        "A",
        _RUN.replace("x.shape[1])", "x.shape[1] - 1, -1, -1)").format(_TANH, "h", _STACK),
        "from the last step to the first",
    ),
    "swapped": ("B", _PARTS + _NEW + "return c, sigmoid(o) * np.tanh(c)", "h must come first"),
    "order_of_gates": (
        "B",
        _PARTS.replace("i, f, g, o", "f, i, g, o") + _NEW + "return sigmoid(o) * np.tanh(c), c",
        "i and f are exchanged",
    ),
    "order_of_g_and_o": (
        "B",
        _PARTS.replace("i, f, g, o", "i, f, o, g") + _NEW + "return sigmoid(o) * np.tanh(c), c",
        "g and o are exchanged",
    ),
    "old_c_shown": (
        "B",
        _PARTS + "new = sigmoid(f) * c + sigmoid(i) * np.tanh(g)\n"
        "return sigmoid(o) * np.tanh(c), new",
        "shows the old c",
    ),
    "no_tanh_of_c": ("B", _PARTS + _NEW + "return sigmoid(o) * c, c", "without its tanh"),
    "g_by_sigmoid": (
        "B",
        _PARTS + "c = sigmoid(f) * c + sigmoid(i) * sigmoid(g)\nreturn sigmoid(o) * np.tanh(c), c",
        "g goes through tanh",
    ),
    "all_kept": (
        "B",
        _PARTS + "c = c + sigmoid(i) * np.tanh(g)\nreturn sigmoid(o) * np.tanh(c), c",
        "forgets nothing",
    ),
    "coupled": (
        "B",
        _PARTS + "c = sigmoid(f) * c + (1 - sigmoid(f)) * np.tanh(g)\n"
        "return sigmoid(o) * np.tanh(c), c",
        "that is a GRU's way",
    ),
    "gates_open": (
        "B",
        _PARTS + "c = f * c + i * np.tanh(g)\nreturn o * np.tanh(c), c",
        "sigmoid is missing",
    ),
    "wrong_order": (
        "C",
        _BACK.format("h[1:]", "J @ ((1 - h_t**2)[:, None] * U)"),
        "later steps stand to the left",
    ),
    "slope_on_columns": (
        "C",
        _BACK.format("h[1:]", "(U * (1 - h_t**2)) @ J"),
        "belongs to the rows of U",
    ),
    "transposed": (
        "C",
        _BACK.format("h[:0:-1]", "U.T @ ((1 - h_t**2)[:, None] * J)"),
        "this takes d_0 to d_T",
    ),
    "from_h_0": ("C", _BACK.format("h[:-1]", "(1 - h_t**2)[:, None] * (U @ J)"), "slopes begin"),
    "no_slopes": ("C", _BACK.format("h[1:]", "U @ J"), "without the slopes"),
    "one_too_many": ("C", _BACK.format("h", "(1 - h_t**2)[:, None] * (U @ J)"), "T + 1 factors"),
    "slope_of_sigmoid": (
        "C",
        _BACK.format("h[1:]", "(h_t * (1 - h_t))[:, None] * (U @ J)"),
        "slope of a sigmoid",
    ),
    "entrywise": (
        "C",
        _BACK.format("h[1:]", "(1 - h_t**2)[:, None] * (U * J)"),
        "entry by entry",
    ),
    "w_not_turned": (
        "A",
        "states = []\n"
        "for t in range(x.shape[1]):\n"
        "    h = np.tanh(x[:, t] @ (W if len(W) == W.shape[1] else W.T) + h @ U.T + b)\n"
        "    states.append(h)\n"
        "return np.stack(states, axis=1)",
        "W is not transposed",
    ),
    "one_array_for_all": (
        "A",
        "h = h.copy()\n"
        "states = []\n"
        "for t in range(x.shape[1]):\n"
        "    h[:] = np.tanh(x[:, t] @ W.T + h @ U.T + b)\n"
        "    states.append(h)\n"
        "return np.stack(states, axis=1)",
        "the last state at each step",
    ),
    "cut_in_a_row": (
        "A",
        "states = []\n"
        "for t in range(x.shape[1]):\n"
        "    h = np.tanh(x[:, t] @ W.T + h @ U.T + b)\n"
        "    states.append(h)\n"
        "return np.array(states).reshape(*x.shape[:2], -1)",
        "a reshape mixes",
    ),
    "with_the_first": (
        "A",
        "states = [h]\n"
        "for t in range(x.shape[1]):\n"
        "    h = np.tanh(x[:, t] @ W.T + h @ U.T + b)\n"
        "    states.append(h)\n"
        "return np.stack(states, axis=1)",
        "wrong shape",
    ),
    "before_each_step": (
        "A",
        "states = []\n"
        "for t in range(x.shape[1]):\n"
        "    states.append(h)\n"
        "    h = np.tanh(x[:, t] @ W.T + h @ U.T + b)\n"
        "return np.stack(states, axis=1)",
        "before each step",
    ),
    "tanh_of_tanh": (
        "A",
        "states = []\n"
        "for t in range(x.shape[1]):\n"
        "    h = np.tanh(x[:, t] @ W.T + np.tanh(h) @ U.T + b)\n"
        "    states.append(h)\n"
        "return np.stack(states, axis=1)",
        "tanh twice",
    ),
    "over_the_samples": (
        "A",
        "s, out = h[0], []\n"
        "for steps in x:\n"
        "    own = []\n"
        "    for step in steps:\n"
        "        s = np.tanh(W @ step + U @ s + b)\n"
        "        own.append(s)\n"
        "    out.append(own)\n"
        "return np.array(out)",
        "a state of its own",
    ),
    "c_for_h": (
        "B",
        "i, f, g, o = np.split(x @ W.T + c @ U.T + b, 4, axis=1)\n"
        "c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)\n"
        "return sigmoid(o) * np.tanh(c), c",
        "U belongs to h",
    ),
    "without_b": (
        "B",
        "i, f, g, o = np.split(x @ W.T + h @ U.T, 4, axis=1)\n"
        "c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)\n"
        "return sigmoid(o) * np.tanh(c), c",
        "b is missing",
    ),
    "remembers_more": (
        "B",
        "i, f, g, o = np.split(x @ W.T + h @ U.T + b, 4, axis=1)\n"
        "c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(g)\n"
        "return sigmoid(o) * np.tanh(c), c",
        "f as it is",
    ),
    "g_as_it_is": (
        "B",
        "i, f, g, o = np.split(x @ W.T + h @ U.T + b, 4, axis=1)\n"
        "c = sigmoid(f) * c + sigmoid(i) * g\n"
        "return sigmoid(o) * np.tanh(c), c",
        "g goes through tanh",
    ),
    "every_fourth": (
        "B",
        "i, f, g, o = np.moveaxis((x @ W.T + h @ U.T + b).reshape(len(x), -1, 4), 2, 0)\n"
        "c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)\n"
        "return sigmoid(o) * np.tanh(c), c",
        "every fourth",
    ),
    "all_by_tanh": (
        "B",
        "i, f, g, o = np.split(np.tanh(x @ W.T + h @ U.T + b), 4, axis=1)\n"
        "c = f * c + i * g\n"
        "return o * np.tanh(c), c",
        "a gate is a sigmoid",
    ),
    "turned_u": (
        "C",
        "J = np.eye(h.shape[1])\n"
        "for h_t in h[1:]:\n"
        "    J = (1 - h_t**2)[:, None] * (U.T @ J)\n"
        "return J",
        "U stands as it is",
    ),
    "not_the_last": (
        "C",
        "J = np.eye(h.shape[1])\n"
        "for h_t in h[1:-1]:\n"
        "    J = (1 - h_t**2)[:, None] * (U @ J)\n"
        "return J",
        "the last step",
    ),
    "never_flat": (
        "C",
        "J = np.eye(h.shape[1])\n"
        "for h_t in h[1:]:\n"
        "    J = np.maximum(1 - h_t**2, 1e-6)[:, None] * (U @ J)\n"
        "return J",
        "exactly 0",
    ),
    "tanh_again": (
        "C",
        "J = np.eye(h.shape[1])\n"
        "for h_t in h[1:]:\n"
        "    J = (1 - np.tanh(h_t) ** 2)[:, None] * (U @ J)\n"
        "return J",
        "already",
    ),
    "not_squared": (
        "C",
        "J = np.eye(h.shape[1])\nfor h_t in h[1:]:\n    J = (1 - h_t)[:, None] * (U @ J)\nreturn J",
        "not squared",
    ),
    "at_least_one_step": (
        "C",
        "J = (1 - h[1] ** 2)[:, None] * U\n"
        "for h_t in h[2:]:\n"
        "    J = (1 - h_t**2)[:, None] * (U @ J)\n"
        "return J",
        "IndexError",
    ),
}


def states_of(W, U, b, x, h, activation=np.tanh):
    """The states (B, T, n)."""
    states = []
    for t in range(x.shape[1]):
        h = activation(x[:, t] @ W.T + h @ U.T + b)
        states.append(h)
    return np.stack(states, axis=1)


def weights(rng, rows, K, n):
    shapes = ((rows, K), (rows, n), (rows,))
    return [0.8 * rng.standard_normal(shape) for shape in shapes]


@answer
def runs(W, U, b, x, h):
    """The states, and what they are by mistake."""
    right, plain = states_of(W, U, b, x, h), states_of(W, U, b, x, h, lambda z: z)
    each = np.tanh(x @ W.T + (h @ U.T)[:, None] + b)
    steps = x.shape[1]
    chained, state = np.zeros(right.shape), h[0]
    for i, t in np.ndindex(x.shape[:2]):
        state = chained[i, t] = np.tanh(W @ x[i, t] + U @ state + b)
    twice = states_of(W, U, b, x, np.tanh(h), lambda z: np.tanh(np.tanh(z)))
    found = {
        "no_tanh": ("tanh is missing", plain),
        "tanh_after": ("the next step gets the state before tanh", np.tanh(plain)),
        "no_memory": ("the state before has no part in it", np.tanh(x @ W.T + b)),
        "always_first": ("this uses the first state in each step: each step needs a new h", each),
        "from_zero": ("this begins with 0, and not with h", states_of(W, U, b, x, 0 * h)),
        "u_not_turned": (
            "U is not transposed: with rows, U h is h @ U.T",
            states_of(W, U.T, b, x, h),
        ),
        "no_bias": ("b is missing", states_of(W, U, 0 * b, x, h)),
        "sigmoid": (
            "a sigmoid in place of tanh",
            states_of(W, U, b, x, h, lambda z: 1 / (1 + np.exp(-z))),
        ),
        "backwards": (
            "this goes from the last step to the first",
            states_of(W, U, b, x[:, ::-1], h),
        ),
        "last": (
            "this is the last state at each step: one array is filled anew; append a copy",
            np.repeat(right[:, -1:], steps, axis=1),
        ),
        "reshaped": (
            "a reshape mixes samples and steps: use np.stack(states, axis=1)",
            np.moveaxis(right, 1, 0).reshape(right.shape),
        ),
        "before": (
            "these are the states before each step, not after it",
            np.concatenate([h[:, None], right[:, :-1]], axis=1),
        ),
        "twice": ("the state goes through tanh twice", np.arctanh(twice)),
        "chained": ("each sample begins with a state of its own, h[i]", chained),
    }
    if W.shape[0] == W.shape[1]:
        why = "W is not transposed: with rows, W x is x @ W.T"
        found["w_not_turned"] = (why, states_of(W.T, U, b, x, h))
    return right, found


@check("A", points=2)
def a_batch_goes_through_time(m, rng):
    for K, call in ((2, "run_batch(W, U, b, x, h)"), (3, "run_batch with K = n = 3")):
        W, U, b = weights(rng, 3, K, 3)
        x, h = rng.standard_normal((4, 5, K)), rng.standard_normal((4, 3))
        right, mistakes = runs(W, U, b, x, h)
        compare(call, m.run_batch(W, U, b, x, h), right, **mistakes)


def lstm(z, cut="ifgo"):
    """What an LSTM computes with: gates i, f, o, the new g, before their activations."""
    parts = dict(zip(cut, np.split(z, 4, axis=1), strict=True))
    i, f, o = (1 / (1 + np.exp(-parts[name])) for name in "ifo")
    return i, f, o, parts["g"]


def lstm_pair(i, f, o, g, c):
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@answer
def lstm_steps(W, U, b, x, h, c):
    """The pair (h, c), and what it is by mistake."""
    z = x @ W.T + h @ U.T + b
    i, f, o, g = lstm(z)
    shown, new = right = lstm_pair(i, f, o, g, c)
    by_sigmoid, as_it_is = f * c + i / (1 + np.exp(-g)), f * c + i * g
    raw = [np.log(gate / (1 - gate)) for gate in (i, f, o)]
    fourth = np.concatenate([z[:, k::4] for k in range(4)], axis=1)
    more = 1 / (1 + np.exp(-raw[1] - 1))
    return right, {
        "swapped": ("h must come first, then c", (new, shown)),
        "order": (
            "i and f are exchanged: the order is i, f, g, o",
            lstm_pair(*lstm(z, "figo"), c),
        ),
        "order_of_g": (
            "g and o are exchanged: the order is i, f, g, o",
            lstm_pair(*lstm(z, "ifog"), c),
        ),
        "fourth": (
            "each part got every fourth column: the first n columns are for i",
            lstm_pair(*lstm(fourth), c),
        ),
        "c_for_h": (
            "U belongs to h, the state that is shown, not to c",
            lstm_pair(*lstm(x @ W.T + c @ U.T + b), c),
        ),
        "no_bias": ("b is missing", lstm_pair(*lstm(z - b), c)),
        "old_c": ("this shows the old c in h", (o * np.tanh(c), new)),
        "no_tanh": ("h shows c without its tanh", (o * new, new)),
        "g_by_sigmoid": (
            "g goes through tanh: what is written may be negative",
            (o * np.tanh(by_sigmoid), by_sigmoid),
        ),
        "g_as_it_is": ("g goes through tanh", (o * np.tanh(as_it_is), as_it_is)),
        "all_kept": ("this forgets nothing: f is missing", lstm_pair(i, 1, o, g, c)),
        "more": ("1 is added to f's part: use f as it is", lstm_pair(i, more, o, g, c)),
        "coupled": (
            "this writes with 1 - f: that is a GRU's way, an LSTM has i",
            lstm_pair(1 - f, f, o, g, c),
        ),
        "gates": ("sigmoid is missing on the gates", lstm_pair(*raw, g, c)),
        "tanh_gates": (
            "all four parts go through tanh: a gate is a sigmoid",
            lstm_pair(*np.tanh(raw), g, c),
        ),
    }


@check("B", points=2)
def an_lstm_takes_a_step(m, rng):
    W, U, b = weights(rng, 12, 2, 3)
    x, h, c = (rng.standard_normal((4, size)) for size in (2, 3, 3))
    right, mistakes = lstm_steps(W, U, b, x, h, c)
    compare("lstm_step(W, U, b, x, h, c)", m.lstm_step(W, U, b, x, h, c), right, **mistakes)


def product(factors, n):
    J = np.eye(n)
    for factor in factors:
        J = factor @ J
    return J


@answer
def ways_back(U, h):
    """The matrix, and what it is by mistake."""
    n = h.shape[1]
    D = [np.diag(1 - h_t**2) for h_t in h]
    entrywise = np.eye(n)
    for d in D[1:]:
        entrywise = d @ (U * entrywise)
    return product([d @ U for d in D[1:]], n), {
        "order": (
            "the factors stand in the wrong order: later steps stand to the left",
            product([d @ U for d in D[:0:-1]], n),
        ),
        "columns": (
            "the slope stands on the columns: it belongs to the rows of U, the new state",
            product([U @ d for d in D[1:]], n),
        ),
        "transposed": (
            "this takes d_T to d_0 and is J^T: turn it around, as this takes d_0 to d_T",
            product([d @ U for d in D[1:]], n).T,
        ),
        "turned_u": (
            "U stands as it is in J: U.T is for the way of a gradient",
            product([d @ U.T for d in D[1:]], n),
        ),
        "from_h_0": (
            "the slopes begin with h[0]: a step's slope is that of the state it makes",
            product([d @ U for d in D[:-1]], n),
        ),
        "no_slopes": ("this is without the slopes of tanh", product([U] * (len(h) - 1), n)),
        "one_too_many": (
            "there are T + 1 factors: h[0] was made by no step",
            product([d @ U for d in D], n),
        ),
        "one_too_few": ("the last step is missing", product([d @ U for d in D[1:-1]], n)),
        "sigmoid": (
            "h (1 - h) is the slope of a sigmoid; that of tanh is 1 - h^2",
            product([np.diag(h_t * (1 - h_t)) @ U for h_t in h[1:]], n),
        ),
        "not_squared": (
            "h is not squared: the slope of tanh is 1 - h^2",
            product([np.diag(1 - h_t) @ U for h_t in h[1:]], n),
        ),
        "again": (
            "h is already a tanh: its slope is 1 - h^2",
            product([np.diag(1 - np.tanh(h_t) ** 2) @ U for h_t in h[1:]], n),
        ),
        "entrywise": (
            "U and J are multiplied entry by entry: take a matrix product",
            entrywise,
        ),
    }


@check("C", points=2)
def the_factors_of_all_steps(m, rng):
    h = np.tanh(rng.standard_normal((4, 3)))
    U = rng.standard_normal((3, 3))
    right, mistakes = ways_back(U, h)
    compare("way_back(U, h)", m.way_back(U, h), right, **mistakes)
    compare("way_back(U, h) without a step", m.way_back(U, h[:1]), np.eye(3))
    flat = np.array([[0.5, 0.5], [1.0, -1.0]])
    slope = ("a slope of exactly 0 is kept from being 0", 1e-6 * np.ones((2, 2)))
    got = m.way_back(np.ones((2, 2)), flat)
    compare("way_back(U, [[.5, .5], [1, -1]])", got, np.zeros((2, 2)), slope=slope)


@check("A", points=0, hidden=True)
def one_step_and_as_many_inputs_as_units(m, rng):
    for B, T, K, n in ((2, 1, 3, 3), (1, 4, 1, 2)):
        W, U, b = weights(rng, n, K, n)
        x, h = rng.standard_normal((B, T, K)), rng.standard_normal((B, n))
        right, mistakes = runs(W, U, b, x, h)
        compare(
            f"run_batch with x of shape {x.shape}", m.run_batch(W, U, b, x, h), right, **mistakes
        )


@check("B", points=0, hidden=True)
def a_step_of_one_sample_and_one_unit(m, rng):
    W, U, b = weights(rng, 4, 5, 1)
    x, h, c = (rng.standard_normal((1, size)) for size in (5, 1, 1))
    got = m.lstm_step(W, U, b, x, h, c)
    compare("lstm_step of one sample, one unit", got, lstm_steps(W, U, b, x, h, c)[0])


@check("C", points=0, hidden=True)
def many_steps(m, rng):
    U = rng.standard_normal((2, 2))
    h = np.tanh(rng.standard_normal((9, 2)))
    right, mistakes = ways_back(U, h)
    compare("way_back(U, h) of 8 steps", m.way_back(U, h), right, **mistakes)
