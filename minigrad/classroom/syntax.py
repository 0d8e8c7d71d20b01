"""Where a source is no Python, in the learner's process: the line, its code, a caret under it."""

import re

WIDTH = 100  # characters of a line that are shown
ENCODING = re.compile(rb"^[ \t\f]*#.*?coding[:=]")


def syntax_error(error, source):
    """(words, number of the line, the line with a caret under it) of what `compile` raised for a
    source (bytes). The number is 0 if it is not known.
    """
    words, line, column = getattr(error, "msg", str(error)), getattr(error, "lineno", 0) or 0, 0
    undecodable = _undecodable(source)
    if b"\0" in source:
        words = "a null byte, which no text has: save the file as UTF-8"
        line = _line_at(source, source.index(b"\0"))
    elif undecodable is not None and "codec" in words:
        words = f"byte 0x{source[undecodable]:02x} is not UTF-8: save the file as UTF-8"
        line = _line_at(source, undecodable)
    elif line:
        column = getattr(error, "offset", 0) or 0
    else:
        heads = _lines(source)[:2]
        line = next((i for i, head in enumerate(heads, 1) if ENCODING.match(head)), 0)
    return words, line, _shown(_lines(source), line, column)


def _undecodable(source):
    """Where the first byte is that is not UTF-8, or None."""
    try:
        source.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def _lines(source):
    return re.split(rb"\r\n?|\n", source)


def _line_at(source, position):
    return len(_lines(source[:position]))


def _shown(lines, line, column):
    """A line, near its `column` if it is long, and a caret under that unless it is 0."""
    if not 0 < line <= len(lines):
        return ""
    code = lines[line - 1].decode("utf-8", "replace").lstrip("\ufeff").replace("\t", " ")
    start = max(0, column - WIDTH // 2)
    start = max(start, len(code) - len(code.lstrip()))
    shown = code[start : start + WIDTH]
    caret = column - 1 - start
    pointed = 0 <= caret <= len(shown) and shown.strip()
    return shown + "\n" + " " * caret + "^" if pointed else shown
