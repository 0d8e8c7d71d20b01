"""Isolation by bubblewrap (`bwrap`), where it is installed and works: the learner's process sees a
read-only system with what Python needs, no masters, no other file, no network and no other process.
"""

import shutil
import site
import subprocess
import sys
from pathlib import Path

from .. import datasets

PACKAGE = Path(__file__).resolve().parent.parent
MASTERS = Path("minigrad", "classroom", "masters")
ROOM = str(16 * 2**20)  # bytes in each folder that can be written to
PROBE = "import sys, numpy; open(sys.argv[1])"
SECONDS = 30  # for the probe


def wrapper():
    """The command line that goes before an isolated one, and "", or an empty one and why.

    There is no /proc and no device: as root, even without capabilities, it would be the way out.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return [], "bubblewrap is not installed"
    command = [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    for folder in ("/dev", "/tmp"):
        command += ["--size", ROOM, "--tmpfs", folder]
    for path in needed():
        command += ["--ro-bind-try", path, path]
    for path in masters():
        command += ["--tmpfs", path, "--remount-ro", path]
    command += [
        "--dir",
        "/dev/shm",
        "--dir",
        "/tmp/work",
        "--chdir",
        "/tmp/work",
        "--remount-ro",
        "/",
    ]
    try:
        probe = [*command, sys.executable, "-c", PROBE, str(PACKAGE / "classroom" / "runner.py")]
        done = subprocess.run(probe, env={}, capture_output=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], f"bubblewrap does not run here ({error})"
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").splitlines() or [
            f"exit code {done.returncode}"
        ]
        return [], f"bubblewrap does not run here ({said[-1]})"
    return command, ""


def needed():
    """What Python, NumPy and minigrad need to run."""
    roots = dict.fromkeys([sys.prefix, sys.base_prefix, "/usr", "/usr/local", "/"])
    parts = ("bin", "lib", "lib64", "pyvenv.cfg")
    paths = [str(Path(root, part)) for root in roots for part in parts]
    if site.ENABLE_USER_SITE:
        paths.append(site.getusersitepackages())
    return [*paths, "/etc/ld.so.cache", "/etc/alternatives", str(PACKAGE), str(datasets.FOLDER)]


def masters():
    """Each folder of masters in what is needed."""
    libraries = [Path(path) for path in needed()]
    found = [PACKAGE.parent / MASTERS]
    for library in libraries:
        found += [library / MASTERS, *library.glob(f"python*/*-packages/{MASTERS}")]
    return [str(path) for path in dict.fromkeys(found) if path.is_dir()]
