"""What a teacher gets of a grading: a table as CSV, all messages as JSON, totals for the screen, a
page for each student.

A row is a dict for a student and an exercise, as the JSON has it.
"""

import csv
import hashlib
import io
import json
import os
import platform
import re
import unicodedata
from collections import Counter

import numpy as np

from .. import __version__
from .progress import UsageError
from .show import printable
from .tree import same_letters

SCHEMA = 1
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
    "reason",
)
KEYS = {*COLUMNS[:-1], "message", "file", "results"}  # of a row
EXECUTED = "=+-@\t\r"  # what a cell begins with that a spreadsheet takes for a formula
SHOWN = 2  # checks that failed most
LONGEST = 50  # characters of the name of a page
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # by Windows


# -- Files -----------------------------------------------------------------------------------------


def as_csv(rows, kept=()):
    """The table of these rows, after `kept`: rows of an earlier one, which these replace."""
    cells = [{**row, "reason": row["message"]} for row in rows]
    cells = [{column: _harmless(row[column]) for column in COLUMNS} for row in cells]
    cells = replaced(kept, cells)
    text = io.StringIO(newline="")
    columns = dict.fromkeys((*COLUMNS, *(column for row in kept for column in row)))
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(cells)
    return text.getvalue()


def as_json(rows, about):
    """The rows with all messages, the versions that made them, and what else is `about` them."""
    versions = {
        "minigrad": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
    content = {"schema": SCHEMA, "versions": versions, **about, "grades": rows}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def replaced(kept, rows):
    """Rows of which those of the same student and exercise are replaced, and the new ones added."""
    new = {(row["student"], row["exercise"]): row for row in rows}
    merged = [{**row, **new.pop((row["student"], row["exercise"]), {})} for row in kept]
    return merged + list(new.values())


def kept_csv(path):
    """The rows of the table at `path` as texts, none where there is no file."""
    text = _text(path)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = list(reader)
        usable = not text or set(COLUMNS) <= set(reader.fieldnames)
        usable = usable and not any(None in {*row, *row.values()} for row in rows)
    except csv.Error:
        usable = False
    if not usable:
        raise UsageError(f"{path} is no table of `grade`, and --only keeps its rows: name another")
    return rows


def kept_json(path):
    """The rows of the JSON at `path`, none where there is no file."""
    text = _text(path)
    if not text:
        return []
    try:
        content = json.loads(text)
        rows = content["grades"]
        usable = content["schema"] == SCHEMA and all(KEYS <= set(row) for row in rows)
        (
            totals(rows),
            statistics(rows),
            pages(rows, [], {}),
        )  # better tried now than after the grading
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        usable = False
    if not usable:
        raise UsageError(f"{path} is no JSON of `grade`, and --only keeps its rows: name another")
    return rows


def _text(path):
    """The text of a file that is there, of anything else none."""
    if not os.path.isfile(path):
        return ""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        return "\0"  # which is no table, and no JSON
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None


def _harmless(cell):
    """A cell in one line that no spreadsheet computes, as OWASP advises against CSV injection."""
    if not isinstance(cell, str) or not cell:
        return cell
    first = unicodedata.normalize("NFKC", cell[0])
    return f"'{printable(cell)}" if first in EXECUTED else printable(cell)


# -- The screen ------------------------------------------------------------------------------------


def totals(rows):
    """A line for each student: points, of how many, exercises passed."""
    lines = [f"{'points':>6}{'of':>6}  {'passed':8} student"]
    for student, theirs in _grouped(rows, "student").items():
        score, most = _sum(theirs, "score"), _sum(theirs, "max_score")
        passed = f"{_passed(theirs)} of {len(theirs)}"
        lines.append(f"{score:6}{most:6}  {passed:8} {student}".rstrip())
    return "\n".join(lines)


def statistics(rows):
    """A line for each exercise: the mean of all students, who passed, what failed most."""
    lines = [f"{'exercise':8}{'mean':>6}{'of':>6}  {'passed':11} failed most"]
    for exercise, theirs in _grouped(rows, "exercise").items():
        mean = _sum(theirs, "score") / len(theirs)
        passed = f"{_passed(theirs)} of {len(theirs)}"
        failed = Counter(r["name"] for row in theirs for r in row["results"] if r["status"] != "ok")
        most = ", ".join(f"{name} ({n})" for name, n in failed.most_common(SHOWN))
        lines.append(
            f"{exercise:8}{mean:6.2f}{theirs[0]['max_score']:6}  {passed:11} {most}".rstrip()
        )
    return "\n".join(lines)


def _grouped(rows, key):
    groups = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return dict(sorted(groups.items()))


def _sum(rows, key):
    return sum(row[key] for row in rows)


def _passed(rows):
    return sum(row["status"] == "passed" for row in rows)


# -- Pages -----------------------------------------------------------------------------------------


def pages(rows, students, titles):
    """A page in Markdown for each student of `rows`: {name of the file: text}.

    The files' names are safe on every system, and depend on all the `students`, as two names may
    become the same. `titles` are those of the exercises.
    """
    taken = Counter(same_letters(_safe(student)) for student in students)
    found = {}
    for student, theirs in _grouped(rows, "student").items():
        name = _safe(student)
        if name != student or taken[same_letters(name)] > 1:
            name += "-" + hashlib.sha256(student.encode()).hexdigest()[:8]
        found[f"{name}.md"] = _page(student, theirs, titles)
    return found


def _safe(student):
    """A name for a file: without what a system forbids, what hides it, and what a shell takes for
    an option.
    """
    name = re.sub(r"[^\w .,@()+-]", "_", student)[:LONGEST].strip(" .-")
    return f"_{name}" if RESERVED.match(name) or not name else name


def _page(student, rows, titles):
    score, most = _sum(rows, "score"), _sum(rows, "max_score")
    parts = [f"# {_plain(student)}", f"{score} of {most} points."]
    table = ["| exercise | points | of | status |", "|---|---|---|---|"]
    for row in rows:
        title = _title(row, titles)
        table.append(f"| {title} | {row['score']} | {row['max_score']} | {row['status']} |")
    parts.append("\n".join(table))
    for row in rows:
        parts.append(f"## {_title(row, titles)}: {row['score']} of {row['max_score']} points")
        if row["file"]:
            parts.append(f"File: {_plain(row['file'])}")
        if row["message"]:
            parts += [f"Not checked ({row['status']}):", _fenced(row["message"])]
        for result in row["results"]:
            parts += _told(result)
    return "\n\n".join(parts) + "\n"


def _title(row, titles):
    return _plain(f"{row['exercise']} {titles.get(row['exercise'], '')}".strip())


def _told(result):
    """What a page says of a check: of a hidden one its name and points alone."""
    ok = result["status"] == "ok"
    about = f"part {result['part']}"
    if result["hidden"]:
        about += ", hidden: a failure costs the part's points"
    else:
        about += f", {result['points'] if ok else 0} of {result['points']}"
    word = "ok" if ok else f"**{result['status']}**"
    line = f"- {word}: {_plain(result['name'].replace('_', ' '))} ({about})"
    told = result["message"] and not result["hidden"]
    return [line, _fenced(result["message"])] if told else [line]


def _fenced(text):
    """A block of code that ends where the text does, whatever stands in it."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _plain(text):
    """A text that Markdown shows as it stands."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&$])", r"\\\1", text)
