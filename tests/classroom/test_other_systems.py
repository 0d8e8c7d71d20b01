"""A learner's path without what Windows or macOS lack. The tests run on Linux, with that taken away by a
`sitecustomize` in every process, the learner's too; paths, the shell and the process table remain Linux's.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from minigrad.classroom.master import masters

from ..processes import started as process
from ..processes import within
from ..quick import first_quick

ROOT = Path(__file__).parent.parent.parent
MASTERS = masters()
FIRST, *_ = MASTERS.values()
WITHOUT = '''
import os
import platform
import select
import signal
import subprocess
import sys


def without(module, names):
    for name in names.split():
        if hasattr(module, name):
            delattr(module, name)


def begin(self, *args, pass_fds=(), preexec_fn=None, process_group=None, really=subprocess.Popen.__init__, **options):
    assert not pass_fds and preexec_fn is None and process_group is None
    really(self, *args, **options)


subprocess.Popen.__init__ = begin
without(os, "eventfd memfd_create pidfd_open posix_fadvise sched_getaffinity setns splice unshare")
without(signal, "pidfd_send_signal sigtimedwait sigwaitinfo")
without(select, "epoll")
platform.system = lambda: SYSTEM
'''
DARWIN = '''
import resource


def setrlimit(kind, limits, real=resource.setrlimit):
    if kind == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")
    real(kind, limits)


resource.setrlimit = setrlimit
sys.platform = "darwin"
'''
WINDOWS = '''
import random, selectors, shutil, tempfile, threading  # these ask on import which system it is

sys.modules.update(dict.fromkeys("fcntl grp pty pwd readline resource syslog termios tty".split()))
without(os, """chown chroot fchmod fork forkpty getegid geteuid getgid getgroups getloadavg getpgid getpgrp getuid
    killpg mkfifo nice posix_spawn register_at_fork setpgid setsid spawnlp spawnvp sysconf uname wait wait3 wait4
    waitid""")
without(signal, """SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGSTOP SIGUSR1 alarm pthread_kill
    pthread_sigmask setitimer sigwait""")
without(select, "poll")
subprocess.Popen.kill = subprocess.Popen.terminate
sys.platform = "win32"
'''
SYSTEMS = {"Windows": WINDOWS, "Darwin": DARWIN}


@pytest.fixture(params=first_quick(SYSTEMS))
def elsewhere(request, tmp_path):
    """The name of a system, and the environment in which Python finds itself on it."""
    for name in ("site", "temporary", "work"):
        (tmp_path / name).mkdir()
    text = WITHOUT.replace("SYSTEM", repr(request.param)) + SYSTEMS[request.param]
    (tmp_path / "site" / "sitecustomize.py").write_text(text)
    path = os.pathsep.join([str(tmp_path / "site"), str(ROOT)])
    return request.param, {**os.environ, "PYTHONPATH": path, "TMPDIR": str(tmp_path / "temporary")}


@pytest.mark.slow
def test_the_whole_path_of_a_learner(elsewhere, tmp_path):
    system, environment = elsewhere

    def run(*words):
        line = [sys.executable, "-m", "minigrad.classroom", *words]
        options = {"cwd": tmp_path / "work", "env": environment, "capture_output": True}
        done = subprocess.run(line, text=True, timeout=120, **options)
        assert done.stderr == ""
        return done.returncode, done.stdout

    assert run("start")[0] == 0
    path = tmp_path / "work" / "my_exercises" / FIRST.filename
    lost = "import os, platform\nassert platform.system() == {!r} and hasattr(os, 'fork') == {}\n"
    lost = lost.format(system, system == "Darwin")  # in the learner's process, too
    path.write_text(lost + FIRST.starter)
    code, out = run("check", "1")
    assert code == 1 and "part A is still to do" in out and "CRASH" not in out
    assert "hint 1 of 3" in run("hint", "1")[1]
    path.write_text(lost + FIRST.solution + "\nimport threading, tempfile\ntempfile.NamedTemporaryFile().close()\n")
    code, out = run("check", "1")
    assert code == 0 and ": passed." in out
    assert run("solution", "1")[0] == 0
    assert f"1 of {len(MASTERS)} exercises passed" in run()[1]
    path.write_text("print('here')\nwhile True: pass\n")
    code, out = run("check", "1", "--timeout", "2")
    assert code == 1 and "is there an endless loop" in out and "here" in out
    path.write_text("raise SystemExit(3)\n")
    assert "Edit line 1" in run("check", "1")[1]
    assert run("reset", "1")[0] == 0 and path.read_text() == FIRST.starter
    assert run("notebook", "books")[0] == 0
    code, out = run("check", "1", "--dir", "books")
    assert code == 1 and "part A is still to do" in out
    assert list((tmp_path / "temporary").iterdir()) == []


def test_watch_ends_with_ctrl_c(elsewhere, tmp_path):
    environment = {**elsewhere[1], "PYTHONUNBUFFERED": "1"}
    line = [sys.executable, "-m", "minigrad.classroom"]
    with open(tmp_path / "out", "w") as out:
        options = {"cwd": tmp_path / "work", "env": environment, "stdout": out, "stderr": out}
        subprocess.run([*line, "start"], check=True, timeout=60, **options)
        with process([*line, "check", "1", "--watch"], **options) as child:
            assert within(60, lambda: "waiting for a change" in (tmp_path / "out").read_text())
            path = tmp_path / "work" / "my_exercises" / FIRST.filename
            path.write_text(FIRST.solution)
            assert within(60, lambda: ": passed." in (tmp_path / "out").read_text())
            assert within(60, lambda: (tmp_path / "out").read_text().count("waiting for a change") == 2)
            child.send_signal(signal.SIGINT)
            assert child.wait(20) == 0
    assert "Traceback" not in (tmp_path / "out").read_text()
    assert list((tmp_path / "temporary").iterdir()) == []
