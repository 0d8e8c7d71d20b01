"""Recurrent networks: layers that step over the time of sequences, and single steps as cells."""

import itertools
import math
import numbers
import warnings
from functools import partial

import numpy as np

from ..core.tensor import wrap
from ..kernels.recurrent import ELMAN_STEPS, gru, gru_step, lstm, lstm_step, rnn, rows_between, run
from ..ops import cat, stack, zeros
from . import functional as F
from . import init
from .functional.checks import check_kind, check_tensors
from .module import Module
from .parametric import new_parameter
from .utils.rnn import PackedSequence

# -- What layers and cells share -------------------------------------------------------------------


class Recurrent(Module):
    """The base of layers and cells: a `_step` of `_gates` and `_states`; `_usual` are options."""

    _states = 1

    def _add(self, shapes, device, dtype):
        """Register parameters of these shapes by name, and return the names."""
        for name, shape in shapes.items():
            owner = type(self).__name__
            self.register_parameter(name, shape and new_parameter(owner, shape, device, dtype))
        return list(shapes)

    def reset_parameters(self):
        """Draw all parameters again, uniform in [-k, k], k = 1 / sqrt(hidden_size)."""
        for parameter in self.parameters():
            bound = 1 / math.sqrt(self.hidden_size or math.inf)
            init.uniform_(parameter, -bound, bound)

    def _given(self, hx, shapes, dtype):
        """Return the tensors of a state, h or, of an LSTM, h and c; they must have these shapes."""
        name = type(self).__name__
        if self._states == 2 and not isinstance(hx, (tuple, list)):
            raise TypeError(f"{name}: hx must be a tuple (h, c), not {type(hx).__name__}")
        states = list(hx) if self._states == 2 else [hx]
        check_tensors(name, **{f"hx[{i}]": s for i, s in enumerate(states)})
        if len(states) != self._states:
            raise RuntimeError(f"{name}: hx must be a tuple (h, c), not of {len(states)}")
        for state, shape in zip(states, shapes, strict=True):
            if state.shape != shape or state.dtype != dtype:
                is_wrong_rank = isinstance(self, Cell) and state.ndim not in (1, 2)
                raise (ValueError if is_wrong_rank else RuntimeError)(
                    f"{name}: hx must be {dtype} of shape {shape}, not {state.dtype} {state.shape}"
                )
        return states

    def extra_repr(self):
        shown = [f"{self.input_size}, {self.hidden_size}"]
        for name, usual in self._usual.items():
            value = getattr(self, name, usual)
            shown += [] if value == usual else [f"{name}={value}"]
        return ", ".join(shown)


# -- Layers ----------------------------------------------------------------------------------------


class Layers(Recurrent):
    """Recurrent layers, one on the other: the base of `RNN`, `LSTM` and `GRU`."""

    _usual = dict(
        proj_size=0, num_layers=1, bias=True, batch_first=False, dropout=0, bidirectional=False
    )

    def __init__(
        self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False,
        dropout=0.0, bidirectional=False, proj_size=0, device=None, dtype=None
    ):  # fmt: skip
        super().__init__()
        name = type(self).__name__
        check_dropout(name, dropout, num_layers)
        check_sizes(name, input_size, hidden_size, num_layers, proj_size)
        if proj_size and self._states == 1:
            raise ValueError(f"{name}(): only an LSTM has a proj_size")
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights = []  # for each layer and direction, the names of its parameters
        gates = self._gates * hidden_size
        size = proj_size or hidden_size
        directions = ("", "_reverse")[: 1 + bidirectional]
        for layer, direction in itertools.product(range(num_layers), directions):
            features = size * len(directions) if layer else input_size
            shapes = {"weight_ih": (gates, features), "weight_hh": (gates, size)}
            shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)} if bias else {}
            shapes |= {"weight_hr": (proj_size, hidden_size)} if proj_size else {}
            shapes = {f"{role}_l{layer}{direction}": shape for role, shape in shapes.items()}
            self._all_weights.append(self._add(shapes, device, dtype))
        self.reset_parameters()

    def flatten_parameters(self):
        """Do nothing: where the parameters lie in memory makes no difference here."""

    @property
    def all_weights(self):
        """For each layer and direction a list of its parameters."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def forward(self, input, hx=None):
        packed = input if isinstance(input, PackedSequence) else None
        self._check_input(input.data if packed else input, packed)
        is_single = packed is None and input.ndim == 2
        if packed:
            x, batch_sizes, order, back = input
            sizes = batch_sizes.tolist()
        else:
            order = back = None
            x = input.unsqueeze(1) if is_single else input
            x = x.transpose(0, 1) if self.batch_first and not is_single else x
            steps, number = x.shape[:2]
            sizes = [number] * steps
            x = x.reshape(steps * number, self.input_size)
        if not sizes or sum(sizes) != len(x) or sizes != sorted(sizes, reverse=True):
            raise RuntimeError(f"{type(self).__name__}: batch sizes {sizes} for {len(x)} inputs")
        start = self._start(hx, sizes[0], x.dtype, is_single)
        out, state = self._all_layers(x, sizes, [reordered(s, order) for s in start])
        state = [s.squeeze(1) if is_single else reordered(s, back) for s in state]
        state = tuple(state) if self._states == 2 else state[0]
        if packed:
            return PackedSequence(out, batch_sizes, order, back), state
        if is_single:
            return out, state
        out = out.reshape(steps, number, out.shape[-1])
        return out.transpose(0, 1) if self.batch_first else out, state

    def _check_input(self, x, packed):
        name = type(self).__name__
        check_tensors(name, input=x)
        dtype = self.all_weights[0][0].dtype
        if x.ndim not in ((2,) if packed else (2, 3)):
            kind = RuntimeError if packed else ValueError
            raise kind(f"{name}: input must have 2 axes, or 3 if not packed, not {x.shape}")
        if x.dtype != dtype:
            raise ValueError(f"{name}: input is {x.dtype}, the parameters {dtype}; use .to()")
        if x.shape[-1] != self.input_size:
            raise RuntimeError(f"{name}: input {x.shape} must end with {self.input_size}")

    def _start(self, hx, number, dtype, is_single):
        """Return the state to start from: h and, of an LSTM, c, (layers, number, size)."""
        layers = len(self._all_weights)
        sizes = [self.proj_size or self.hidden_size, self.hidden_size][: self._states]
        if hx is None:
            return [wrap(np.zeros((layers, number, size), dtype)) for size in sizes]
        middle = () if is_single else (number,)
        states = self._given(hx, [(layers, *middle, size) for size in sizes], dtype)
        return [s.unsqueeze(1) for s in states] if is_single else states

    def _all_layers(self, x, sizes, start):
        """Return the output of the last layer, and the last state of all."""
        starts = list(zip(*[s.unbind(0) for s in start], strict=True))
        lasts = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = F.dropout(x, self.dropout, self.training)
            outs = []
            for is_reverse in (False, True)[: 1 + self.bidirectional]:
                weights = self.all_weights[len(lasts)]
                out, last = self._one_layer(x, sizes, starts[len(lasts)], weights, is_reverse)
                outs.append(out)
                lasts.append(last)
            x = cat(outs, 1) if self.bidirectional else out
        return x, [stack(parts) for parts in zip(*lasts, strict=True)]

    def _one_layer(self, x, sizes, start, weights, is_reverse):
        """Return the output of one layer in one direction, and its last state."""
        w_ih, w_hh, *others = weights
        b_ih, b_hh = others[:2] if self.bias else (None, None)
        if self.proj_size:
            gates = F.linear(x, w_ih, b_ih)
            return run(lstm_step, gates, sizes, start, (w_hh, b_hh, others[-1]), is_reverse)
        inputs = (x, *start, w_ih, w_hh, b_ih, b_hh)
        result = self._layer(*inputs, sizes=sizes, is_reverse=is_reverse)
        steps, number = len(x), sizes[0]
        starts = [steps + i * number for i in range(self._states)]
        last = [rows_between(result, start, start + number) for start in starts]
        return rows_between(result, 0, steps), last


def reordered(state, order):
    return state if order is None else state.index_select(1, order)


def check_dropout(name, dropout, num_layers):
    """Raise an error unless `dropout` is a probability; warn where it has no effect."""
    if not isinstance(dropout, str) and not hasattr(dropout, "__float__"):
        raise TypeError(f"{name}(): dropout must be a number, not {dropout!r}")
    is_number = isinstance(dropout, numbers.Real) and not isinstance(dropout, bool)
    if not is_number or not 0 <= dropout <= 1:
        raise ValueError(f"{name}(): dropout must be a number in [0, 1], not {dropout!r}")
    if dropout and num_layers == 1:
        warnings.warn(f"{name}(): dropout acts between layers, there is only one", stacklevel=4)


def check_sizes(name, input_size, hidden_size, num_layers, proj_size):
    """Raise TypeError unless these are integers, ValueError unless they are in range."""
    check_kind(name, int, input_size=input_size, hidden_size=hidden_size)
    check_kind(name, float, num_layers=num_layers, proj_size=proj_size)
    if min(input_size, hidden_size, num_layers) <= 0 or proj_size < 0 or proj_size >= hidden_size:
        raise ValueError(
            f"{name}(): {input_size=}, {hidden_size=} and {num_layers=} must be positive, and "
            f"{proj_size=} less than hidden_size"
        )
    check_kind(name, int, num_layers=num_layers, proj_size=proj_size)


class RNN(Layers):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu, over the time of sequences (Elman 1990).

    The input is (T, N, input_size), with `batch_first` (N, T, input_size), (T, input_size) for one
    sequence, or a `PackedSequence`, and the state to start from (0 unless given). The result is the
    output of the last layer at all times, and the last state of all layers, (num_layers *
    directions, N, hidden_size). `dropout` acts between layers. If `bidirectional`, a layer also
    runs backwards, and has twice the outputs. Without `bias` there is neither b_ih nor b_hh.
    ValueError for an input of another rank or dtype and for a `nonlinearity` that is neither "tanh"
    nor "relu", RuntimeError for other sizes and states that do not fit.

    >>> import minigrad as mg
    >>> output, h = mg.nn.RNN(3, 4, bidirectional=True)(mg.zeros(5, 2, 3))
    >>> output.shape, h.shape
    ((5, 2, 8), (2, 2, 4))
    """

    _gates = 1

    def __init__(
        self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True,
        batch_first=False, dropout=0.0, bidirectional=False, *, device=None, dtype=None
    ):  # fmt: skip
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNN(): nonlinearity must be tanh or relu, not {nonlinearity!r}")
        options = (num_layers, bias, batch_first, dropout, bidirectional)
        super().__init__(input_size, hidden_size, *options, device=device, dtype=dtype)
        self.nonlinearity = nonlinearity
        self._layer = partial(rnn, activation=nonlinearity)


class LSTM(Layers):
    """Long short-term memory: c' = f c + i g, h' = o tanh(c') (Hochreiter and Schmidhuber 1997).

    The gates i, f, o are sigmoids and g a tanh, each of its W_ih x + b_ih + W_hh h + b_hh. The
    state is the tuple (h, c); with `proj_size`, h is projected to so many features. Shapes, options
    and errors are those of `RNN`, which also has `nonlinearity`.
    """

    _layer = staticmethod(lstm)
    _gates = 4
    _states = 2


class GRU(Layers):
    """Gated recurrent units: h' = (1 - z) n + z h, n = tanh(x_n + r h_n) (Cho et al. 2014).

    The gates r, z are sigmoids of x_r + h_r, x_z + h_z; x_n is W_in x + b_in, h_n is W_hn h + b_hn,
    and so on. Shapes, options and errors are those of `RNN`, which also has `nonlinearity`;
    ValueError for a `proj_size`, which only an LSTM has.
    """

    _layer = staticmethod(gru)
    _gates = 3


# -- Cells -----------------------------------------------------------------------------------------


class Cell(Recurrent):
    """One step: from inputs (N, input_size) or (input_size,) and hx, of the same rank, to hx.

    ValueError for other ranks, RuntimeError for other sizes and dtypes.
    """

    _usual = dict(bias=True, nonlinearity="tanh")

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = self._gates * hidden_size
        biases = dict.fromkeys(("bias_ih", "bias_hh"), (gates,) if bias else None)
        shapes = {"weight_ih": (gates, input_size), "weight_hh": (gates, hidden_size), **biases}
        self._add(shapes, device, dtype)
        self.reset_parameters()

    def forward(self, input, hx=None):
        name = type(self).__name__
        check_tensors(name, input=input)
        dtype = self.weight_ih.dtype
        if input.ndim not in (1, 2):
            raise ValueError(f"{name}: input must have 1 or 2 axes, not {input.shape}")
        if input.shape[-1] != self.input_size or input.dtype != dtype:
            raise RuntimeError(
                f"{name}: input must be {dtype} and end with {self.input_size}, "
                f"not {input.dtype} {input.shape}"
            )
        shapes = [(*input.shape[:-1], self.hidden_size)] * self._states
        if hx is None:
            states = [zeros(shape, dtype=dtype) for shape in shapes]
        else:
            states = self._given(hx, shapes, dtype)
        gates = F.linear(input, self.weight_ih, self.bias_ih)
        states = self._step(gates, states, self.weight_hh, self.bias_hh)
        return states if self._states == 2 else states[0]


class RNNCell(Cell):
    """One step of an `RNN`: from inputs (N, input_size) and hx, (N, hidden_size), to the next hx.

    Both may lack N; hx is 0 unless given. Without `bias` there is none. ValueError for inputs of
    other ranks, RuntimeError for other sizes and dtypes and for a `nonlinearity` that is neither
    "tanh" nor "relu", all when it is called.
    """

    _gates = 1

    def __init__(
        self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None
    ):
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity

    def _step(self, *args):
        if str(self.nonlinearity) not in ELMAN_STEPS:
            raise RuntimeError(f"RNNCell: no such nonlinearity as {self.nonlinearity!r}")
        return ELMAN_STEPS[self.nonlinearity](*args)


class LSTMCell(Cell):
    """One step of an `LSTM`, whose hx is the tuple (h, c); shapes and errors as in `RNNCell`."""

    _step = staticmethod(lstm_step)
    _gates = 4
    _states = 2


class GRUCell(Cell):
    """One step of a `GRU`; shapes and errors are those of `RNNCell`."""

    _step = staticmethod(gru_step)
    _gates = 3
