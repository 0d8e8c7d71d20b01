"""Processes that tests start: each ends with the block that started it, however the block ends."""

import contextlib
import os
import subprocess
import time
from pathlib import Path

WAIT = 60  # seconds for a process that has been told to end


@contextlib.contextmanager
def started(command, **options):
    """The process of `command`, killed and waited for if it is still there when the block ends."""
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.kill()  # nothing, where it has ended
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):  # what was not written goes with the process
                    stream.close()
        process.wait(WAIT)


def descendants(pid=None):
    """The living processes that `pid`, by default this one, and their children have started, and itself."""
    before, parents = None, _parents()
    while parents != before:  # an orphan, while it gets its new parent, may look like nobody's
        before, parents = parents, _parents()
    found = {pid or os.getpid()}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _parents():
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            state, parent = path.read_text().rsplit(")", 1)[1].split()[:2]
            if state != "Z":
                found[int(path.parent.name)] = int(parent)
    return found


def within(seconds, question):
    """Whether the answer becomes true in that time."""
    end = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer
