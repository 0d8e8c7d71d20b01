"""What all lessons share: arguments, a progress bar, the saved picture and numbers, the last line.

A lesson starts with `run = lesson.start("07_softmax_classifier", epochs=20)`, which reads the
command line, and ends with `run.finish(...)`. An error with files, and Ctrl-C, end it with one line
instead of a traceback. A lesson runs and draws the same whatever the reader has set (matplotlib's
and tqdm's settings, closed streams).
"""

import argparse
import codecs
import contextlib
import csv
import io
import math
import os
import shlex
import sys
from functools import partial
from pathlib import Path

import numpy as np

from .display import Output, as_text, bar, in_notebook, png_of
from .files import check_writable, open_closed_streams, write_whole
from .random import manual_seed

INTERRUPTED = 130  # the exit code that a shell reports after Ctrl-C
QUICK = 10  # --quick trains for a tenth of the epochs
MOST = 10**9  # epochs, or items per step
WITHOUT_WINDOWS = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")  # back ends of matplotlib


def start(name, *, epochs=None, lr=None, batch_size=None, text=None):
    """Read the command line, set the seed, and return the `Run` of the lesson `name`.

    `name` is that of the file, such as "07_softmax_classifier". `epochs`, `lr` and `batch_size` are
    defaults, and only those that are given become arguments. `text`, the least number of characters
    that the lesson can use, adds `--text FILE`: `run.text` is what `read_text` reads there, a str,
    and None without the argument. A notebook has its arguments in MINIGRAD_LESSON, an environment
    variable: `%env MINIGRAD_LESSON=--quick --seed 3` in a cell before.

    Wrong arguments end the program with a usage error, exit code 2; a folder that cannot be written
    to, or a file that is of no use, with one line, exit code 1.
    """
    open_closed_streams()
    sys.excepthook = partial(_end_in_one_line, name)
    _check_surroundings()
    lesson = sys._getframe(1).f_globals  # a notebook has no __file__ to name its folder by
    folder = Path(lesson["__file__"]).resolve().parent if "__file__" in lesson else Path.cwd()
    description = (lesson.get("__doc__") or name).strip()
    parser = _parser(name, description.splitlines()[0], folder / "output")
    _add_training_arguments(parser, epochs=epochs, lr=lr, batch_size=batch_size)
    if text is not None:
        wanted = f"your own text instead, UTF-8, at least {text:,} characters"
        parser.add_argument("--text", type=Path, metavar="FILE", help=wanted)
    arguments = parser.parse_args(_words(lesson))
    if "epochs" in arguments and arguments.epochs is None:
        arguments.epochs = max(1, epochs // QUICK) if arguments.quick else epochs
    if hasattr(sys.stdout, "reconfigure"):
        # print each line at once, and no error for a folder's name that the encoding cannot show
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    manual_seed(arguments.seed)
    run = Run(name, arguments)
    if text is not None and run.text is not None:
        run.text = read_text(run.text, least=text)
    return run


def _words(lesson):
    """Return the arguments of the lesson with these globals."""
    # a cell has no __file__, unlike a script that `%run` runs in a notebook, and no command line
    if in_notebook() and "__file__" not in lesson:
        return shlex.split(os.environ.get("MINIGRAD_LESSON", ""))
    return sys.argv[1:]


def _check_surroundings():
    """Raise OSError for conditions that would end the lesson after its training."""
    try:
        os.getcwd()
    except OSError:
        raise OSError("the current folder has been deleted: change to another") from None
    try:
        import matplotlib  # noqa: F401
    except Exception as error:  # wrong settings can make it raise anything
        raise OSError(f"matplotlib cannot be loaded: {_first_line(error)}") from None


def _first_line(error):
    """Return the first line of the error's message that is not blank, else its class's name."""
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


# -- Arguments -------------------------------------------------------------------------------------


def _parser(name, description, out):
    parser = argparse.ArgumentParser(prog=f"{name}.py", description=description, allow_abbrev=False)
    parser.add_argument("--seed", type=_seed, default=0, help="of all random numbers (default: 0)")
    parser.add_argument(
        "--quick", action="store_true", help="a short run that shows the way, not the result"
    )
    parser.add_argument(
        "--out", type=Path, default=out, metavar="DIR", help=f"folder to save to (default: {out})"
    )
    parser.add_argument(
        "--show", action="store_true", help="open the picture in a window at the end"
    )
    parser.add_argument(
        "--no-progress", action="store_true", help="neither a progress bar nor lines in its place"
    )
    return parser


def _add_training_arguments(parser, epochs, lr, batch_size):
    if epochs is not None:
        quick = max(1, epochs // QUICK)
        text = f"passes over the training data (default: {epochs}, with --quick {quick})"
        parser.add_argument("--epochs", type=_positive_int, help=text)
    if lr is not None:
        parser.add_argument(
            "--lr", type=_positive_float, default=lr, help=f"learning rate (default: {lr})"
        )
    if batch_size is not None:
        text = f"items per step (default: {batch_size})"
        parser.add_argument("--batch-size", type=_positive_int, default=batch_size, help=text)


def _number(kind, accepts, wanted):
    """Return a parser of one number for argparse, with an error that says what is `wanted`."""

    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not accepts(value):
            raise argparse.ArgumentTypeError(f"expected {wanted}, got {text[:50]!r}")
        return value

    return parse


_seed = _number(int, lambda value: 0 <= value < 2**64, "an integer from 0 to 2**64 - 1")
_positive_int = _number(int, lambda value: 0 < value <= MOST, f"an integer from 1 to {MOST}")
_positive_float = _number(float, lambda value: 0 < value < math.inf, "a number above 0")


def _end_in_one_line(name, kind, error, traceback):
    """End a lesson, as its excepthook: one line for files and Ctrl-C, else a traceback."""
    if issubclass(kind, BrokenPipeError):  # `| head` has read enough
        _drop_standard_output()
        sys.exit(1)
    if issubclass(kind, (KeyboardInterrupt, OSError)):
        interrupted = kind is KeyboardInterrupt
        below_the_bar = "\n" if sys.stderr.isatty() else ""
        reason = "interrupted" if interrupted else error
        print(f"{below_the_bar}lesson {name[:2]}: {reason}", file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:  # a full device
            _drop_standard_output()
        sys.exit(INTERRUPTED if interrupted else 1)
    sys.__excepthook__(kind, error, traceback)


def _drop_standard_output():
    """Send standard output to the null device: the interpreter flushes it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# -- A text of one's own ---------------------------------------------------------------------------


def read_text(path, least=1_000, most=1_000_000):
    """Return the text of a UTF-8 file, a str; OSError if it is of no use.

    A file is of no use if it cannot be read, is not UTF-8, or holds fewer than `least` characters
    or only one kind of them. White space around the text is left out and does not count; each line
    ends in a line break. Of a file with more than `most` characters only the first `most` are read,
    and one printed line says so.
    """
    room = 4 * (most + 2)  # bytes: a character has at most 4; a mark before the text, one after it
    content = _first_bytes(path, room)
    try:
        # an incremental decoder: the last character may be cut
        text = codecs.getincrementaldecoder("utf-8")().decode(content, final=len(content) < room)
    except UnicodeDecodeError as error:
        wrong = f"its byte {error.start} (from 0) is 0x{error.object[error.start]:02X}"
        raise OSError(f"{path} is not UTF-8: {wrong}; save it as UTF-8") from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    cut = len(text) > most
    text = text[:most].strip()
    if not text:
        raise OSError(f"{path} is empty")
    if len(text) < least:
        raise OSError(f"{path} is too short: {len(text):,} characters, and {least:,} are needed")
    if len(set(text)) == 1:
        raise OSError(f"{path} holds only one kind of character: {text[0]!r}")
    if cut:
        print(f"text: only the first {most:,} characters of {path} are read")
    return text


def _first_bytes(path, most):
    """Return the first `most` bytes of a file, or all that it has."""
    try:
        with open(path, "rb") as file:
            return file.read(most)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {path}") from None
    except IsADirectoryError:
        raise IsADirectoryError(f"{path} is a folder: name a file in it") from None
    except OSError as error:
        raise OSError(f"cannot read {path}: {error.strerror}") from None


# -- Progress --------------------------------------------------------------------------------------


class Progress:
    """An iterator over 1, 2, ..., `total` that shows its progress and the last `note`.

    It shows a bar on a terminal and in a notebook, about ten lines on standard output elsewhere,
    nothing if not `shown`.
    """

    LINES = 10

    def __init__(self, total, unit, shown=True):
        self.total = total
        self.unit = unit
        has_bar = in_notebook() or (sys.stdout.isatty() and sys.stderr.isatty())
        self._bar = bar(total, unit, shown and has_bar)
        self._lines = shown and not has_bar
        self._noted = {}

    def note(self, **values):
        """Show these numbers with the current step."""
        self._noted = values

    def __iter__(self):
        every = math.ceil(self.total / self.LINES)
        with self._bar:
            for step in range(1, self.total + 1):
                yield step
                noted = as_text(self._noted)
                self._bar.set_postfix_str(noted, refresh=False)
                self._bar.update()
                if self._lines and (step % every == 0 or step == self.total):
                    print(f"{self.unit} {step}/{self.total} {noted}".rstrip())


# -- The run ---------------------------------------------------------------------------------------


class Run:
    """One run of a lesson, its arguments as attributes (`seed`, `quick`, `out`, `epochs`, ...)."""

    def __init__(self, name, arguments):
        self.name = name
        for argument, value in vars(arguments).items():
            setattr(self, argument, value)
        self.out = self.out.absolute()  # valid even if the current folder changes
        self.picture = self.out / f"{name}.png"
        self.table = self.out / f"{name}.csv"
        self._settings = contextlib.ExitStack()
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            check_writable(self.picture)  # now, and not after the training
            check_writable(self.table)
        except OSError as error:
            raise OSError(f"cannot write to the folder {self.out}: {error.strerror}") from None

    def progress(self, total, unit="epoch", shown=True):
        """Return a `Progress` over `total` steps; with --no-progress it shows nothing."""
        return Progress(total, unit, shown and not self.no_progress)

    def figure(self, width, height):
        """Return an empty Figure of that size in inches; with --show a window can show it.

        From here until `finish` matplotlib has its own defaults, not the reader's, so the same seed
        gives the same picture.
        """
        self._settings.enter_context(_own_settings())
        if self.show:
            from matplotlib import pyplot

            with contextlib.suppress(ImportError):  # the reader's back end finds no screen
                return pyplot.figure(figsize=(width, height), layout="constrained")
        from matplotlib.figure import Figure

        return Figure(figsize=(width, height), layout="constrained")

    def finish(self, figure, numbers, **results):
        """Save the numbers as CSV, and the picture; print the last line; show the window.

        `numbers` are arrays of up to two axes by their names; the file has a line for each element:
        name, row, column, value. The last line gives lesson, seed, `results` (floats to four
        places) and the picture's path. Each file appears whole or not at all, with the same bytes
        for the same seed. A notebook shows the picture.

        If something cannot be saved or drawn, the rest still is: the last line then names no
        picture where there is none, and the program says what failed and ends with exit code 1.
        """
        failures = []
        line = {"lesson": self.name[:2], "seed": self.seed, **results}
        with _collected(failures, "the numbers are not saved"):
            self._save(self.table, _csv_of(numbers))
        with self._settings, _collected(failures, "the picture is not saved"):
            png = png_of(figure)
            self._save(self.picture, png)
            line["picture"] = _relative_to_current_folder(self.picture)
        print(as_text(line))
        if failures:
            raise OSError("; ".join(failures))
        if in_notebook():
            Output().show(f"the picture of lesson {self.name[:2]}", png)
        elif self.show:
            self._show(figure)

    def _save(self, path, content):
        self.out.mkdir(parents=True, exist_ok=True)  # it may have been deleted meanwhile
        write_whole(path, content)

    def _show(self, figure):
        from matplotlib import pyplot

        if figure.canvas.manager is None or pyplot.get_backend().lower() in WITHOUT_WINDOWS:
            message = f"lesson {self.name[:2]}: there is no screen to show a window on"
            print(message, file=sys.stderr)
        else:
            pyplot.show()


@contextlib.contextmanager
def _own_settings():
    """Give matplotlib its own defaults inside the `with` block."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        yield


@contextlib.contextmanager
def _collected(failures, what):
    """Add an error of the `with` block to `failures`, and go on. Drawing can raise anything."""
    try:
        yield
    except Exception as error:
        failures.append(f"{what}: {_first_line(error)}")


def _csv_of(numbers):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "row", "column", "value"))
    for name, values in numbers.items():
        for index, value in np.ndenumerate(np.asarray(values)):
            writer.writerow((name, *index, *[""] * (2 - len(index)), value))
    return text.getvalue()


def _relative_to_current_folder(path):
    """Return the path relative to the current folder if it lies in there, else the whole path."""
    try:
        here = Path.cwd()
    except OSError:  # it has been deleted
        return path
    path = path.resolve()
    return path.relative_to(here) if path.is_relative_to(here) else path
