"""The rules of the house that every file keeps."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from mccabe import PathGraphingAstVisitor

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "minigrad").rglob("*.py"))


def test_only_three_packages_are_imported():
    allowed = {"numpy", "matplotlib", "tqdm"} | sys.stdlib_module_names
    allowed |= {"minigrad", "alone", "syntax", "wire"}  # exercises use it as learners do; files beside the runner
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
    text = path.read_text()
    waits = any(f".{name}(" in text for name in WAITS)
    for node in ast.walk(ast.parse(text)) if waits else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WAITS:
            of = getattr(node.func.value, "id", None)
            if WAITS[node.func.attr] in (None, of):
                assert any(keyword.arg == "timeout" for keyword in node.keywords), f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_processes_of_tests_end_with_their_block(path):
    if path.name != "processes.py":
        assert path == Path(__file__) or "Popen(" not in path.read_text()  # see tests/processes.py


# -- The core ------------------------------------------------------------------------------------------------

CORE = [path for path in FILES if path.parent.name == "core"]


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def test_the_core_can_be_read_in_an_evening():
    assert sum(len(lines_of(path)) for path in CORE) <= 1200
    functions = [
        (path.name, node.name, node.end_lineno - node.lineno + 1)
        for path in CORE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    assert [found for found in functions if found[-1] > 40] == []


def test_the_core_says_of_each_of_its_files_when_to_read_it():
    (contents,) = [path.read_text() for path in CORE if path.name == "__init__.py"]
    named = re.findall(r"^\d\. `(\w+\.py)`", contents, re.MULTILINE)
    assert {*named, "__init__.py", "quiet.py"} == {path.name for path in CORE}


@pytest.mark.parametrize(("folder", "most"), [("minigrad/core", 8), ("minigrad", 10)])
def test_no_function_is_too_complex(folder, most):
    found = []
    for path in (ROOT / folder).rglob("*.py"):
        counter = PathGraphingAstVisitor()  # as flake8 counts
        counter.preorder(ast.parse(path.read_text(encoding="utf-8")), counter)
        found += [(str(path), name) for name, graph in counter.graphs.items() if graph.complexity() > most]
    assert found == []


def test_no_line_is_wider_than_the_formatter_makes_it():
    width = tomllib.loads((ROOT / ".ruff.toml").read_text())["line-length"]
    assert [line for path in FILES for line in lines_of(path) if len(line) > width] == []


# Each imports from those above it alone.
FLOORS = [
    {"absent", "beside", "extension", "files"},
    {"core"},
    {"arguments", "compiling", "device", "display", "dtypes", "paths", "quiet", "size"},
    {"ops"},
    {"autograd", "kernels", "optim", "printing", "random"},
    {"methods", "nn", "utils"},
    {"datasets", "distributions", "lesson", "plot", "serialization"},
    {"classroom"},
]


def rooms_imported(path):
    """The files and packages directly in minigrad/ from which a file imports, by relative imports."""
    folder = path.relative_to(ROOT).parent.parts  # ("minigrad", "ops")
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            module = [*folder[: len(folder) - node.level + 1], *(node.module or "").split(".")]
            module = [name for name in module if name]
            yield from [module[1]] if len(module) > 1 else [alias.name for alias in node.names]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    room = path.relative_to(ROOT / "minigrad").parts[0].removesuffix(".py")
    if room == "__init__":
        return
    (floor,) = [i for i, rooms in enumerate(FLOORS) if room in rooms]
    below = set().union(*FLOORS[:floor], {room, "__version__"})
    assert set(rooms_imported(path)) <= below


RULES_OUTSIDE = {
    "autograd": ["function.py"],
    "functional": ["activation.py", "convolution.py", "regression.py"],
    "ops": """elementwise.py functions.py indexing.py inplace.py norms.py order.py promotion.py reductions.py shape.py
        windows.py""".split(),
}


def test_gradient_rules_are_declared_in_the_core_the_kernels_and_a_few_files_more():
    declares = re.compile(r"@(record\.)?operation\(|\belementwise\(|= (unary|binary)\(|\bdeclare\(")
    found = {}
    for path in FILES:
        if declares.search(path.read_text()) and path.parent.name not in ("core", "kernels"):
            found.setdefault(path.parent.name, []).append(path.name)
    assert found == RULES_OUTSIDE


TRAINING_STEP = """
import sys
import minigrad as mg
from minigrad import nn, optim

model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
optimizer = optim.Adam(model.parameters())
criterion = nn.CrossEntropyLoss()
x = mg.randn(32, 64)
y = mg.randint(0, 10, (32,))
entered = set()

def step():
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

for _ in range(3):  # the first makes what the others use
    step()
sys.settrace(lambda frame, event, argument: entered.add(frame.f_code.co_filename))
step()
sys.settrace(None)
package = mg.__file__.removesuffix("__init__.py")
print(sum(path.startswith(package) for path in entered), any("core" in path for path in entered))
"""


def test_a_training_step_enters_ten_files_at_most():
    command = [sys.executable, "-c", TRAINING_STEP]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.stderr == ""
    files, through_the_core = result.stdout.split()
    assert int(files) <= 10 and through_the_core == "True"


def test_what_users_import_is_the_core():
    from minigrad import core, nn, optim

    for module, names in (
        (core.layers, "Linear ReLU Softmax CrossEntropyLoss"),
        (core.module, "Module Parameter Sequential"),
    ):
        for name in names.split():
            assert getattr(nn, name) is getattr(module, name)
    for name in "Optimizer SGD Momentum Adam".split():
        assert getattr(optim, name) is getattr(core.optim, name)


WIDENED = """
    CrossEntropyLoss.__init__ Module.__init__ Module.__setattr__ Module._register Optimizer.__init__
    Optimizer.add_param_group Softmax.__init__
""".split()


def test_the_methods_of_the_core_that_the_package_replaces_are_known():
    """Only those that a reader is told of: seams, Tensor's operators, and these, which check more."""
    from minigrad import core

    replaced = []
    for module in (core.tensor, core.module, core.layers, core.optim):
        tree = ast.parse(Path(module.__file__).read_text())
        for node in tree.body:
            for part in node.body if isinstance(node, ast.ClassDef) else ():
                found = getattr(getattr(module, node.name), getattr(part, "name", ""), None)
                function = inspect.unwrap(found) if callable(found) else None
                if inspect.isfunction(function) and not ast.unparse(part).startswith("@replaceable"):
                    if function.__code__.co_filename != module.__file__:
                        replaced.append(f"{node.name}.{part.name}")
    first_hook = {"Module.__call__"}  # replaces it
    assert set(replaced) - first_hook == set(WIDENED)
