"""Grading a class: a folder with a folder for each student, to a table and a file with every
message.
"""

import argparse
import contextlib
import csv
import dataclasses
import io
import json
import math
import os
import platform
import queue
import stat
import sys
import threading
import time
from pathlib import Path

import numpy as np

from .. import __version__
from ..files import check_writable, write_whole
from . import isolation, unfinished
from .checker import LARGEST, Checker, printable, quiet
from .master import CourseError, Master
from .progress import DEFAULT, UsageError, read_source
from .unfinished import Unfinished

SCHEMA = 1
SECONDS = 5
INTERRUPTED = 130
COLUMNS = (
    "student",
    "exercise",
    "status",
    "score",
    "max_score",
    "passed",
    "checks",
    "seconds",
    "sha256",
)


def seconds(text):
    """A time limit from the command line."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError(f"expected seconds, above 0 and up to 3600, got {text!r}")
    return value


def _jobs(text):
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 256, got {text!r}")
    return int(text)


def _seed(text):
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise argparse.ArgumentTypeError(f"expected a number of at most 20 digits, got {text!r}")
    return int(text)


def _cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def add_arguments(parser):
    """The arguments of `grade`."""
    parser.add_argument("folder", metavar="DIR", help="holds DIR/STUDENT/ex01_....py")
    parser.add_argument(
        "--csv", required=True, metavar="F", help="a row for each student and exercise"
    )
    parser.add_argument(
        "--json", required=True, metavar="F", help="the same with every check's message"
    )
    parser.add_argument(
        "--hidden",
        action="store_true",
        help="hidden checks too: a failed one costs its part's points",
    )
    parser.add_argument(
        "--roster", metavar="F", help="a text file, a student's folder name in each line"
    )
    text = f"seconds for each check (default: {SECONDS})"
    parser.add_argument("--timeout", type=seconds, default=SECONDS, metavar="S", help=text)
    text = "a number from which the checks draw theirs (default: secret, written to the JSON)"
    parser.add_argument("--seed", type=_seed, metavar="N", help=text)
    parser.add_argument(
        "--jobs", type=_jobs, default=_cores(), metavar="K", help=f"at once (default: {_cores()})"
    )


def run(arguments, known):
    """Grade, write both files, say how it went. Returns 0."""
    folder = Path(arguments.folder)
    _check_outputs(arguments)
    students, strangers = class_of(folder, arguments.roster)
    for master in known.values():
        if not master.checks:  # a broken course is better known now than in two minutes
            raise CourseError(f"{master.path.name}: no checks")
    begun = time.perf_counter()
    wrapper, why = isolation.wrapper()
    if not wrapper:
        print(f"classroom: not isolated: {why}. See README, In a classroom", file=sys.stderr)
    about = {"schema": SCHEMA, "minigrad": __version__, "isolated": bool(wrapper)}
    about |= {"hidden": arguments.hidden, "seconds": arguments.timeout, "seed": arguments.seed}
    path = unfinished.beside(arguments.csv, arguments.json)
    kept = Unfinished(path, about)
    if len(kept):
        print(f"classroom: {len(kept)} results are taken from {path}", file=sys.stderr)
    options = {"hidden": arguments.hidden, "seconds": arguments.timeout, "seed": kept.seed}
    try:
        graded = grades(
            folder, students, known, {**options, "wrapper": wrapper}, arguments.jobs, kept
        )
    except KeyboardInterrupt:
        text = f"interrupted with {len(kept)} results; the same command goes on where it stopped"
        print(f"\nclassroom: {text}", file=sys.stderr)
        return INTERRUPTED
    _write(write_whole, arguments.csv, as_csv(graded).encode("utf-8", "backslashreplace"))
    text = as_json(graded, options, bool(wrapper))
    _write(write_whole, arguments.json, text.encode("utf-8", "backslashreplace"))
    kept.remove()
    for name in strangers:
        print(f"classroom: {name} is not in the roster, but graded", file=sys.stderr)
    tally = {}
    for row in graded:
        tally[row["status"]] = tally.get(row["status"], 0) + 1
    took = time.perf_counter() - begun
    counts = ", ".join(f"{n} {status}" for status, n in sorted(tally.items()))
    print(f"{len(students)} students, {len(known)} exercises: {counts}")
    print(f"Written in {took:.0f} s: {arguments.csv} and {arguments.json}")
    return 0


def _check_outputs(arguments):
    """Refuse, before the grading, outputs that cannot be written or would overwrite each other or
    the roster.
    """
    used = {}
    for option in ("roster", "csv", "json"):
        path = getattr(arguments, option)
        if path is None:
            continue
        try:
            real = os.path.realpath(path)
        except OSError as error:  # of the current folder, which is gone
            raise UsageError(f"cannot find {path}: {error.strerror}") from None
        if real in used and real != os.devnull:
            raise UsageError(
                f"--{used[real]} and --{option} name one file, {path}: give each its own"
            )
        used[real] = option
        if option != "roster":
            _write(check_writable, path)


def _write(write, path, *content):
    try:
        write(path, *content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def class_of(folder, roster=None):
    """The students, sorted: the folders' names, and the roster's. Also those with a folder but not
    in the roster.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    try:
        found = {
            p.name
            for p in folder.iterdir()
            if p.is_dir() and not p.is_symlink() and p.name[0] not in "._"
        }
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {error.strerror}") from None
    expected = found
    if roster is not None:
        try:
            lines = read_source(Path(roster), LARGEST).decode("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise UsageError(f"{roster} is no text in UTF-8") from None
        names = [line.split("#")[0].strip() for line in lines]
        expected = {name for name in names if name}
        bad = sorted(name for name in expected if name in (".", "..") or set(name) & set("/\\\0"))
        if bad or not expected:
            raise UsageError(
                f"{roster}: "
                + (f"{bad[0]!r} is no name of a folder" if bad else "no student in it")
            )
    if not found | expected:
        raise UsageError(
            f"{folder} holds no folder: it must hold one for each student, with their files in it"
        )
    return sorted(found | expected), sorted(found - expected)


@dataclasses.dataclass
class Piece:
    """A submission to be graded: `source` (bytes), called `name`, of a `student` for a `master`."""

    student: str
    master: Master
    source: bytes
    name: str

    @property
    def key(self):
        """What its row depends on, besides the options."""
        return unfinished.key(self.student, self.master, self.source)


def grades(folder, students, known, options, jobs, kept):
    """A dict for each student and exercise, in their order; those that `kept` has are taken from
    there, the others added to it.
    """
    rows, work = {}, []
    for student in students:
        for number, master in known.items():
            source, path, why = _submission(folder / student, master)
            rows[student, number] = _row(student, master, "missing", why)
            if source is not None:
                piece = Piece(student, master, source, path.name)
                rows[student, number] = kept.row(piece.key) or rows[student, number]
                if kept.row(piece.key) is None:
                    work.append(piece)
    for piece, result in _results(work, jobs, options):
        at = piece.student, piece.master.number
        rows[at] = _graded(rows[at], result)
        if rows[at]["status"] == "error":
            message = f"{piece.student}, {piece.name}: {rows[at]['message']}"
            print(f"classroom: not graded: {printable(message)}", file=sys.stderr)
        else:
            kept.add(piece.key, rows[at])
    return list(rows.values())


def _submission(folder, master):
    """The bytes of a submitted file, its path, and if there are none, why."""
    candidates = [folder / master.filename, folder / DEFAULT / master.filename]
    if not any(os.path.lexists(path) for path in candidates) and folder.is_dir():
        candidates = sorted(folder.glob(f"ex{master.number:02}*.py"))  # renamed, as downloads are
        if len(candidates) > 1:
            return None, None, f"several files: {', '.join(path.name for path in candidates)}"
    for path in candidates:
        try:
            if not stat.S_ISREG(os.lstat(path).st_mode):
                return None, path, f"{path.name} is not a file"
            return read_source(path, LARGEST), path, ""
        except UsageError as error:
            return None, path, str(error)
        except OSError:
            continue
    return None, None, f"no file {master.filename}" if folder.is_dir() else "no folder"


def _row(student, master, status, message):
    counted = {"passed": 0, "checks": len(master.checks), "seconds": 0.0, "sha256": ""}
    row = {"student": student, "exercise": f"ex{master.number:02}", "status": status, "score": 0}
    return {**row, "max_score": master.max_score, **counted, "message": message, "results": []}


def _graded(row, result):
    if isinstance(result, str):
        return {**row, "status": "error", "message": result}
    shown = ("name", "part", "points", "hidden", "status", "message")
    outcomes = [{name: getattr(o, name) for name in shown} for o in result.outcomes]
    passed = sum(o.status == "ok" for o in result.outcomes)
    counted = {
        "score": result.score,
        "passed": passed,
        "checks": len(outcomes),
        "seconds": round(result.seconds, 2),
    }
    return {
        **row,
        "status": result.status,
        **counted,
        "sha256": result.sha256,
        "message": "",
        "results": outcomes,
    }


# -- Threads: each drives one learner's process at a time; nothing of the learner's runs here --------


def _results(work, jobs, options):
    """(piece, Report or the reason why there is none) for each piece of work, as they come."""
    waiting, done = queue.SimpleQueue(), queue.SimpleQueue()
    for piece in work:
        waiting.put(piece)
    ended = threading.Event()

    def drive():
        with contextlib.suppress(queue.Empty):
            while not ended.is_set():
                piece = waiting.get_nowait()
                done.put((piece, _judged(piece, options)))

    for _ in range(min(jobs, len(work))):
        threading.Thread(target=drive, daemon=True).start()
    try:
        with quiet():
            for _ in work:
                yield done.get()
    finally:
        ended.set()


def _judged(piece, options):
    try:
        return Checker(piece.master, piece.source, filename=piece.name, **options).run()
    except BaseException as error:  # whatever it is, it is this submission's alone
        return f"{type(error).__name__}: {error}"


# -- Files -----------------------------------------------------------------------------------------


def as_csv(graded):
    """The table."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row[column] for column in COLUMNS] for row in graded)
    return text.getvalue()


def as_json(graded, options, isolated):
    """The table with all messages and the versions that made it."""
    versions = {
        "minigrad": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
    about = {"schema": SCHEMA, "versions": versions, "isolated": isolated, "options": options}
    content = {**about, "grades": graded}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
