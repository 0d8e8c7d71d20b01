"""Runs a lesson, `python watched.py LESSON ARGUMENTS`, and tells what its picture does not show."""

import runpy
import sys

import numpy as np
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.spines import Spine
from matplotlib.table import Table
from matplotlib.text import Text

from minigrad.plot.common import LONGEST

INK = 2e-4  # of the pixels of axes: a marker has more


def gaps(figure):
    """What shows nothing in a figure that has been drawn, in words."""
    found = []
    for ax in figure.axes:
        where = ax.get_title() or ax.get_xlabel() or ax.get_ylabel() or ax.get_label()
        own = [child for child in ax.get_children() if child.get_visible()]
        if ax.get_visible() and not any(_shows(artist, ax) for artist in own):
            found.append(f"empty axes: {where!r}")
        for line in ax.lines:
            if _in_data(line, ax) and len(_seen(line)) and not _shows(line, ax):
                found.append(f"a line that cannot be seen: {line.get_label()!r} in {where!r}")
    lines = [line for text in figure.findobj(Text) for line in text.get_text().splitlines()]
    return found + [f"words that are cut: {line!r}" for line in lines if len(line) == LONGEST and line.endswith("...")]


def _in_data(artist, ax):
    """Whether both its coordinates are data, which those of axhline, axvline and grids are not."""
    return all(artist.get_transform().contains_branch_seperately(ax.transData))


def _seen(line):
    """The points of a line that are numbers, where they come to lie."""
    points = line.get_transform().transform(line.get_xydata())
    return points[np.isfinite(points).all(axis=1)]


def _shows(artist, ax):
    """Whether it shows data; in axes that are turned off, text will do."""
    if isinstance(artist, Text):
        return not ax.axison and artist in ax.texts and bool(artist.get_text().strip())
    if isinstance(artist, Line2D):
        points = _seen(artist)
        within = ((points >= ax.bbox.min) & (points <= ax.bbox.max)).all(axis=1).any()
        marked = artist.get_marker() not in (None, "None", "none", "", " ")
        drawn = marked or len(np.unique(points, axis=0)) > 1
        return _in_data(artist, ax) and bool(within) and drawn
    if isinstance(artist, Patch) and artist is not ax.patch and not isinstance(artist, Spine):
        extent = artist.get_window_extent()
        return bool(extent.width > 0 and extent.height > 0 and extent.overlaps(ax.bbox))
    if isinstance(artist, AxesImage):
        return bool(np.isfinite(np.ma.filled(artist.get_array(), np.nan)).any())
    if isinstance(artist, Collection):
        return bool(np.isfinite(artist.get_datalim(ax.transData).get_points()).all())
    return isinstance(artist, Table)


def blank(figure):
    """The axes whose pixels have one colour, as a cross-check of `gaps`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[::-1, :, :3].astype(int)
    found = []
    for ax in filter(lambda ax: ax.get_visible(), figure.axes):
        (left, low), (right, high) = ax.bbox.get_points().astype(int)
        inside = pixels[low + 4 : high - 3, left + 4 : right - 3]  # without the frame
        _, counts = np.unique(inside.reshape(-1, 3), axis=0, return_counts=True)
        if 1 - counts.max() / counts.sum() < INK:
            found.append(f"blank axes: {ax.get_title()!r}")
    return found


def watch(savefig):
    def watched(figure, *arguments, **options):
        savefig(figure, *arguments, **options)
        for words in gaps(figure) + blank(figure):
            print(words, file=sys.stderr)

    return watched


if __name__ == "__main__":
    Figure.savefig = watch(Figure.savefig)
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
