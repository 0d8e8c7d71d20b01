"""A learner's folder: the starters that became answers, and a file that remembers the progress."""

import codecs
import contextlib
import json
import os
import stat
from pathlib import Path

from ..files import write_whole
from . import cells
from .command import command, path_argument

DEFAULT = "my_exercises"
PROGRESS = ".progress.json"
LARGEST = 8 * 2**20  # bytes of a notebook, or of the progress


class UsageError(Exception):
    """Something to be put right by whoever types the command: one line, exit code 2."""


def read_regular(path, largest):
    """The bytes of a regular file no larger than `largest`; UsageError for anything else. Never
    waits for a pipe.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UsageError(f"{path} is not a file")
        if path.stat().st_size > largest:
            raise UsageError(f"{path} is larger than {largest // 2**20} MB: that is no exercise")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None


def read_source(path, largest):
    """As `read_regular`, a file in UTF-16, which PowerShell writes, brought into the UTF-8 that
    Python reads.
    """
    return in_utf8(read_regular(path, largest), path)


def in_utf8(data, path):
    """The bytes of the file `path`, in UTF-8 where they are text in UTF-16."""
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data
    try:
        return data.decode("utf-16").encode()
    except UnicodeDecodeError:
        raise UsageError(
            f"{path} begins as text in UTF-16 and does not go on so: save it as UTF-8"
        ) from None


def code_of_notebook(data, path):
    """The code of the notebook `path`, as `cells.code_of_notebook` gives it."""
    try:
        return cells.code_of_notebook(data, path)
    except ValueError as error:
        raise UsageError(f"{error}: save it in Jupyter, or reset it") from None


def find(asked=None):
    """The learner's folder: the one asked for, the current one if it holds exercises, or
    my_exercises in it.
    """
    if asked is not None:
        if os.path.lexists(asked) and not os.path.isdir(asked):
            raise UsageError(f"{asked} is not a folder")
        if not os.path.isdir(asked):
            start = command("start", path_argument(asked))
            raise UsageError(f"there is no folder {asked}. To make it, type: {start}")
        return Folder(Path(asked), asked)
    for path in (Path("."), Path(DEFAULT), Path("..")):
        if (path / PROGRESS).is_file():
            return Folder(path)
    if Path(DEFAULT).is_dir():
        return Folder(Path(DEFAULT))
    raise UsageError(f"no exercises here. To get them, type: {command('start')}")


class Folder:
    """The folder at `path`; `asked` is what the learner typed after --dir, and is repeated in
    commands.
    """

    def __init__(self, path, asked=None):
        self.path, self.asked = path, asked

    def command(self, *words):
        """A command to type, that finds this folder."""
        folder = () if self.asked is None else ("--dir", path_argument(self.asked))
        return command(*words, *folder)

    def file(self, master):
        """Where the answer of an exercise is: a .py file, or where only a notebook is, that."""
        path = self.path / master.filename
        notebook = path.with_suffix(".ipynb")
        return notebook if not path.exists() and notebook.exists() else path

    def source(self, master):
        """The learner's answer as bytes, and its path."""
        path = self.file(master)
        if not os.path.lexists(path):
            near = sorted(p.name for p in self.path.glob(f"ex{master.number:02}*.py"))
            if near:
                raise UsageError(f"{path} is not there, but {near[0]} is: rename it to {path.name}")
            folder = () if self.path == Path(DEFAULT) else (path_argument(self.path),)
            start = command("start", *folder)
            raise UsageError(f"{path} is not there. To write it again, type: {start}")
        data = read_source(path, LARGEST)
        return (code_of_notebook(data, path) if path.suffix == ".ipynb" else data), path

    def start(self, masters):
        """Write the starters that are not there. Returns the names written and those left alone."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot make the folder {self.path}: {error.strerror}") from None
        written, kept = [], []
        for master in masters.values():
            path = self.path / master.filename
            if os.path.lexists(path):
                kept.append(path.name)
            else:
                self._write(path, master.starter)
                written.append(path.name)
        if not (self.path / PROGRESS).exists():
            self.save({})
        return written, kept

    def reset(self, master, starter):
        """Write the starter again. Returns the path of the backup, or None without a file."""
        path, backup = self.file(master), None
        if os.path.lexists(path):
            old = read_regular(path, LARGEST)
            number = 1
            while os.path.lexists(backup := path.with_name(f"{path.name}.{number}")):
                number += 1
            self._write(backup, old)
        self._write(path, starter)
        with contextlib.suppress(UsageError):
            self.update(master, parts=[], sha256="", score=0)
        return backup

    def _write(self, path, content):
        if (
            path.exists() and not path.is_file()
        ):  # a pipe, say: writing to it would wait for a reader
            raise UsageError(f"{path} is not a file")
        try:
            write_whole(path, content)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None

    # -- Progress --------------------------------------------------------------------------------
    # {"schema": 1, "exercises": {"03": {"parts": ["A"], "hints": {"A": 1}, "gave_up": false, ...}}}

    def load(self):
        """What is remembered of each exercise, by its number as text. A damaged file counts as an
        empty one.
        """
        try:
            known = json.loads(read_regular(self.path / PROGRESS, LARGEST))["exercises"]
        except (UsageError, ValueError, KeyError, TypeError, RecursionError):
            return {}
        return (
            {k: v for k, v in known.items() if isinstance(v, dict)}
            if isinstance(known, dict)
            else {}
        )

    def of(self, master):
        """What is remembered of one exercise."""
        known = {"parts": [], "hints": {}, "gave_up": False, "sha256": "", "score": 0}
        found = self.load().get(f"{master.number:02}", {})
        return {k: found[k] if isinstance(found.get(k), type(v)) else v for k, v in known.items()}

    def update(self, master, **changes):
        """Remember more of one exercise."""
        known = self.load()
        known[f"{master.number:02}"] = {**self.of(master), **changes}
        self.save(known)

    def save(self, exercises):
        """Write the progress file."""
        text = json.dumps({"schema": 1, "exercises": exercises}, indent=1, sort_keys=True) + "\n"
        self._write(self.path / PROGRESS, text)
