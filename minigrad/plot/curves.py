"""Loss curves, of one run or to compare several, and histograms of the values in each layer."""

from typing import NamedTuple

import numpy as np

from .common import BLUE, GREY, MORE, ORANGE, array_of, families, legend_label, literal, new_axes

BUCKETS = 50
LOG_RATIO = 100  # a loss that falls by more than this needs a logarithmic axis to show its end
COLORS = (BLUE, ORANGE, *MORE)


# -- Loss curves -----------------------------------------------------------------------------------


def loss_curve(
    train,
    validation=None,
    *,
    metric=None,
    epochs=None,
    train_x=None,
    validation_x=None,
    metric_x=None,
    xlabel=None,
    unit="nats",
    labels=("train", "validation"),
    ax=None,
):
    """Draw the losses during training, in `unit`: on training data and on validation data.

    `train` and `validation` are 1-d. With `epochs` both are spread evenly over that many, starting
    at 0 if there is one loss more than epochs. Otherwise `train_x` and `validation_x` are their
    places on the horizontal axis (1, 2, ... if not given), and `xlabel` is what these count. More
    than 100 training losses are drawn faintly, with their means over 50 buckets in front.
    Validation losses are drawn without averaging, and the lowest is marked. The vertical axis is
    logarithmic only where the lines span more than a factor of 100.

    To compare runs, give a dict of losses by name. Where a name has a list of runs, the line is
    their mean, and the band goes from the least to the greatest: few runs are too few for a
    standard deviation. Both have a gap where a run is not finite. `validation` is then a dict with
    names of `train`, and drawn dashed.

    A metric has axes of its own below: `metric` is a dict of values by the metric's name. The
    values are 1-d, or a dict by the names of the lines above. Their places are those of the
    training losses; if there are fewer, give `epochs`, or `metric_x`, a dict if metrics differ.

    >>> from matplotlib import pyplot
    >>> losses = {"SGD": [2.3, 1.2, 0.9], "Adam": [[2.3, 0.8, 0.5], [2.4, 0.9, 0.6]]}
    >>> accuracy = {"SGD": [0.2, 0.6, 0.7], "Adam": [[0.1, 0.7, 0.9], [0.2, 0.7, 0.8]]}
    >>> ax = loss_curve(losses, metric={"accuracy": accuracy}, xlabel="epoch")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['SGD', 'Adam, 2 runs']
    >>> [axes.get_ylabel() for axes in ax.figure.axes]
    ['loss (nats)', 'accuracy']
    >>> pyplot.close(ax.figure)

    Returns the Axes of the losses. Raises ValueError if values and places differ in number, if
    there is no loss, for more than seven names, and for a name that `train` does not have.
    """
    named = isinstance(train, dict)
    losses = _lines_of_losses((train, train_x), (validation, validation_x), labels, epochs)
    panels = [losses]
    metric = _checked("metric", metric)
    if isinstance(metric_x, dict) and not metric_x.keys() <= metric.keys():
        unknown = [name for name in metric_x if name not in metric]
        raise ValueError(
            f"loss_curve(): metric_x has the names {unknown}, and metric only {[*metric]}"
        )
    for title, values in metric.items():
        x = metric_x.get(title) if isinstance(metric_x, dict) else metric_x
        panels.append([*_lines_of_metric(title, values, x, losses, named, epochs)])
    xlabel = xlabel or ("step" if epochs is None else "epoch")
    names = [[line.name for line in lines] for lines in panels]
    (xlabel, unit), titles, *names = literal((xlabel, unit), metric, *names)
    family = families([xlabel, unit, *titles, *sum(names, [])])
    titles = [f"loss ({unit})", *titles]
    below = _axes_for(ax, len(panels))
    for axes, title, lines, shown in zip(below, titles, panels, names, strict=True):
        named_lines = [line._replace(name=name) for line, name in zip(lines, shown, strict=True)]
        values = [_draw(axes, line, xlabel) for line in named_lines]
        if axes is below[0]:
            _set_scale(axes, np.concatenate(values))
        axes.set_ylabel(title, fontfamily=family)
        axes.grid(alpha=0.25)
        _add_legend(axes, below[0], family)
    below[-1].set_xlabel(xlabel, fontfamily=family)
    return below[0]


class _Line(NamedTuple):
    """What one line shows."""

    name: object
    x: np.ndarray
    runs: np.ndarray  # a row for each
    color: str
    marker: str | None = None
    dashed: bool = False  # of validation: never averaged over buckets
    marked: bool = False  # at its lowest point


def _lines_of_losses(train, validation, labels, epochs):
    """Return a list of lines; `train` and `validation` are pairs of the losses and their places."""
    (train, train_x), (validation, validation_x) = train, validation
    if not isinstance(train, dict):
        if isinstance(validation, dict):
            raise ValueError("loss_curve(): validation has names and train has none: name both")
        lines = [_Line(labels[0], *_points("train has losses", train, train_x, epochs), BLUE)]
        if validation is not None:
            points = _points("validation has losses", validation, validation_x, epochs)
            lines.append(_Line(labels[1], *points, ORANGE, dashed=True, marked=True))
        return lines
    if not 1 <= len(train) <= len(COLORS):
        most = f"1 to {len(COLORS)}, for there are no more colours that all readers can tell apart"
        raise ValueError(f"loss_curve(): train has {len(train)} names: give {most}")
    colors = dict(zip(train, COLORS, strict=False))
    lines = []
    for name, values in train.items():
        points = _points(f"{name!r} of train has losses", values, train_x, epochs, several=True)
        lines.append(_Line(name, *points, colors[name]))
    for name, values in _checked("validation", validation, train).items():
        what = f"{name!r} of validation has losses"
        points = _points(what, values, validation_x, epochs, several=True)
        lines.append(_Line(f"{name}, {labels[1]}", *points, colors[name], dashed=True))
    return lines


def _lines_of_metric(title, values, x, losses, named, epochs):
    """Yield the lines of a metric, each in the form of the line of losses with its name."""
    if named or isinstance(values, dict):
        lines = {line.name: line for line in losses}
    else:
        values = {title: values}
        lines = {title: losses[0]._replace(color=MORE[0])}
    for name, its in _checked(f"the metric {title!r}", values, lines).items():
        places = lines[name].x if x is None and epochs is None else x
        what = f"{name!r} of the metric {title!r} has values"
        places, runs = _points(what, its, places, epochs, several=named)
        marker = "." if len(places) <= BUCKETS else None
        yield lines[name]._replace(name=name, x=places, runs=runs, marker=marker, marked=False)


def _checked(what, values, names=None):
    """Return `values`, a dict by names of which all are in `names`, or one without any for None."""
    if values is None:
        return {}
    if not isinstance(values, dict) or not values:
        name = next(iter(names or ["accuracy"]))
        raise ValueError(
            f"loss_curve(): {what} has no names: give a dict such as {{{name!r}: values}}"
        )
    unknown = [name for name in values if names is not None and name not in names]
    if unknown:
        raise ValueError(
            f"loss_curve(): {what} has the names {unknown}, and the losses only {[*names]}"
        )
    return values


def _points(what, values, x, epochs, several=False):
    """Return the places, and the runs, a row for each; ValueError if they differ in number."""
    runs = values if several and isinstance(values, (list, tuple)) else []
    shapes = {array_of(run).shape for run in runs}
    if len(shapes) > 1:
        shapes = " and ".join(map(str, sorted(shapes)))
        raise ValueError(f"loss_curve(): {what} in runs of shapes {shapes}: cut them to one length")
    values = array_of(values).astype(float)
    count = values.shape[-1] if values.ndim else 0
    if x is None and epochs is not None:
        x = np.linspace(0, epochs, count + (count != epochs + 1))[-count:]
    x = np.arange(1, count + 1) if x is None else array_of(x)
    if values.ndim == 2 and not several:
        raise ValueError(
            f"loss_curve(): {what} of shape {values.shape}: "
            "give several runs a name, {'name': runs}"
        )
    if not values.size or values.shape[-1:] != x.shape or values.ndim > 2:
        raise ValueError(
            f"loss_curve(): {what} of shape {values.shape} at places of shape {x.shape}: "
            "give as many places as values, or epochs"
        )
    return x, np.atleast_2d(values)


def _axes_for(ax, number):
    """Return Axes one below the other with one horizontal axis, in the place of `ax` if given."""
    if number == 1:
        return [ax or new_axes()]
    if ax is not None and ax.get_subplotspec() is None:
        raise ValueError("loss_curve(): a metric needs an ax that subplots() has made")
    ax = ax or new_axes(height=height_with(number - 1))
    rows = ax.get_subplotspec().subgridspec(number, 1, height_ratios=[2] + [1] * (number - 1))
    ax.set_subplotspec(rows[0])
    below = [ax, *(ax.figure.add_subplot(rows[i], sharex=ax) for i in range(1, number))]
    for axes in below[:-1]:
        axes.tick_params(labelbottom=False)
    ax.figure.align_ylabels(below)
    return below


def height_with(metrics):
    """Return the height, in inches, of a figure with so many metrics below the losses."""
    return 4.4 + 1.6 * metrics


def _draw(ax, line, xlabel):
    """Draw a line, and the band of its runs; return the values drawn, flat."""
    label, x, runs = line.name, line.x, line.runs
    if len(runs) > 1:
        label = f"{label}, {len(runs)} runs"
    if not line.dashed and len(x) > 2 * BUCKETS:
        if len(runs) == 1:
            ax.plot(x, runs[0], color=line.color, alpha=0.25, linewidth=0.7)
        cuts = np.linspace(0, len(x), BUCKETS + 1).astype(int)[:-1]
        lengths = np.diff(np.append(cuts, len(x)))
        x = np.add.reduceat(x, cuts) / lengths
        runs = np.add.reduceat(runs, cuts, axis=1) / lengths
        label = f"{label}, means of {lengths.max()}"
    if len(runs) > 1:
        band = runs.min(axis=0), runs.max(axis=0)
        ax.fill_between(x, *band, color=line.color, alpha=0.2, linewidth=0)
    style = {"color": line.color, "linestyle": "--" if line.dashed else "-", "marker": line.marker}
    ax.plot(x, runs.mean(axis=0), linewidth=1.8, label=legend_label(label), **style)
    if line.marked and np.isfinite(runs).any():
        best = int(np.nanargmin(runs))
        legend = f"lowest {label}: {runs[0, best]:.4g} at {xlabel} {x[best]:g}"
        style = {"color": line.color, "markeredgecolor": "white", "markersize": 8}
        ax.plot(x[best], runs[0, best], "o", label=legend, **style)
    return runs.ravel()


def _set_scale(ax, values):
    values = values[np.isfinite(values)]
    if values.size and values.min() > 0 and values.max() / values.min() > LOG_RATIO:
        ax.set_yscale("log")
    elif values.size and values.min() >= 0:
        ax.set_ylim(bottom=0)
    ax.xaxis.get_major_locator().set_params(integer=True)


def _add_legend(ax, first, family):
    """Add a legend, except below the `first` Axes where its legend and the axis say it all."""
    labels = ax.get_legend_handles_labels()[1]
    known = {ax.get_ylabel(), *first.get_legend_handles_labels()[1]}
    if ax is first or not known.issuperset(labels):
        title = "line: mean, band: least to greatest" if ax.collections else None
        ax.legend(frameon=False, prop={"family": family}, title=title)


# -- Layers ----------------------------------------------------------------------------------------


def histograms(layers, *, names=None, xlabel="value", log=False, bins=60, ax=None):
    """Draw a histogram of the values in each of `layers`, the first on top, all on one scale.

    `layers` is a list of tensors or arrays of any shape, such as the activations or the gradients
    of each layer; `names` are theirs, 1, 2, ... if not given. All histograms share the bins, and
    have the same height. With `log` the magnitudes are shown on a logarithmic axis, as vanishing
    gradients need it. Infinities and NaNs, and with `log` zeros, are counted at the right of their
    layer. Raises ValueError for no layers, for an empty one, and for another number of names.
    """
    values = [array_of(layer).ravel().astype(float) for layer in layers]
    names = range(1, len(values) + 1) if names is None else names
    sizes = [len(each) for each in values]
    if len(names) != len(values) or not all(sizes) or not sizes:
        raise ValueError(f"histograms(): {len(names)} names for layers of {sizes} values")
    magnitudes = [np.abs(each) if log else each for each in values]
    shown = [each[np.isfinite(each) & ((each > 0) | (not log))] for each in magnitudes]
    edges = _shared_edges(np.concatenate(shown), bins, log)
    names, (xlabel,) = literal(names, [xlabel])
    ax = ax or new_axes(6.4, max(2.4, 1 + 0.4 * len(values)))
    for row, (each, drawn) in enumerate(zip(values, shown, strict=True)):
        heights = np.histogram(drawn, edges)[0]
        heights = 0.85 * heights / max(heights.max(), 1)
        ax.stairs(row - heights, edges, baseline=row, fill=True, color=BLUE, alpha=0.75)
        ax.axhline(row, color=GREY, linewidth=0.6)
        at_right = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        ax.annotate(_note_of_missing(each, log), (1, row), (3, 0), **at_right)
    ax.set_xscale("log" if log else "linear")
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(len(values) - 0.8, -1)
    ax.set_yticks(range(len(values)), names, fontfamily=families(names))
    ax.set_xlabel(f"magnitude of the {xlabel}" if log else xlabel, fontfamily=families([xlabel]))
    ax.set_ylabel("layer")
    return ax


def _note_of_missing(values, log):
    """Return a text that counts the values which have no place on the axis, empty if none."""
    zeros = (values == 0).mean()
    lost = (~np.isfinite(values)).sum()
    notes = []
    if log and zeros:
        notes.append(f"{zeros:.0%} zero")
    if lost:
        notes.append(f"{lost} not finite")
    return ", ".join(notes)


def _shared_edges(values, bins, log):
    """Return the edges of `bins` bins over all values: of equal width, or ratio with `log`."""
    low, high = (values.min(), values.max()) if len(values) else (1.0, 1.0)
    if low == high:
        low, high = (low / 2, high * 2) if log else (low - 0.5, high + 0.5)
    return np.geomspace(low, high, bins + 1) if log else np.linspace(low, high, bins + 1)
