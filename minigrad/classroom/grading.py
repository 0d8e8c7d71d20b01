"""Grading a class: a folder with a folder for each student, to a table and a file with every
message.
"""

import argparse
import csv
import functools
import io
import json
import math
import multiprocessing
import os
import platform
import signal
import stat
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np

from .. import __version__
from ..files import check_writable, write_whole
from .checker import LARGEST, check
from .master import CourseError, Master
from .progress import DEFAULT, UsageError, read_source

SCHEMA = 1
SECONDS = 5
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
_interrupted = False


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
        raise argparse.ArgumentTypeError(
            f"expected a number of processes from 1 to 256, got {text!r}"
        )
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
    options = {"hidden": arguments.hidden, "seconds": arguments.timeout}
    graded = grades(folder, students, known, options, arguments.jobs)
    _write(write_whole, arguments.csv, as_csv(graded).encode("utf-8", "backslashreplace"))
    _write(
        write_whole, arguments.json, as_json(graded, options).encode("utf-8", "backslashreplace")
    )
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


def grades(folder, students, known, options, jobs):
    """A dict for each student and exercise, in their order."""
    rows, work = {}, []
    for student in students:
        for number, master in known.items():
            key = student, number
            source, path, why = _submission(folder / student, master)
            rows[key] = _row(student, master, "missing", why)
            if source is not None:
                work.append((key, master.path, source, path.name, options))
    for key, result in _all_results(work, jobs):
        rows[key] = _graded(rows[key], result)
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
        return {**row, "status": "crash", "message": result}
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


# -- Processes -------------------------------------------------------------------------------------


def _all_results(work, jobs):
    """(key, Report) for each piece of work, or (key, text) for one that took its grader down with
    it, twice.
    """
    lost = yield from _results(work, jobs)
    for piece in lost:
        again = yield from _results([piece], 1)
        for key, *_ in again:
            yield key, "it ended the grader's process"


def _results(work, jobs):
    """(key, Report) for each piece of work. Returns the pieces that were lost with a process that
    died.
    """
    lost = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        min(jobs, max(1, len(work))), mp_context=context, initializer=_prepare
    ) as pool:
        pieces = {pool.submit(_grade_one, piece): piece for piece in work}
        try:
            for future in as_completed(pieces):
                try:
                    yield pieces[future][0], future.result()
                except BrokenProcessPool:
                    lost.append(pieces[future])
        except BaseException:
            for child in multiprocessing.active_children():
                os.kill(child.pid, signal.SIGINT)
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return lost


def _prepare():
    signal.signal(signal.SIGINT, _stop)
    threading.Thread(target=_stop_with_the_parent, daemon=True).start()


def _stop_with_the_parent():
    multiprocessing.parent_process().join()  # returns when it is gone, killed or not
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(1)  # for the learner's process and its folder
    os._exit(1)


def _stop(*_):
    global _interrupted
    _interrupted = True
    raise SystemExit  # ends an idle process in silence, and a busy one after it has closed the learner's


def _grade_one(piece):
    if _interrupted:
        raise SystemExit
    _, path, source, name, options = piece
    return check(_master(path), source, filename=name, **options)


@functools.cache
def _master(path):
    return Master(path)


# -- Files -----------------------------------------------------------------------------------------


def as_csv(graded):
    """The table."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([row[column] for column in COLUMNS] for row in graded)
    return text.getvalue()


def as_json(graded, options):
    """The table with all messages and the versions that made it."""
    versions = {
        "minigrad": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
    content = {"schema": SCHEMA, "versions": versions, "options": options, "grades": graded}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
