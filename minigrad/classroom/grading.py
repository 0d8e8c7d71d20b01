"""Grading a class: a folder with a folder for each student, to a table and a file with every
message.
"""

import argparse
import contextlib
import dataclasses
import math
import os
import queue
import re
import stat
import sys
import threading
import time
from pathlib import Path

from tqdm import tqdm

from .. import __version__
from ..files import check_writable, write_whole
from . import handed_in, isolation, reports, unfinished
from .checker import Checker, printable, quiet
from .master import CourseError, Master
from .progress import UsageError
from .tree import same_letters
from .unfinished import Unfinished

SECONDS = 5
INTERRUPTED = 130


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
    parser.add_argument(
        "folder",
        metavar="DIR",
        help="holds a folder or a zip for each student, or is the zip that Moodle or Canvas gives",
    )
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
        "--roster",
        metavar="F",
        help="a text with a student's folder name in each line, or a CSV with a header: its column "
        "folder, student, name, id or username",
    )
    parser.add_argument(
        "--feedback", metavar="DIR", help="write a page in Markdown for each student into DIR"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="WHAT",
        help="grade this student or exercise alone, and keep the other rows of the files named by "
        "--csv and --json if they are there; may be repeated: any of the students named, and of "
        "theirs any of the exercises",
    )
    text = f"seconds for each check (default: {SECONDS})"
    parser.add_argument("--timeout", type=seconds, default=SECONDS, metavar="S", help=text)
    text = "a number from which the checks draw theirs (default: secret, written to the JSON)"
    parser.add_argument("--seed", type=_seed, metavar="N", help=text)
    parser.add_argument(
        "--jobs", type=_jobs, default=_cores(), metavar="K", help=f"at once (default: {_cores()})"
    )


def run(arguments, known):
    """Grade, write the files, say how it went. Returns 0, or the code of an interrupted run."""
    begun = time.perf_counter()
    _check_outputs(arguments)
    students, remarks = handed_in.class_of(Path(arguments.folder), arguments.roster)
    for master in known.values():
        if not master.checks:  # a broken course is better known now than in two minutes
            raise CourseError(f"{master.path.name}: no checks")
    if arguments.seed != 0 and not all(master.has_answers for master in known.values()):
        raise UsageError(
            "this copy of the course holds results for the seed 0 only: "
            "grade with the whole course, or with --seed 0"
        )
    chosen, exercises = _chosen(arguments.only, students, known)
    kept_csv = reports.kept_csv(arguments.csv) if arguments.only else []
    kept_json = reports.kept_json(arguments.json) if arguments.only else []
    if arguments.feedback is not None:
        _write(_make_folder, arguments.feedback)
    for remark in [] if arguments.only else remarks:  # they tell who of the whole class is graded
        print(f"classroom: {remark}", file=sys.stderr)
    wrapper, why = isolation.wrapper()
    if not wrapper:
        page = Path(__file__).with_name("README.md")
        print(f"classroom: not isolated: {why}. See {page}", file=sys.stderr)
    kept = _unfinished(arguments, bool(wrapper))
    options = {"hidden": arguments.hidden, "seconds": arguments.timeout, "seed": kept.seed}
    how = {**options, "wrapper": wrapper}
    try:
        graded = grades(chosen, exercises, how, arguments.jobs, kept)
    except KeyboardInterrupt:
        text = "the same command goes on where it stopped" if kept.path else "nothing is written"
        print(f"\nclassroom: interrupted with {len(kept)} results; {text}", file=sys.stderr)
        return INTERRUPTED
    rows = reports.replaced(kept_json, graded)
    about = {"isolated": bool(wrapper), "options": options}
    _write_text(arguments.csv, reports.as_csv(graded, kept_csv))
    _write_text(arguments.json, reports.as_json(rows, about))
    if arguments.feedback is not None:
        theirs = [row for row in rows if row["student"] in chosen]
        _write_pages(arguments.feedback, theirs, students, known)
    kept.remove()
    print(_summary(rows, len(chosen), len(exercises)))
    took = time.perf_counter() - begun
    print(f"Written in {took:.0f} s: {arguments.csv} and {arguments.json}")
    return 0


def _unfinished(arguments, isolated):
    """The results of an interrupted run; a part graded again neither takes nor leaves any."""
    about = {"schema": reports.SCHEMA, "minigrad": __version__, "isolated": isolated}
    about |= {"hidden": arguments.hidden, "seconds": arguments.timeout, "seed": arguments.seed}
    path = None if arguments.only else unfinished.beside(arguments.csv, arguments.json)
    kept = Unfinished(path, about)
    if len(kept):
        print(f"classroom: {len(kept)} results are taken from {path}", file=sys.stderr)
    return kept


def _summary(rows, students, exercises):
    tally = {}
    for row in rows:
        tally[row["status"]] = tally.get(row["status"], 0) + 1
    counts = ", ".join(f"{n} {status}" for status, n in sorted(tally.items()))
    counts = f"{students} students, {exercises} exercises: {counts}"
    return "\n\n".join([reports.totals(rows), reports.statistics(rows), counts])


def _chosen(only, students, known):
    """The students and the exercises that --only asks for, by default all."""
    theirs, exercises = {}, {}
    for text in only:
        letters = same_letters(text)
        match = re.fullmatch(r"(ex)?0*(\d{1,4})", letters)
        number = int(match[2]) if match and int(match[2]) in known else None
        named = [student for student in students.values() if letters in student.called]
        named = [students[text]] if text in students else named
        if number is None and len(named) == 1:
            theirs[named[0].name] = named[0]
        elif number is not None and (not named or match[1]):
            exercises[number] = known[number]
        else:
            raise UsageError(f"--only {text}: {_unclear(number, named)}")
    return theirs or students, exercises or known


def _unclear(number, named):
    if number is not None:
        return f"a student is called so; for the exercise, write ex{number:02}"
    if not named:
        return "there is no student and no exercise of that name"
    return f"this may be any of {', '.join(student.name for student in named)}"


def _check_outputs(arguments):
    """Refuse, before the grading, outputs that cannot be written or would overwrite each other, the
    roster or the class.
    """
    used = {}
    for option in ("DIR", "--roster", "--csv", "--json"):
        path = getattr(arguments, "folder" if option == "DIR" else option[2:])
        if path is None:
            continue
        for same in _identities(path):
            other = used.setdefault(same, option)
            if other != option:
                raise UsageError(f"{other} and {option} name one file, {path}: give each its own")
        if option in ("--csv", "--json"):
            _write(check_writable, path)


def _identities(path):
    """What two paths of one file have in common."""
    try:
        real = os.path.realpath(path)
        found = os.stat(path) if os.path.exists(path) else None
    except OSError as error:  # of the current folder, which is gone
        raise UsageError(f"cannot find {path}: {error.strerror}") from None
    if real == os.devnull or os.path.isdir(real):
        return []
    regular = found and stat.S_ISREG(found.st_mode)
    return [real, (found.st_dev, found.st_ino)] if regular else [real]


def _make_folder(path):
    os.makedirs(path, exist_ok=True)
    check_writable(os.path.join(path, "page.md"))


def _write_pages(folder, rows, students, known):
    titles = {f"ex{number:02}": master.title for number, master in known.items()}
    for name, page in reports.pages(rows, students, titles).items():
        _write_text(os.path.join(folder, name), page)


def _write_text(path, text):
    _write(write_whole, path, text.encode("utf-8", "backslashreplace"))


def _write(write, path, *content):
    try:
        write(path, *content)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


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


def grades(students, known, options, jobs, kept):
    """A dict for each student and exercise, in their order; those that `kept` has are taken from
    there, the others added to it.
    """
    rows, work = {}, []
    for student in students.values():
        for number, handed in handed_in.find(student, known).items():
            at = student.name, number
            rows[at] = _row(student.name, known[number], handed, options["hidden"])
            if handed.source is not None:
                piece = Piece(student.name, known[number], handed.source, handed.name)
                rows[at] = kept.row(piece.key) or rows[at]
                if kept.row(piece.key) is None:
                    work.append(piece)
    results = _results(work, jobs, options)
    # a bar where a person sits before a terminal, or else nothing
    for piece, result in tqdm(results, "grading", len(work), leave=False, disable=None):
        at = piece.student, piece.master.number
        rows[at] = _graded(rows[at], result)
        if rows[at]["status"] == "error":
            message = f"{piece.student}, {piece.name}: {rows[at]['message']}"
            tqdm.write(f"classroom: not graded: {printable(message)}", file=sys.stderr)
        else:
            kept.add(piece.key, rows[at])
    return list(rows.values())


def _row(student, master, handed, hidden):
    checks = sum(hidden or not c.check["hidden"] for c in master.checks)
    counted = {"passed": 0, "checks": checks, "seconds": 0.0, "sha256": ""}
    row = {"student": student, "exercise": f"ex{master.number:02}", "status": handed.status}
    told = {"message": handed.reason, "file": handed.name, "results": []}
    return {**row, "score": 0, "max_score": master.max_score, **counted, **told}


def _graded(row, result):
    if isinstance(result, str):
        return {**row, "status": "error", "message": printable(result)}
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


# -- Threads: each drives one learner's process at a time; nothing of the learner's runs here ------


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
