"""Processes that tests start: each ends with the block that started it, however the block ends."""

import contextlib
import subprocess

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
