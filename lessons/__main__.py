"""Lists the lessons, or runs one: `python -m lessons`, `python -m lessons 4 --quick`."""

import ast
import runpy
import sys
from pathlib import Path


def lessons():
    """The lessons' files by their numbers, in order."""
    return {int(path.name[:2]): path for path in sorted(Path(__file__).parent.glob("[0-9][0-9]_*.py"))}


def listing():
    """A line for each lesson: its number, and the first line of its docstring."""
    lines = [
        "python -m lessons NUMBER [ARGUMENTS] runs one of these; --help after the number explains its arguments.",
        "",
    ]
    for number, path in lessons().items():
        title = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).splitlines()[0]
        lines.append(f"{number:4}  {title}")
    return "\n".join(lines)


def main(arguments):
    if not arguments or arguments[0] in ("-h", "--help"):
        print(listing())
        return
    number, *rest = arguments
    path = lessons().get(int(number)) if number.isdecimal() else None
    if path is None:
        print(f"there is no lesson {number}\n\n{listing()}", file=sys.stderr)
        sys.exit(2)
    sys.argv = [str(path), *rest]
    runpy.run_path(str(path), run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
