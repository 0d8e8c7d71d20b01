"""Atomic writes: whoever reads a path sees the old file or the new one, never a part."""

import contextlib
import errno
import os
import stat
import sys

STANDARD = (1, 2)  # the descriptors of standard output and standard error


@contextlib.contextmanager
def written_whole(path):
    """Yield a binary file that replaces `path` once it is complete and on the disk.

    After an error `path` is unchanged; a process killed meanwhile leaves a ".minigrad-..." file
    next to it. A link stays a link, and its target is written. A new file gets the usual
    permissions, an existing one keeps its own. What cannot be replaced is written to directly: a
    pipe, a device, and a file that standard output or standard error goes to, after what was
    printed before.

    Raises OSError for a folder, a missing folder, and a path without permission to write.
    """
    found = _checked_status(path)
    descriptor = None if found is None else _descriptor_to_write_directly(path, found)
    if descriptor is not None:
        with open(descriptor, "wb") as file:
            yield file
        return
    path = os.path.realpath(path)
    temporary = _temporary_name(path)
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
    """Raise the OSError that writing to `path` would raise, before the work instead of after."""
    found = _checked_status(path)
    if found is None or stat.S_ISREG(found.st_mode):
        temporary = _temporary_name(os.path.realpath(path))
        with open(temporary, "xb"):
            os.unlink(temporary)


def open_closed_streams():
    """Connect standard streams that were closed (`>&-` in a shell) to the null device.

    Otherwise `sys.stdout` is None, and the next file to be opened would get the output of other
    programs.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)  # the lowest free one: that of the stream
            os.set_inheritable(descriptor, True)
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))


def _checked_status(path):
    """Return the `os.stat` of `path`, None if there is nothing yet.

    Raises OSError for a folder and for a path without permission to write.
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


def _descriptor_to_write_directly(path, found):
    """Return a descriptor for writing to what cannot be replaced, or None for what can."""
    if not stat.S_ISREG(found.st_mode):
        return os.open(path, os.O_WRONLY)
    for descriptor, stream in zip(STANDARD, (sys.stdout, sys.stderr), strict=True):
        with contextlib.suppress(OSError):  # a closed one
            if os.path.samestat(os.fstat(descriptor), found):
                if stream is not None:
                    stream.flush()
                return os.dup(descriptor)
    return None


def _temporary_name(path):
    """Return a new name in the folder of `path`."""
    return os.path.join(os.path.dirname(path), f".minigrad-{os.urandom(8).hex()}")
