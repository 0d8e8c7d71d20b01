"""Commands to type, which run as they stand in the shell and the folder that the reader is in."""

import os
import shlex
import shutil
import subprocess
import sys

MODULE = ("-m", "minigrad.classroom")


def command(*words):
    """The command line of the classroom with these words after it."""
    return quoted([python(), *MODULE, *words])


def quoted(words):
    """One line that the shell of this system takes for these words."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def path_argument(path):
    """A path as an argument that is not taken for an option."""
    text = str(path)
    return os.path.join(os.curdir, text) if text.startswith("-") else text


def python():
    """What to type for the interpreter that runs this: `python` if that is it, or its path."""
    found = shutil.which("python")
    if not sys.executable or (found and _is_this(found)):
        return "python"
    try:
        inside = os.path.relpath(sys.executable)
    except (OSError, ValueError):  # no current folder any more, or one on another drive
        return sys.executable
    if inside.startswith(os.pardir):
        return sys.executable
    return inside if os.path.dirname(inside) else os.path.join(os.curdir, inside)


def _is_this(found):
    """Whether an executable is this interpreter, in this virtual environment."""
    try:
        same = os.path.samefile(found, sys.executable)
    except OSError:
        return False
    return same and _environment(found) == _environment(sys.executable)


def _environment(executable):
    """The virtual environment that an interpreter starts in, or None."""
    folder = os.path.realpath(os.path.dirname(executable))
    for place in (folder, os.path.dirname(folder)):
        if os.path.exists(os.path.join(place, "pyvenv.cfg")):
            return place
    return None
