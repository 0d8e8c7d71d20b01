"""Files beside a program that Python would take for modules of its own or of NumPy.

Python looks for modules in the program's folder first, so a learner's `random.py` or `numpy.py`
there breaks whatever imports the module of that name. Lessons and the classroom say which file to
rename, instead of a traceback from within NumPy.
"""

import os
import sys
from importlib.machinery import PathFinder

OTHERS = {"numpy", "matplotlib", "tqdm"}
LESSONS = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "lessons")


def refuse():
    """In a lesson or the classroom, end the program with a word in the place of such an import."""
    if sys.flags.safe_path or not sys.path or not _is_ours():
        return
    expected = sys.stdlib_module_names | OTHERS
    finder = Finder({name: path for name, path in _modules(sys.path[0]) if name in expected})
    for name, path in finder.files.items():
        if getattr(sys.modules.get(name), "__file__", None) == path:
            finder.find_spec(name)
    if finder.files:
        sys.meta_path.insert(sys.meta_path.index(PathFinder), finder)


class Finder:
    """Finds no module: it ends the program where one of `files`, by its name, would be imported."""

    def __init__(self, files):
        self.files = files

    def find_spec(self, name, path=None, target=None):
        """None, but for a name of a file here, which is told."""
        if name not in self.files:
            return None
        found = self.files[name]
        print(
            f"{found} stands in the way of Python's module {name}: rename it, and try again",
            file=sys.stderr,
        )
        sys.exit(2)


def _is_ours():
    """Whether the program is the classroom or a lesson."""
    if any("minigrad.classroom" in word for word in sys.orig_argv):
        return True
    return bool(sys.argv) and os.path.realpath(os.path.dirname(sys.argv[0])) == LESSONS


def _modules(folder):
    """(name, path) for all that can be imported from a folder."""
    try:
        folder = os.path.realpath(folder)
        entries = os.listdir(folder)
    except OSError:  # it is gone, or not ours to read
        return
    for entry in entries:
        path = os.path.join(folder, entry)
        package = os.path.join(path, "__init__.py")
        if entry.endswith(".py"):
            yield entry.removesuffix(".py"), path
        elif os.path.isfile(package):
            yield entry, package


refuse()
