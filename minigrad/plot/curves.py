"""Loss curves, and histograms of the values in each layer."""

import numpy as np

from .common import BLUE, GREY, ORANGE, array_of, families, legend_label, literal, new_axes

BUCKETS = 50
LOG_RATIO = 100  # a loss that falls by more than this needs a logarithmic axis to show its end


# -- Loss curves -----------------------------------------------------------------------------------


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
    """Draw the losses during training, in `unit`: on training data and on validation data.

    `train` and `validation` are 1-d. With `epochs` both are spread evenly over that many, starting
    at 0 if there is one loss more than epochs. Otherwise `train_x` and `validation_x` are their
    places on the horizontal axis (1, 2, ... if not given), and `xlabel` is what these count. More
    than 100 training losses are drawn faintly, with their means over 50 buckets in front.
    Validation losses are drawn without averaging, and the lowest is marked. The vertical axis is
    logarithmic only where the lines span more than a factor of 100.

    Raises ValueError if losses and places differ in number, or if there is no loss.
    """
    train = _points("train", train, train_x, epochs)
    if validation is not None:
        validation = _points("validation", validation, validation_x, epochs)
    xlabel = xlabel or ("step" if epochs is None else "epoch")
    (xlabel, unit), labels = literal((xlabel, unit), labels)
    family = families([xlabel, unit, *labels])
    ax = ax or new_axes()
    drawn = [_draw_train(ax, *train, labels[0])]
    if validation is not None:
        drawn.append(_draw_validation(ax, *validation, labels[1], xlabel))
    values = np.concatenate(drawn)
    values = values[np.isfinite(values)]
    if values.size and values.min() > 0 and values.max() / values.min() > LOG_RATIO:
        ax.set_yscale("log")
    elif values.size and values.min() >= 0:
        ax.set_ylim(bottom=0)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel(xlabel, fontfamily=family)
    ax.set_ylabel(f"loss ({unit})", fontfamily=family)
    ax.grid(alpha=0.25)
    ax.legend(frameon=False, prop={"family": family})
    return ax


def _points(name, values, x, epochs):
    """Return the places and the losses, two arrays of one length; ValueError if they differ."""
    values = array_of(values).astype(float)
    if x is None and epochs is not None:
        x = np.linspace(0, epochs, len(values) + (len(values) != epochs + 1))[-len(values) :]
    x = np.arange(1, len(values) + 1) if x is None else array_of(x)
    if not len(values) or values.shape != x.shape or values.ndim != 1:
        raise ValueError(
            f"loss_curve(): {name} has losses of shape {values.shape} at places of shape {x.shape}"
        )
    return x, values


def _draw_train(ax, x, values, label):
    if len(values) > 2 * BUCKETS:
        ax.plot(x, values, color=BLUE, alpha=0.25, linewidth=0.7)
        cuts = np.linspace(0, len(values), BUCKETS + 1).astype(int)[:-1]
        lengths = np.diff(np.append(cuts, len(values)))
        x = np.add.reduceat(x, cuts) / lengths
        values = np.add.reduceat(values, cuts) / lengths
        label = f"{label}, means of {lengths.max()}"
    ax.plot(x, values, color=BLUE, linewidth=1.8, label=legend_label(label))
    return values


def _draw_validation(ax, x, values, label, xlabel):
    ax.plot(x, values, color=ORANGE, linestyle="--", linewidth=1.8, label=legend_label(label))
    if np.isfinite(values).any():
        best = int(np.nanargmin(values))
        legend = f"lowest {label}: {values[best]:.4g} at {xlabel} {x[best]:g}"
        style = {"color": ORANGE, "markeredgecolor": "white", "markersize": 8}
        ax.plot(x[best], values[best], "o", label=legend, **style)
    return values


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
