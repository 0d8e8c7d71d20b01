"""How a run shows itself while it goes on: a progress bar, and in a notebook one output."""

import base64
import io
import os
import shutil
import sys

import numpy as np


def in_notebook():
    """Return whether a Jupyter kernel runs this; an import of IPython is not enough."""
    return "IPython" in sys.modules and hasattr(sys.modules["IPython"].get_ipython(), "kernel")


class Output:
    """One output of a notebook's cell: what is shown replaces what was shown before.

    It is also a file on which each line replaces the one before, as tqdm needs it.
    """

    def __init__(self):
        self._handle = None

    def show(self, text, png=None):
        """Show a picture, or `text` where there is none or where it cannot be seen."""
        content = {"text/plain": text}
        if png is not None:
            content["image/png"] = base64.b64encode(png).decode()
        if self._handle is None:
            display = sys.modules["IPython.display"].display
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def write(self, text):
        """Show the line `text`."""
        if text.strip():
            self.show(text.strip())

    def flush(self):
        """Do nothing: each line is shown at once."""


def bar(total, unit, shown=True):
    """Return tqdm's bar, on standard error, or as an `Output` in a notebook.

    There it tells no times: the same run leaves the same notebook.
    """
    # tqdm draws nothing on a terminal of unknown size
    columns, lines = shutil.get_terminal_size()
    options = {"ncols": columns, "nrows": lines}
    if in_notebook():
        form = "{percentage:3.0f}%|{bar}| {unit} {n_fmt}/{total_fmt}{postfix}"
        options = {"file": Output(), "position": 0, "ascii": False, "ncols": 80, "bar_format": form}
    disable = not shown or sys.stderr is None
    return _tqdm()(total=total, unit=unit, disable=disable, **options)


def _tqdm():
    """Import tqdm without the reader's settings: its import reads them, and can fail on them."""
    settings = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("TQDM_")}
    try:
        from tqdm import tqdm
    finally:
        os.environ.update(settings)
    return tqdm


def png_of(figure):
    """Return the picture as bytes, the same for the same picture."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
    return file.getvalue()


def as_text(values):
    """Return `name=value` for each, floats to four places."""
    return " ".join(f"{name}={_rounded(value)}" for name, value in values.items())


def _rounded(value):
    return f"{value:.4f}" if isinstance(value, (float, np.floating)) else value
