"""A copy of minigrad to hand out: the same exercises and public checks, but no answers."""

import ast
import os
import shutil
import tempfile
from pathlib import Path

from ..datasets import FOLDER as DATA
from .checker import check
from .checks import CourseError
from .master import CHECKS, Master, todo
from .progress import DEFAULT, UsageError
from .recorded import Recorder

PACKAGE = Path(__file__).parent.parent
BESIDE = ("lessons", "setup.cfg", "pyproject.toml", "LICENSE")
KEPT_OUT = shutil.ignore_patterns("__pycache__", "masters", "output", "*.pyc")


def write(out, masters):
    """Write the copy to `out`, whole or not at all. Returns what to tell."""
    if os.path.lexists(out):
        raise UsageError(f"{out} is there already: name a folder that is not")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".release-") as temporary:
            copy = Path(temporary) / "copy"
            _fill(copy, masters)
            copy.rename(out)
    except (OSError, shutil.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot write {out}: {why}") from None
    return (
        f"minigrad without answers, with {len(masters)} exercises: {out}\n"
        "Hand it out. In it, learners type: python -m minigrad.classroom check   "
        f"(the starters are in {DEFAULT})"
    )


def _fill(copy, masters):
    shutil.copytree(PACKAGE, copy / "minigrad", ignore=KEPT_OUT)
    data = Path(DATA)
    if not data.is_relative_to(PACKAGE):
        shutil.copytree(data, copy / data.relative_to(PACKAGE.parent), ignore=KEPT_OUT)
    folder = copy / Path(__file__).parent.relative_to(PACKAGE.parent) / "masters"
    folder.mkdir()
    (copy / DEFAULT).mkdir()
    for master in masters.values():
        (folder / master.filename).write_text(without_answers(master), encoding="utf-8")
        (copy / DEFAULT / master.filename).write_text(master.starter, encoding="utf-8")
    if (PACKAGE.parent / "setup.cfg").is_file():
        for name in BESIDE:
            source = PACKAGE.parent / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=KEPT_OUT)
            elif source.exists():
                shutil.copy(source, copy / name)
        shutil.copy(PACKAGE / "classroom" / "HANDOUT.md", copy / "README.md")


def without_answers(master):
    """The master with a TODO for each solution, and of its checks only the public ones and what
    they need: of a function marked `answer` its results.
    """

    def marked(blank):
        return [f"# BEGIN SOLUTION {blank.part}: {blank.task}", *todo(blank)[1:], "# END SOLUTION"]

    return master.filled(marked) + "\n" + CHECKS + "\n" + _public_checks(master)


def _public_checks(master):
    text = master.text[master.text.index(f"\n{CHECKS}\n") :]
    tables = _results(master)
    pieces = []
    for node in _needed(ast.parse(text).body, master.namespace):
        piece = _source(text, node)
        if getattr(node, "name", None) in tables:
            piece = f"{node.name} = recorded({node.name!r}, {tables[node.name]!r})"
        pieces.append(piece)
    if any(tables.values()):
        pieces.insert(0, "from minigrad.classroom.recorded import recorded  # noqa: E402\n")
    return "\n".join(pieces) + "\n"


def _results(master):
    """What the functions marked `answer` return when the course's own answer is checked."""
    copy = Master(master.path)
    recorder = Recorder(copy.namespace)
    report = check(copy, copy.solution.encode(), seconds=60)  # on a busy machine, too
    if not report.passed:
        raise CourseError(f"{master.filename}: its own solution does not pass")
    return recorder.tables


def _needed(nodes, namespace):
    """The statements that public checks and hints need: those, and what defines a name in them."""

    def value(node):
        return namespace.get(getattr(node, "name", None))

    def is_wanted(node):
        if isinstance(node, ast.FunctionDef):
            return getattr(value(node), "check", {"hidden": True})["hidden"] is False
        return isinstance(node, ast.Import | ast.ImportFrom) or "HINTS" in _defined(node)

    wanted = [node for node in nodes if is_wanted(node)]
    for node in wanted:  # it grows
        if not getattr(value(node), "answer", False):
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            wanted += [n for n in nodes if n not in wanted and names & _defined(n)]
    return [node for node in nodes if node in wanted]


def _defined(node):
    if isinstance(node, ast.Assign):
        return {
            n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)
        }
    return {getattr(node, "name", None)}


def _source(text, node):
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    space = "\n\n" if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""
    return space + "\n".join(lines)
