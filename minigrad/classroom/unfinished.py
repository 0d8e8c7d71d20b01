"""What is graded so far, in a file beside the grades: an interrupted run goes on from there.

The first line says how the class is graded, the secret seed among it; each other line is the row
of a finished exercise. The file goes when the grades are written.
"""

import contextlib
import hashlib
import json
import os
import secrets
import sys

from ..files import write_whole


class Unfinished:
    """The rows of earlier runs with the same `about`, and of this one.

    Its `seed` is that of `about`, or where that is None, of the run that was interrupted, or else
    a secret one.
    """

    def __init__(self, path, about):
        self.path = path
        lines = self._read()
        earlier = lines[0] if lines and isinstance(lines[0], dict) else {}
        self.seed = about["seed"]
        same = {**earlier, "seed": self.seed} == about
        if self.seed is None:
            seed = earlier.get("seed") if same else None
            is_seed = type(seed) is int and 0 <= seed < 2**64
            self.seed = seed if is_seed else secrets.randbits(32)
        about = {**about, "seed": self.seed}
        lines = list(filter(_is_row, lines[1:])) if earlier == about else []
        self._rows = {tuple(line["key"]): line["row"] for line in lines}
        self._begin([about, *lines])

    def _read(self):
        with (
            contextlib.suppress(OSError, TypeError, UnicodeDecodeError),
            open(self.path, encoding="utf-8") as file,
        ):
            return [_parsed(line) for line in file]
        return []

    def _begin(self, lines):
        if self.path is not None:
            try:
                write_whole(self.path, "".join(json.dumps(line) + "\n" for line in lines))
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error):
        text = f"classroom: cannot write {self.path}: {error.strerror}"
        print(f"{text}; a run that is interrupted will begin anew", file=sys.stderr)
        self.path = None

    def __len__(self):
        return len(self._rows)

    def row(self, key):
        """The finished row, or None."""
        return self._rows.get(key)

    def add(self, key, row):
        """Keep a finished row."""
        self._rows[key] = row
        if self.path is not None:
            try:
                with open(self.path, "a", encoding="utf-8") as file:
                    file.write(json.dumps({"key": key, "row": row}) + "\n")
            except OSError as error:
                self._give_up(error)

    def remove(self):
        """Remove the file: the grades are written."""
        if self.path is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.path)


def key(student, master, source):
    """What a row depends on besides how the class is graded."""
    digests = [hashlib.sha256(data).hexdigest() for data in (source, master.text.encode())]
    return (student, master.name, *digests)


def beside(*paths):
    """The name of the file, beside the first of the outputs that is a plain file; None without."""
    for path in map(os.path.realpath, paths):
        beside = path + ".unfinished"
        if all(os.path.isfile(p) or not os.path.lexists(p) for p in (path, beside)):
            return beside
    return None


def _is_row(line):
    if not isinstance(line, dict) or line.keys() != {"key", "row"}:
        return False
    names = line["key"] if isinstance(line["key"], list) else [None]
    return all(isinstance(name, str) for name in names) and isinstance(line["row"], dict)


def _parsed(line):
    with contextlib.suppress(ValueError, RecursionError):  # cut off when the run was killed
        return json.loads(line)
    return None
