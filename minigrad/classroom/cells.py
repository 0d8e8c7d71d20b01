"""The code of a notebook as one source, in which each cell begins with a line that has its number.

What only Jupyter reads becomes Python that does nothing, in the same line: `%matplotlib inline` and
`!ls` become `pass`, `x = !ls` gives None, a question mark asks nothing.
"""

import json
import re

MARK = "# code cell "
MARKED = re.compile(rb"# code cell (\d+)")
PYTHON_CELLS = {"%%capture", "%%prun", "%%time"}  # run as Python, and keep what they define
COMMAND = re.compile(r"\s*[%!]")
ASSIGNED = re.compile(r"([\w\s.,*\[\]]*=)\s*[%!]")
HELP = re.compile(r"\s*(?:\?{1,2}\s*[%\w.*]+|[%\w.*]*[\w*]\?{1,2})\s*(?:#.*)?")
PIECE = re.compile(  # an unfinished string goes to the end, so that each character is read once
    r"""'''(?:\\.?|[^\\])*?(?:'''|\Z) | \"""(?:\\.?|[^\\])*?(?:\"""|\Z)
    | '(?:\\.|[^'\\\n])*'? | "(?:\\.|[^"\\\n])*"? | \#[^\n]* | \\\n
    | (?P<opened>[(\[{]) | (?P<closed>[)\]}]) | (?P<end>\n)""",
    re.DOTALL | re.VERBOSE,
)


def code_of_notebook(data, name):
    """The code cells of a notebook (bytes) as one source (bytes). ValueError for what is none,
    and names the cell that cannot be read.
    """
    try:
        cells = json.loads(data)["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"{name} is no notebook") from None
    sources = []
    for number, cell in enumerate(code, 1):
        try:
            if "checker" in cell.get("metadata", {}).get("tags", []):
                continue
            text = "".join(cell["source"])
        except (KeyError, TypeError, AttributeError):
            raise ValueError(f"code cell {number} of {name} cannot be read") from None
        sources.append(f"{MARK}{number}\n{as_python(text)}\n\n")
    return "".join(sources).encode("utf-8", "surrogatepass")


def as_python(cell):
    """The source of one cell, without what is Jupyter's own. Lines keep their places."""
    cell = re.sub("\r\n?", "\n", cell)
    name = (cell.split(maxsplit=1) or [""])[0]
    if name.startswith("%%") and name not in PYTHON_CELLS:
        return "\n" * cell.count("\n")  # another language, or names that Jupyter forgets again
    done, parts = 0, []
    while done < len(cell):
        first_line = cell[done : _end_of_line(cell, done)]
        instead = _instead_of(first_line)
        end = _end_of_statement(cell, done) if instead is None else _end_of_command(cell, done)
        statement = cell[done:end]
        parts.append(statement if instead is None else instead + "\n" * statement.count("\n"))
        done = end + 1
    return "\n".join(parts)


def _instead_of(line):
    """Python for a line that is Jupyter's own, or None for any other."""
    if COMMAND.match(line) or HELP.fullmatch(line):
        return line[: len(line) - len(line.lstrip())] + "pass"
    match = ASSIGNED.match(line)
    return f"{match[1]} None" if match else None


def _end_of_line(cell, start):
    end = cell.find("\n", start)
    return len(cell) if end < 0 else end


def _end_of_command(cell, start):
    """Where a command ends: a backslash at the end of a line goes on in the next."""
    end = _end_of_line(cell, start)
    while end < len(cell) and cell[end - 1] == "\\":
        end = _end_of_line(cell, end + 1)
    return end


def _end_of_statement(cell, first):
    """Where the statement that begins at `first` ends: with a line, outside of brackets and
    of strings.
    """
    depth = 0
    for piece in PIECE.finditer(cell, first):
        depth += bool(piece["opened"]) - bool(piece["closed"])
        if piece["end"] and depth <= 0:
            return piece.start()
    return len(cell)


def place(line, source, name):
    """Where a line of a source (bytes) is, in words: in a notebook, in which of its code cells."""
    if not str(name).casefold().endswith(".ipynb"):
        return f"line {line}"
    before = source.split(b"\n")[:line]
    for index in range(len(before) - 1, -1, -1):
        if match := MARKED.fullmatch(before[index]):
            return f"code cell {match[1].decode()}, line {line - 1 - index}"
    return f"line {line}"
