"""Recurrent layers: all steps of a layer in one direction as one operation, and single steps."""

import itertools
from functools import partial

import numpy as np

from ..core import layers
from ..ops import cat, relu, sigmoid, tanh
from ..ops.indexing import read
from . import kernel, remembered
from .dense import fast_sum, kept_bits

# -- One step: from `x`, the input's part of the gates, and the state before to the state after ----


def elman_step(activation, x, state, weight, bias):
    """Elman 1990."""
    return (activation(x + layers.linear(state[0], weight, bias)),)


ELMAN_STEPS = {"tanh": partial(elman_step, tanh), "relu": partial(elman_step, relu)}


def lstm_step(x, state, weight, bias, projection=None):
    """Hochreiter and Schmidhuber 1997 with gates in, forget, cell, out; Sak et al. 2014."""
    h, c = state
    gates = x + layers.linear(h, weight, bias)
    opened = sigmoid(gates)
    c = part(opened, 1, 4) * c + part(opened, 0, 4) * tanh(part(gates, 2, 4))
    h = part(opened, 3, 4) * tanh(c)
    return (h if projection is None else layers.linear(h, projection, None)), c


def gru_step(x, state, weight, bias):
    """Cho et al. 2014 with gates reset, update, new; reset acts after the product."""
    (h,) = state
    hidden = layers.linear(h, weight, bias)
    both = (..., slice(2 * h.shape[-1]))
    opened = sigmoid(read(x, index=both) + read(hidden, index=both))
    new = tanh(part(x, 2, 3) + part(opened, 0, 2) * part(hidden, 2, 3))
    return (new + part(opened, 1, 2) * (h - new),)


def part(x, i, number):
    """Return the i-th of a number of equal stretches of the last axis."""
    size = x.shape[-1] // number
    return read(x, index=(..., slice(i * size, (i + 1) * size)))


# -- A layer step by step: the definitions ---------------------------------------------------------


def run(step, x, sizes, start, weights, is_reverse):
    """Return the outputs of all steps in one direction, and the last state.

    `x` has the steps one after the other, each with as many rows as the decreasing `sizes` say.
    Backwards, a sequence starts when its last step comes.
    """
    ends = itertools.pairwise(itertools.accumulate(sizes, initial=0))
    steps = [rows_between(x, first, end) for first, end in ends][:: -1 if is_reverse else 1]
    number = len(steps[0])
    state = [rows_between(s, 0, number) for s in start]
    outs = []
    ended = []
    for x in steps:
        now = len(x)
        if now < number:
            ended.insert(0, [rows_between(s, now, number) for s in state])
            state = [rows_between(s, 0, now) for s in state]
        elif now > number:
            pairs = zip(state, start, strict=True)
            state = [cat([s, rows_between(s0, number, now)]) for s, s0 in pairs]
        number = now
        state = step(x, state, *weights)
        outs.append(state[0])
    state = [cat(parts) if ended else parts[0] for parts in zip(state, *ended, strict=True)]
    return cat(outs[:: -1 if is_reverse else 1]), state


def rows_between(x, start, end):
    return read(x, index=(slice(start, end),))


def by_steps(step, x, *others, sizes, is_reverse):
    """Return the outputs of all steps, and below them the last state."""
    *start, weight_ih, weight_hh, bias_ih, bias_hh = others
    gates = layers.linear(x, weight_ih, bias_ih)
    out, last = run(step, gates, sizes, start, (weight_hh, bias_hh), is_reverse)
    return cat([out, *last])


# -- A layer as one operation ----------------------------------------------------------------------
#
# The inputs' part of the gates is one product for all steps, and so is the gradient of each weight.
# Arrays of gates are (gates, rows, size), with the rows of the input: so those of each gate lie
# together. The state has a row for each sequence. A step changes the first `n` of them in place:
# the other sequences have ended or, if the layer runs backwards, not yet begun. The walks back read
# nothing of the result, which a program may overwrite.
#
# A step of training takes half the time of the compositions for 28 steps of a batch of 32, from 64
# to 128 features, and an LSTM or a GRU of 12 features a fifth.


def steps_of(sizes, is_reverse):
    """Return the rows of each step and their number, in the order in which the steps are taken."""
    ends = itertools.accumulate(sizes)
    steps = [(slice(end - n, end), n) for end, n in zip(ends, sizes, strict=True)]
    return steps[:: -1 if is_reverse else 1]


def by_gate(weight, size):
    """View (gates * size, ...) as (gates, size, ...)."""
    return weight.reshape(len(weight) // size, size, *weight.shape[1:])


def transposed(weight, size):
    """Return (gates * size, features) as (gates, features, size), which multiplies faster."""
    return np.ascontiguousarray(by_gate(weight, size).swapaxes(1, 2))


def products(x, weight, biases, size):
    """Return x W^T, with the sum of the biases that there are, as (gates, rows, size)."""
    out = np.matmul(x, transposed(weight, size))
    biases = [bias for bias in biases if bias is not None]
    if biases:
        out += by_gate(sum(biases), size)[:, None]
    return out


def result_above(x, *state):
    """Return the array of the result, and views of it: the outputs yet to come, and the state."""
    size = state[0].shape[1]
    result = np.concatenate([np.empty((len(x), size), x.dtype), *state])
    return result, result[: len(x)], *result[len(x) :].reshape(len(state), *state[0].shape)


def taken(steps, weight, before, h, *others):
    """Yield of each step its rows, h W^T and the state, `h` and the `others`, of its sequences.

    Keep `h` in the rows of `before`.
    """
    weights = transposed(weight, h.shape[1])
    for rows, n in steps:
        before[rows] = h[:n]
        yield rows, np.matmul(h[:n], weights), h[:n], *[state[:n] for state in others]


_ONE = np.ones((), np.float32)  # to make an array of a number takes longer than a small sum


def open_gates(x):
    """Set x <- sigmoid(x)."""
    np.multiply(x, -_ONE, out=x)  # NumPy 2.4's negative, in place, is wrong for a few strides
    np.exp(x, out=x)
    x += _ONE
    np.divide(_ONE, x, out=x)  # NumPy's reciprocal takes twice as long


def gradient_of_input(d_products, weight, out=None):
    size = d_products.shape[2]
    return np.add.reduce(np.matmul(d_products, by_gate(weight, size)), axis=0, out=out)


def gradient_of_weight(d_products, x):
    of_gates = np.matmul(d_products.swapaxes(1, 2), x)
    return of_gates.reshape(len(of_gates) * of_gates.shape[1], x.shape[1])


def gradient_of_bias(d_products):
    return np.concatenate([fast_sum(of_gate, (0,)) for of_gate in d_products])


def rules_of(walk, x, before, weight_ih, states=1):
    """Return the rules for the inputs of a layer from its walk back through time.

    The walk takes the gradient of the result. It returns those of the products with `x` and with
    the state `before` each step, and that of the first state, (1 or 2, sequences, size).
    """
    back = remembered(walk)
    return (
        lambda g: gradient_of_input(back(g)[0], weight_ih),
        *[lambda g, i=i: back(g)[2][i] for i in range(states)],
        lambda g: gradient_of_weight(back(g)[0], x),
        lambda g: gradient_of_weight(back(g)[1], before),
        lambda g: gradient_of_bias(back(g)[0]),
        lambda g: gradient_of_bias(back(g)[1]),
    )


def rnn_by_steps(*inputs, activation, **options):
    return by_steps(ELMAN_STEPS[activation], *inputs, **options)


@kernel(rnn_by_steps, reads="x weight_ih weight_hh")
def rnn(x, h, weight_ih, weight_hh, bias_ih, bias_hh, sizes, is_reverse, activation):
    """Return the outputs of `elman_step` at all steps, and below them the last state."""
    steps = steps_of(sizes, is_reverse)
    (inputs,) = products(x, weight_ih, (bias_ih, bias_hh), h.shape[1])
    result, out, h = result_above(x, h)
    before, after = np.empty((2, *out.shape), x.dtype)
    for rows, (product,), now in taken(steps, weight_hh, before, h):
        product += inputs[rows]
        if activation == "tanh":
            np.tanh(product, out=now)
        else:
            np.maximum(0, product, out=now)
        after[rows] = now
        out[rows] = now

    def walk(g):
        d_state = g[len(x) :].copy()
        slopes = 1 - after * after if activation == "tanh" else after != 0
        d_products = np.empty_like(after)
        for rows, n in reversed(steps):
            dh = d_state[:n]
            dh += g[rows]
            if activation == "tanh":
                np.multiply(slopes[rows], dh, out=d_products[rows])
            else:
                d_products[rows] = kept_bits(slopes[rows], dh)
            np.dot(d_products[rows], weight_hh, out=dh)
        return d_products[None], d_products[None], d_state[None]

    return result, *rules_of(walk, x, before, weight_ih)


@kernel(partial(by_steps, lstm_step), reads="x weight_ih weight_hh")
def lstm(x, h, c, weight_ih, weight_hh, bias_ih, bias_hh, sizes, is_reverse):
    """Return the outputs of `lstm_step` at all steps, and below them the last state."""
    steps = steps_of(sizes, is_reverse)
    gates = products(x, weight_ih, (bias_ih, bias_hh), h.shape[1])
    result, out, h, c = result_above(x, h, c)
    h_before, c_before, shown = np.empty((3, *out.shape), x.dtype)
    for rows, gate, h_now, c_now in taken(steps, weight_hh, h_before, h, c):
        gate += gates[:, rows]
        i, f, new, o = gate
        open_gates(gate[:2])
        np.tanh(new, out=new)
        open_gates(o)
        gates[:, rows] = gate
        c_before[rows] = c_now
        c_now *= f
        c_now += i * new
        shown_now = np.tanh(c_now, out=shown[rows])
        np.multiply(o, shown_now, out=h_now)
        out[rows] = h_now

    def walk(g):
        i, f, new, o = gates
        slope_of_shown = o * (1 - shown * shown)
        d_gates = gates * (1 - gates)
        np.subtract(1, new * new, out=d_gates[2])
        for slope, factor in zip(d_gates, (new, c_before, i, shown), strict=True):
            slope *= factor
        d_state = g[len(x) :].reshape(2, *h.shape).copy()
        for rows, n in reversed(steps):
            dh, dc = d_state[:, :n]
            dh += g[rows]
            dc += dh * slope_of_shown[rows]
            d_gate = d_gates[:, rows]
            np.multiply(d_gate[:3], dc, out=d_gate[:3])
            np.multiply(d_gate[3], dh, out=d_gate[3])
            dc *= f[rows]
            gradient_of_input(d_gate, weight_hh, out=dh)
        return d_gates, d_gates, d_state

    return result, *rules_of(walk, x, h_before, weight_ih, states=2)


@kernel(partial(by_steps, gru_step), reads="x weight_ih weight_hh")
def gru(x, h, weight_ih, weight_hh, bias_ih, bias_hh, sizes, is_reverse):
    """Return the outputs of `gru_step` at all steps, and below them the last state."""
    size = h.shape[1]
    steps = steps_of(sizes, is_reverse)
    gates = products(x, weight_ih, [bias_ih], size)
    result, out, h = result_above(x, h)
    before, proposed = np.empty((2, *out.shape), x.dtype)
    for rows, product, now in taken(steps, weight_hh, before, h):
        if bias_hh is not None:
            product += by_gate(bias_hh, size)[:, None]
        r, z, proposal = product
        opened = product[:2]
        opened += gates[:2, rows]
        open_gates(opened)
        gates[:2, rows] = opened
        proposed[rows] = proposal
        new = gates[2, rows]
        new += r * proposal
        np.tanh(new, out=new)
        now -= new
        now *= z
        now += new
        out[rows] = now

    def walk(g):
        r, z, new = gates
        slope_of_new = (1 - z) * (1 - new * new)
        d_gates = np.empty((4, *new.shape), x.dtype)  # r, z, new from h, new from x
        np.multiply(gates[:2], 1 - gates[:2], out=d_gates[:2])
        d_gates[0] *= slope_of_new * proposed
        d_gates[1] *= before - new
        np.multiply(slope_of_new, r, out=d_gates[2])
        d_gates[3] = slope_of_new
        d_state = g[len(x) :].copy()
        for rows, n in reversed(steps):
            dh = d_state[:n]
            dh += g[rows]
            d_gate = d_gates[:, rows]
            d_gate *= dh
            dh *= z[rows]
            dh += gradient_of_input(d_gate[:3], weight_hh)
        return d_gates[[0, 1, 3]], d_gates[:3], d_state[None]

    return result, *rules_of(walk, x, before, weight_ih)
