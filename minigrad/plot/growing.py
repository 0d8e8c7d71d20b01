"""A loss curve that grows while a loop trains."""

import time

from .. import display
from .curves import height_with, loss_curve

INTERVAL = 0.5  # seconds between two redrawings, at least
SHARE = 10  # of the time, drawing takes at most one part in so many


class live:
    """Show the curve of a loop that trains: in a notebook a picture that grows, else a tqdm line.

    `total` is the number of steps, if it is known, and `xlabel` what a step is ("step", "epoch").
    The picture is a `loss_curve`, drawn again at most twice a second and for at most a tenth of the
    time. The last one stays in the cell, also when an error or the reader ends the loop.

    >>> with live(total=4, xlabel="epoch") as curve:
    ...     for epoch in range(4):
    ...         curve.add(loss=1 / 2**epoch, accuracy=epoch / 4)
    >>> curve.numbers
    {'loss': [1.0, 0.5, 0.25, 0.125], 'accuracy': [0.0, 0.25, 0.5, 0.75]}

    `numbers` has what was added, a list for each name, and `steps` the step of each number.
    `curve.draw()` draws the picture anywhere.
    """

    def __init__(self, total=None, *, xlabel="step", unit="nats"):
        self.total = total
        self.xlabel = xlabel
        self.unit = unit
        self.numbers = {}
        self.steps = {}
        self._step = 0
        self._shown = None  # a bar or an output, while the loop runs

    def __enter__(self):
        in_notebook = display.in_notebook()
        self._shown = display.Output() if in_notebook else display.bar(self.total, self.xlabel)
        self._due = time.perf_counter() + INTERVAL
        return self

    def __exit__(self, *_):
        self._show(is_last=True)
        self._shown = None

    def add(self, loss=None, validation=None, **metrics):
        """Add the numbers of a step: its loss, the loss on validation data, metrics by name.

        All can be left out. Without `loss`, the numbers belong to the step before. A number is a
        float or a tensor with one element. Raises ValueError for any other, and RuntimeError
        outside the `with` block.
        """
        if self._shown is None:
            raise RuntimeError("curve.add(): use it inside `with plot.live() as curve:`")
        given = {"loss": loss, "validation": validation, **metrics}
        numbers = {name: _number(name, value) for name, value in given.items() if value is not None}
        self._step += loss is not None
        for name, number in numbers.items():
            self.numbers.setdefault(name, []).append(number)
            self.steps.setdefault(name, []).append(self._step)
        if time.perf_counter() >= self._due:
            self._show()

    def draw(self, ax=None):
        """Draw the curve as `loss_curve` does, into `ax` or a new figure; return the Axes."""
        if "loss" not in self.numbers:
            raise ValueError("curve.draw(): there is no loss yet: give curve.add(loss=...) one")
        return loss_curve(
            self.numbers["loss"],
            self.numbers.get("validation"),
            metric=self._metrics() or None,
            train_x=self.steps["loss"],
            validation_x=self.steps.get("validation"),
            metric_x={name: self.steps[name] for name in self._metrics()},
            xlabel=self.xlabel,
            unit=self.unit,
            ax=ax,
        )

    def _metrics(self):
        of_losses = ("loss", "validation")
        return {name: values for name, values in self.numbers.items() if name not in of_losses}

    def _show(self, is_last=False):
        began = time.perf_counter()
        latest = display.as_text({name: values[-1] for name, values in self.numbers.items()})
        if not isinstance(self._shown, display.Output):
            self._shown.set_postfix_str(latest, refresh=False)
            self._shown.n = self._step
            self._shown.refresh()
            if is_last:
                self._shown.close()
        elif "loss" in self.numbers:
            self._shown.show(f"{self.xlabel} {self._step}: {latest}", self._picture(is_last))
        ended = time.perf_counter()
        self._due = ended + max(INTERVAL, (SHARE - 1) * (ended - began))

    def _picture(self, is_last):
        from matplotlib.figure import Figure  # pyplot would show it once more below the cell

        size = (6.4, height_with(len(self._metrics())))
        figure = Figure(figsize=size, layout="constrained")
        ax = self.draw(figure.subplots())
        if self.total is not None and not is_last:
            ax.set_xlim(0, max(self.total, self._step))
        return display.png_of(figure)


def _number(name, value):
    try:
        return float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError):
        shape = getattr(value, "shape", None)
        got = repr(value) if shape is None else f"shape {tuple(shape)}"
        raise ValueError(f"curve.add(): {name} must be one number, got {got}") from None
