"""What hinders minigrad's imports: packages that are not installed, and files beside a program.

Python looks for modules in the program's folder first, so a learner's `random.py` or `numpy.py`
there breaks whatever imports the module of that name. Lessons and the classroom say what to install
and which file to rename, instead of a traceback.
"""

import os
import sys
from importlib.machinery import PathFinder

OTHERS = ["numpy", "matplotlib", "tqdm"]
CHECKOUT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
LESSONS = os.path.join(CHECKOUT, "lessons")


def tell():
    """In a lesson or the classroom, end the program with a word on what hinders its imports."""
    if not _is_ours():
        return
    missing = [name for name in OTHERS if PathFinder.find_spec(name) is None]
    if missing:
        print(_how_to_install(missing), file=sys.stderr)
        sys.exit(2)
    if sys.path and not sys.flags.safe_path:
        _refuse_files(sys.path[0])


def _refuse_files(folder):
    """End the program where it imports a file of `folder` in the place of another module."""
    expected = {*sys.stdlib_module_names, *OTHERS}
    finder = Finder({name: path for name, path in _modules(folder) if name in expected})
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


def _how_to_install(missing):
    windows = os.name == "nt"
    found = "python" if windows else "python3"
    own = r".venv\Scripts\python" if windows else ".venv/bin/python"
    installable = os.path.exists(os.path.join(CHECKOUT, "setup.cfg"))
    return (
        f"{sys.executable} has no {', '.join(missing)}. In {CHECKOUT}, type "
        f"`{found} -m venv .venv`, then `{own} -m pip install "
        f"{'.' if installable else ' '.join(missing)}`, and type {own} from then on"
    )


def _is_ours():
    """Whether the program is the classroom, a lesson, or the folder of the lessons."""
    if any("minigrad.classroom" in word for word in sys.orig_argv):
        return True
    if not sys.argv:
        return False
    program = os.path.realpath(sys.argv[0])
    return LESSONS in (program, os.path.dirname(program))


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


tell()
