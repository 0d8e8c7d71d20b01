"""The files in a folder or in a zip: listed in bounded time, read in bounded memory, and never one
outside of it.

A link is listed, but not followed. A zip is read in memory and never unpacked to the disk.
"""

import collections
import contextlib
import io
import itertools
import os
import re
import stat
import unicodedata
import zipfile

ENTRIES = 50_000  # files and folders of one student
DEPTH = 16  # folders within folders
ZIPS = 10  # of one student
BYTES = 2**27  # of one student's answers
ZIP_LARGEST = 2**31  # bytes of a zip on the disk
INNER_LARGEST = 2**25  # bytes of a zip within a zip, which is read into memory
SHOWN = 200  # characters of a name in a message
SKIPPED = {"__macosx", "__pycache__", "node_modules", "site-packages"}
ENVIRONMENT = "pyvenv.cfg"  # lies in the folder of a virtual environment
UNPACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others give out all or nothing


class Unusable(Exception):
    """What is there cannot be taken: `status` is "unreadable" or "too large", the text says why."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class Bounds:
    """What may still be looked at of one student, and what could not be."""

    def __init__(self, entries=ENTRIES):
        self.entries, self.zips, self.bytes, self.troubles = entries, ZIPS, BYTES, []

    def note(self, status, reason):
        """Remember what could not be looked at."""
        self.troubles.append(Unusable(status, reason))

    def take_bytes(self, size):
        """Count what has been read; Unusable once it is too much."""
        self.bytes -= size
        if self.bytes < 0:
            raise Unusable("too large", f"all answers together are larger than {BYTES // 2**20} MB")


class File:
    """Something in a folder or a zip that is no folder; `path` is the names that lead to it."""

    def __init__(self, path):
        self.path = path

    @property
    def name(self):
        """The last name of its path."""
        return self.path[-1]

    @property
    def shown(self):
        """Its path as a text of bounded length."""
        return shown(self.path)

    def read(self, largest):
        """The content; Unusable for no file, an unreadable one, or more than `largest` bytes."""
        with self.named():
            return self._bounded(largest)

    @contextlib.contextmanager
    def named(self):
        """Begin the text of an Unusable with this file's name."""
        try:
            yield
        except Unusable as error:
            raise Unusable(error.status, f"{self.shown} {error}") from None
        except OSError as error:
            raise Unusable("unreadable", f"{self.shown} cannot be read: {error.strerror}") from None

    def _bounded(self, largest):
        data = self._first_bytes(largest + 1)
        if len(data) > largest:
            raise Unusable("too large", f"is larger than {largest // 2**20} MB")
        return data


class DiskFile(File):
    """A file at the path `where`."""

    def __init__(self, path, where):
        super().__init__(path)
        self._where = where

    def at(self, path):
        """The same file under another path."""
        return DiskFile(path, self._where)

    @property
    def is_link(self):
        """Whether it is a link, to a file or a folder."""
        return os.path.islink(self._where)

    def _first_bytes(self, size):
        self._status()
        with open(self._where, "rb") as file:
            return file.read(size)

    def _status(self):
        status = os.lstat(self._where)
        if stat.S_ISLNK(status.st_mode):
            raise Unusable("unreadable", "is a link: hand in the file itself")
        if not stat.S_ISREG(status.st_mode):
            raise Unusable("unreadable", "is no ordinary file")
        return status

    def for_zipfile(self):
        """What `zipfile.ZipFile` opens."""
        if self._status().st_size > ZIP_LARGEST:
            raise Unusable("too large", f"is larger than {ZIP_LARGEST // 2**30} GB")
        return self._where


class ZippedFile(File):
    """The file `info` of a zip."""

    def __init__(self, path, zipped, info):
        super().__init__(path)
        self._zipped, self._info = zipped, info

    def at(self, path):
        """The same file under another path."""
        return ZippedFile(path, self._zipped, self._info)

    def _first_bytes(self, size):
        if stat.S_ISLNK(self._info.external_attr >> 16):
            raise Unusable("unreadable", "is a link: hand in the file itself")
        if self._info.flag_bits & 1:
            raise Unusable("unreadable", "is locked with a password")
        if self._info.compress_type not in UNPACKED:
            raise Unusable("unreadable", "is packed in an unusual way: make an ordinary zip")
        try:
            with self._zipped.open(self._info) as file:
                return file.read(size)
        except Exception:  # of a zip that lies, almost any
            raise Unusable("unreadable", "is damaged in its zip") from None

    def for_zipfile(self):
        """What `zipfile.ZipFile` opens."""
        return io.BytesIO(self._bounded(INNER_LARGEST))


def shown(path):
    """A path's names as a text of bounded length."""
    text = "/".join(path)
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def is_zip(name):
    """Whether a name is that of a zip."""
    return name.casefold().endswith(".zip")


def is_hidden(name):
    """Whether a file or folder of this name is the system's or a tool's, not the student's."""
    return name.startswith(".") or name.casefold() in SKIPPED


def in_folder(folder, bounds):
    """Yield the files under a folder, the nearest first, those in zips too."""
    waiting = collections.deque([(folder, ())])
    while waiting:
        here, inside = waiting.popleft()
        try:
            entries = _entries(here, bounds)
        except OSError as error:
            name = shown(inside) or "the folder"
            bounds.note("unreadable", f"cannot read {name}: {error.strerror}")
            continue
        if inside and (ENVIRONMENT, False) in entries:
            continue
        for name, is_folder in entries:
            path = (*inside, name)
            if is_hidden(name):
                continue
            if not is_folder:
                yield from opened(DiskFile(path, os.path.join(here, name)), bounds)
            elif len(path) > DEPTH:
                bounds.note("too large", f"{shown(path)} lies more than {DEPTH} folders deep")
            else:
                waiting.append((os.path.join(here, name), path))


def _entries(folder, bounds):
    """The names in a folder, sorted, and whether each is a folder."""
    with os.scandir(folder) as listed:
        first = itertools.islice(listed, bounds.entries + 1)
        entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in first)
    if len(entries) > bounds.entries:
        bounds.note("too large", f"more than {ENTRIES} files and folders: hand in fewer")
        del entries[bounds.entries :]
    bounds.entries -= len(entries)
    return entries


def opened(file, bounds, depth=2):
    """Yield a file, or where it is a zip, the files in it."""
    if not is_zip(file.name) or not depth:
        yield file
        return
    try:
        inside = in_zip(file, bounds)
    except Unusable as error:
        bounds.troubles.append(error)
        return
    for inner in inside:
        yield from opened(inner.at((*file.path, *inner.path)), bounds, depth - 1)


def in_zip(file, bounds):
    """The files in a zip, their paths sorted; a folder, maybe empty, as a file without a name."""
    with file.named():
        zipped = _zipped(file, bounds)
    found = []
    for info in zipped.infolist():
        path = _path_in_zip(info)
        if path is None:
            bounds.note("unreadable", f"{shown((file.name, info.filename))} leads out of the zip")
        elif len(path) > DEPTH:
            bounds.note("too large", f"{shown(path)} lies more than {DEPTH} folders deep")
        elif not any(map(is_hidden, path)):
            path = (*path, "") if info.is_dir() else path
            found.append(ZippedFile(path, zipped, info))
    return sorted(found, key=lambda inner: inner.path)


def _zipped(file, bounds):
    bounds.zips -= 1
    if bounds.zips < 0:
        raise Unusable("too large", f"is one of more than {ZIPS} zips: hand in one")
    source = file.for_zipfile()
    bounds.entries -= _most_entries(source)
    if bounds.entries < 0:
        raise Unusable("too large", f"is one of more than {ENTRIES} files and folders")
    try:
        return zipfile.ZipFile(source)
    except Exception:  # of a file that is no zip, almost any
        raise Unusable("unreadable", "is no zip that can be read") from None


def _most_entries(source):
    """A number that a zip's entries do not exceed, found without reading them: each has a mark."""
    mark = b"PK\x01\x02"
    if isinstance(source, io.BytesIO):
        return source.getvalue().count(mark)
    count, before = 0, b""
    with open(source, "rb") as file:
        while block := file.read(2**20):
            count += (before + block).count(mark)
            before = block[-3:]
    return count


def _path_in_zip(info):
    """The names that lead to an entry of a zip, or None where they lead out of it."""
    name = info.filename.replace("\\", "/")  # which some Windows programs write
    if not info.flag_bits & 0x800:  # not marked as UTF-8, which it may be all the same
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            pass
    path = tuple(part for part in name.split("/") if part not in ("", "."))
    outside = name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in path
    return None if outside or not path else path


def same_letters(text):
    """A name for comparing: accents composed, capitals made small."""
    return unicodedata.normalize("NFC", text).casefold()
