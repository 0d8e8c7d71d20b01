"""What a newcomer meets first: a checkout that is not installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


# -- Before the installation -------------------------------------------------------------------------------------------


def bare(*words, cwd=ROOT):
    """What Python says without the packages that are installed for it."""
    command = [sys.executable, "-S", "-E", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "words",
    ["-m lessons", "-m lessons 7", "-m lessons all --quick", "lessons", "-m minigrad.classroom check 1"],
)
def test_one_line_says_what_to_install(words):
    done = bare(*words.split())
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert f"{sys.executable} has no numpy, matplotlib, tqdm. In {ROOT}, type " in done.stderr
    assert "-m pip install .`" in done.stderr


def test_a_program_of_others_is_told_by_python_itself():
    done = bare("-c", "import minigrad")
    assert done.returncode == 1 and done.stderr.endswith("ModuleNotFoundError: No module named 'numpy'\n")


def test_lessons_take_minigrad_from_their_checkout_where_it_is_not_installed(tmp_path):
    (tmp_path / "lessons").mkdir()
    shutil.copy(ROOT / "lessons" / "__main__.py", tmp_path / "lessons")
    (tmp_path / "minigrad").mkdir()
    (tmp_path / "minigrad" / "__init__.py").write_text("print('of the checkout')\n")
    (tmp_path / "elsewhere").mkdir()
    done = bare("../lessons", cwd=tmp_path / "elsewhere")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("of the checkout\n")
