"""Confusion matrices, images and attention maps: numbers shown as coloured cells."""

import math

import numpy as np

from .common import GREY, array_of, families, literal, new_axes

# -- Confusion matrices ----------------------------------------------------------------------------


def confusion_counts(labels, predictions, classes=None):
    """Count how often class `row` was predicted as class `column`: int64, (classes, classes).

    `labels` and `predictions` are integers of one shape, 0 or greater; `classes` is one more than
    the largest if not given. Raises ValueError for shapes that differ and for an integer that is
    not a class.

    >>> confusion_counts([0, 0, 1], [0, 1, 1])
    array([[1, 1],
           [0, 1]])
    """
    labels = array_of(labels)
    predictions = array_of(predictions)
    if labels.shape != predictions.shape:
        raise ValueError(
            f"confusion_counts(): labels {labels.shape} and predictions {predictions.shape} differ"
        )
    both = np.stack([labels.ravel(), predictions.ravel()])
    classes = int(both.max(initial=-1)) + 1 if classes is None else classes
    if both.dtype.kind not in "iu" or ((both < 0) | (both >= classes)).any():
        raise ValueError(
            f"confusion_counts(): labels and predictions must be integers from 0 to {classes - 1}"
        )
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, tuple(both), 1)
    return counts


def confusion_matrix(counts, *, names=None, ax=None):
    """Draw the counts (C, C) of true class (row) by predicted class (column), with the numbers.

    The darker a cell, the larger its share of the row; rare confusions remain visible next to the
    many right answers. `names` are the classes' names, their numbers if not given. ValueError for
    counts that are not square, and for another number of names.
    """
    counts = array_of(counts)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(
            f"confusion_matrix(): counts must be square, (classes, classes), got {counts.shape}"
        )
    (names,) = literal(range(len(counts)) if names is None else names)
    if len(names) != len(counts):
        raise ValueError(f"confusion_matrix(): {len(names)} names for {len(counts)} classes")
    ax = ax or new_axes(5.4, 5.2)
    shade = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    ax.imshow(shade, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        color = "black" if count else GREY
        if shade[row, column] > 0.72:
            color = "white"
        ax.text(column, row, str(count), color=color, ha="center", va="center")
    ax.set_xticks(range(len(counts)), names, fontfamily=families(names))
    ax.set_yticks(range(len(counts)), names, fontfamily=families(names))
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    total = counts.sum()
    ax.set_title(f"{total - counts.trace()} errors of {total}")
    return ax


# -- Images ----------------------------------------------------------------------------------------


def image_grid(images, *, titles=None, columns=None, label=None, ax=None):
    """Draw images (N, height, width) row by row, in `columns` columns or nearly a square.

    All share one scale, shown next to them with its `label`: from 0 (white) to the largest value
    (black), or with negative values from red through white at zero to blue. `titles` are N texts or
    numbers, one above each image. Raises ValueError for another number of axes or of titles.
    """
    images = array_of(images)
    if images.ndim != 3 or not len(images):
        raise ValueError(
            f"image_grid(): images must be (N, height, width) with N > 0, got {images.shape}"
        )
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"image_grid(): {len(titles)} titles for {len(images)} images")
    titles, (label,) = literal(titles, [label])
    ax = ax or new_axes()
    count, height, width = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    gap = 0.12 * width
    step_x = width + gap
    step_y = height + gap + (0.25 * height if titles is not None else 0)
    signed = images.min() < 0
    limit = float(np.abs(images).max()) or 1.0
    scale = {"cmap": "RdBu" if signed else "Greys", "vmin": -limit if signed else 0, "vmax": limit}
    for i, image in enumerate(images):
        row, column = divmod(i, columns)
        left = column * step_x
        top = row * step_y
        extent = left, left + width, top + height, top
        shown = ax.imshow(image, extent=extent, interpolation="nearest", **scale)
        if titles is not None:
            place = left + width / 2, top - 0.3 * gap
            ax.text(*place, titles[i], fontfamily=families(titles), ha="center", va="bottom")
    rows = math.ceil(count / columns)
    ax.set_xlim(-gap, columns * step_x)
    ax.set_ylim(rows * step_y, height - step_y)
    ax.set_axis_off()
    ax.figure.colorbar(shown, ax=ax, shrink=0.7).set_label(label, fontfamily=families([label]))
    return ax


# -- Attention -------------------------------------------------------------------------------------


def attention_map(weights, *, rows=None, columns=None, ax=None):
    """Draw attention weights (queries, keys): how much a query (row) attends to a key (column).

    The scale goes from 0 (white) to 1, or to the largest weight if none is above one half. `rows`
    and `columns` are the tokens' names, their positions 0, 1, ... if not given; a square map takes
    its `rows` for its `columns`, too. Raises ValueError for weights that have other than two axes
    or are negative, and for another number of names.
    """
    weights = array_of(weights)
    if weights.ndim != 2 or not weights.size or weights.min() < 0:
        raise ValueError(
            "attention_map(): weights must be (queries, keys), from 0 up; select one batch entry "
            f"and one head, got {weights.shape} with a minimum of {weights.min(initial=0):.4g}"
        )
    columns = rows if columns is None and weights.shape[0] == weights.shape[1] else columns
    for names, count in zip((rows, columns), weights.shape, strict=True):
        if names is not None and len(names) != count:
            raise ValueError(f"attention_map(): {len(names)} names for {count} positions")
    rows, columns = literal(rows, columns)
    ax = ax or new_axes(5.8, 4.6)
    top = float(weights.max())
    shown = ax.imshow(weights, cmap="Blues", vmin=0, vmax=1 if top > 0.5 else top or 1)
    for axis, names in ((ax.yaxis, rows), (ax.xaxis, columns)):
        if names is None:
            axis.get_major_locator().set_params(integer=True)
        else:
            axis.set_ticks(range(len(names)), names, fontfamily=families(names))
    ax.set_xlabel("attended to (key)")
    ax.set_ylabel("attending (query)")
    ax.figure.colorbar(shown, ax=ax, label="attention weight", shrink=0.8)
    return ax
