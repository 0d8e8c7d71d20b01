"""Lists the lessons, runs one or all of them, and makes a web site of them: `python -m lessons`."""

import ast
import contextlib
import os
import re
import runpy
import shutil
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path

INTERRUPTED = 130
SECONDS = re.compile(r"^(?:\*Runs\* a|A)bout (\d+) seconds?\b", re.MULTILINE)

USAGE = """\
python -m lessons NUMBER [ARGUMENTS]  runs a lesson; --help explains its arguments
python -m lessons all [ARGUMENTS]     runs all, with --quick in a second or two each
python -m lessons site OUT            makes a web site of them in the folder OUT; --help says more
"""


def lessons():
    """The lessons' files by their numbers, in order."""
    paths = sorted(Path(__file__).parent.glob("[0-9][0-9]_*.py"))
    return {int(path.name[:2]): path for path in paths}


def listing(width=None):
    """For each lesson its number, its seconds and its title, within `width` columns if given.

    All but the number comes from the docstring; the seconds are those of a full run on two quiet
    cores.
    """
    lines = [USAGE, " no.  seconds  lesson"]
    for number, path in lessons().items():
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        seconds = SECONDS.search(told)
        line = f"{number:4}  {seconds[1] if seconds else '':>7}  {told.splitlines()[0]}"
        if width is not None:
            line = textwrap.fill(line, width, subsequent_indent=" " * 15)
        lines.append(line)
    return "\n".join(lines)


def _end_in_one_line(who, kind, error, traceback):
    """The excepthook: files and Ctrl-C are the reader's affair, all else is a bug: a traceback."""
    if not issubclass(kind, (KeyboardInterrupt, OSError)):
        sys.__excepthook__(kind, error, traceback)
        return
    interrupted = kind is KeyboardInterrupt
    print(f"{who}: {'interrupted' if interrupted else error}", file=sys.stderr)
    _drop_output()
    sys.exit(INTERRUPTED if interrupted else 1)


def _drop_output():
    """Let the interpreter not flush again into what takes no more."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run(number, path, arguments):
    """Run a lesson in this process, as `python PATH ARGUMENTS` would."""
    # until the lesson sets its own
    sys.excepthook = partial(_end_in_one_line, f"lesson {number:02}")
    sys.argv = [str(path), *arguments]
    runpy.run_path(str(path), run_name="__main__")


def run_all(arguments):
    """Run each lesson in a process of its own, then print their last lines.

    Returns the exit code: 1 if a lesson failed.
    """
    table, failed, numbers = [], [], lessons()
    for number in numbers:
        print(f"\n== lesson {number:02}", flush=True)
        start = time.perf_counter()
        code, last = _echoed([sys.executable, __file__, str(number), *arguments])
        if code:
            failed.append(f"{number:02}")
            last = f"lesson={number:02} failed with exit code {code}"
        table.append(f"{time.perf_counter() - start:6.1f} s  {last}")
    print("", "== all lessons", *table, sep="\n")
    if failed:
        told = f"{len(failed)} of {len(numbers)} lessons failed: {', '.join(failed)}"
        print(told, file=sys.stderr)
    return 1 if failed else 0


def _echoed(command):
    """The exit code and the last line of a program, after printing its lines as they come."""
    last = ""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, errors="backslashreplace"
    )
    try:
        for last in process.stdout:
            print(last, end="", flush=True)
        return process.wait(), last.rstrip()
    finally:
        # interrupted, or nobody reads: a terminal's Ctrl-C reaches the program too, and it has a
        # word to say
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        process.kill()
        process.stdout.close()


def main(arguments):
    width = shutil.get_terminal_size().columns if sys.stdout and sys.stdout.isatty() else None
    which, *rest = arguments or ["--help"]
    if which in ("-h", "--help") or (which == "all" and {"-h", "--help"} & set(rest)):
        print(listing(width), flush=True)
    elif which == "all":
        try:
            sys.exit(run_all(rest))
        except KeyboardInterrupt:  # the lesson that was running has said so
            sys.exit(INTERRUPTED)
    elif which == "site":
        sys.argv[1:] = rest
        runpy.run_path(str(Path(__file__).parent / "site"), run_name="__main__")
    elif which.isdecimal() and int(which) in lessons():
        run(int(which), lessons()[int(which)], rest)
    else:
        print(f"there is no lesson {which}\n\n{listing()}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    sys.excepthook = partial(_end_in_one_line, "lessons")
    # where it is not installed, minigrad is that of the checkout
    sys.path.append(str(Path(__file__).parent.parent))
    import minigrad  # noqa: F401: it says which packages are not installed

    try:
        main(sys.argv[1:])
    except BrokenPipeError:  # `| head` has read enough
        _drop_output()
        sys.exit(1)
