"""Lessons and starters as Jupyter notebooks, made from the same files: a cell for each `# %%`.

The prose of a lesson whose title is underlined is reStructuredText, and becomes Markdown.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import minigrad

from ..files import write_whole
from .command import path_argument, quoted
from .markdown import HEADING, markdown
from .progress import PROGRESS, Folder, UsageError

CELL = re.compile(r"^# %%[ ]?(.*)$")
DOCSTRING = re.compile(r'r?"""(.*?)"""\n?', re.DOTALL)
LONGEST = 600  # seconds; each check has a limit of its own
NAMES = {"name": "python3", "display_name": "Python 3", "language": "python"}


def write(folder, masters):
    """Write every lesson and starter that is not there yet as a notebook. Returns what to tell."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        known = {f"{master.name}.ipynb": of_exercise(master) for master in masters.values()}
        lessons = sorted(
            (Path(minigrad.__file__).parent.parent / "lessons").glob("[0-9][0-9]_*.py")
        )
        known.update({f"lesson{path.stem}.ipynb": of_lesson(path) for path in lessons})
        new = [name for name in known if not (folder / name).exists()]
        for name in new:
            write_whole(folder / name, _as_file(known[name]))
        if not (folder / PROGRESS).exists():
            Folder(folder).save({})
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror}") from None
    kept = (
        f", {len(known) - len(new)} there already and left as they are"
        if len(new) < len(known)
        else ""
    )
    none = (
        ""
        if lessons
        else " The lessons are not part of an installed minigrad: get them with its source."
    )
    opens = quoted(["jupyter", "lab", path_argument(folder)])
    return f"{len(new)} notebooks written to {folder}{kept}.{none}\nOpen them with Jupyter: {opens}"


def starter(master, path):
    """The starter of an exercise as the text of the file `path`: a notebook, or else a script."""
    return _as_file(of_exercise(master)) if path.suffix == ".ipynb" else master.starter


def of_exercise(master):
    """The notebook of an exercise, with a last cell that checks it."""
    cells = _cells(master.starter)
    more = f"`check({master.number}, verbose=True)` tells more."
    note = f"Save the notebook (Ctrl-S), then run this cell. {more}"
    call = f"from minigrad.classroom.notebook import check\n\ncheck({master.number})"
    cells += [_cell("markdown", note), _cell("code", call, tags=["checker"])]
    return _numbered(cells)


def of_lesson(path):
    """The notebook of a lesson."""
    return _numbered(_cells(path.read_text(encoding="utf-8")))


def check(number, verbose=False):
    """Check exercise `number` in the current folder, as the command line does, and print what it
    says.
    """
    root = str(Path(minigrad.__file__).parent.parent)
    start = (
        f"import sys; sys.path.insert(0, {root!r}); "
        "from minigrad.classroom.__main__ import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", start, "check", str(number), "--dir", ".", *["-v"] * verbose]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=LONGEST
    )
    print((done.stdout + done.stderr).rstrip())


def _cells(text):
    """Markdown for the docstring, for a title after # %% and the comment under it; code for the
    rest.
    """
    cells, title, block = [], None, []
    docstring = DOCSTRING.match(text)
    prose = markdown if docstring and HEADING.match(docstring[1].strip()) else str
    for line in [*text.splitlines(), "# %%"]:
        match = CELL.match(line)
        if not match:
            block.append(line)
            continue
        cells += _cells_of_block(title, block, prose)
        title, block = match[1], []
    return cells


def _cells_of_block(title, block, prose):
    text = "\n".join(block).strip("\n")
    told = None
    if title is None and (match := DOCSTRING.match(text)):
        told = match[1].strip() if prose is markdown else f"# {match[1]}"
        text = text[match.end() :]
    elif title is not None:
        comment = re.match(r"(?:#.*\n?)*", text)[0]
        told = "\n".join(line[1:].removeprefix(" ") for line in comment.splitlines())
        told = f"## {title}\n\n{told}" if title else told
        text = text[len(comment) :]
    cells = [_cell("markdown", prose(told.strip()))] if told else []
    return cells + ([_cell("code", text.strip("\n"))] if text.strip("\n") else [])


def _cell(kind, text, tags=()):
    cell = {
        "cell_type": kind,
        "metadata": {"tags": list(tags)} if tags else {},
        "source": text.splitlines(True),
    }
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell


def _as_file(notebook):
    return json.dumps(notebook, indent=1) + "\n"


def _numbered(cells):
    cells = [{"id": f"cell{i:02}", **cell} for i, cell in enumerate(cells)]
    return {"cells": cells, "metadata": {"kernelspec": NAMES}, "nbformat": 4, "nbformat_minor": 5}
