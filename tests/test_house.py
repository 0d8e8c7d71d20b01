"""The rules of the house that every file keeps."""

import ast
import sys
from pathlib import Path

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
