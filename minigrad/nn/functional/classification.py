"""Losses of a choice among C classes, and the encoding of such a choice.

The classes lie along the axis 1 of an input (N, C) or (N, C, d1, ...), or make up an input (C,). A target of class
indices has the shape of the input without the axis of the classes, and int64 or uint8 numbers in [0, C).
"""

import numpy as np

from ...autograd import graph
from ...autograd.accumulate import add_up
from ...dtypes import int64, is_floating, uint8
from ...ops import log_softmax, reshape, where
from ...ops.indexing import read
from ...quiet import quiet, restore, silence
from ...tensor import Tensor, wrap
from .checks import check_constant, check_dtypes, check_floating, check_kind, check_tensors, reduced
from .matrices import row_maxima, starts_of_rows


def cross_entropy(input, target, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """-log(softmax(input)) at the target's class: the cost of the logits `input`, none of which can overflow.

    input : (C,), (N, C) or (N, C, d1, ...), floating.
    target : class indices, (), (N,) or (N, d1, ...), of int64 or uint8; or class probabilities of the input's shape.
    weight : (C,), a factor for each class; the mean is then a weighted one (for class indices).
    ignore_index : targets of this index cost nothing and do not count in the mean.
    label_smoothing : the share of the target that is spread over the classes (Szegedy et al. 2016, section 7).

    TypeError for what is no tensor, IndexError for an index outside [0, C), ValueError for another number of targets
    than inputs, RuntimeError for other shapes and dtypes that do not fit.

    >>> import minigrad as mg
    >>> cross_entropy(mg.tensor([[0.0, 0.0], [-1000.0, 1000.0]]), mg.tensor([0, 1]), reduction="none")
    tensor([0.6931, 0.0000])
    """
    usual = weight is None and label_smoothing == 0 and reduction == "mean" and type(ignore_index) is int
    if usual and ignore_index < 0 and _plain(input, target):
        return _mean_cross_entropy(input, target)
    check_kind("cross_entropy", float, label_smoothing=label_smoothing)
    name, axis = "cross_entropy", _class_axis("cross_entropy", input, target, ignore_index)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"{name}(): label_smoothing must lie in [0, 1], not {label_smoothing}")
    if target.shape != input.shape:
        chosen = _labels(name, input, target, ignore_index)
        _check_weight(name, input, weight, axis)
        return _of_labels(name, log_softmax(input, axis), chosen, weight, reduction, label_smoothing)
    _check_weight(name, input, weight, axis)
    if not is_floating(target.dtype):
        raise RuntimeError(
            f"{name}(): a target of the input's shape {input.shape} holds class probabilities, which must be "
            f"floating, not {target.dtype}; class indices have no axis for the classes"
        )
    if ignore_index >= 0:
        raise RuntimeError(f"{name}(): ignore_index={ignore_index} needs class indices, the target has probabilities")
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[axis]
    costs = log_softmax(input, axis) * target
    if weight is not None:
        costs = costs * _along_classes(weight, input)
    return reduced(name, 0 - costs.sum(axis), reduction)  # 0 - x and not -x: certainty costs 0, not -0


def _plain(input, target):
    """Whether the rows of `input` are logits, and the numbers in `target` a class for each: what most programs have."""
    if not isinstance(input, Tensor) or not isinstance(target, Tensor):
        return False
    x, labels = input._array, target._array
    if x.ndim != 2 or labels.ndim != 1 or x.dtype.kind != "f" or labels.dtype is not int64 or len(x) != len(labels):
        return False
    if not labels.size:
        return False
    unsigned = labels.view(np.uint64)  # a negative one is huge
    return unsigned.item(unsigned.argmax()) < x.shape[1]


def _mean_of_logarithms(logits, labels):
    """The composition that `_mean_cross_entropy` equals."""
    return -read(log_softmax(logits, 1), index=(np.arange(len(labels)), labels)).mean()


# One kernel for log_softmax, the choice of the label and the mean: 4 times as fast as the three for 32 x 10 logits. It
# takes from the forward to the rule the slope for all logits: the softmax with 1 subtracted at the label, over N.
def _mean_cross_entropy(input, target):
    x, labels = input._array, target._array
    n = len(x)
    alarms = silence()
    try:
        z = x - row_maxima(x)
        at_labels = starts_of_rows(*x.shape) + labels
        chosen = z.take(at_labels)
        exponentials = np.exp(z, out=z)
        total = add_up(exponentials, (1,))
        loss = add_up(np.log(total) - chosen, (0,)) / n
        if input._node is None or not graph.mode.recording:
            return wrap(loss)
        slope = np.divide(exponentials, (total * n)[:, None], out=exponentials)
        slope.put(at_labels, slope.take(at_labels) - 1 / n)
    finally:
        restore(alarms)
    return graph.record(_mean_cross_entropy, loss, (x, labels), (input._node, None), {"slope": slope})


graph.declare(
    _mean_cross_entropy,
    "cross_entropy",
    (lambda g, _out, _x, _labels, slope: g * slope, None),
    broadcasts=False,
    composition=lambda logits, labels, slope: _mean_of_logarithms(logits, labels),
)


def nll_loss(input, target, weight=None, *, ignore_index=-100, reduction="mean"):
    """`cross_entropy` with class indices for an input that already went through `log_softmax`."""
    axis = _class_axis("nll_loss", input, target, ignore_index)
    chosen = _labels("nll_loss", input, target, ignore_index)
    _check_weight("nll_loss", input, weight, axis)
    return _of_labels("nll_loss", input, chosen, weight, reduction, 0)


def _class_axis(name, input, target, ignore_index):
    """The axis of the classes, when input and target are tensors as they should be."""
    check_tensors(name, input=input, target=target)
    check_floating(name, input)
    check_kind(name, int, ignore_index=ignore_index)
    return 1 if input.ndim > 1 else 0


def _check_weight(name, input, weight, axis):
    """RuntimeError unless the weight is a constant for each class."""
    if weight is not None:
        check_constant(name, "weight", weight)
        if weight.shape != (input.shape[axis : axis + 1] or (1,)):
            raise RuntimeError(
                f"{name}(): weight must have shape {input.shape[axis : axis + 1]}, a number for each class, "
                f"not {weight.shape}"
            )
        check_dtypes(name, input, weight=weight)


def _along_classes(weight, input):
    return reshape(weight, (weight.shape[0], *[1] * (input.ndim - 2)))


@quiet
def _of_labels(name, scores, chosen, weight, reduction, label_smoothing):
    """The loss of log-probabilities `scores` at the labels; those under a mask cost nothing."""
    labels, ignored = chosen
    axis = 1 if scores.ndim > 1 else 0
    index = list(np.ix_(*[np.arange(n) for n in labels.shape]))
    index.insert(axis, labels)
    losses = 0 - read(scores, index=tuple(index))
    share = None if weight is None else weight._array[labels]
    if share is not None:
        losses = losses * wrap(share)
    if label_smoothing:
        spread = scores if weight is None else scores * _along_classes(weight, scores)
        losses = losses * (1 - label_smoothing) - spread.sum(axis) * (label_smoothing / scores.shape[axis])
    if ignored is not None:
        losses = where(wrap(ignored), 0.0, losses)
        share = np.where(ignored, 0, 1 if share is None else share)
    if reduction == "mean" and share is not None:
        return losses.sum() / float(share.sum())
    return reduced(name, losses, reduction)


def _labels(name, input, target, ignore_index):
    """The class indices as an array, with 0 in place of those to ignore, and the mask of these or None."""
    if not input.ndim:
        raise ValueError(f"{name}(): input needs an axis for the classes, it has shape ()")
    expected = input.shape[:1] + input.shape[2:] if input.ndim > 1 else ()
    if target.shape != expected:
        squeezable = target.ndim > 1 and target.shape[1] == 1 and target.shape[:1] + target.shape[2:] == expected
        raise (RuntimeError if target.shape[:1] == expected[:1] else ValueError)(
            f"{name}(): for input of shape {input.shape}, class indices have shape {expected}, not {target.shape}; "
            f"use {'target.squeeze(1)' if squeezable else 'one for each input'}"
        )
    if target.dtype not in (int64, uint8):
        raise RuntimeError(f"{name}(): class indices must be int64 or uint8, not {target.dtype}; use target.long()")
    labels, classes = target._array, input.shape[1 if input.ndim > 1 else 0]
    ignored = labels == ignore_index
    if ignored.any():
        labels = np.where(ignored, 0, labels)
    else:
        ignored = None
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        outside = labels[(labels < 0) | (labels >= classes)].flat[0]
        raise IndexError(
            f"{name}(): class index {outside} is out of range for input of shape {input.shape}; "
            f"with {classes} classes it must lie in [0, {classes - 1}]"
        )
    return labels, ignored


def one_hot(tensor, num_classes=-1):
    """For each class index of `tensor`, any shape, a row of `num_classes` zeros with a 1 at that index (int64).

    By default there are as many classes as the largest index asks for. TypeError for what is no tensor,
    RuntimeError unless it is int64, its numbers lie in [0, num_classes), and there is at least one class.

    >>> import minigrad as mg
    >>> one_hot(mg.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    check_tensors("one_hot", tensor=tensor)
    labels = tensor._array
    if labels.dtype != int64:
        raise RuntimeError(f"one_hot(): class indices must be int64, not {labels.dtype}; use tensor.long()")
    if num_classes == -1 and labels.size:
        num_classes = int(labels.max()) + 1
    if num_classes < 1 or (labels.size and (labels.min() < 0 or labels.max() >= num_classes)):
        raise RuntimeError(
            f"one_hot(): a tensor of shape {labels.shape} must have indices in [0, {num_classes - 1}] "
            f"for num_classes={num_classes}"
        )
    return wrap((labels[..., None] == np.arange(num_classes)).astype(np.int64))
