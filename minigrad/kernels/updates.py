"""Updates of parameters: with one temporary array at a time, and small parameters together.

An update of Adam costs twelve calls of NumPy, whether of one bias or of all. So a step on the six
small parameters of a 64-32-32-10 classifier, taken together, takes a third of the time.

Averages are kept from becoming subnormal: for the autoencoder of the benchmarks, a step after 1,000
others otherwise takes twice as long as the first.
"""

import itertools
import operator
from collections import Counter

import numpy as np
from numpy.lib.array_utils import byte_bounds

from ..core import optim, record
from ..core.optim import count_step, downhill, kept
from ..core.tensor import Tensor, wrap
from . import faster
from .dense import BLOCK, blocks_of


def mix(average, a, value, b, buffer):
    """Set average <- a * average + b * value; the value may be in the buffer."""
    average *= a
    average += np.multiply(value, b, out=buffer)


@faster(optim.Adam._update)
def adam(self, x, g, state, group):
    g = downhill(x, g, group)
    t = count_step(state)
    lr = group["lr"]
    beta1, beta2 = group["betas"]
    correction = (1 - beta2**t) ** 0.5  # of sqrt(v); applied to eps and lr, it saves a pass
    eps = group["eps"] * correction
    rate = lr * correction / (1 - beta1**t)
    names = ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"][: 3 if group["amsgrad"] else 2]
    for x, g, m, v, *largest in in_blocks(x, g, *[kept(state, name, x) for name in names]):
        buffer = np.empty_like(x)
        mix(m, beta1, g, 1 - beta1, buffer)
        mix(v, beta2, np.multiply(g, g, out=buffer), 1 - beta2, buffer)
        if largest:
            v = np.maximum(*largest, v, out=largest[0])
        np.sqrt(v, out=buffer)
        buffer += eps
        np.divide(m, buffer, out=buffer)
        buffer *= rate
        x -= buffer


def in_blocks(*arrays):
    """Return arrays of one shape, together, in blocks: 0.6 of the time for a million numbers."""
    if arrays[0].size <= BLOCK:  # a 0-d one has no axis to cut
        return [arrays]
    return [[array[block] for array in arrays] for block in blocks_of(arrays[0])]


# -- Averages to which nothing is added ------------------------------------------------------------

_AVERAGES = (
    "momentum_buffer", "exp_avg", "exp_avg_sq", "square_avg", "grad_avg", "acc_delta"
)  # fmt: skip
_TURNS = 64  # updates; an average that shrinks by a tenth at each then shrinks to a thousandth


def drop_remnants(state):
    """Set to 0 what is below 1e-31 (float32) or 1e-292 (float64) in the averages of a parameter.

    The weights behind a ReLU that is always 0 get gradients of 0. Their averages shrink at each
    update until they are subnormal, less than 1e-38 in float32, and rounding then keeps them so.
    Arithmetic with subnormal numbers takes many times as long.
    """
    for name in _AVERAGES:
        average = getattr(state.get(name), "_array", None)
        if average is not None:
            limits = np.finfo(average.dtype)
            np.copyto(average, 0, where=np.abs(average) < limits.tiny / limits.eps)


# -- Small parameters together ---------------------------------------------------------------------

SMALL = 8192  # elements; for more, copying costs what calling saves

# Whether `_update` does the same to each element, whatever the array that it is in.
optim.Optimizer._treats_numbers_alike = False
optim.Adam._treats_numbers_alike = True

update_one_by_one = optim.update_all


@faster(optim.update_all)
def update_all(optimizer, group, params):
    """Update these parameters of a group.

    The small ones are updated together.
    """
    rest = params
    if optimizer._treats_numbers_alike:
        rest = _update_small(optimizer, group, params)
    if rest:
        update_one_by_one(optimizer, group, rest)
    turns = vars(optimizer).setdefault("_turns", Counter())
    turns[id(group)] += 1
    if turns[id(group)] % _TURNS == 0:
        for p in params:
            drop_remnants(optimizer.state[p])


def _update_small(optimizer, group, params):
    """Update the small ones of these parameters together, if possible; return all others."""
    small = [p for p in params if p._array.size <= SMALL]
    if len(small) < 3:
        return params
    states = [optimizer.state[p] for p in small]
    packs = vars(optimizer).setdefault("_packs", {})  # by the id of the group
    pack = packs.get(id(group))
    if not pack or not pack.holds(small, states):
        for p, state in zip(small, states, strict=True):
            optim.check_fit(optimizer, p._array, p._grad, state)
        pack = packs[id(group)] = Pack(small, states) if Pack.possible(small, states) else None
    if not pack or not pack.in_step():
        return params
    pack.gather()
    optimizer._update(pack.x, pack.g, pack.state, group)
    pack.scatter()
    return [p for p in params if p._array.size > SMALL]


class Pack:
    """Parameters whose states lie end to end in memory.

    `x` and `g` take their values and gradients. An array of `state` holds the entries of one name
    of all parameters, and what each parameter has under this name is a view of it. So no state
    depends on which parameters are updated together.
    """

    def __init__(self, params, states):
        self.params = params
        self.state = {name: _lay_end_to_end(name, states) for name in states[0]}
        self.steps = self.state["step"]._array
        self.arrays = _arrays(params, states)
        ends = [0, *itertools.accumulate(p.numel() for p in params)]
        self.x = np.empty(ends[-1], params[0].dtype)
        self.g = np.empty_like(self.x)
        stretches = itertools.starmap(slice, itertools.pairwise(ends))
        self.values = [self.x[s].reshape(p.shape) for p, s in zip(params, stretches, strict=True)]
        self.flat = [p._array.reshape(-1) for p in params]

    @staticmethod
    def possible(params, states):
        """Return whether all have one dtype, states of one form, and their own memory in order."""
        if not all(isinstance(value, Tensor) for state in states for value in state.values()):
            return False
        if not all(p._array.flags.c_contiguous for p in params):
            return False
        dtypes = {p.dtype for p in params}
        forms = {tuple((name, value.dtype) for name, value in state.items()) for state in states}
        if len(dtypes) != 1 or len(forms) != 1 or "step" not in states[0]:
            return False
        bounds = sorted(byte_bounds(p._array) for p in params)
        return all(end <= start for (_, end), (start, _) in itertools.pairwise(bounds))

    def holds(self, params, states):
        """Return whether these parameters and their states still have the arrays packed here."""
        arrays = _arrays(params, states)
        return len(arrays) == len(self.arrays) and all(map(operator.is_, arrays, self.arrays))

    def in_step(self):
        """Return whether all parameters have taken the same number of steps."""
        steps = self.steps.tolist()
        return steps.count(steps[0]) == len(steps)

    def gather(self):
        """Copy the values and gradients of the parameters to `x` and `g`."""
        np.concatenate(self.flat, out=self.x)
        np.concatenate([p._grad._array for p in self.params], axis=None, out=self.g)

    def scatter(self):
        """Copy `x` back to the parameters."""
        for p, values in zip(self.params, self.values, strict=True):
            p._array[...] = values
        record.note_write(*[p._array for p in self.params])


def _lay_end_to_end(name, states):
    """Make the tensors of this name in the states views of one flat tensor; return that."""
    arrays = [state[name]._array for state in states]
    flat = np.concatenate([array.ravel() for array in arrays])
    parts = np.split(flat, [*itertools.accumulate(array.size for array in arrays[:-1])])
    for state, array, part in zip(states, arrays, parts, strict=True):
        state[name] = wrap(part.reshape(array.shape))
    return wrap(flat)


def _arrays(params, states):
    """Return the arrays of the parameters and of their states, in a fixed order."""
    arrays = [p._array for p in params]
    arrays += [getattr(value, "_array", value) for state in states for value in state.values()]
    return arrays
