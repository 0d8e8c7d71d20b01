"""minigrad stays small: the limits on its size, which keep it readable in an evening."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "minigrad").rglob("*.py"))
ENGINE = ["tensor.py", "autograd/graph.py", "autograd/engine.py"]


def lines_of(path):
    return path.read_text().splitlines()


def lines_of_code(path):
    """The lines that are neither blank nor comment nor docstring."""
    documented = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            documented.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    numbered = enumerate(lines_of(path), 1)
    return [line for n, line in numbered if n not in documented and line.strip() and line.strip()[0] != "#"]


def test_the_engine_has_at_most_500_lines():
    assert sum(len(lines_of(ROOT / "minigrad" / name)) for name in ENGINE) <= 500


def test_the_package_without_the_classroom_has_at_most_5500_lines_of_code():
    assert sum(len(lines_of_code(path)) for path in FILES if "classroom" not in path.parts[:-1]) <= 5500


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_over_400_lines_and_no_function_over_50(path):
    assert len(lines_of(path)) <= 400
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 50, node.name


@pytest.mark.parametrize("path", sorted((ROOT / "lessons").glob("[0-9]*.py")), ids=lambda path: path.name)
def test_no_lesson_over_150_lines(path):
    assert len(lines_of(path)) <= 150


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
