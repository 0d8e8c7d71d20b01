"""How sphinx-gallery runs a lesson: its arguments, what comes before, and where its picture is."""

from pathlib import Path

import numpy as np
from matplotlib.artist import Artist

ERRORS = np.geterr()


def quick(gallery_conf, script_vars):
    """The arguments of a quick run."""
    return ["--no-progress", "--quick"]


def full(gallery_conf, script_vars):
    """The arguments of a full run."""
    return ["--no-progress"]


def begin(gallery_conf, file):
    """Say which lesson runs; set back what those before it changed: one process runs all."""
    print(f"lesson {file[:2]}", flush=True)
    np.seterr(**ERRORS)


def picture(block, block_vars, gallery_conf):
    """The picture that the lesson has saved in this block of its code, in reStructuredText."""
    names = block_vars["example_globals"]
    run = names.get("run")
    if run is None or not run.picture.exists():
        return ""
    place = next(block_vars["image_path_iterator"])
    run.picture.replace(place)
    source = Path(place).relative_to(gallery_conf["src_dir"]).as_posix()
    scaled = ":scale: 100"  # Sphinx makes of a scaled picture a link to its file
    return f".. image:: /{source}\n   :alt: {titles(names.values())}\n   {scaled}\n\n"


def titles(values):
    """What stands above the plots of the figure that a value, or an array of them, is part of."""
    parts = [
        part
        for value in values
        for part in (value.flat if getattr(value, "dtype", None) == object else [value])
    ]
    (figure,) = {part.figure for part in parts if isinstance(part, Artist) and part.figure}
    told = [axes.get_title() for axes in figure.axes]
    return "; ".join(" ".join(words.split()) for words in told if words)
