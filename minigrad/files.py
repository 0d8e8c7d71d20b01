"""Writing to a path so that whoever looks there sees the old file or the new one, never a part."""

import contextlib
import errno
import os
import stat
import sys

STANDARD = (1, 2)  # the descriptors of standard output and standard error


@contextlib.contextmanager
def written_whole(path):
    """Give a binary file to write to, and let it take the place of `path` once it is whole and on the disk.

    After an error `path` is as it was; a process killed meanwhile leaves a ".minigrad-..." file beside it.
    A link stays a link, and its target is written. A new file gets the usual permissions, another keeps
    its own. What cannot be replaced is written to as it stands: a pipe, a device, and a file that
    standard output or standard error goes to, after what was printed before.

    Raises OSError for a folder, a missing folder, and what may not be written to.
    """
    found = _checked(path)
    descriptor = None if found is None else _to_write_as_it_stands(path, found)
    if descriptor is not None:
        with open(descriptor, "wb") as file:
            yield file
        return
    path = os.path.realpath(path)
    temporary = _beside(path)
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if found is not None:
            os.chmod(temporary, stat.S_IMODE(found.st_mode))
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def write_whole(path, content):
    """Write text, as UTF-8, or bytes to `path` as `written_whole` does."""
    with written_whole(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def check_writable(path):
    """Raise the OSError with which writing to `path` would begin: known before the work, not after it."""
    found = _checked(path)
    if found is None or stat.S_ISREG(found.st_mode):
        temporary = _beside(os.path.realpath(path))
        with open(temporary, "xb"):
            os.unlink(temporary)


def open_closed_streams():
    """Connect standard streams that were closed (`>&-` in a shell) to the null device.

    Otherwise `sys.stdout` is None, and the next file to be opened would get the output of other programs.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)  # the lowest that is free: the one that was closed
            os.set_inheritable(descriptor, True)
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))


def _checked(path):
    """What `path` leads to, None if there is nothing yet.

    Raises OSError for a folder and for what may not be written to.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return found


def _to_write_as_it_stands(path, found):
    """A descriptor for writing to what cannot be replaced, or None for what can."""
    if not stat.S_ISREG(found.st_mode):
        return os.open(path, os.O_WRONLY)
    for descriptor, stream in zip(STANDARD, (sys.stdout, sys.stderr), strict=True):
        with contextlib.suppress(OSError):  # a closed one
            if os.path.samestat(os.fstat(descriptor), found):
                if stream is not None:
                    stream.flush()
                return os.dup(descriptor)
    return None


def _beside(path):
    return os.path.join(os.path.dirname(path), f".minigrad-{os.urandom(8).hex()}")
