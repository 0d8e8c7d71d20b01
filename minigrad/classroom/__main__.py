"""The classroom on the command line: `python -m minigrad.classroom`."""

import argparse
import contextlib
import os
import re
import signal
import sys
import time
from pathlib import Path

from ..files import open_closed_streams
from . import grading, notebook, progress, release, show
from .checker import SECONDS, check
from .command import command as command_line
from .command import path_argument
from .master import CourseError, masters
from .progress import UsageError

PASSED, NOT_YET, USAGE, BROKEN, INTERRUPTED = 0, 1, 2, 3, 130
NAME = re.compile(
    r"(?P<folder>.*[/\\])?(?:ex)?(?P<number>\d{1,4})(?:_\w*)?(?:\.py|\.ipynb)?", re.IGNORECASE
)
POLL = 0.3  # seconds between two looks at a watched file
EPILOG = """\
exit codes: 0 passed, 1 not yet, 2 wrong usage or a file that cannot be read or written, 3 the
course itself is broken, 130 interrupted. The checker is no sandbox: run strangers' files in a
container.
"""


def parser():
    """The commands and their arguments."""
    top = argparse.ArgumentParser(
        prog=command_line(),
        description="Exercises that check themselves. Without a command: your progress.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.set_defaults(run=status, dir=None)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")

    def command(run, text, *, number=None, folder=True):
        sub = commands.add_parser(
            run.__name__.removesuffix("_"), help=text, description=text, allow_abbrev=False
        )
        sub.set_defaults(run=run)
        if number:
            sub.add_argument(
                "number",
                nargs="?" if number == "?" else None,
                metavar="N",
                help="number of the exercise",
            )
        if folder:
            sub.add_argument(
                "--dir",
                metavar="DIR",
                help=f"your folder (default: this one, or {progress.DEFAULT})",
            )
        return sub

    sub = command(start, "write the exercises' files; never overwrites one", folder=False)
    sub.add_argument(
        "dir", nargs="?", default=None, metavar="DIR", help=f"folder (default: {progress.DEFAULT})"
    )
    sub = command(check_, "check an exercise, by default the first not yet passed", number="?")
    sub.add_argument("--all", action="store_true", help="check all exercises")
    sub.add_argument(
        "--watch", action="store_true", help="check again whenever the file is saved, until Ctrl-C"
    )
    sub.add_argument(
        "-v", "--verbose", action="store_true", help="all messages, tracebacks and output"
    )
    sub.add_argument(
        "--timeout",
        type=grading.seconds,
        default=SECONDS,
        metavar="S",
        help="seconds for each check",
    )
    sub = command(hint, "the next of three hints for the part that is next", number=1)
    sub.add_argument("part", nargs="?", metavar="PART", help="A, B or C instead")
    sub = command(solution, "our answer, once yours has passed", number=1)
    sub.add_argument("--give-up", action="store_true", help="see it before; this is recorded")
    command(reset, "the untouched starter again; your file is kept beside it", number=1)
    grading.add_arguments(
        command(grade, "grade a folder with a folder for each student", folder=False)
    )
    sub = command(release_, "a copy of minigrad without the answers, to hand out", folder=False)
    sub.add_argument("out", metavar="OUT", help="a folder that is not there yet")
    sub = command(notebook_, "lessons and starters as Jupyter notebooks", folder=False)
    sub.add_argument("out", metavar="DIR", help="folder; never overwrites a file")
    return top


# -- Commands --------------------------------------------------------------------------------------


def status(arguments):
    """The list, how far you are, and what to type next."""
    try:
        folder = progress.find(arguments.dir)
    except UsageError:
        folder = None
    print(show.listing(masters(), folder))
    return PASSED


def start(arguments):
    """Write the starters."""
    asked = arguments.dir
    folder = progress.Folder(
        Path(asked or progress.DEFAULT), None if asked in (None, progress.DEFAULT) else asked
    )
    known = masters()
    written, kept = folder.start(known)
    left = f", {len(kept)} there already and left as they are" if kept else ""
    print(f"{len(written)} exercises written to {folder.path}{left}.")
    first = known[min(known)]
    print(
        f"Edit {folder.path / first.filename}, "
        f"then type: {folder.command('check', str(first.number))}"
    )
    return PASSED


def check_(arguments):
    """Check one exercise, or all."""
    folder, known = _folder(arguments), masters()
    if arguments.all and (arguments.number or arguments.watch):
        raise UsageError("--all checks every exercise: leave out the number, and --watch")
    if arguments.all:
        return _check_all(folder, known, arguments)
    if arguments.watch:
        return _watch(folder, known, arguments)
    return _check_one(folder, _chosen(folder, known, arguments.number), arguments)


def _check_all(folder, known, arguments):
    code = PASSED
    for master in known.values():
        try:
            source, path = folder.source(master)
        except UsageError as error:
            print(f"  ex{master.number:02}  {master.title.ljust(44)}  missing: {error}")
            code = NOT_YET
            continue
        result = check(master, source, filename=path, seconds=arguments.timeout)
        _remember(folder, master, result)
        if arguments.verbose:
            print(show.report(master, result, folder, path, source, verbose=True) + "\n")
        else:
            word = show.coloured(
                "passed" if result.passed else show.WORDS[result.status], result.status
            )
            score = f"{result.score} of {show.points(master.max_score)}"
            print(f"  ex{master.number:02}  {master.title.ljust(44)}  {score}  {word}", flush=True)
        code = code if result.passed else NOT_YET
    first = _first_open(folder, known)
    print(
        "\nAll passed."
        if code == PASSED
        else f"\nNext: {folder.command('check', str(first.number))}"
    )
    return code


def _check_one(folder, master, arguments):
    source, path = folder.source(master)
    result = check(master, source, filename=path, seconds=arguments.timeout)
    trouble = _remember(folder, master, result)
    print(show.report(master, result, folder, path, source, verbose=arguments.verbose))
    if result.passed:
        following = _first_open(folder, masters())
        if following and following.number != master.number:
            print(show.edit_next(following, folder))
    if trouble:
        print(f"classroom: your progress is not saved: {trouble}", file=sys.stderr)
    return PASSED if result.passed else NOT_YET


def _remember(folder, master, result):
    """Save the progress. Returns what hindered, or None."""
    parts = [part for part in master.points if result.part_passed(part)]
    try:
        folder.update(master, parts=parts, score=result.score, sha256=result.sha256)
    except UsageError as error:
        return error


def _watch(folder, known, arguments):
    """Check on each save; without a number, go on to the next exercise after one that passed."""
    code, seen = NOT_YET, None
    try:
        while True:
            master = _chosen(folder, known, arguments.number)
            path = folder.file(master)
            now = path.stat().st_mtime_ns if path.exists() else None
            if (path, now) != seen:
                seen = (path, now)
                try:
                    code = _check_one(folder, master, arguments)
                except UsageError as error:
                    print(f"classroom: {error}", flush=True)
                print(
                    f"\n[{time.strftime('%H:%M:%S')}] waiting for a change; Ctrl-C ends\n",
                    flush=True,
                )
            time.sleep(POLL)
    except KeyboardInterrupt:
        print()
        return code


def hint(arguments):
    """Show the next hint and count it."""
    folder, known = _folder(arguments), masters()
    master = _chosen(folder, known, arguments.number)
    done = folder.of(master)
    part = (arguments.part or "").upper() or next(
        (p for p in master.points if p not in done["parts"]), None
    )
    if part is None:
        print(f"ex{master.number:02} is passed: there is nothing left to hint at.")
        return PASSED
    if part not in master.points:
        raise UsageError(
            f"ex{master.number:02} has the parts {', '.join(master.points)}, and no part {part}"
        )
    given = done["hints"].get(part, 0)
    given = min((given if isinstance(given, int) else 0) + 1, 3)
    folder.update(master, hints={**done["hints"], part: given})
    print(f"ex{master.number:02} part {part}, {master.function_of(part)}: hint {given} of 3\n")
    print("\n".join("  " + line for line in master.hints[part][given - 1].splitlines()))
    number = str(master.number)
    if given < 3:
        again = folder.command("hint", number, *([part] if arguments.part else []))
        print(f"\nThe next: {again}")
    elif master.has_answers:
        print(f"\nThat was the last. Now: {folder.command('solution', number, '--give-up')}")
    else:
        print("\nThat was the last. Ask whoever gave you this course.")
    return PASSED


def solution(arguments):
    """Show the answer to whom it is due."""
    folder = _folder(arguments)
    master = _chosen(folder, masters(), arguments.number)
    done = folder.of(master)
    if not master.has_answers:
        raise UsageError("this copy of the course holds no answers: ask whoever gave it to you")
    passed = set(master.points) <= set(done["parts"])
    if not passed and not arguments.give_up and not done["gave_up"]:
        print(
            f"ex{master.number:02} is not passed yet. To see our answer all the same, "
            "which is recorded, type:"
        )
        print(f"  {folder.command('solution', str(master.number), '--give-up')}")
        return NOT_YET
    if not passed:
        folder.update(master, gave_up=True)
    for blank in master.blanks:
        print(f"Part {blank.part}, {master.function_of(blank.part)}: {blank.task}\n")
        print("\n".join("    " + line for line in blank.lines).rstrip() + "\n")
    return PASSED


def reset(arguments):
    """Write the starter again, after a backup."""
    folder = _folder(arguments)
    master = _chosen(folder, masters(), arguments.number)
    path = folder.file(master)
    backup = folder.reset(master, notebook.starter(master, path))
    kept = f"; your file is now {backup}" if backup else ""
    print(f"{path} is the starter again{kept}.")
    print(f"Edit it, then type: {folder.command('check', str(master.number))}")
    return PASSED


def grade(arguments):
    """Grade a class."""
    return grading.run(arguments, masters())


def release_(arguments):
    """Write a copy of the package without answers."""
    print(release.write(Path(arguments.out), masters()))
    return PASSED


def notebook_(arguments):
    """Write notebooks."""
    print(notebook.write(Path(arguments.out), masters()))
    return PASSED


def _folder(arguments):
    """The learner's folder: that of --dir or of the path that is typed for N, or a usual one."""
    match = NAME.fullmatch(arguments.number or "")
    typed = os.path.normpath((match and match["folder"] or "").replace("\\", os.sep))
    if typed == os.curdir or not os.path.isdir(typed):
        return progress.find(arguments.dir)
    try:
        usual = progress.find(arguments.dir)
    except UsageError:
        return progress.find(typed)
    if os.path.samefile(usual.path, typed):
        return usual
    if arguments.dir is None:
        return progress.find(typed)
    raise UsageError(f"{arguments.number} is not in {arguments.dir}: name one folder")


def _chosen(folder, known, text):
    """The exercise of a number, a name or a path, as typed on any system."""
    if text is None:
        return _first_open(folder, known) or known[max(known)]
    match = NAME.fullmatch(text)
    if not match and os.path.isdir(text):
        folder = command_line("check", "--dir", path_argument(text))
        raise UsageError(f"{text} is a folder. To check in it, type: {folder}")
    if not match or int(match["number"]) not in known:
        raise UsageError(
            f"there is no exercise {text}: the numbers are {', '.join(map(str, known))}"
        )
    return known[int(match["number"])]


def _first_open(folder, known):
    return next(
        (m for m in known.values() if not set(m.points) <= set(map(str, folder.of(m)["parts"]))),
        None,
    )


def _end(number, _frame):
    """Leave as after Ctrl-C, so that learners' processes end and their folders go, with the exit
    code of a shell.
    """
    with contextlib.suppress(OSError):  # the terminal may be gone; print may be at work just now
        os.write(2, f"\nclassroom: ended by {signal.Signals(number).name}\n".encode())
    raise SystemExit(128 + number)


def main(words=None):
    """Run a command and return its exit code: whatever goes wrong is one line on standard error."""
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    arguments = parser().parse_args(words)
    try:
        code = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except (
        BrokenPipeError
    ):  # `| head` has read enough; the interpreter must not flush into it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_YET
    except KeyboardInterrupt:
        print("\nclassroom: interrupted; nothing was changed", file=sys.stderr)
        return INTERRUPTED
    except CourseError as error:
        print(f"classroom: the course itself is broken, not your file: {error}", file=sys.stderr)
        return BROKEN
    except UsageError as error:
        print(f"classroom: {error}", file=sys.stderr)
        return USAGE
    except OSError as error:
        print(
            f"classroom: {error.strerror or error}: {error.filename or 'standard output'}",
            file=sys.stderr,
        )
        return USAGE


if __name__ == "__main__":
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    sys.exit(main())
