"""What the tests of the lessons share: a run in a process of its own, and what it printed and saved."""

import csv
import functools
import os
import re
import runpy
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np

from tests.lessons import kept

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py"))
SHORT = LESSONS[:7]  # their full runs are for the quick tests, too
WATCHED = Path(__file__).with_name("watched.py")
runs = None  # the folder that full runs write to, which conftest.py names

OFFLINE = """\
import os, socket

def refuse(*_, **__):
    os.write(2, b"a lesson asked for the network\\n")
    os._exit(99)

socket.socket.__init__ = socket.getaddrinfo = socket.create_connection = refuse
"""


@functools.cache
def offline():
    """A folder whose `sitecustomize`, imported as Python starts, ends a process that asks for the network."""
    folder = tempfile.TemporaryDirectory()
    (Path(folder.name) / "sitecustomize.py").write_text(OFFLINE)
    return folder


def environment(root=ROOT):
    """As through a pipe that takes only ASCII, without a screen and without the network."""
    hidden = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "MPLBACKEND": "", "PYTHONIOENCODING": "ascii"}
    return {**os.environ, **hidden, "PYTHONPATH": f"{offline().name}{os.pathsep}{root}"}


def run(*arguments, cwd, root=ROOT):
    """Python with these arguments, in that `environment`."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment(root), cwd=cwd, timeout=300)


def path_of(stem):
    """The file of the lesson `stem` ("07_softmax_classifier")."""
    return ROOT / "lessons" / f"{stem}.py"


def unwrapped(source):
    """A source as running text: its lines joined, without the signs of comments."""
    return " ".join(re.sub(r"^# ?", "", source, flags=re.MULTILINE).split())


NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?!\w)")


class Prose(str):
    """The running text of a lesson, which says (`in`) also what differs from it in the last digits of its numbers.

    These depend on the processor: on the order in which its products add up. A number may differ by three units of its
    last decimal place or by 2 %, a whole number by 2 %.
    """

    def __contains__(self, words):
        numbers = NUMBER.findall(words)
        pattern = f"({NUMBER.pattern})".join(map(re.escape, NUMBER.split(words)))
        found = re.finditer(pattern, self)
        return any(all(map(_alike, match.groups(), numbers)) for match in found)


def _alike(one, other):
    places = min(len(number.partition("e")[0].partition(".")[2]) for number in (one, other))
    unit = 3 * 10.0**-places if places and "e" not in one else 0
    return abs(float(one) - float(other)) <= 1.001 * max(unit, 0.02 * abs(float(other)))


def prose_of(stem):
    """The `Prose` of the lesson `stem`."""
    return Prose(unwrapped(path_of(stem).read_text()))


def said_by(stem):
    """The function that tells whether the lesson `stem` says some words, in whatever lines."""
    return prose_of(stem).__contains__


def names_of(stem, *arguments):
    """What each name of a lesson is at its end, the axes of its picture among them, after a run in this process."""
    argv = [stem, *arguments, "--no-progress", "--out"]
    with tempfile.TemporaryDirectory() as out, np.errstate(), mock.patch.object(sys, "excepthook", sys.excepthook):
        with mock.patch.object(sys, "argv", [*argv, out]):
            return runpy.run_path(str(path_of(stem)))


def last_line(stdout):
    """The pairs of the last line; every value but the picture's path is a number."""
    pairs, picture = stdout.splitlines()[-1].split(" picture=")
    return {name: float(value) for name, value in re.findall(r"(\w+)=(\S+)", pairs)}, Path(picture)


@dataclass
class FullRun:
    """What a full run of a lesson printed, and the arrays of its table by name, flat."""

    stdout: str
    table: dict

    @property
    def results(self):
        return last_line(self.stdout)[0]

    def found(self, pattern):
        """The numbers that the groups of `pattern` match in what was printed, which must be there once."""
        (match,) = re.finditer(pattern, self.stdout)
        return [float(group) for group in match.groups()]


@functools.cache
def full_run(stem, seed=0):
    """The `FullRun` of the lesson `stem` ("07_softmax_classifier"), once for all that ask for it, in any process.

    Nothing in its picture is empty.
    """
    found = kept.get(stem, seed)
    if found is None:
        _run_here_or_wait(stem, seed)
        found = kept.get(stem, seed)
        assert found, f"the full run of {stem} with seed {seed} has failed in another process"
    stdout, table = found
    return FullRun(stdout, {name: np.array(values) for name, values in table.items()})


def _run_here_or_wait(stem, seed):
    """Keep a full run, unless another process of these tests does, or has."""
    folder = runs / f"{stem}-{seed}"
    end = folder / "end"
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        deadline = time.monotonic() + 300
        while not end.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        return
    try:
        result = run(WATCHED, path_of(stem), "--seed", seed, "--out", folder, cwd=folder)
        assert (result.returncode, result.stderr) == (0, "")
        table = {}
        with open(folder / f"{stem}.csv", newline="") as file:
            for row in csv.DictReader(file):
                table.setdefault(row["name"], []).append(float(row["value"]))
        kept.put(stem, seed, [result.stdout, table])
    finally:
        end.touch()
