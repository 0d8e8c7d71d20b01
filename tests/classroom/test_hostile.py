"""Files that try to pass without a right answer, by accident or by design: none does, all end, nothing is left."""

import os
import sys
import time
from pathlib import Path

import pytest

from minigrad.classroom.checker import check

from ..quick import first_quick, quick_if
from .hostile import FILES, FORGING, LOOPING

SOME = [*FILES][::6]


@pytest.mark.parametrize("name", [quick_if(name in SOME, name) for name in FILES])
def test_never_passes(product_rule, name):
    begun = time.perf_counter()
    report = check(product_rule, FILES[name], hidden=True, seconds=1.0 if name in LOOPING else 3.0)
    assert not report.passed and report.score == 0
    assert all(outcome.status != "ok" for outcome in report.outcomes)
    assert all(outcome.message and len(outcome.message) < 4000 for outcome in report.outcomes)
    assert time.perf_counter() - begun < 20
    if name in LOOPING:
        assert report.status in ("timeout", "crash")
    assert report.status in ("wrong", "crash", "timeout") or name == "returns_todo_error"


@pytest.mark.parametrize("name", first_quick([n for n in FORGING if n != "wrong_answers"], 4))
def test_nothing_that_a_file_does_reaches_the_next_one(product_rule, name):
    check(product_rule, FORGING[name].encode(), seconds=3.0)
    report = check(product_rule, product_rule.solution.encode())
    assert report.passed  # nothing stays behind in the checker


def test_output_that_says_passed_changes_nothing(product_rule):
    right = product_rule.solution + "\nprint('FAILED')\nimport sys\nprint('Traceback', file=sys.stderr)\n"
    report = check(product_rule, right.encode())
    assert report.passed and report.output == "FAILED\nTraceback\n"


def test_a_changed_file_changes_the_verdict(product_rule):
    right = product_rule.solution
    assert check(product_rule, right.encode()).passed
    assert not check(product_rule, right.replace("g * b, g * a", "g * a, g * b").encode()).passed
    assert check(product_rule, right.encode()).passed


def test_an_endless_loop_in_one_part_costs_that_part_only(product_rule):
    source = product_rule.filled(lambda b: ["while True: pass"] if b.part == "A" else b.lines)
    report = check(product_rule, source.encode(), seconds=1.0)
    assert [o.status for o in report.outcomes] == ["timeout", "ok"]
    assert (report.score, report.status) == (1, "timeout")


def test_a_process_that_ends_itself_costs_that_part_only(product_rule):
    lines = ["import os", "os._exit(0)"]
    source = product_rule.filled(lambda b: lines if b.part == "A" else b.lines)
    assert [o.status for o in check(product_rule, source.encode()).outcomes] == ["crash", "ok"]


def test_a_failed_hidden_check_takes_away_the_points_of_its_part(product_rule):
    lines = ["return g.sum(axis=0) if len(g) > 1 else -g[0]"]
    source = product_rule.filled(lambda b: lines if b.part == "B" else b.lines).encode()
    assert check(product_rule, source).score == 3
    report = check(product_rule, source, hidden=True)
    assert (report.score, report.status) == (2, "wrong")


def test_changing_an_argument_in_place_is_wrong_and_does_not_reach_the_expected_value(product_rule):
    lines = ["a *= 0", "b *= 0", "return g * b, g * a"]
    report = check(product_rule, product_rule.filled(lambda b: lines if b.part == "A" else b.lines).encode())
    assert report.outcomes[0].status == "wrong"
    assert "in place" in report.outcomes[0].message  # the cause, before what is wrong because of it
    lines = ["right = g * b, g * a", "g += 1", "return right"]
    report = check(product_rule, product_rule.filled(lambda b: lines if b.part == "A" else b.lines).encode())
    assert "in place" in report.outcomes[0].message


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's filter of system calls")
@pytest.mark.parametrize(
    "attempt",
    [
        "import subprocess; subprocess.run(['true'])",
        "import multiprocessing; multiprocessing.Process(target=print).start()",
        "import os; os.fork()",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "import os; os.kill(os.getppid(), 0)",
        "import resource, os; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (4, 4))",
    ],
)
def test_other_processes_are_refused(product_rule, attempt):
    report = check(product_rule, f"{product_rule.solution}{attempt}\n".encode())
    assert report.status == "crash" and "PermissionError" in report.outcomes[0].message


def test_files_in_the_working_folder_are_allowed_and_gone_afterwards(product_rule):
    source = product_rule.solution + "import os\nopen('mine.txt', 'w').write('x')\nprint(os.getcwd())\n"
    report = check(product_rule, source.encode())
    assert report.passed
    assert not Path(report.output.strip()).exists()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files as Linux does")
def test_nothing_is_left_open(product_rule):
    def count():
        return len(os.listdir("/proc/self/fd"))

    check(product_rule, product_rule.solution.encode())
    time.sleep(0.2)
    before = count()
    for _ in range(5):
        check(product_rule, FILES["os_exit"])
    time.sleep(0.5)
    assert count() <= before
