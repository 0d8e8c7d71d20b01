"""Speed: fused functions, each next to the composition of plain operations that it equals.

    @kernel(lambda x, y: np.mean((x - y) * (x - y)))
    def mean_squared_error(x, y):
        d = x - y
        n = d.size
        return np.vdot(d, d) / n, lambda g: g * (2 / n) * d, lambda g: g * (-2 / n) * d

A kernel takes arrays, and returns the result and a rule for each input: a function of the result's
gradient, which may use what the forward has computed. The composition is its definition: it serves
higher orders, tests compare the kernel with it, and it runs instead of the kernel where the
environment variable MINIGRAD_KERNELS is 0. This module decides which of the two runs.
"""

import functools
import itertools
import os

import numpy as np

from ..core import backward, record
from ..core.quiet import restore, silence
from ..core.tensor import Tensor, wrap

ENABLED = os.environ.get("MINIGRAD_KERNELS") != "0"
KERNELS = []


def kernel(definition, reads="", name=None):
    """Decorate a function of arrays into an operation that equals the composition `definition`.

    If the definition is a replaceable function of the core, the kernel takes its place. `reads`
    names the inputs, and "out" for the result, whose values the rules read: these must not be
    overwritten before backward. `name` is that of the operation in messages, if it is not the
    function's.
    """

    def decorate(compute):
        @functools.wraps(compute)
        def fused(*inputs, **params):
            arrays, parents, _ = record.arrays_of(inputs)
            alarms = silence()
            try:
                out, *params["rules"] = compute(*arrays, **params)
            finally:
                restore(alarms)
            return record.recorded(fused, out, arrays, parents, params)

        def rule(g, i, _out, inputs, params):
            if isinstance(g, Tensor):
                if "gradients" not in params:  # which are those of this node and this walk
                    params["gradients"] = higher_order(definition, g, inputs, **params)
                return params["gradients"][i]
            return params["rules"][i](g)

        rule.reads = reads.split()
        names = compute.__code__.co_varnames[: compute.__code__.co_argcount]
        record.declare(fused, name or compute.__name__, (), names)
        fused.rules = itertools.repeat(rule)
        fused.definition = definition
        KERNELS.append(fused)
        if not ENABLED:
            return definition
        if hasattr(definition, "replaceable"):
            record.replace(definition, fused)
        return fused

    return decorate


def higher_order(definition, g, inputs, awaited, rules, **params):
    """Return the awaited gradients under `create_graph` by input: record the definition, go back.

    `params` are those of the definition, which knows nothing of the kernel's `rules`.
    """
    inputs = [wrap(x) if is_floating_array(x) else x for x in inputs]  # those without a gradient
    copies = {}  # nodes of their own: an input may itself depend on another
    for i, x in enumerate(inputs):
        if isinstance(x, Tensor) and x._node in awaited:
            inputs[i] = copies[i] = np.positive(x)
    out = definition(*inputs, **params)
    found = backward.grad([out], copies.values(), [g], retain_graph=True, create_graph=True)
    return dict(zip(copies, found, strict=True))


def is_floating_array(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def remembered(compute):
    """Return a function that computes once for all rules: each is called with the same gradient.

    It holds that gradient, which nobody writes to meanwhile: so another one is another object.
    """
    last = (None, None)

    def compute_once(g):
        nonlocal last
        known, result = last
        if known is not g:
            result = compute(g)
            last = (g, result)
        return result

    return compute_once


def faster(function):
    """Decorate a function that computes the same as the replaceable `function`, and replaces it."""

    def decorate(replacement):
        if ENABLED:
            record.replace(function, replacement)
        return replacement

    return decorate


# Each of them uses `kernel`.
from . import (  # noqa: E402
    activation,
    convolution,
    dense,
    memory,
    normalization,
    pooling,
    recurrent,
    updates,
)

if ENABLED:
    memory.keep_freed()
