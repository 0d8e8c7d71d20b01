"""Sequences of different lengths in one batch: padded to the longest, or packed without padding."""

from collections import namedtuple

import numpy as np

from ... import absent, arguments
from ...core.rules import where
from ...core.tensor import Tensor, wrap
from ...ops import stack, tensor
from ...ops.indexing import read
from ..functional.checks import check_tensors
from ..functional.convolution import pad


class PackedSequence(
    namedtuple("PackedSequence", "data batch_sizes sorted_indices unsorted_indices")
):
    """A batch of sequences, step after step of time, each without those that have ended.

    `data` (sum of lengths, ...) has at each step as many rows as `batch_sizes` says, by decreasing
    length; `sorted_indices` says which sequences these are, None the first. Made by the functions.
    """

    __slots__ = ()

    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError("PackedSequence: needs data and batch_sizes")
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args, **kwargs):
        """Convert `data` as `Tensor.to` would; return this sequence itself if nothing changes."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])


def invert_permutation(permutation):
    """Return the inverse of a permutation, a vector of int64; None for None."""
    return None if permutation is None else wrap(np.argsort(permutation._array))


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    """Pack the sequences of a padded batch (T, N, ...), with `batch_first` (N, T, ...).

    RuntimeError unless the `lengths` are N integers in [1, T], decreasing if `enforce_sorted`.

    >>> import minigrad as mg
    >>> pack_padded_sequence(mg.tensor([[1, 2, 3], [4, 5, 0]]), [3, 2], batch_first=True).data
    tensor([1, 4, 2, 5, 3])
    """
    name = "pack_padded_sequence"
    check_tensors(name, input=input)
    if input.ndim < 2:
        kind = IndexError if input.numel() else RuntimeError
        raise kind(f"{name}(): input must be a padded batch, not of shape {input.shape}")
    batch, longest = input.shape[:2] if batch_first else input.shape[1::-1]
    lengths = lengths if isinstance(lengths, Tensor) else tensor(lengths, dtype=np.int64)
    lengths = lengths._array.astype(np.int64)
    order = np.argsort(-lengths, kind="stable")
    by_length = lengths if enforce_sorted or lengths.ndim != 1 else lengths[order]
    if lengths.shape != (batch,) or not batch or by_length[-1] < 1 or by_length[0] > longest:
        raise RuntimeError(
            f"{name}(): lengths {lengths.tolist()} must be {batch} in [1, {longest}] for an input "
            f"of shape {input.shape}, which must not be empty"
        )
    if np.any(np.diff(by_length) > 0):
        raise RuntimeError(f"{name}(): lengths must decrease, unless given enforce_sorted=False")
    goes_on = np.arange(by_length[0])[:, None] < by_length
    times, places = np.nonzero(goes_on)
    sequences = places if enforce_sorted else order[places]
    data = read(input, index=(sequences, times) if batch_first else (times, sequences))
    return PackedSequence(data, wrap(goes_on.sum(1)), None if enforce_sorted else wrap(order))


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """Return a packed sequence as a padded batch (T, N, ...) or (N, T, ...), and its N lengths.

    T is the longest length or `total_length`; ValueError if that is less.
    """
    name = "pad_packed_sequence"
    if not isinstance(sequence, PackedSequence):
        raise TypeError(f"{name}(): needs a PackedSequence, not {type(sequence).__name__}")
    sizes = sequence.batch_sizes._array
    steps = len(sizes) if total_length is None else total_length
    if steps < len(sizes):
        raise ValueError(f"{name}(): total_length={steps} is below the longest, {len(sizes)}")
    places = np.arange(sizes[0])
    if sequence.unsorted_indices is not None:
        places = sequence.unsorted_indices._array
    lengths = (sizes > places[:, None]).sum(1)
    is_padding = np.arange(steps)[:, None] >= lengths
    starts = np.resize(np.cumsum(sizes) - sizes, steps)
    rows = np.where(is_padding, 0, starts[:, None] + places)
    if batch_first:
        rows = rows.T
        is_padding = is_padding.T
    out = read(sequence.data, index=(rows,))
    is_padding = is_padding.reshape(*is_padding.shape, *(1,) * (out.ndim - 2))
    return where(is_padding, np.full((), padding_value, out.dtype), out), wrap(lengths)


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    """Stack N sequences (length, ...) to (T, N, ...) or (N, T, ...), padded to the longest, T.

    The dtype is that of the first. RuntimeError if there are none or the other axes differ.
    """
    name = "pad_sequence"
    if not hasattr(sequences, "__iter__"):
        raise RuntimeError(f"{name}(): needs a list of tensors, not {type(sequences).__name__}")
    sequences = tuple(sequences)
    check_tensors(name, **{f"sequence {i}": x for i, x in enumerate(sequences)})
    if padding_side not in ("left", "right") or not sequences or not sequences[0].ndim:
        raise RuntimeError(
            f"{name}(): needs one sequence or more, each with an axis of time, and left or right "
            f"as padding_side, not {len(sequences)} and {padding_side!r}"
        )
    if len({x.shape[1:] for x in sequences}) > 1:
        raise RuntimeError(f"{name}(): the axes must be equal but for the first")
    longest = max(map(len, sequences))
    padded = []
    for x in sequences:
        widths = [0] * (2 * x.ndim)
        widths[-2 if padding_side == "left" else -1] = longest - len(x)
        padded.append(pad(x.to(sequences[0].dtype), tuple(widths), value=padding_value))
    return stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    """Return the sequences of a padded batch (T, N, ...) or (N, T, ...), given a Tensor of lengths.

    ValueError unless there is a length for each.
    """
    check_tensors("unpad_sequence", padded_sequences=padded_sequences, lengths=lengths)
    sequences = padded_sequences.unbind(0 if batch_first else 1)
    if lengths.shape != (len(sequences),):
        raise ValueError(f"unpad_sequence(): {lengths.shape} are not {len(sequences)} lengths")
    return [x[:n].clone() for x, n in zip(sequences, lengths.tolist(), strict=True)]


def pack_sequence(sequences, enforce_sorted=True):
    """Pack a list of sequences (length, ...): `pad_sequence`, then `pack_padded_sequence`."""
    lengths = [len(x) for x in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, False, enforce_sorted)


def unpack_sequence(packed_sequences):
    """Return the sequences of a packed one as a list."""
    return unpad_sequence(*pad_packed_sequence(packed_sequences, True), True)


__getattr__ = absent.getattr_of("minigrad.nn.utils.rnn", globals())

arguments.publish(globals())
