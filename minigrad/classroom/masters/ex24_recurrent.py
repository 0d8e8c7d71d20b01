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
from minigrad.classroom.checks import check, compare  # noqa: E402

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


def run_mistakes(W, U, b, x, h):
    plain = states_of(W, U, b, x, h, lambda z: z)
    each = np.tanh(x @ W.T + (h @ U.T)[:, None] + b)
    return {
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
    }


@check("A", points=2)
def a_batch_goes_through_time(m, rng):
    W, U, b = weights(rng, 3, 2, 3)
    x, h = rng.standard_normal((4, 5, 2)), rng.standard_normal((4, 3))
    got = m.run_batch(W, U, b, x, h)
    right = states_of(W, U, b, x, h)
    compare("run_batch(W, U, b, x, h)", got, right, **run_mistakes(W, U, b, x, h))


def lstm(W, U, b, x, h, c, cut="ifgo"):
    """What an LSTM computes with: gates i, f, o, the new g, before their activations."""
    parts = dict(zip(cut, np.split(x @ W.T + h @ U.T + b, 4, axis=1), strict=True))
    i, f, o = (1 / (1 + np.exp(-parts[name])) for name in "ifo")
    return i, f, o, parts["g"]


def lstm_pair(i, f, o, g, c):
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


def lstm_mistakes(W, U, b, x, h, c):
    i, f, o, g = lstm(W, U, b, x, h, c)
    shown, new = lstm_pair(i, f, o, g, c)
    by_sigmoid = f * c + i / (1 + np.exp(-g))
    raw = [np.log(gate / (1 - gate)) for gate in (i, f, o)]
    return {
        "swapped": ("h must come first, then c", (new, shown)),
        "order": (
            "i and f are exchanged: the order is i, f, g, o",
            lstm_pair(*lstm(W, U, b, x, h, c, "figo"), c),
        ),
        "order_of_g": (
            "g and o are exchanged: the order is i, f, g, o",
            lstm_pair(*lstm(W, U, b, x, h, c, "ifog"), c),
        ),
        "old_c": ("this shows the old c in h", (o * np.tanh(c), new)),
        "no_tanh": ("h shows c without its tanh", (o * new, new)),
        "g_by_sigmoid": (
            "g goes through tanh: what is written may be negative",
            (o * np.tanh(by_sigmoid), by_sigmoid),
        ),
        "all_kept": ("this forgets nothing: f is missing", lstm_pair(i, 1, o, g, c)),
        "coupled": (
            "this writes with 1 - f: that is a GRU's way, an LSTM has i",
            lstm_pair(1 - f, f, o, g, c),
        ),
        "gates": ("sigmoid is missing on the gates", lstm_pair(*raw, g, c)),
    }


@check("B", points=2)
def an_lstm_takes_a_step(m, rng):
    W, U, b = weights(rng, 12, 2, 3)
    x, h, c = (rng.standard_normal((4, size)) for size in (2, 3, 3))
    i, f, o, g = lstm(W, U, b, x, h, c)
    mistakes = lstm_mistakes(W, U, b, x, h, c)
    got = m.lstm_step(W, U, b, x, h, c)
    compare("lstm_step(W, U, b, x, h, c)", got, lstm_pair(i, f, o, g, c), **mistakes)


def product(factors, n):
    J = np.eye(n)
    for factor in factors:
        J = factor @ J
    return J


def back_mistakes(U, h):
    n = h.shape[1]
    D = [np.diag(1 - h_t**2) for h_t in h]
    entrywise = np.eye(n)
    for d in D[1:]:
        entrywise = d @ (U * entrywise)
    return {
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
        "from_h_0": (
            "the slopes begin with h[0]: a step's slope is that of the state it makes",
            product([d @ U for d in D[:-1]], n),
        ),
        "no_slopes": ("this is without the slopes of tanh", product([U] * (len(h) - 1), n)),
        "one_too_many": (
            "there are T + 1 factors: h[0] was made by no step",
            product([d @ U for d in D], n),
        ),
        "sigmoid": (
            "h (1 - h) is the slope of a sigmoid; that of tanh is 1 - h^2",
            product([np.diag(h_t * (1 - h_t)) @ U for h_t in h[1:]], n),
        ),
        "entrywise": ("U and J are multiplied entry by entry: take a matrix product", entrywise),
    }


@check("C", points=2)
def the_factors_of_all_steps(m, rng):
    h = np.tanh(rng.standard_normal((4, 3)))
    U = rng.standard_normal((3, 3))
    right = product([np.diag(1 - h_t**2) @ U for h_t in h[1:]], 3)
    compare("way_back(U, h)", m.way_back(U, h), right, **back_mistakes(U, h))


@check("A", points=0, hidden=True)
def one_step_and_as_many_inputs_as_units(m, rng):
    for B, T, K, n in ((2, 1, 3, 3), (1, 4, 1, 2)):
        W, U, b = weights(rng, n, K, n)
        x, h = rng.standard_normal((B, T, K)), rng.standard_normal((B, n))
        got = m.run_batch(W, U, b, x, h)
        mistakes = run_mistakes(W, U, b, x, h)
        compare(f"run_batch with x of shape {x.shape}", got, states_of(W, U, b, x, h), **mistakes)


@check("B", points=0, hidden=True)
def a_step_of_one_sample_and_one_unit(m, rng):
    W, U, b = weights(rng, 4, 5, 1)
    x, h, c = (rng.standard_normal((1, size)) for size in (5, 1, 1))
    i, f, o, g = lstm(W, U, b, x, h, c)
    got = m.lstm_step(W, U, b, x, h, c)
    compare("lstm_step of one sample, one unit", got, lstm_pair(i, f, o, g, c))


@check("C", points=0, hidden=True)
def no_step_and_many(m, rng):
    U = rng.standard_normal((2, 2))
    h = np.tanh(rng.standard_normal((9, 2)))
    compare("way_back(U, h) without a step", m.way_back(U, h[:1]), np.eye(2))
    right = product([np.diag(1 - h_t**2) @ U for h_t in h[1:]], 2)
    compare("way_back(U, h) of 8 steps", m.way_back(U, h), right, **back_mistakes(U, h))
