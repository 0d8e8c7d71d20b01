"""A copy of minigrad to hand out: the same exercises and public checks, but no answers."""

import ast
import os
import shutil
import tempfile
from pathlib import Path

from ..datasets import FOLDER as DATA
from .master import CHECKS, todo
from .progress import DEFAULT, UsageError

PACKAGE = Path(__file__).parent.parent
BESIDE = ("lessons", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
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
        f"Hand it out. In it, learners type: python -m minigrad.classroom check   (the starters are in {DEFAULT})"
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


def without_answers(master):
    """The master with a TODO for each solution, without its known wrong answers and its hidden
    checks.
    """

    def marked(blank):
        return [f"# BEGIN SOLUTION {blank.part}: {blank.task}", *todo(blank)[1:], "# END SOLUTION"]

    lines = master.text.splitlines()
    keep = [True] * len(lines)
    for node in ast.parse(master.text).body:
        if _is_secret(node, master):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            keep[first - 1 : node.end_lineno] = [False] * (node.end_lineno - first + 1)
    begin = lines.index(CHECKS)
    checks = [line for line, kept in zip(lines[begin:], keep[begin:], strict=True) if kept]
    return master.filled(marked) + "\n" + "\n".join(checks).rstrip() + "\n"


def _is_secret(node, master):
    if isinstance(node, ast.Assign):
        return any(getattr(target, "id", None) in ("RIGHT", "WRONG") for target in node.targets)
    if isinstance(node, ast.FunctionDef):
        return getattr(master.namespace.get(node.name), "check", {}).get("hidden", False)
    return False
