"""Checking one file: the checks run here, the learner's file in a process of its own; see
remote.py.

A check ends in one of five ways, never mixed: ok, todo (a blank is untouched), wrong (a value is
not right), crash (the file, or a function of it, raised or ended its process), timeout.
"""

import contextlib
import dataclasses
import functools
import hashlib
import re
import time
import traceback
import warnings

import numpy as np

from .cells import place
from .checks import Wrong, as_text, kind_of
from .master import CourseError
from .remote import MEMORY, LearnerError, Session, Stand, Stopped

WORST = (
    "crash",
    "timeout",
    "wrong",
    "todo",
)  # how an exercise that is not passed is called: by the first of these
SECONDS = 10
START = 30  # seconds that a new process may take
LARGEST = 2**20  # bytes of a learner's file
LONGEST_MESSAGE = 4000  # characters
UNREADABLE = ("SyntaxError", "IndentationError", "TabError")
LINE = re.compile(r"\bline (\d{1,9})\b")


@dataclasses.dataclass
class Outcome:
    """How one check ended. `message` is for the learner, `details` what -v adds."""

    name: str
    part: str
    points: int
    hidden: bool
    status: str
    message: str = ""
    details: str = ""

    @property
    def title(self):
        """The check's name in words."""
        return self.name.replace("_", " ")


@dataclasses.dataclass
class Report:
    """How one file did: the outcome of each check, what it printed, how long that took."""

    outcomes: list
    points: dict
    sha256: str
    output: str = ""
    seconds: float = 0.0
    unloaded: int | None = None  # the line that kept the file from running as a whole, 0 if unknown

    @property
    def passed(self):
        """Whether every check is ok."""
        return all(outcome.status == "ok" for outcome in self.outcomes)

    @property
    def status(self):
        """ "passed", or the gravest of what kept it from passing."""
        found = {outcome.status for outcome in self.outcomes}
        return next((status for status in WORST if status in found), "passed")

    @property
    def score(self):
        """The points of the checks that passed; a failed hidden one takes those of its part."""
        lost = {o.part for o in self.outcomes if o.hidden and o.status != "ok"}
        return sum(
            o.points
            for o in self.outcomes
            if o.status == "ok" and not o.hidden and o.part not in lost
        )

    def part_passed(self, part):
        """Whether every check of a part is ok."""
        return all(o.status == "ok" for o in self.outcomes if o.part == part)


class Checker:
    """Runs the checks of one master against one source."""

    def __init__(self, master, source, filename=None, **options):
        self.master, self.source, self.filename = master, source, str(filename or master.filename)
        self.seed = options.pop("seed", 0)
        self.hidden = options.pop("hidden", False)
        self.seconds = options.pop("seconds", SECONDS)
        self.trusted = options.pop(
            "trusted", False
        )  # the course's own answer, which is never at fault
        self.start = options.pop("start", Session)  # what makes the process
        self.options = options
        self.output, self._session, self._broken, self._unloaded = "", None, None, None

    def run(self):
        """The Report. Raises CourseError if a check fails for the course's own answer too."""
        begun = time.perf_counter()
        outcomes, lost = [], {}
        checks = [c for c in self.master.checks if self.hidden or not c.check["hidden"]]
        try:
            for index, function in enumerate(checks):
                part = function.check["part"]
                status, message, details = (
                    lost.get(part) or self._broken or self._one(function, index)
                )
                if status == "timeout":
                    lost[part] = (
                        status,
                        message,
                        details,
                    )  # another endless loop would tell nothing new
                outcomes.append(
                    Outcome(
                        function.__name__,
                        part,
                        function.check["points"],
                        function.check["hidden"],
                        status,
                        printable(message),
                        printable(details),
                    )
                )
        finally:
            self._end()
        digest = hashlib.sha256(self.source).hexdigest()
        took = time.perf_counter() - begun
        return Report(outcomes, self.master.points, digest, self.output, took, self._unloaded)

    def _end(self):
        if self._session:
            self._session.close()
            self.output += self._session.output
            self._session = None

    def _start(self):
        """A process with the file loaded. What goes wrong at loading goes wrong for all checks."""
        if len(self.source) > LARGEST:
            raise Stopped("crash", f"the file is larger than {LARGEST // 2**20} MB")
        cpu = int(self.seconds * (len(self.master.checks) + 2)) + 5
        self._session = self.start(cpu=cpu, **self.options)
        self._session.allow(max(START, self.seconds))  # NumPy's import is no fault of the file
        self._session.begin()
        self._session.allow(self.seconds)
        self._session.load(self.source, self.filename, self.master.name)

    def _one(self, function, index):
        """(status, message, details) of a check."""
        if self._session is None or self._session.ended:
            self._end()
            try:
                self._start()
            except (LearnerError, Stopped) as error:
                if isinstance(error, LearnerError):
                    self._unloaded = error.own[-1][0] if error.own else 0
                self._broken = self._judged(error, function)
                self._end()
                return self._broken
        rng = np.random.default_rng([self.seed, self.master.number, index])
        try:
            self._session.allow(self.seconds)
            module = self._session.begin(function.check["inplace"])
            with np.errstate(all="ignore"):
                function(module, rng)
            self._session.rest()
            if self._session.changed:
                raise self._changed_in_place()
            return "ok", "", ""
        except CourseError:
            raise
        except Exception as error:
            if isinstance(error, Wrong) and self._session.changed:
                error = self._changed_in_place()  # whatever else is wrong may come of it
            return self._judged(error, function)

    def _changed_in_place(self):
        values = ", ".join(as_text(value, width=40) for value in self._session.changed.values())
        return Wrong(
            "an argument was changed in place: work on a copy", shown=[f"it was   {values}"]
        )

    def _judged(self, error, function):
        if isinstance(error, Wrong):
            return "wrong", str(error), ""
        if isinstance(error, Stopped):
            self._end()
            return error.kind, str(error), ""
        unusable = isinstance(error, LearnerError) and not error.own and self._session.last_call
        if isinstance(error, LearnerError) and not unusable:
            return _raised(error, self._where)
        if isinstance(error, AssertionError) and str(error):
            return "wrong", str(error), ""
        self._blame_the_course(error, function)
        what = f"{error.name if isinstance(error, LearnerError) else type(error).__name__}: {error}"
        if self._session and self._session.last_call:
            name, value = self._session.last_call
            seen = kind_of(value) if isinstance(value, Stand) else as_text(value, width=60)
            text = f"{name}(...) returned {seen}"
            return "wrong", f"{text}\n  the check cannot use it ({what})", _traceback(error)
        return "wrong", f"the check cannot go on ({what})", _traceback(error)

    def _where(self, line):
        return place(line, self.source, self.filename)

    def _blame_the_course(self, error, function):
        """Raise CourseError if the check fails for the course's own answer too."""
        text = f"{self.master.path.name}, {function.__name__}: {type(error).__name__}: {error}"
        if self.trusted:
            raise CourseError(text) from error
        if self.master.has_answers and function.__name__ in _failing(
            self.master, self.seed, self.hidden
        ):
            raise CourseError(text) from error


@functools.lru_cache(maxsize=64)
def _failing(master, seed, hidden):
    """The names of the checks that the course's own answer does not pass."""
    source = master.solution.encode()
    report = Checker(master, source, seed=seed, hidden=hidden, trusted=True).run()
    return {outcome.name for outcome in report.outcomes if outcome.status != "ok"}


def _raised(error, where):
    line, code, _ = (error.own or [(0, "", "")])[-1]
    if error.name == "NotImplementedError" and error.words.startswith("TODO"):
        return "todo", f"{error.words.replace('TODO', 'part')} is still to do", ""
    if error.name == "AttributeError" and "module" in error.words and not error.own:
        name = error.words.split("'")[-2] if error.words.count("'") >= 2 else "a function"
        return (
            "crash",
            f"your file has no {name}: `reset` restores the starter and keeps your file",
            "",
        )
    if error.name == "MemoryError":
        error.words = (
            error.words or f"out of memory, of which an exercise may take {MEMORY / 2**30:.0f} GB"
        )
    words = error.words.splitlines()
    message = f"{error.name}: {words[0]}" if words else error.name
    if error.name in UNREADABLE:  # Python's words may name another line, too
        message = LINE.sub(lambda match: where(int(match[1])), message)
    if line:
        head = f"  {where(line)}: "
        message += f"\n{head}" + code.strip().replace("\n", "\n" + " " * len(head))
    return "crash", message, error.text


def _traceback(error):
    return "".join(traceback.format_tb(error.__traceback__)[-1:])


def printable(text):
    """Without what could move a terminal's cursor or break a table, and not too long."""
    text = text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + " ..."
    return "".join(c if c == "\n" or c.isprintable() else repr(c)[1:-1] for c in text)


def check(master, source, **options):
    """The Report on a learner's `source` (bytes): options `filename`, `seed`, `hidden`, `seconds`,
    `memory`, and `wrapper`, the command line that isolates its process.
    """
    with quiet():
        return Checker(master, source, **options).run()


@contextlib.contextmanager
def quiet():
    """Without warnings of the checks' own arithmetic: for all threads, so not in `Checker`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
