"""Reading a master: the one file from which an exercise's starter, its solution, checks and hints
are made.
"""

import ast
import functools
import re
import types
from pathlib import Path

from .checks import CourseError, check

FOLDER = Path(__file__).parent / "masters"
CHECKS = "# BEGIN CHECKS"
BEGIN = re.compile(r"(\s*)# BEGIN SOLUTION ([A-Z]): (\S.*)")
END = re.compile(r"\s*# END SOLUTION\s*")
PART = re.compile(r"# %% Part ([A-Z]) \((\d+) points?\)")
LONGEST_BLANK = 15


class Blank:
    """One part's blank: `part`, the `task` in words, its `lines`, their `indent`, the line numbers
    of its markers.
    """

    def __init__(self, part, task, indent, first, last, lines):
        self.part, self.task, self.indent, self.first, self.last, self.lines = (
            part,
            task,
            indent,
            first,
            last,
            lines,
        )


class Master:
    """One exercise. `number`, `name` ("ex03_product_rule"), `title`, `about` (prose), `points` by
    part, `blanks`.
    """

    def __init__(self, path):
        self.path, self.name = Path(path), Path(path).stem
        match = re.fullmatch(r"ex(\d\d)_(\w+)", self.name)
        if not match:
            raise CourseError(f"{self.path.name}: a master is called exNN_name.py")
        self.number = int(match[1])
        self.filename = f"{self.name}.py"
        try:
            self.text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"{self.path.name}: {error}") from None
        lines = self.text.splitlines()
        if lines.count(CHECKS) != 1:
            raise self._broken(f"needs one line {CHECKS!r}")
        self._exercise = lines[: lines.index(CHECKS)]
        self.blanks = self._read_blanks()
        self.points = {m[1]: int(m[2]) for m in map(PART.fullmatch, self._exercise) if m}
        if list(self.points) != [blank.part for blank in self.blanks]:
            raise self._broken(
                f"parts {list(self.points)} but solutions {[b.part for b in self.blanks]}"
            )

    def _broken(self, why):
        return CourseError(f"{self.path.name}: {why}")

    def _read_blanks(self):
        blanks, begun = [], None
        for number, line in enumerate(self._exercise):
            match = BEGIN.fullmatch(line)
            if (match or "BEGIN SOLUTION" in line) and (begun or not match):
                raise self._broken(
                    f"line {number + 1}: a malformed BEGIN SOLUTION, or one within another"
                )
            if END.fullmatch(line):
                if not begun:
                    raise self._broken(f"line {number + 1}: END SOLUTION without its beginning")
                indent, first = begun[1], begun[3]
                body = [inner.removeprefix(indent) for inner in self._exercise[first + 1 : number]]
                blanks.append(Blank(begun[0], begun[2], indent, first, number, body))
                begun = None
            elif match:
                begun = (match[2], match[1], match[3], number)
        if begun or not blanks:
            raise self._broken(
                "needs at least one solution, each from BEGIN SOLUTION to END SOLUTION"
            )
        return blanks

    @functools.cached_property
    def about(self):
        """The prose at the top: the first line is the title, a colon, and what the exercise is
        about.
        """
        return ast.get_docstring(ast.parse(self.text)) or self.name

    @property
    def title(self):
        """A few words, such as "The product rule"."""
        return self.about.splitlines()[0].split(":")[0].rstrip(".")

    def filled(self, fill):
        """The exercise with each blank's lines replaced by `fill(blank)`, its markers and its
        checks left out.
        """
        lines, done = [], 0
        for blank in self.blanks:
            lines += self._exercise[done : blank.first]
            lines += [(blank.indent + line).rstrip() for line in fill(blank)]
            done = blank.last + 1
        lines += self._exercise[done:]
        return "\n".join(lines).rstrip() + "\n"

    @property
    def starter(self):
        """What the learner gets."""
        return self.filled(todo)

    @property
    def solution(self):
        """The exercise with its answers."""
        if not self.has_answers:
            raise CourseError(
                "this copy of the course holds no answers: ask whoever gave it to you"
            )
        return self.filled(lambda blank: blank.lines)

    @property
    def has_answers(self):
        """Whether the answers are here; `release` takes them out."""
        return not any(
            f'NotImplementedError("TODO {b.part}")' in line for b in self.blanks for line in b.lines
        )

    def other(self, table, name):
        """The exercise with the answers, but in its part that of `name` in "RIGHT" or "WRONG"."""
        part, lines, *_ = self.namespace[table][name]
        return self.filled(lambda blank: lines.splitlines() if blank.part == part else blank.lines)

    @functools.cached_property
    def namespace(self):
        """The master's names, checks among them, after running it: in the checker's process, never
        the learner's.
        """
        module = types.ModuleType(f"minigrad.classroom.masters.{self.name}")
        module.__file__ = str(self.path)
        try:
            exec(compile(self.text, str(self.path), "exec"), vars(module))
        except Exception as error:
            raise self._broken(f"{type(error).__name__}: {error}") from error
        return vars(module)

    @functools.cached_property
    def checks(self):
        """The checks, parts in order: functions (m, rng) with their `check` attribute."""
        found = [
            f for f in list(self.namespace.values()) if isinstance(getattr(f, "check", None), dict)
        ]
        found = [f for f in found if f is not check]
        unknown = {f.check["part"] for f in found} - set(self.points)
        if unknown or not found:
            raise self._broken(f"checks for no part: {sorted(unknown)}" if unknown else "no checks")
        return sorted(found, key=lambda f: f.check["part"])

    @property
    def hints(self):
        """Three hints for each part."""
        return self.namespace["HINTS"]

    @property
    def max_score(self):
        """The sum of the points."""
        return sum(self.points.values())

    def function_of(self, part):
        """The qualified name of the function whose blank is `part`, such as `Scalar.backward`."""
        line = next(blank.first for blank in self.blanks if blank.part == part) + 1
        return ".".join(_enclosing(ast.parse(self.text), line))

    def line_of(self, part, source):
        """The line in the learner's `source` at which the function of `part` begins, or None."""
        try:
            scope = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        for name in self.function_of(part).split("."):
            scope = next((node for node in scope.body if getattr(node, "name", None) == name), None)
            if scope is None:
                return None
        return scope.lineno


def todo(blank):
    """The lines that stand in a starter for a blank."""
    return [f"# TODO {blank.part}: {blank.task}", f'raise NotImplementedError("TODO {blank.part}")']


def _enclosing(scope, line):
    for node in ast.iter_child_nodes(scope):
        if (
            isinstance(node, ast.FunctionDef | ast.ClassDef)
            and node.lineno <= line <= node.end_lineno
        ):
            return [node.name, *_enclosing(node, line)]
    return []


def masters(folder=None):
    """All exercises by their numbers, in order."""
    found = [Master(path) for path in sorted(Path(folder or FOLDER).glob("ex*.py"))]
    if not found:
        raise CourseError(f"no exercises in {folder or FOLDER}")
    if len({master.number for master in found}) != len(found):
        raise CourseError("two exercises of the same number")
    return {master.number: master for master in found}
