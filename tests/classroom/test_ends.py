"""Whatever ends a command leaves no process, no folder and no held pipe within two seconds."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minigrad.classroom import isolation
from minigrad.classroom.__main__ import main
from minigrad.classroom.master import masters

from ..processes import descendants, started, within
from ..quick import quick_if

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes as Linux shows them")
ROOT = Path(__file__).parent.parent.parent
FIRST = masters()[1]
LOOPS = {
    "in_python": "open('left', 'w').write('x')\nwhile True: pass",
    "in_c": "import itertools\nsum(itertools.count())",
    "in_a_thread": "import threading, itertools\nthreading.Thread(target=sum, args=[itertools.count()]).start()",
    "deaf": "import signal\nfor s in range(1, 32):\n    try:\n        signal.signal(s, signal.SIG_IGN)\n"
    "    except (OSError, ValueError):\n        pass\nwhile True: pass",
}
COMMANDS = {
    "check": "check 1",
    "watch": "check 1 --watch",
    "grade": "grade class --csv a.csv --json a.json --jobs 2",
    "isolated_grade": "grade class --csv a.csv --json a.json --jobs 2",
}
isolated = pytest.mark.skipif(not isolation.wrapper()[0], reason=isolation.wrapper()[1] or "isolated")
every_command = pytest.mark.parametrize(
    "command", [pytest.param(name, marks=isolated if "isolated" in name else ()) for name in COMMANDS]
)
ENDS = [("SIGTERM", "in_python"), ("SIGKILL", "deaf"), ("SIGHUP", "in_python"), ("SIGINT", "in_python")]
ENDS += [("SIGKILL", loop) for loop in LOOPS if loop != "deaf"]


@pytest.fixture
def here(tmp_path, monkeypatch, capsys):
    """A folder with an exercise and a class, where temporary folders appear, too."""
    monkeypatch.chdir(tmp_path)
    assert main(["start"]) == 0
    for student in ("one", "two", "three"):
        (tmp_path / "class" / student).mkdir(parents=True)
    (tmp_path / "temporary").mkdir()
    return tmp_path


def busy(pid):
    """Whether a process that `pid` started has worked for half a second."""
    for other in descendants(pid) - {pid}:
        with contextlib.suppress(OSError):
            work = int(Path(f"/proc/{other}/stat").read_text().rsplit(")", 1)[1].split()[11])
            if 2 * work > os.sysconf("SC_CLK_TCK"):
                return True
    return False


@contextlib.contextmanager
def running(here, command, loop, **options):
    """The command's process, once the learner's file loops."""
    for path in (here / "my_exercises", *(here / "class").iterdir()):
        (path / FIRST.filename).write_text(LOOPS[loop])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(here / "temporary")}
    if command == "grade":
        (here / "bin").mkdir()
        for name in ("rm", "chmod"):
            (here / "bin" / name).symlink_to(f"/bin/{name}")
        environment["PATH"] = str(here / "bin")  # where there is no bubblewrap
    line = [sys.executable, "-m", "minigrad.classroom", *COMMANDS[command].split(), "--timeout", "300"]
    with started(line, cwd=here, env=environment, stderr=subprocess.STDOUT, **options) as child:
        assert within(60, lambda: busy(child.pid))
        yield child


def held(stream):
    """Whether someone could still write to the pipe."""
    hung_up = select.poll()
    hung_up.register(stream, 0)
    return not hung_up.poll(0)


@every_command
@pytest.mark.parametrize(("end", "loop"), [quick_if(ends in ENDS[:1], *ends) for ends in ENDS])
def test_a_signal_ends_all(here, orphans_come_here, command, loop, end):
    before = descendants()
    with running(here, command, loop, stdout=subprocess.PIPE) as child:
        child.send_signal(getattr(signal, end))
        assert within(2, lambda: not held(child.stdout))
        assert (f"ended by {end}".encode() in child.stdout.read()) == (end in ("SIGTERM", "SIGHUP"))
        assert within(2, lambda: descendants() <= before)
        assert within(2, lambda: not list((here / "temporary").iterdir()))
        code = child.wait(20)
    number = getattr(signal, end)
    expected = {-9} if end == "SIGKILL" else {128 + number}
    assert code in expected | ({1} if command == "watch" and end == "SIGINT" else set())
    assert not (here / "a.csv").exists() and not (here / "a.json").exists()


@pytest.mark.slow
@every_command
def test_a_closed_terminal_ends_all(here, orphans_come_here, command):
    before = descendants()
    outer, inner = pty.openpty()
    terminal = {"stdin": inner, "stdout": inner, "start_new_session": True}
    with running(here, command, "in_c", preexec_fn=_take_the_terminal, **terminal) as child:
        os.close(inner)
        os.close(outer)
        assert within(2, lambda: descendants() <= before)
        assert within(2, lambda: not list((here / "temporary").iterdir()))
        assert child.wait(20) == 128 + signal.SIGHUP


def _take_the_terminal():
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.mark.slow
@every_command
def test_an_ignored_ctrl_c_stays_ignored(here, orphans_come_here, command):
    before = descendants()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for a background job
    with running(here, command, "in_python", stdout=subprocess.PIPE) as child:
        child.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert child.poll() is None and busy(child.pid)
        child.send_signal(signal.SIGTERM)
        assert within(20, lambda: descendants() <= before)
        assert within(20, lambda: not list((here / "temporary").iterdir()))
        assert child.wait(20) == 128 + signal.SIGTERM
