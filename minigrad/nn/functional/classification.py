"""Losses of a choice among C classes, and the encoding of such a choice.

The classes lie along the axis 1 of an input (N, C) or (N, C, d1, ...), or make up an input (C,). A
target of class indices has the shape of the input without the axis of the classes, and int64 or
uint8 numbers in [0, C).
"""

import numpy as np

from ...core import layers
from ...core.tensor import wrap
from ...dtypes import int64, is_floating, uint8
from ...ops import log_softmax, reshape, where
from ...ops.indexing import read
from ...quiet import quiet
from .checks import check_constant, check_dtypes, check_floating, check_kind, check_tensors, reduced
from .deprecated import reduction_of


def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None,
    reduction="mean", label_smoothing=0.0
):  # fmt: skip
    """Return the mean of -log(softmax(input)) at the target's class: the cost of logits `input`.

    The result is one number, in nats, with reduction="none" one for each target. The mean is NaN if
    all targets are ignored. No logits overflow.

    input : (C,), (N, C) or (N, C, d1, ...), floating.
    target : class indices, (), (N,) or (N, d1, ...), of int64 or uint8; or class probabilities of
        the input's shape.
    weight : (C,), a factor for each class; the mean is then a weighted one (for class indices).
    ignore_index : targets of this index cost nothing and do not count in the mean.
    label_smoothing : the share of the target that is spread over the classes (Szegedy et al. 2016,
        section 7).

    TypeError unless input and target are tensors, IndexError for an index outside [0, C),
    ValueError for another number of targets than inputs, RuntimeError for other shapes and dtypes
    that do not fit.

    >>> import minigrad as mg
    >>> logits = mg.tensor([[0.0, 0.0], [-1000.0, 1000.0]])
    >>> cross_entropy(logits, mg.tensor([0, 1]), reduction="none")
    tensor([0.6931, 0.0000])
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return layers.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)


def general_cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing):
    """Return `cross_entropy` for all options and shapes, with all checks of the arguments."""
    name = "cross_entropy"
    check_kind(name, float, label_smoothing=label_smoothing)
    axis = class_axis(name, input, target, ignore_index)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"{name}(): label_smoothing must lie in [0, 1], not {label_smoothing}")
    if target.shape != input.shape:
        labels, ignored = labels_and_mask(name, input, target, ignore_index)
        check_weight(name, input, weight, axis)
        scores = log_softmax(input, axis)
        return loss_at_labels(name, scores, labels, ignored, weight, reduction, label_smoothing)
    check_weight(name, input, weight, axis)
    check_probabilities(name, input, target, ignore_index)
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[axis]
    costs = log_softmax(input, axis) * target
    if weight is not None:
        costs = costs * along_classes(weight, input)
    losses = 0 - costs.sum(axis)  # 0 - x and not -x: certainty costs 0, not -0
    return reduced(name, losses, reduction)


def nll_loss(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"
):
    """Return `cross_entropy` at class indices for an input that went through `log_softmax`.

    That is the mean of -input at the target's class. Shapes, options and errors are those of
    `cross_entropy` with class indices; an integer input is a NotImplementedError.

    >>> import minigrad as mg
    >>> nll_loss(mg.tensor([[0.25, 0.75]]).log(), mg.tensor([1]))
    tensor(0.2877)
    """
    name = "nll_loss"
    reduction = reduction_of(size_average, reduce, reduction)
    axis = class_axis(name, input, target, ignore_index)
    labels, ignored = labels_and_mask(name, input, target, ignore_index)
    check_weight(name, input, weight, axis)
    return loss_at_labels(name, input, labels, ignored, weight, reduction, 0)


def class_axis(name, input, target, ignore_index):
    """Return the axis of the classes; raise an error unless input and target are right tensors."""
    check_tensors(name, input=input, target=target)
    check_floating(name, input)
    check_kind(name, int, ignore_index=ignore_index)
    return 1 if input.ndim > 1 else 0


def check_weight(name, input, weight, axis):
    """Raise RuntimeError unless the weight, where given, is a constant for each class."""
    if weight is None:
        return
    check_constant(name, "weight", weight)
    if weight.shape != (input.shape[axis : axis + 1] or (1,)):
        raise RuntimeError(
            f"{name}(): weight must have shape {input.shape[axis : axis + 1]}, "
            f"a number for each class, not {weight.shape}"
        )
    check_dtypes(name, input, weight=weight)


def check_probabilities(name, input, target, ignore_index):
    """Raise RuntimeError unless a target of the input's shape can hold class probabilities."""
    if not is_floating(target.dtype):
        raise RuntimeError(
            f"{name}(): a target of the input's shape {input.shape} holds class probabilities, "
            f"which must be floating, not {target.dtype}; "
            "class indices have no axis for the classes"
        )
    if ignore_index >= 0:
        raise RuntimeError(
            f"{name}(): ignore_index={ignore_index} needs class indices, "
            "the target has probabilities"
        )


def along_classes(weight, input):
    """Return the weight in a shape that broadcasts along the input's axis of classes."""
    return reshape(weight, (weight.shape[0], *[1] * (input.ndim - 2)))


@quiet
def loss_at_labels(name, scores, labels, ignored, weight, reduction, label_smoothing):
    """Return the loss of log-probabilities `scores` at the labels.

    Those where the mask `ignored`, unless None, is true cost nothing.
    """
    axis = 1 if scores.ndim > 1 else 0
    index = list(np.ix_(*[np.arange(n) for n in labels.shape]))
    index.insert(axis, labels)
    losses = 0 - read(scores, index=tuple(index))
    share = None if weight is None else weight._array[labels]
    if share is not None:
        losses = losses * wrap(share)
    if label_smoothing:
        spread = scores if weight is None else scores * along_classes(weight, scores)
        smoothed = spread.sum(axis) * (label_smoothing / scores.shape[axis])
        losses = losses * (1 - label_smoothing) - smoothed
    if ignored is not None:
        losses = where(wrap(ignored), 0.0, losses)
        share = np.where(ignored, 0, 1 if share is None else share)
    if reduction == "mean" and share is not None:
        return losses.sum() / float(share.sum())
    return reduced(name, losses, reduction)


def labels_and_mask(name, input, target, ignore_index):
    """Return the class indices as an array, and a mask of those to ignore, or None.

    Those to ignore are 0 in the array.
    """
    if not input.ndim:
        raise ValueError(f"{name}(): input needs an axis for the classes, it has shape ()")
    check_target_shape(name, input, target)
    if target.dtype not in (int64, uint8):
        raise RuntimeError(
            f"{name}(): class indices must be int64 or uint8, not {target.dtype}; use target.long()"
        )
    labels = target._array
    classes = input.shape[1 if input.ndim > 1 else 0]
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


def check_target_shape(name, input, target):
    """Raise an error unless class indices have the input's shape without the axis of the classes.

    ValueError if there are more or fewer than inputs, else RuntimeError.
    """
    shape = target.shape
    expected = input.shape[:1] + input.shape[2:] if input.ndim > 1 else ()
    if shape == expected:
        return
    squeezable = len(shape) > 1 and shape[1] == 1 and shape[:1] + shape[2:] == expected
    advice = "target.squeeze(1)" if squeezable else "one for each input"
    error = RuntimeError if shape[:1] == expected[:1] else ValueError
    raise error(
        f"{name}(): for input of shape {input.shape}, class indices have shape {expected}, "
        f"not {shape}; use {advice}"
    )


def one_hot(tensor, num_classes=-1):
    """Return, for each class index, a row of `num_classes` zeros with a 1 at that index (int64).

    By default there are as many classes as the largest index asks for. `tensor` may have any shape.
    TypeError unless it is a tensor, RuntimeError unless it is int64, its numbers lie in
    [0, num_classes), and there is at least one class.

    >>> import minigrad as mg
    >>> one_hot(mg.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    check_tensors("one_hot", tensor=tensor)
    labels = tensor._array
    if labels.dtype != int64:
        raise RuntimeError(
            f"one_hot(): class indices must be int64, not {labels.dtype}; use tensor.long()"
        )
    if num_classes == -1 and labels.size:
        num_classes = int(labels.max()) + 1
    if num_classes < 1 or (labels.size and (labels.min() < 0 or labels.max() >= num_classes)):
        raise RuntimeError(
            f"one_hot(): a tensor of shape {labels.shape} must have indices in "
            f"[0, {num_classes - 1}] for num_classes={num_classes}"
        )
    return wrap((labels[..., None] == np.arange(num_classes)).astype(np.int64))
