"""The rules of the house that every file keeps."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "minigrad").rglob("*.py"))


def test_only_three_packages_are_imported():
    allowed = {"numpy", "matplotlib", "tqdm"} | sys.stdlib_module_names
    allowed |= {"minigrad", "minigrad_classroom_wire"}  # exercises use it as learners do; a name of the runner's own
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in names:
                assert name.split(".")[0] in allowed, f"{path}: {name}"


WAITS = {"run": "subprocess", "check_output": "subprocess", "communicate": None}
TESTS = sorted((ROOT / "tests").rglob("*.py"))


@pytest.mark.parametrize("path", FILES + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_whatever_waits_for_a_process_has_a_time_limit(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WAITS:
            of = getattr(node.func.value, "id", None)
            if WAITS[node.func.attr] in (None, of):
                assert any(keyword.arg == "timeout" for keyword in node.keywords), f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_processes_of_tests_end_with_their_block(path):
    if path.name != "processes.py":
        assert path == Path(__file__) or "Popen(" not in path.read_text()  # see tests/processes.py
