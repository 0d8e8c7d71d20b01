"""The list of a class: a text with a name in each line, or a CSV with a header."""

import csv
import re
import unicodedata
from pathlib import Path

from .progress import LARGEST, UsageError, read_source
from .tree import same_letters

HEADINGS = ("folder", "student", "name", "id", "username", "full name", "student id", "id number")
SEPARATORS = ",;\t"


def read(path, known):
    """The names in a roster, sorted, and the heading of their column, or None where it has none.

    Where several columns could be meant, the one with most of the `known` names, which are as
    `same_letters` has them.
    """
    try:
        text = read_source(Path(path), LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8") from None
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip()]
    lines = [line for line in lines if not line.startswith("#")]
    try:
        names, heading = _column(lines, known) if lines else ([], None)
    except csv.Error as error:
        raise UsageError(f"{path} cannot be read as a CSV: {error}") from None
    names = {unicodedata.normalize("NFC", name.strip()) for name in names} - {""}
    bad = sorted(name for name in names if name in (".", "..") or set(name) & set("/\\\0"))
    if bad or not names:
        why = f"{bad[0]!r} is no name of a folder" if bad else "no student in it"
        raise UsageError(f"{path}: {why}")
    return sorted(names), heading


def _column(lines, known):
    separator = max(SEPARATORS, key=lines[0].count)
    header = [cell.strip() for cell in next(csv.reader(lines[:1], delimiter=separator))]
    headings = {cell.casefold(): i for i, cell in reversed([*enumerate(header)])}
    columns = [headings[heading] for heading in HEADINGS if heading in headings]
    rows = list(csv.reader(lines, delimiter=separator))

    def is_known(row, column):
        return column < len(row) and same_letters(row[column].strip()) in known

    def hits(column):
        return sum(is_known(row, column) for row in rows)

    chosen = max(columns or range(len(header)), key=hits)
    if not columns:
        whole = any(same_letters(line.strip()) in known for line in lines)
        if whole or len(header) == 1 or not hits(chosen):
            return [_unquoted(line) for line in lines], None
        if not is_known(rows[0], chosen):
            raise UsageError(
                f"no column of the roster is called {', '.join(HEADINGS)}; "
                f"there are: {', '.join(header)}"
            )
        return [row[chosen] for row in rows if chosen < len(row)], None
    return [row[chosen] for row in rows[1:] if chosen < len(row)], header[chosen]


def _unquoted(line):
    cells = next(csv.reader([line.strip()])) if line.lstrip().startswith('"') else []
    return cells[0] if len(cells) == 1 else line
