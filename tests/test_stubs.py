"""The stubs say what the package is: they are up to date, true, and read by mypy and by editors."""

import ast
import configparser
import inspect
import re
import subprocess
import sys

import jedi
import pytest

import minigrad as mg

from . import stubs

WAIT = 300  # seconds for mypy, which reads NumPy's stubs, too
STUBS = stubs.stubs()


@pytest.mark.parametrize("path", STUBS, ids=lambda path: str(path.relative_to(stubs.ROOT)))
def test_the_stubs_are_what_the_generator_writes(path):
    written = path.read_text() if path.exists() else ""
    assert written == STUBS[path], f"{path} is out of date; write it anew: {stubs.COMMAND}"
    assert all(len(line) <= stubs.WIDTH for line in written.splitlines())


def test_there_are_no_other_stubs_and_all_are_packed():
    by_hand = stubs.ROOT / "minigrad" / "size.pyi"  # overloads of a tuple's own methods
    assert set((stubs.ROOT / "minigrad").rglob("*.pyi")) == {by_hand, *STUBS}
    config = configparser.ConfigParser()
    config.read(stubs.ROOT / "setup.cfg")
    packed = config["options.package_data"]
    assert "py.typed" in packed["minigrad"]
    assert (stubs.ROOT / "minigrad" / "py.typed").exists()
    for path in STUBS:
        package = ".".join(path.parent.relative_to(stubs.ROOT).parts)
        assert "*.pyi" in packed[package], package


# -- What they say is true -------------------------------------------------------------------------


def declared(path, cls=None):
    """{name: its forms} for the functions in a stub, or in one of its classes."""
    body = ast.parse(path.read_text()).body
    if cls is not None:
        body = next(node for node in body if getattr(node, "name", None) == cls).body
    found = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def path_of(module):
    return next(path for path in STUBS if path.with_suffix(".py").samefile(module.__file__))


METHODS = declared(path_of(sys.modules["minigrad.core.tensor"]), "Tensor")
FUNCTIONS = declared(path_of(mg.ops))


def test_every_name_of_tensor_is_there():
    names = {name for name in dir(mg.Tensor) if name[0] != "_"}
    operators = {name for name in vars(mg.Tensor) if name.startswith("__")}
    operators -= {*stubs.UNLISTED, "__getattr__"}
    assert names | operators == set(METHODS)


def test_every_public_name_of_the_package_is_there():
    text = STUBS[path_of(mg)] + STUBS[path_of(mg.ops)]
    for name, value in vars(mg).items():
        if name[0] != "_" and not inspect.ismodule(value):
            assert re.search(rf"^(def |.* as |){name}\b", text, re.MULTILINE), name


def matrix():
    return mg.tensor([[1.0, 2.0], [3.0, 4.0]])


# What a parameter of that name, or of that function, takes in the calls below.
ARGUMENTS = {
    "input": matrix,
    "alpha": lambda: 2.0,
    "axis0": lambda: 0,
    "axis1": lambda: 1,
    "chunks": lambda: 2,
    "condition": lambda: matrix() > 2,
    "data": lambda: [1.0, 2.0],
    "destination": lambda: 1,
    "dim": lambda: 0,
    "dim0": lambda: 0,
    "dim1": lambda: 1,
    "dims": lambda: (1, 0),
    "dtype": lambda: mg.float64,
    "element": lambda: 2.0,
    "end": matrix,
    "exponent": lambda: 2.0,
    "fill_value": lambda: 1.0,
    "index": lambda: mg.tensor([[0, 1], [1, 0]]),
    "k": lambda: 1,
    "length": lambda: 1,
    "mask": lambda: matrix() > 2,
    "memo": dict,
    "other": matrix,
    "repeats": lambda: (2, 1),
    "shape": lambda: (4,),
    "shifts": lambda: 1,
    "size": lambda: (2, 2),
    "sizes": lambda: (1, 2),
    "source": lambda: 0,
    "spec": str,
    "split_size": lambda: 1,
    "split_size_or_sections": lambda: 1,
    "start": lambda: 0,
    "tensors": lambda: [matrix(), matrix()],
    "value": lambda: 1.0,
    "vec": lambda: matrix()[0],
    "vec2": lambda: matrix()[0],
    "weight": lambda: 0.5,
    # of one function
    "arange.end": lambda: 3.0,
    "arange.start": lambda: 0.0,
    "FloatTensor.data": lambda: [[1.0, 2.0]],
    "LongTensor.data": lambda: [[1, 2]],
    "bmm.mat2": lambda: matrix()[None],
    "cdist.x1": matrix,
    "cdist.x2": matrix,
    "dot.tensor": lambda: matrix()[0],
    "einsum.equation": lambda: "ij->ji",
    "einsum.operands": lambda: [matrix()],
    "eye.n": lambda: 2,
    "from_numpy.ndarray": lambda: matrix().numpy(),
    "index_add.index": lambda: mg.tensor([0, 1]),
    "index_add.source": matrix,
    "index_add_.index": lambda: mg.tensor([0, 1]),
    "index_add_.source": matrix,
    "index_fill.index": lambda: mg.tensor([0]),
    "index_fill_.index": lambda: mg.tensor([0]),
    "index_select.index": lambda: mg.tensor([0]),
    "linspace.end": lambda: 1.0,
    "linspace.steps": lambda: 3,
    "meshgrid.tensors": lambda: [matrix()[0], matrix()[1]],
    "register_hook.hook": lambda: lambda grad: None,
    "repeat_interleave.repeats": lambda: 2,
    "new.data": lambda: (2, 3),
    "random_.bounds": lambda: (1, 3),
    "requires_grad.value": lambda: True,
    "select.index": lambda: 0,
    "split.tensor": matrix,
    "tril_indices.col": lambda: 2,
    "tril_indices.row": lambda: 2,
    "triu_indices.col": lambda: 2,
    "triu_indices.row": lambda: 2,
    "view.size": lambda: (4,),
    "__setitem__.index": lambda: 0,
}
for name in "tensor1 tensor2 mat1 mat2 src".split():
    ARGUMENTS[name] = matrix
RECEIVERS = {
    "bincount": lambda: mg.tensor([1, 0, 1]),
    "bmm": lambda: matrix()[None],
    "dot": lambda: matrix()[0],
    "outer": lambda: matrix()[0],
    "backward": lambda: matrix().requires_grad_().sum(),
    "register_hook": lambda: matrix().requires_grad_(),
    "retain_grad": lambda: matrix().requires_grad_().sum(),
    "__index__": lambda: mg.tensor(1),
}
for name in "item bernoulli_ __bool__ __int__ __float__ __format__".split():
    RECEIVERS[name] = lambda: mg.tensor(0.5)
for name in "and or xor".split():
    for form in (f"bitwise_{name}", f"__{name}__", f"__r{name}__", f"__i{name}__"):
        RECEIVERS[form] = lambda: mg.tensor([[1, 2]])
RECEIVERS["bitwise_not"] = RECEIVERS["__invert__"] = lambda: mg.tensor([[1, 2]])
WITHOUT_ARGUMENTS_REFUSED = dict.fromkeys(("clamp", "clamp_", "clip", "clip_"), {"min": 2})
UNCALLED = {"__array_function__", "__array_ufunc__", "__init__", "__reduce_ex__", "cuda"}
TYPES = {
    "Tensor": mg.Tensor,
    "Self": mg.Tensor,
    "tuple[Tensor, ...]": tuple,
    "tuple[int, ...]": tuple,
    "Extreme": tuple,
    "None": type(None),
    "bool": bool,
    "int": int,
    "float": float,
    "str": str,
}


def arguments_of(node):
    """What the parameters without a default, and those of any number, take."""
    placed = [p for p in node.args.posonlyargs + node.args.args if p.arg != "self"]
    placed = placed[: len(placed) - len(node.args.defaults)]
    numbers = [] if node.args.vararg is None else argument(node.name, node.args.vararg)
    defaults = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    keywords = {p.arg: matrix() if p.arg == "other" else True for p, default in defaults if default is None}
    keywords |= WITHOUT_ARGUMENTS_REFUSED.get(node.name, {})
    return [argument(node.name, p) for p in placed] + list(numbers), keywords


def argument(function, parameter):
    name = parameter.arg
    if function in RECEIVERS and name in ("input", "other"):
        return RECEIVERS[function]()
    if (
        function in ("max", "min")
        and name == "dim"
        and ast.unparse(parameter.annotation) == "Tensor"
    ):
        return matrix()
    return ARGUMENTS.get(f"{function}.{name}", ARGUMENTS.get(name))()


def check_returned(node, result, receiver=None):
    type = ast.unparse(node.returns).replace("_", "")
    if type in TYPES:
        assert isinstance(result, TYPES[type]), f"{node.name}: {type}, got {result!r}"
    if type == "Self":
        assert result is receiver, node.name
    if type.startswith("tuple[Tensor") or type == "Extreme":
        assert all(isinstance(part, mg.Tensor) for part in result), node.name


@pytest.mark.parametrize("name", sorted(METHODS.keys() - UNCALLED))
def test_methods_give_what_the_stub_says(name):
    for node in METHODS[name]:
        x = RECEIVERS.get(name, matrix)()
        if not isinstance(vars(mg.Tensor)[name], property):
            placed, keywords = arguments_of(node)
            check_returned(node, getattr(x, name)(*placed, **keywords), x)
        elif len(node.args.args) == 1:  # no setter
            check_returned(node, getattr(x, name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_give_what_the_stub_says(name):
    for node in FUNCTIONS[name]:
        placed, keywords = arguments_of(node)
        check_returned(node, getattr(mg, name)(*placed, **keywords))


# -- Type checkers and editors read them -----------------------------------------------------------

GOOD = """
import numpy as np

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import Tensor, nn
from minigrad.utils.data import DataLoader, TensorDataset


class Model(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(2, width)
        self.last = nn.Sequential(nn.ReLU(), nn.Linear(width, 2))
        self.register_buffer("mean", mg.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.last(F.relu(self.first(x - self.mean)))
        return out


mg.manual_seed(0)
images = mg.randn(8, 2)
labels = mg.randint(2, (8,))
model = Model(width=4)
optimizer = mg.optim.Adam(model.parameters(), lr=1e-2, betas=(0.9, 0.99))
for x, y in DataLoader(TensorDataset(images, labels), batch_size=4, shuffle=True):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    number: float = loss.item()

x = mg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
w = mg.ones(2, 3, dtype=mg.float32) + mg.zeros((2, 3)) + mg.rand(size=(2, 3))
total: Tensor = x.sum() + x.sum(0) + x.sum(dim=1, keepdim=True) + x.sum((0, 1)) + x.mean(-1)
product: Tensor = 2 * (x @ w)[0] + w.numpy()[0, 0] - 1
values, indices = x.max(dim=1)
largest: Tensor = x.max() + x.max(0).values + x.max(x.T) + x.topk(1).indices
reshaped: Tensor = x.reshape(2, 2).view((4, 1)).permute(1, 0).flatten()
shape: tuple[int, ...] = x.shape
rows: int = x.size(0) + len(x.size()) + x.shape[0] + len(x) + x.argmax().item()
moved: Tensor = x.to("cpu").to(mg.float64).to(x).to(device="cpu", dtype=mg.float32).float()
compared: Tensor = (x > 1) & (x == 2) | ~(x != x)
parts: list[Tensor] = [*x, *x.split(1), *mg.chunk(x, 2)]
joined = mg.cat([mg.stack(parts[:2]), mg.exp(x), mg.add(1, x), mg.where(x > 0, x, 0.0)])
y = x.detach().clone()
y[0] = 1
y[..., None, 1:][mg.arange(2)].add_(1).zero_().clamp_(min=0)
array: np.ndarray = np.asarray(x.detach())
with mg.no_grad():
    for parameter in model.parameters():
        if parameter.grad is not None:
            parameter -= 0.1 * parameter.grad
        parameter.requires_grad = False
model.eval().load_state_dict(model.state_dict())
mg.save(model.state_dict(), "model")
slope, = mg.autograd.grad(x.sum(), [x])


@mg.no_grad()
def accuracy(logits: Tensor, target: Tensor) -> float:
    right: float = (logits.argmax(1) == target).float().mean().item()
    return right


@mg.no_grad
def answers(logits: Tensor) -> Tensor:
    return logits.argmax(dim=1)


share: float = accuracy(model(images), labels) + answers(model(images)).sum().item()
"""

BAD = """
import minigrad as mg

x = mg.zeros(2, 3)
x.summ()
x.sum(dimm=1)
x.reshape("2")
mg.zeross(2)
mg.zeros(2, 3).shape.append(1)
mg.nn.Lineal(2, 3)
mg.optim.Adam(mg.nn.Linear(2, 3).parameters(), rate=1)
mg.nn.functional.cross_entropy(x)
text: str = x.sum()
"""


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """{name of a program: what mypy says of it}."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "good.py").write_text(GOOD)
    (folder / "bad.py").write_text(BAD)
    paths = [str(path) for path in STUBS] + ["good.py", "bad.py"]
    options = ["--strict", "--allow-untyped-calls"]
    options += ["--follow-imports=silent", "--no-error-summary", "--cache-dir", str(folder)]
    command = [sys.executable, "-m", "mypy", *options, *paths]
    environment = {"MYPYPATH": str(stubs.ROOT), "PATH": ""}
    ran = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=WAIT,
    )
    assert not ran.stderr, ran.stderr
    said = {"good.py": [], "bad.py": [], "stubs": []}
    for line in ran.stdout.splitlines():
        said.get(line.split(":")[0], said["stubs"]).append(line)
    return said


@pytest.mark.slow
def test_mypy_finds_no_fault_in_the_stubs(mypy):
    assert not mypy["stubs"]


@pytest.mark.slow
def test_mypy_finds_no_fault_in_a_users_program(mypy):
    assert not mypy["good.py"]


@pytest.mark.slow
def test_mypy_finds_the_faults_of_a_users_program(mypy):
    errors = [line for line in mypy["bad.py"] if ": error: " in line]
    first = BAD.splitlines().index("x.summ()") + 1
    assert {int(line.split(":")[1]) for line in errors} == set(
        range(first, len(BAD.splitlines()) + 1)
    )
    assert 'has no attribute "summ"' in errors[0]
    assert "dimm" in errors[1]


def test_the_users_program_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(GOOD, {"__name__": "good"})  # noqa: S102


@pytest.fixture(scope="module")
def project():
    return jedi.Project(stubs.ROOT, load_unsafe_extensions=False)


@pytest.mark.parametrize(
    "expression",
    [
        "mg.zeros(2, 3)",
        "mg.tensor([1.0]).exp()",
        "(mg.ones(2) * 2)",
        "mg.ones(2)[0]",
        "mg.ones(2).add_(1)",
    ],
)
def test_editors_complete_what_tensors_can(project, expression):
    code = f"import minigrad as mg\nx = {expression}\nx."
    names = {completion.name for completion in jedi.Script(code, project=project).complete()}
    assert {"sum", "reshape", "backward", "shape", "grad", "exp", "add_"} <= names


@pytest.mark.parametrize(
    "call, parameters",
    [
        ("mg.zeros(2).sum(", {"dim", "keepdim"}),
        ("mg.sum(", {"input", "dim", "keepdim"}),
        ("mg.nn.functional.cross_entropy(", {"input", "target", "weight"}),
        ("mg.nn.Linear(", {"in_features", "out_features"}),
        ("mg.optim.Adam(", {"params", "lr", "betas"}),
    ],
)
def test_editors_show_the_parameters(project, call, parameters):
    (signature, *_) = jedi.Script(
        f"import minigrad as mg\n{call}", project=project
    ).get_signatures()
    assert parameters <= {parameter.name for parameter in signature.params}


def test_editors_show_the_docstring(project):
    script = jedi.Script("import minigrad as mg\nmg.zeros(2).cumsum", project=project)
    (name,) = script.help(2, 18)
    assert mg.Tensor.cumsum.__doc__.split(".")[0] in name.docstring()
