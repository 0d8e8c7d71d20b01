"""Full runs kept on the disk, so that a second run of the tests need not repeat them."""

import functools
import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from minigrad.files import write_whole

# what a run depends on besides the lesson's own source
SHARED = ("minigrad/**/*.py", "data/*", "tests/lessons/running.py", "tests/lessons/watched.py")
PACKAGES = ("numpy", "matplotlib", "tqdm", "torch")
SETTINGS = ("MINIGRAD_", "NPY_", "OPENBLAS_", "OMP_", "MKL_")  # how the names of environment variables begin
MACHINE = (
    "import platform, numpy, threadpoolctl; "
    "print(platform.platform(), platform.python_version(), numpy.show_config('dicts'), threadpoolctl.threadpool_info())"
)
folder = None  # which conftest.py names
root = Path(__file__).resolve().parents[2]


def put(stem, seed, run):
    """Keep the `run` of the lesson `stem` with this seed, a value that JSON has, in place of an older one."""
    path = _path(stem, seed)
    text = json.dumps(run)
    write_whole(path, f"{_digest(text.encode())}\n{text}")
    for other in set(folder.glob(f"{stem}-{seed}-*")) - {path}:
        other.unlink(missing_ok=True)


def get(stem, seed):
    """What `put` has kept, or None if there is nothing, if it is damaged, or if what it depends on has changed."""
    try:
        digest, _, text = _path(stem, seed).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    return json.loads(text) if digest == _digest(text).encode() else None


def _path(stem, seed):
    source = _digest((root / "lessons" / f"{stem}.py").read_bytes())
    settings = tuple(sorted(item for item in os.environ.items() if item[0].startswith(SETTINGS)))
    return folder / f"{stem}-{seed}-{_digest((source + _sources(root) + _machine(settings)).encode())}"


def _digest(content):
    return hashlib.sha256(content).hexdigest()


@functools.cache
def _sources(root):
    paths = sorted(path for pattern in SHARED for path in root.glob(pattern) if path.is_file())
    return "".join(f"{path.relative_to(root)} {_digest(path.read_bytes())}\n" for path in paths)


@functools.cache
def _machine(settings):
    """What the last digits depend on: versions, settings, and the kernels that NumPy takes for this processor.

    A fresh process tells of these, for here other packages may have brought their own.
    """
    told = subprocess.run([sys.executable, "-c", MACHINE], capture_output=True, text=True, check=True, timeout=60)
    return repr([settings, [_version(name) for name in PACKAGES], told.stdout])


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None
