"""What a hostile file can do to a class: nothing, where bubblewrap isolates it; its own row alone, elsewhere."""

import csv
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad
from minigrad.classroom import alone, grading, isolation, remote
from minigrad.classroom.__main__ import parser
from minigrad.classroom.checker import check

from ..processes import descendants, started, within
from ..quick import first_quick

WRAPPER, WHY = isolation.wrapper()
isolated = pytest.mark.skipif(not WRAPPER, reason=WHY or "isolated")
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux's limits on processes")
PACKAGE = Path(minigrad.__file__).parent

WRONG = "def mul_backward(g, a, b):\n    return g, g\n\ndef bias_row(g):\n    return g\n"

# what finds the processes of the checker, where there are any to be found, but not those of the tests
FIND = f"""
import os, signal, resource, ctypes
def checkers():
    found, pid = [], os.getppid()
    while pid > 1 and pid != {os.getpid()}:
        found.append(pid)
        try:
            pid = int(open('/proc/%d/stat' % pid).read().rsplit(')', 1)[1].split()[1])
        except OSError:
            break
    return found
def attempt(function, *arguments):
    try:
        function(*arguments)
    except (OSError, ValueError):
        pass
"""
# sent by a file that has found the descriptors of the channel
SEND = """
import json, os
def send(message):
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    for fd in range(3, 20):
        try:
            os.write(fd, len(data).to_bytes(4, 'big') + data)
        except OSError:
            pass
def error(**changes):
    plain = {'bases': ['Exception'], 'name': 'E', 'words': 'w', 'own': [], 'text': 't'}
    return {'number': 2, 'error': {**plain, **changes}}
"""

# what must not reach the class, by kind, tried with wrong answers
ON_THE_CLASS = {
    "deep_folders": "import os\nfor i in range(1900):\n    os.mkdir('a')\n    os.chdir('a')",
    "own_of_lists": SEND + "send(error(own=[[['a'], None]]))",
    "own_is_text": SEND + "send(error(own='abc'))",
    "own_is_a_dictionary": SEND + "send(error(own={'a': 1}))",
    "bases_are_a_number": SEND + "send(error(bases=3))",
    "no_error": SEND + "send({'number': 2, 'error': None})",
    "changes_of_nothing": SEND + "send({'number': 2, 'value': None, 'changes': [[99, 'list', []]]})",
    "a_list": SEND + "send([1, 2])",
    "a_callback": SEND + "send({'callback': [], 'args': 3, 'kwargs': None, 'changes': []})",
    "answers_before_it_is_asked": SEND
    + "for i in range(50):\n    send({'number': i, 'value': 'x', 'changes': []})",
    "empty_lists_without_end": SEND + "send(b'[' + b'[],' * 5_000_000 + b'[]]')",
    "nested_without_end": SEND + "send(b'[' * 1_000_000)",
    "a_giant_number": SEND + "send(b'{\"number\": 2, \"changes\": [], \"value\": ' + b'9' * 10_000_000 + b'}')",
    "quotes_without_end": SEND + "send(b'\"' + b'\\\\\\\\\"' * 1_000_000)",
    "callbacks_without_end": SEND
    + "while True:\n    send({'callback': 0, 'args': [], 'kwargs': {}, 'changes': []})",
    "limits_of_the_checker": FIND + "for pid in checkers():\n"
    "    attempt(resource.prlimit, pid, resource.RLIMIT_NOFILE, (4, 4))\n"
    "    attempt(resource.prlimit, pid, resource.RLIMIT_FSIZE, (0, 0))",
    "stops_the_checker": FIND + "for pid in checkers():\n"
    "    attempt(lambda: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGSTOP))\n"
    "    attempt(os.kill, pid, signal.SIGSTOP)",
    "kills_the_checker": FIND + "for pid in checkers():\n"
    "    attempt(lambda: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGKILL))\n"
    "    attempt(os.kill, pid, signal.SIGKILL)",
    "kills_its_group": FIND + "attempt(os.kill, 0, signal.SIGKILL)\nattempt(os.killpg, 0, signal.SIGKILL)",
    "traces_the_checker": FIND + "for pid in checkers():\n    ctypes.CDLL(None).ptrace(16, pid, 0, 0)",
    "forks_and_leaves": "import os, time\ntry:\n    if not os.fork():\n        os.setsid()\n        time.sleep(1000)\n"
    "except OSError:\n    pass",
    "a_bomb_of_forks": "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    "other_programs": "import os\nos.system('sleep 1000 &')",
    "is_not_its_own_process": "import ctypes, os\nctypes.CDLL(None).prctl(1, 0)\ntry:\n    os.setsid()\n"
    "except OSError:\n    pass\nwhile True:\n    pass",
}

# what writes elsewhere, or reads what it must not; {victim} is a classmate's file, {package} minigrad's
ON_FILES = {
    "writes": "open({victim!r}, 'w').write('x')",
    "removes": "import os\nos.remove({victim!r})",
    "writes_by_dir_fd": "import os\nd = os.open(os.path.dirname({victim!r}), os.O_RDONLY)\n"
    "os.write(os.open(os.path.basename({victim!r}), os.O_RDWR, dir_fd=d), b'x')",
    "renames_by_dir_fd": "import os\nd = os.open(os.path.dirname({victim!r}), os.O_RDONLY)\n"
    "os.rename(os.path.basename({victim!r}), 'y', src_dir_fd=d, dst_dir_fd=d)",
    "databases": "import os, sqlite3\n"
    "sqlite3.connect(os.path.dirname({victim!r}) + '/new.db').execute('create table t(x)')",
    "forges_the_checker": "open({package!r} + '/classroom/checker.py', 'a').write('# forged')",
    "starts_with_python": "import numpy, os\n"
    "open(os.path.dirname(os.path.dirname(numpy.__file__)) + '/forged.pth', 'w').write('')",
    "reads_a_classmate": "open({victim!r}).read()",
    "the_network": "import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)",
    "abstract_sockets": "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('\\0minigrad-{port}')",
    "remounts": "import ctypes\nassert not ctypes.CDLL(None).umount2(b'/tmp', 2)\nraise SystemExit(0)",
    "opens_the_kernel": "open('/proc/sys/vm/swappiness', 'r+')",
    "opens_a_disk": "import os\nfor name in os.listdir('/sys/dev/block'):\n    pass\n"
    "os.mknod('/tmp/disk', 0o60600, os.makedev(254, 0))",
}


def submitted(folder, master, sources):
    for name, source in sources.items():
        (folder / name).mkdir(parents=True)
        (folder / name / master.filename).write_text(source)
    return folder


def graded(folder, master, *words):
    table, messages = folder.parent / "grades.csv", folder.parent / "grades.json"
    command = ["grade", str(folder), "--csv", str(table), "--json", str(messages), "--timeout", "2", *words]
    assert grading.run(parser().parse_args(command), {1: master}) == 0
    with open(table, newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    return rows, json.loads(messages.read_text())


GRADE = """
import sys
from pathlib import Path
from minigrad.classroom import grading
from minigrad.classroom.__main__ import parser
from minigrad.classroom.master import Master
sys.exit(grading.run(parser().parse_args(sys.argv[2:]), {1: Master(Path(sys.argv[1]))}))
"""


@linux
@pytest.mark.parametrize("wrapper", [pytest.param("bwrap", marks=isolated), "none"])
@pytest.mark.parametrize("name", first_quick(ON_THE_CLASS, 3))
def test_nobody_else_is_touched(tmp_path, product_rule, orphans_come_here, name, wrapper):
    before = descendants()
    sources = {"attacker": WRONG + ON_THE_CLASS[name], "first": product_rule.solution, "last": product_rule.solution}
    submitted(tmp_path / "class", product_rule, sources)
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent), "TMPDIR": str(tmp_path)}
    if wrapper == "none":
        environment["PATH"] = without_bubblewrap(tmp_path / "class" / ".bin")
    words = ["grade", "class", "--csv", "grades.csv", "--json", "grades.json", "--timeout", "5", "--jobs", "1"]
    line = [sys.executable, "-c", GRADE, str(product_rule.path), *words]
    with started(line, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as grader:
        assert grader.wait(100) == 0
    content = json.loads((tmp_path / "grades.json").read_text())
    rows = {row["student"]: row for row in content["grades"]}
    assert content["isolated"] is (wrapper == "bwrap")
    assert (rows["attacker"]["score"], rows["attacker"]["passed"]) == (0, 0)
    assert rows["attacker"]["status"] in ("wrong", "crash", "timeout")
    assert rows["first"]["status"] == rows["last"]["status"] == "passed"
    assert within(2, lambda: descendants() <= before)
    assert {path.name for path in tmp_path.iterdir()} == {"class", "grades.csv", "grades.json"}


def without_bubblewrap(folder):
    """A search path with what the runner may call, and nothing else."""
    folder.mkdir()
    for name in ("rm", "chmod"):
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


@isolated
@pytest.mark.parametrize("name", ON_FILES)
def test_no_other_file_is_reached(tmp_path, product_rule, name):
    import socket

    victim = submitted(tmp_path, product_rule, {"victim": product_rule.solution}) / "victim" / product_rule.filename
    with socket.socket(socket.AF_UNIX) as abstract, socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        abstract.bind(f"\0minigrad-{port}")
        abstract.listen()
        attempt = ON_FILES[name].format(victim=str(victim), package=str(PACKAGE), port=port)
        checker = (PACKAGE / "classroom" / "checker.py").read_bytes()
        report = check(product_rule, (product_rule.solution + attempt).encode(), wrapper=WRAPPER)
    assert report.status == "crash" and report.score == 0
    assert any(word in report.outcomes[0].message for word in ("Error", "assert"))
    assert victim.read_text() == product_rule.solution
    assert (PACKAGE / "classroom" / "checker.py").read_bytes() == checker
    assert {path.name for path in tmp_path.rglob("*")} == {"victim", product_rule.filename}


@isolated
def test_no_master_is_there_to_be_read(product_rule):
    source = product_rule.solution + (
        "import os, re, sys\n"
        "roots = {os.path.dirname(p) for p in sys.path} | {'/home', '/root', '/opt', '/srv', '/tmp'}\n"
        "for root in sorted(roots - {'/'}):\n"
        "    for folder, _, names in os.walk(root):\n"
        "        found = [n for n in names if re.fullmatch(r'ex\\d\\d_.*\\.pyc?', n)]\n"
        "        if found or (folder.endswith('classroom/masters') and names):\n"
        "            print('found', folder, found)\n"
        "import minigrad.classroom.master as master\n"
        "print(master.FOLDER.is_dir(), list(master.FOLDER.glob('*')))\n"
    )
    report = check(product_rule, source.encode(), seconds=60, wrapper=WRAPPER)
    assert report.passed, report.outcomes
    assert report.output == "True []\n"


@isolated
def test_other_copies_of_the_masters_are_masked(tmp_path, product_rule, monkeypatch):
    library = tmp_path / "lib"
    other = library / f"python3.{sys.version_info.minor}" / "site-packages" / "minigrad" / "classroom" / "masters"
    other.mkdir(parents=True)
    (other / "ex01_codes.py").write_text("the answer")
    monkeypatch.setattr(isolation, "needed", lambda known=isolation.needed: [*known(), str(library)])
    wrapper, why = isolation.wrapper()
    assert not why
    source = f"{product_rule.solution}import os\nprint(os.path.isdir({str(library)!r}), os.listdir({str(other)!r}))\n"
    assert check(product_rule, source.encode(), wrapper=wrapper).output == "True []\n"


@isolated
def test_what_is_isolated_is_bounded(product_rule):
    source = product_rule.solution + (
        "import os\n"
        "def fails(function):\n    try:\n        function()\n    except (OSError, MemoryError):\n        return True\n"
        "def fill(folder):\n"
        "    for i in range(10):\n        open(f'{folder}/{i}', 'wb').write(bytes(10**7))\n"
        "print([fails(f) for f in (lambda: fill('/tmp'), lambda: fill('/dev/shm'), lambda: bytearray(2**30))])\n"
        "print([name for name in os.environ if name in ('HOME', 'SECRET', 'PATH', 'PYTHONPATH')], os.getcwd())\n"
        "print(sorted(os.listdir('.')), os.path.exists('/proc/self'), os.path.exists('/etc/passwd'))\n"
    )
    os.environ["SECRET"] = "x"
    try:
        report = check(product_rule, source.encode(), wrapper=WRAPPER)
    finally:
        del os.environ["SECRET"]
    lines = report.output.splitlines()
    assert lines == ["[True, True, True]", "[] /tmp/work", "[] False False"]


@pytest.mark.parametrize("wrapper", [pytest.param(WRAPPER, marks=isolated, id="bwrap"), pytest.param([], id="none")])
def test_threads_and_temporary_files_work(product_rule, wrapper):
    source = product_rule.solution + (
        "import tempfile, threading\nfrom multiprocessing.pool import ThreadPool\n"
        "with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder:\n"
        "    file.write(b'x')\n    open(folder + '/y', 'w').write('y')\n"
        "thread = threading.Thread(target=print, args=['thread'])\nthread.start()\nthread.join()\n"
        "print(ThreadPool(2).map(abs, [-1, 2]))\n"
        "import os\nprint(end='x', file=open(os.devnull, 'w'))\n"
    )
    report = check(product_rule, source.encode(), wrapper=wrapper)
    assert report.passed and report.output == "thread\n[1, 2]\n"


def test_a_bubblewrap_that_cannot_run_counts_as_none(tmp_path, product_rule, monkeypatch, capsys):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "bwrap").write_text("#!/bin/sh\necho 'bwrap: no permissions to create it' >&2\nexit 1\n")
    (tmp_path / "bin" / "bwrap").chmod(0o755)
    for path, why in ((tmp_path / "bin", "no permissions to create"), (tmp_path, "bubblewrap is not installed")):
        monkeypatch.setenv("PATH", str(path))
        folder = tmp_path / path.name / "class"
        rows, content = graded(submitted(folder, product_rule, {"s": product_rule.solution}), product_rule)
        assert rows["s"]["status"] == "passed" and content["isolated"] is False
        error = capsys.readouterr().err.splitlines()
        assert len(error) == 1 and why in error[0] and "not isolated" in error[0]


@isolated
def test_a_package_in_the_temporary_folder_is_seen(tmp_path, product_rule, monkeypatch):
    folder = Path("/tmp") / f"classroom-test-{os.getpid()}"
    shutil.copytree(PACKAGE, folder / "minigrad")
    try:
        monkeypatch.setattr(isolation, "PACKAGE", folder / "minigrad")
        monkeypatch.setattr(remote, "RUNNER", folder / "minigrad" / "classroom" / "runner.py")
        wrapper, why = isolation.wrapper()
        assert not why
        source = product_rule.solution + "import os\nprint(os.listdir('.'))\n"
        report = check(product_rule, source.encode(), wrapper=wrapper)
        assert report.passed and report.output == "[]\n"
    finally:
        shutil.rmtree(folder)


BY_OTHER_ROADS = """
import ctypes, fcntl, os
library = ctypes.CDLL(None, use_errno=True)
reading, writing = os.pipe()
roads = {
    "owner of a pipe": lambda: fcntl.fcntl(reading, 8, os.getppid()),
    "signal of a pipe": lambda: fcntl.fcntl(reading, 10, 9),
    "owner of a pipe, by ioctl": lambda: fcntl.ioctl(reading, 0x8901, b"1234"),
    "a session": os.setsid,
    "a group": lambda: os.setpgid(0, 0),
    "a priority": lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
}
for name, road in roads.items():
    try:
        road()
        print("open:", name)
    except PermissionError:
        pass
if library.prctl(1, 0) == 0:
    print("open: to outlive the parent")
fcntl.fcntl(reading, fcntl.F_SETFL, fcntl.fcntl(reading, fcntl.F_GETFL) | os.O_NONBLOCK)
print(os.getpriority(os.PRIO_PROCESS, 0) >= 0)
"""


@pytest.mark.skipif(platform.machine() not in alone.CLONE, reason="the filter knows no other processors")
@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
def test_no_other_process_is_signalled_or_slowed_by_other_roads(product_rule):
    report = check(product_rule, (product_rule.solution + BY_OTHER_ROADS).encode())
    assert report.passed and report.output == "True\n"
