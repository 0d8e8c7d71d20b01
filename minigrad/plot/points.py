"""The decision regions of a classifier in the plane."""

import numpy as np

from ..ops.creation import from_numpy
from .common import BLUE, GREY, MORE, ORANGE, array_of, families, legend_label, literal, new_axes

COLORS = (BLUE, ORANGE, *MORE)
MARKERS = "os^DvPX"
MARGIN = 0.08  # of the points' range, on each side


def decision_regions(
    predict, points, labels, *, names=None, xlabel=None, ylabel=None, resolution=300, ax=None
):
    """Draw the class that a classifier predicts at each place of the plane, and the points.

    `points` is (N, 2) and `labels` (N,), integers from 0 on. `predict` gets a float32 Tensor (M, 2)
    and returns the M classes, as `lambda x: model(x).argmax(1)` does; it is called once, on a grid
    of `resolution` x `resolution`. `names` are the classes' names, their numbers if not given.
    Raises ValueError for points, labels or predictions of another shape, and for more than seven
    classes, since there are no more colours.
    """
    points = array_of(points)
    labels = array_of(labels)
    if (
        points.ndim != 2
        or points.shape[1] != 2
        or labels.shape != points.shape[:1]
        or not len(points)
    ):
        raise ValueError(
            "decision_regions(): points must be (N, 2), labels (N,), "
            f"got {points.shape}, {labels.shape}"
        )
    x, y = _axes_of_grid(points, resolution)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)
    regions = array_of(predict(from_numpy(grid)))
    if regions.shape != grid.shape[:1]:
        raise ValueError(
            "decision_regions(): predict must return a class for each row, "
            f"got shape {regions.shape}"
        )
    regions = regions.reshape(resolution, resolution)
    classes = int(max(labels.max(), regions.max())) + 1 if names is None else len(names)
    both = np.concatenate([labels, regions.ravel()])
    if classes > len(COLORS) or both.min() < 0 or both.max() >= classes:
        raise ValueError(
            f"decision_regions(): classes must be 0 to {min(classes, len(COLORS)) - 1}"
        )
    names, (xlabel, ylabel) = literal(range(classes) if names is None else names, (xlabel, ylabel))
    family = families([*names, xlabel, ylabel])
    ax = ax or new_axes()
    ax.contourf(
        x, y, regions, levels=np.arange(classes + 1) - 0.5, colors=COLORS[:classes], alpha=0.2
    )
    for c in range(classes):
        ax.contour(x, y, regions == c, levels=[0.5], colors=GREY, linewidths=0.8)
        own = points[labels == c]
        style = {"color": COLORS[c], "edgecolors": "white", "linewidths": 0.6, "s": 36}
        ax.scatter(*own.T, marker=MARKERS[c], label=legend_label(names[c]), zorder=2, **style)
    ax.set_xlabel(xlabel, fontfamily=family)
    ax.set_ylabel(ylabel, fontfamily=family)
    ax.legend(title="class", framealpha=0.9, prop={"family": family})
    return ax


def _axes_of_grid(points, resolution):
    """Return the horizontal and the vertical places of a grid around the points."""
    low = points.min(axis=0)
    high = points.max(axis=0)
    margin = MARGIN * np.where(high > low, high - low, 1)
    return [np.linspace(low[i] - margin[i], high[i] + margin[i], resolution) for i in (0, 1)]
