"""Pictures: loss curves, confusion matrices, grids of images.

Each function draws into `ax`, a matplotlib Axes, or into a new Figure of its own, and returns the Axes;
`ax.figure.savefig(path)` saves it. pyplot is never touched, so nothing needs a screen and nothing is left open.
The colours are told apart by colour-blind readers too.
"""

import math

import numpy as np

from .tensor import Tensor

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#6B6B6B"
BUCKETS = 50
LOG_RATIO = 100  # a loss that falls by more than this needs a logarithmic axis to show its end


def new_axes(width=6.4, height=4.4):
    """The only Axes of a new Figure of that size in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def _array(values):
    return values.detach().numpy() if isinstance(values, Tensor) else np.asarray(values)


# -- Loss curves ---------------------------------------------------------------------------------------------


def loss_curve(
    train,
    validation=None,
    *,
    epochs=None,
    train_x=None,
    validation_x=None,
    xlabel=None,
    unit="nats",
    labels=("train", "validation"),
    ax=None,
):
    """Losses while training, in `unit`: of the training data, and of data that is only looked at.

    `train` and `validation` are 1-d. With `epochs` both are spread evenly over so many, from 0 on where there is one
    loss more than epochs. Otherwise `train_x` and `validation_x` are their places on the horizontal axis (1, 2, ... if
    not given), and `xlabel` is what these count. More than 100 training losses are drawn faintly, with their means over
    50 buckets in front. Validation losses are drawn as they are, and the lowest is marked. The vertical axis is
    logarithmic only where the lines span more than a factor of 100.

    Raises ValueError if losses and places differ in number, or if there is no loss.
    """
    ax = ax or new_axes()
    xlabel = xlabel or ("step" if epochs is None else "epoch")
    drawn = [_draw_train(ax, *_points("train", train, train_x, epochs), labels[0])]
    if validation is not None:
        points = _points("validation", validation, validation_x, epochs)
        drawn.append(_draw_validation(ax, *points, labels[1], xlabel))
    values = np.concatenate(drawn)
    values = values[np.isfinite(values)]
    if values.size and values.min() > 0 and values.max() / values.min() > LOG_RATIO:
        ax.set_yscale("log")
    elif values.size and values.min() >= 0:
        ax.set_ylim(bottom=0)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(f"loss ({unit})")
    ax.grid(alpha=0.25)
    ax.legend(frameon=False)
    return ax


def _points(name, values, x, epochs):
    values = _array(values).astype(float)
    if x is None and epochs is not None:
        x = np.linspace(0, epochs, len(values) + (len(values) != epochs + 1))[-len(values) :]
    x = np.arange(1, len(values) + 1) if x is None else _array(x)
    if not len(values) or values.shape != x.shape or values.ndim != 1:
        raise ValueError(f"loss_curve(): {name} has losses of shape {values.shape} at places of shape {x.shape}")
    return x, values


def _draw_train(ax, x, values, label):
    if len(values) > 2 * BUCKETS:
        ax.plot(x, values, color=BLUE, alpha=0.25, linewidth=0.7)
        cuts = np.linspace(0, len(values), BUCKETS + 1).astype(int)[:-1]
        lengths = np.diff(np.append(cuts, len(values)))
        x, values = np.add.reduceat(x, cuts) / lengths, np.add.reduceat(values, cuts) / lengths
        label = f"{label}, means of {lengths.max()}"
    ax.plot(x, values, color=BLUE, linewidth=1.8, label=label)
    return values


def _draw_validation(ax, x, values, label, xlabel):
    ax.plot(x, values, color=ORANGE, linestyle="--", linewidth=1.8, label=label)
    if np.isfinite(values).any():
        best = int(np.nanargmin(values))
        legend = f"lowest {label}: {values[best]:.4g} at {xlabel} {x[best]:g}"
        ax.plot(x[best], values[best], "o", color=ORANGE, markeredgecolor="white", markersize=8, label=legend)
    return values


# -- Confusion matrices --------------------------------------------------------------------------------------


def confusion_counts(labels, predictions, classes=None):
    """How often class `row` was taken for class `column`: int64, (classes, classes).

    `labels` and `predictions` are integers of one shape, 0 or greater; `classes` is, unless given, one more than the
    largest. Raises ValueError for shapes that differ and for an integer that is no class.

    >>> confusion_counts([0, 0, 1], [0, 1, 1])
    array([[1, 1],
           [0, 1]])
    """
    labels, predictions = _array(labels), _array(predictions)
    if labels.shape != predictions.shape:
        raise ValueError(f"confusion_counts(): labels {labels.shape} and predictions {predictions.shape} differ")
    both = np.stack([labels.ravel(), predictions.ravel()])
    classes = int(both.max(initial=-1)) + 1 if classes is None else classes
    if both.dtype.kind not in "iu" or ((both < 0) | (both >= classes)).any():
        raise ValueError(f"confusion_counts(): labels and predictions must be integers from 0 to {classes - 1}")
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, tuple(both), 1)
    return counts


def confusion_matrix(counts, *, names=None, ax=None):
    """The counts (C, C) of true class (row) against predicted class (column), each written in its cell.

    A cell is the darker the larger its share of the row, and rare confusions are not drowned by the many right
    answers. `names` are the classes' names, otherwise their numbers. ValueError for counts that are no square.
    """
    counts = _array(counts)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"confusion_matrix(): counts must be square, (classes, classes), got {counts.shape}")
    ax = ax or new_axes(5.4, 5.2)
    shade = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    ax.imshow(shade, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        color = "white" if shade[row, column] > 0.72 else "black" if count else GREY
        ax.text(column, row, str(count), color=color, ha="center", va="center")
    names = range(len(counts)) if names is None else names
    ax.set_xticks(range(len(counts)), names)
    ax.set_yticks(range(len(counts)), names)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    errors, total = counts.sum() - counts.trace(), counts.sum()
    ax.set_title(f"{errors} errors of {total}")
    return ax


# -- Images --------------------------------------------------------------------------------------------------


def image_grid(images, *, titles=None, columns=None, label=None, ax=None):
    """Images (N, height, width), row by row in `columns` columns (as near to a square as can be, unless given).

    All share one scale, shown beside them with its `label`: from 0 (white) to the largest value (black), or if there
    are negative values from red through white at zero to blue. `titles` are N texts or numbers, one above each image.
    Raises ValueError for another number of axes or of titles.
    """
    images = _array(images)
    if images.ndim != 3 or not len(images):
        raise ValueError(f"image_grid(): images must be (N, height, width) with N > 0, got {images.shape}")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"image_grid(): {len(titles)} titles for {len(images)} images")
    ax = ax or new_axes()
    count, height, width = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    gap = 0.12 * width
    step_x, step_y = width + gap, height + gap + (0.25 * height if titles is not None else 0)
    signed = images.min() < 0
    limit = float(np.abs(images).max()) or 1.0
    scale = {"cmap": "RdBu" if signed else "Greys", "vmin": -limit if signed else 0, "vmax": limit}
    for i, image in enumerate(images):
        row, column = divmod(i, columns)
        left, top = column * step_x, row * step_y
        shown = ax.imshow(image, extent=(left, left + width, top + height, top), interpolation="nearest", **scale)
        if titles is not None:
            ax.text(left + width / 2, top - 0.3 * gap, str(titles[i]), ha="center", va="bottom")
    rows = math.ceil(count / columns)
    ax.set_xlim(-gap, columns * step_x)
    ax.set_ylim(rows * step_y, height - step_y)
    ax.set_axis_off()
    ax.figure.colorbar(shown, ax=ax, label=label, shrink=0.7)
    return ax
