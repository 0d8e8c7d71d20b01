"""What the tests of the site share: one small site."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def build(*arguments, cwd=ROOT, **environment):
    """The ended process of `python -m lessons site ARGUMENTS`."""
    command = [sys.executable, "-m", "lessons", "site", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=600)


@pytest.fixture(scope="session")
def sphinx():
    """Skips where the extra is not installed."""
    for name in ("sphinx", "sphinx_gallery", "sphinx-mathjax-offline", "myst_parser", "pydata_sphinx_theme"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: the extra [site] is")


@pytest.fixture(scope="session")
def site(sphinx, tmp_path_factory):
    """The folder of a site of lesson 02."""
    out = tmp_path_factory.mktemp("site") / "made"
    done = build(out, "--quick", "--only", 2)
    assert (done.returncode, done.stderr) == (0, "")
    return out
