"""Write the stubs of minigrad, from which editors and type checkers read what a user can call.

`minigrad.methods` gives Tensor its methods while the package is imported, and `minigrad.ops` makes
functions by the table; who only reads the source finds neither. So each stub is written from the
running package: names, signatures and the first sentence of the docstrings are its own, the types
stand in the tables below. After a change to any of these:

    python -m tests.stubs
"""

import ast
import importlib.util
import inspect
import re
import textwrap
from pathlib import Path

import numpy as np

import minigrad as mg

ROOT = Path(__file__).parent.parent
WIDTH = 100
COMMAND = "python -m tests.stubs"

# Described whole: modules with classes that others widen, or that no checker would understand.
WHOLE = (
    "minigrad.core.tensor",
    "minigrad.core.module",
    "minigrad.core.optim",
    "minigrad.autograd.grad_mode",
)
# Described by the names that they offer.
PACKAGES = (
    "minigrad",
    "minigrad.autograd",
    "minigrad.nn",
    "minigrad.nn.functional",
    "minigrad.ops",
    "minigrad.optim",
)
INTERNAL = {"absent", "kernels", "methods", "numpy_dispatch"}  # modules that no user needs


# -- Types -----------------------------------------------------------------------------------------

ALIASES = {
    "_Size": "tuple[int, ...] | list[int]",
    "_Dims": "int | _Size",
    "_DType": "np.dtype[Any] | type",
    "_Device": "_device | str",
    "_Operand": "Tensor | float | np.ndarray[Any, Any] | np.number[Any] | np.bool",
}
BUILTINS = ("bool", "float", "int")  # methods and dtypes have these names, too


def table(rows):
    """{name: type} of rows {type: names}."""
    return {name: type for type, names in rows.items() for name in names.split()}


# By the name of the parameter: it means one thing in all functions, or stands here behind a name.
PARAMETERS = table(
    {
        "Tensor": """input tensor tensor1 tensor2 mat1 mat2 vec vec2 index mask target x1 x2 query
            key scatter_add.src scatter_add_.src copy_.src condition overwrite.tensor var weight
            lerp.end lerp_.end isclose.other allclose.other equal.other matmul.other view_as.other
            expand_as.other type_as.other dist.other __matmul__.other scaled_dot_product_attention.value
            leaf.tensor set_rng_state.new_state index_add.source index_add_.source""",
        "Tensor | None": """gradient bias weights running_mean running_var attn_mask pos_weight
            register_buffer.tensor cross_entropy.weight nll_loss.weight batch_norm.weight
            mse_loss.weight l1_loss.weight huber_loss.weight
            layer_norm.weight binary_cross_entropy.weight binary_cross_entropy_with_logits.weight
            Parameter.data""",
        "Parameter | None": "param",
        "Tensor | float": """start end step pad.value value scatter.src scatter_.src lerp.weight
            lerp_.weight fill_value min max mean std bernoulli_.p""",
        "_Operand": "other exponent where.input",
        "int": """axis0 axis1 chunks col cumsum.dim decimals diagonal dim dim0 dim1 dim2 end_dim
            groups ignore_index insert.index k length narrow.start m minlength n num_classes
            num_samples offset padding_idx randint.high randint.low row start_dim steps seed
            argmax.dim argmin.dim select.index""",
        "_Dims": """dilation destination dims kernel_size normalized_shape output_padding
            output_size shifts source split_size split_size_or_sections stride sum.dim mean.dim
            all.dim any.dim amax.dim amin.dim logsumexp.dim norm.dim count_nonzero.dim
            squeeze.dim squeeze_.dim""",
        "_Size": "permute.dims flip.dims tile.dims shape repeats size sizes pad",
        "_Dims | bool": "var.dim std.dim",
        "_Dims | str": "padding",
        "Tensor | int": "repeat_interleave.repeats",
        "float": """alpha atol beta delta dropout_p eps high label_smoothing lambd low lr momentum
            negative_slope cdist.p dropout.p p rtol scale threshold dampening weight_decay lr_decay
            normal_.mean normal_.std bernoulli.p correction divisor_override max_norm norm_type""",
        "float | str": "norm.p normalize.p",
        "bool": """retain_graph unbiased weights_only requires_grad set_grad_enabled.mode foreach
            fused""",
        "str": "rounding_mode equation name",
        "Generator": "generator",
        "_DType": "dtype type.dtype type1 type2",
        "_Device": "device",
        "list[Tensor] | tuple[Tensor, ...]": "tensors",
        "*Tensor": "operands meshgrid.tensors",
        "Module": "module",
        "Module | None": "register_module.module add_module.module",
        "int | slice": "Sequential.key",
        "Iterable[Module]": "sequential modules Sequential.other",
        "Callable[[Tensor], Tensor | None]": "register_hook.hook",
        "Callable[..., Any]": "hook closure",
        "Callable[[Module], Any]": "fn",
        "Iterable[Tensor] | Iterable[dict[str, Any]]": "params",
        "tuple[float, float]": "betas",
        "dict[str, Any]": "param_group defaults state_dict state_dict.destination",
        "npt.NDArray[Any]": "ndarray",
        "Node | None": "wrap.node",
        "*int": "bounds",
        "Any": "__setattr__.value __setitem__.value __getitem__.index __setitem__.index",
        "object": "__eq__.other __ne__.other _exception",
    }
)

# What is given back; where nothing stands here, an operation gives a Tensor.
RETURNS = table(
    {
        "None": """backward retain_grad __init__ __setitem__ __delitem__ zero_grad add_param_group
            Optimizer.load_state_dict register_parameter register_buffer register_module add_module
            __setattr__ __delattr__ set_extra_state __init_subclass__ __enter__ __exit__
            set_default_tensor_type""",
        "bool": """__bool__ __contains__ allclose equal is_contiguous is_floating_point is_leaf
            is_tensor requires_grad is_cuda is_grad_enabled is_inference_mode_enabled""",
        "int": """__hash__ __index__ __int__ __len__ dim ndim ndimension nelement numel seed
            initial_seed""",
        "float": "__float__",
        "str": "__repr__ __format__ extra_repr",
        "Any": "item tolist __array_function__ __array_ufunc__",
        "_size": "shape",
        "np.dtype[Any]": "dtype",
        "_device": "device",
        "npt.NDArray[Any]": "__array__ numpy",
        "NoReturn": "__reduce_ex__ cuda register_backward_hook",
        "Iterator[Tensor]": "__iter__ buffers",
        "tuple[Tensor, ...]": "split chunk unbind meshgrid",
        "Extreme": "sort topk",
        "Tensor | None": "grad",
        "Node | None": "grad_fn",
        "tuple[tuple[Node | None, int], ...]": "next_functions",
        "Node": "leaf",
        "HookHandle": """register_hook register_forward_hook register_forward_pre_hook
            register_full_backward_hook""",
        "Generator": "manual_seed set_rng_state",
        "Tensor": "wrap overwrite empty",
        "Self": """Module.train Module.eval Module.to Module.float Module.double Module.cpu
            Module.apply Module.requires_grad_ Sequential.append Sequential.extend
            Sequential.insert Sequential.__iadd__""",
        "Iterator[Parameter]": "parameters",
        "Iterator[tuple[str, Parameter]]": "named_parameters",
        "Iterator[tuple[str, Tensor]]": "named_buffers",
        "Iterator[Module]": "modules children Sequential.__iter__",
        "Iterator[tuple[str, Module]]": "named_modules named_children",
        "dict[str, Any]": "state_dict",
        "list[str]": "__dir__",
    }
)

# Functions of several forms; `self` stands for `input` in the function of that name.
EXTREME = [
    "(self, dim: None = None) -> Tensor",
    "(self, dim: Tensor) -> Tensor",
    "(self, *, other: Tensor) -> Tensor",
    "(self, dim: int, keepdim: bool = False) -> Extreme",
]
OPTIONS = "dtype: _DType | None = None, device: _Device | None = None, requires_grad: bool = False"
LIKE_SELF = [
    f"(self, *size: int, {OPTIONS}) -> Tensor",
    f"(self, size: _Size, *, {OPTIONS}) -> Tensor",
]
FLAGS = "non_blocking: bool = False, copy: bool = False"
MADE = f"generator: Generator | None = None, {OPTIONS}"
FORMS = {
    "max": EXTREME,
    "min": EXTREME,
    "median": [EXTREME[0], EXTREME[3]],
    "size": ["(self, dim: None = None) -> _size", "(self, dim: int) -> int"],
    "stride": ["(self, dim: None = None) -> tuple[int, ...]", "(self, dim: int) -> int"],
    "nonzero": [
        "(self, *, as_tuple: Literal[False] = False) -> Tensor",
        "(self, *, as_tuple: Literal[True]) -> tuple[Tensor, ...]",
    ],
    "unique": [
        "(self, sorted: bool = True) -> Tensor",
        (
            "(self, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,"
            " dim: int | None = None) -> Any"
        ),
    ],
    "to": [
        f"(self, dtype: _DType, {FLAGS}, *, device: _Device | None = None) -> Tensor",
        f"(self, device: _Device | None = None, dtype: _DType | None = None, {FLAGS}) -> Tensor",
        f"(self, other: Tensor, /, {FLAGS}) -> Tensor",
    ],
    "type": ["(self, dtype: None = None) -> str", "(self, dtype: _DType) -> Tensor"],
    "where": [
        "(condition: Tensor) -> tuple[Tensor, ...]",
        "(condition: Tensor, input: _Operand, other: _Operand) -> Tensor",
    ],
    "Tensor.where": ["(self, condition: Tensor, other: _Operand) -> Tensor"],
    "new_zeros": LIKE_SELF,
    "new_ones": LIKE_SELF,
    "new_empty": LIKE_SELF,
    "new_full": [f"(self, size: _Size, fill_value: Tensor | float, *, {OPTIONS}) -> Tensor"],
    "new_tensor": [f"(self, data: Any, *, {OPTIONS}) -> Tensor"],
    "arange": [
        f"(end: Tensor | float, *, {OPTIONS}) -> Tensor",
        (
            "(start: Tensor | float, end: Tensor | float, step: Tensor | float = 1, "
            f"*, {OPTIONS}) -> Tensor"
        ),
    ],
    "randint": [
        f"(high: int, size: _Size, *, {MADE}) -> Tensor",
        f"(low: int, high: int, size: _Size, *, {MADE}) -> Tensor",
    ],
    "Module.forward": ["(self, *input: Any, **kwargs: Any) -> Any"],  # which any other overrides
    "no_grad.__new__": ["(cls, orig_func: None = None) -> Self", "(cls, orig_func: _F) -> _F"],
    "inference_mode.__new__": ["(cls, mode: bool = True) -> Self", "(cls, mode: _F) -> _F"],
    "_ModeSwitch.__call__": ["(self, function: _F) -> _F"],
    "set_grad_enabled.__call__": ["(self, function: _F) -> _F"],
    "Sequential.__getitem__": [
        "(self, position: int) -> Module",
        "(self, position: slice) -> Self",
    ],
}
SPREAD = ("view", "reshape", "permute", "flip", "repeat", "expand")  # methods: f(2, 3), f((2, 3))
TWO_SIDED = """
    add sub mul div true_divide floor_divide pow remainder maximum minimum eq ne lt le gt ge logical_and logical_or
    logical_xor bitwise_and bitwise_or bitwise_xor
""".split()  # functions that take a number on the left, too

ATTRIBUTES = {
    "Tensor": {
        "_array": "np.ndarray[Any, Any]",
        "_grad": "Tensor | None",
        "_node": "Node | None",
    },
    "Node": {"inputs": "Any", "parents": "tuple[Node | None, ...]", "time": "float"},
    "Module": {"training": "bool"},
    "Optimizer": {
        "defaults": "dict[str, Any]",
        "param_groups": "list[dict[str, Any]]",
        "state": "dict[Any, dict[str, Any]]",
    },
}
# What mypy finds in the stubs themselves: `==` of all other classes is a bool, an array compares
# itself with anything, and `@no_grad` above a function makes no `no_grad`.
IGNORED = {
    **dict.fromkeys(("__eq__", "__ne__"), "  # type: ignore[override]"),
    **dict.fromkeys(("__ge__", "__gt__", "__le__", "__lt__"), "  # type: ignore[misc]"),
    "__new__": "  # type: ignore[misc]",
}
# What every class has, or what only Python's own machinery reads; Tensor's `__getattr__` refuses all
# names, and a checker that saw it would find no fault with any.
UNLISTED = {
    "__dict__", "__doc__", "__firstlineno__", "__module__", "__qualname__", "__repr__", "__slots__",
    "__static_attributes__", "__weakref__", "Tensor.__getattr__",
}  # fmt: skip


# -- Signatures ------------------------------------------------------------------------------------


def annotation(function, parameter, owner=""):
    """The type of a parameter, `Any` where the tables know none."""
    names = (f"{owner}.{parameter.name}", f"{function}.{parameter.name}", parameter.name)
    if owner == "core":  # most arguments there are arrays
        names = names[1:2]
    found = next((PARAMETERS[name] for name in names if name in PARAMETERS), None)
    if found is None:
        kind = type(parameter.default)
        found = kind.__name__ if kind in (bool, str) else "Any"
    if parameter.default is None and found != "Any" and not found.endswith("None"):
        found += " | None"
    return found.lstrip("*")


def default(value):
    plain = value is None or isinstance(value, (bool, int, float, str, tuple))
    return f" = {text_of(value)}" if plain else " = ..."


def text_of(value):
    return f'"{value}"' if isinstance(value, str) else repr(value)


def parameters_of(name, function, owner="", is_method=False):
    """The parameters as they stand between the brackets of a `def`."""
    parameters = list(inspect.signature(function).parameters.values())
    shown, starred = [], False
    for place, p in enumerate(parameters):
        if is_method and not place:
            shown.append("self")
            continue
        if p.kind is p.KEYWORD_ONLY and not starred:
            shown.append("*")
        starred = starred or p.kind in (p.VAR_POSITIONAL, p.KEYWORD_ONLY)
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        type = annotation(name, p, owner)
        if name in TWO_SIDED and not is_method and not place:
            type = "_Operand"
        if stars and type.startswith("_Size"):
            type = "int"
        shown.append(
            f"{stars}{p.name}: {type}" + ("" if p.default is p.empty else default(p.default))
        )
    return shown


def returned(name, otherwise, owner=""):
    return RETURNS.get(f"{owner}.{name}", RETURNS.get(name, otherwise))


def forms_of(name, function, otherwise, owner="", is_method=False):
    """The signatures of a function: pairs of its parameters, a list, and what it gives back."""
    forms = FORMS.get(f"{owner}.{name}", FORMS.get(name) if owner in ("", "Tensor") else None)
    if forms:
        for form in forms:
            parameters, result = form.rsplit(" -> ", 1)
            if not is_method:
                parameters = parameters.replace("(self", "(input: Tensor")
            yield (
                re.split(r", (?![^\[]*\])", parameters[1:-1]),
                result,
            )  # commas outside of brackets
        return
    parameters = parameters_of(name, function, owner, is_method)
    result = returned(name, otherwise, owner)
    star = next((i for i, p in enumerate(parameters) if p.startswith("*size")), None)
    if is_method and owner == "Tensor" and name in SPREAD:
        sizes = parameters[-1].split(":")[0]
        yield ["self", f"*{sizes}: int"], result
        yield parameters, result
    elif star is not None:
        yield parameters, result
        yield [*parameters[:star], "size: _Size", "*", *parameters[star + 1 :]], result
    else:
        yield parameters, result


# -- Text ------------------------------------------------------------------------------------------


def documented(value, indent):
    """The first sentence of the docstring, as lines; none where there is none."""
    text = None
    while text is None and value is not None:
        text = inspect.getdoc(value) if getattr(value, "__doc__", None) else None
        value = getattr(value, "__wrapped__", None)
    if not text:
        return []
    paragraph = " ".join(text.split("\n\n")[0].split())
    sentence = re.split(r"(?<=[^.][.?!]) (?=[A-Z`])", paragraph)[0]
    if sentence[-1] not in ".?!":
        sentence = sentence.rstrip(":;,") + "."
    pad = " " * indent
    lines = textwrap.wrap(sentence, WIDTH - indent - 6, break_on_hyphens=False)
    if len(lines) == 1:
        return [f'{pad}"""{sentence}"""']
    lines[0] = f'"""{lines[0]}'
    return [pad + line for line in (*lines, '"""')]


def definition(name, parameters, result, indent, hidden=(), doc=(), note=""):
    """One `def` as lines, laid out as ruff does; `hidden` are builtins of another meaning there."""
    if hidden:
        parameters = [re.sub(": .*", lambda type: unhidden(type[0], hidden), p) for p in parameters]
        result = unhidden(result, hidden)
    pad, end = " " * indent, f") -> {result}:" + ("" if doc else " ...")
    inside = ", ".join(parameters)
    whole = f"{pad}def {name}({inside}{end}{note}"
    if len(whole) <= WIDTH:
        return [whole, *doc]
    if len(pad) + 4 + len(inside) <= WIDTH:
        return [f"{pad}def {name}({note}", f"{pad}    {inside}", f"{pad}{end}", *doc]
    each = [f"{pad}    {p}{'' if p.startswith('**') else ','}" for p in parameters]
    return [f"{pad}def {name}({note}", *each, f"{pad}{end}", *doc]


def unhidden(type, hidden):
    """A type with the builtins of these names as `_float` and the like."""
    return re.sub(rf"\b({'|'.join(hidden)})\b", r"_\1", type) if hidden else type


def function_lines(name, function, otherwise, owner="", indent=0, is_method=False, hidden=()):
    """A function in all its forms, with its docstring at the first."""
    forms = list(forms_of(name, function, otherwise, owner, is_method))
    doc = [] if name.startswith("__") else documented(function, indent + 4)
    lines = []
    for i, (parameters, result) in enumerate(forms):
        note = IGNORED.get(name, "") if i == len(forms) - 1 else ""
        if len(forms) > 1:
            lines.append(" " * indent + "@overload")
        text = doc if not i else []
        lines += definition(name, parameters, result, indent, hidden, text, note)
    return lines


def property_lines(name, value, owner, hidden):
    type = returned(name, "Tensor", owner)
    doc = documented(value, 8)
    lines = ["    @property", *definition(name, ["self"], type, 4, hidden, doc)]
    if value.fset:
        lines.append(f"    @{name}.setter")
        lines += definition(name, ["self", f"value: {type}"], "None", 4, hidden)
    return lines


def class_lines(cls):
    """A class with all that the running one has of its own."""
    name = cls.__name__
    bases = [base.__name__ for base in cls.__bases__ if base is not object]
    lines = [f"class {name}({', '.join(bases)}):" if bases else f"class {name}:"]
    lines += documented(cls, 4)
    members = {
        member: value
        for member, value in vars(cls).items()
        if f"{name}.{member}" not in UNLISTED
        and member not in UNLISTED
        and (member.startswith("__") or not member.startswith("_"))
    }
    hidden = [builtin for builtin in BUILTINS if builtin in members]
    attributes = dict(ATTRIBUTES.get(name, {}))
    for member in list(members):
        if inspect.ismemberdescriptor(members[member]):  # of __slots__
            attributes.setdefault(member, "Any")
            del members[member]
        elif not callable(members[member]) and not isinstance(
            members[member], (property, classmethod)
        ):
            attributes[member] = type(members.pop(member)).__name__
    lines += [""] if attributes and len(lines) > 1 else []
    for member in sorted(attributes):
        lines.append(f"    {member}: {unhidden(attributes[member], hidden)}")
    topics = {"Properties": [], "Methods": [], "What Python calls": []}
    for member, value in sorted(members.items()):
        is_operator = member.startswith("__")
        topic = "Properties" if isinstance(value, property) else "Methods"
        topics["What Python calls" if is_operator else topic].append(member)
    for topic, names in topics.items():
        if names and len(names) < len(members):
            lines += ["", f"    # {topic}", ""]
        for member in names:
            lines += member_lines(name, member, members[member], hidden)
    return lines if len(lines) > 1 else [f"{lines[0]} ..."]


def member_lines(owner, member, value, hidden):
    if isinstance(value, property):
        return property_lines(member, value, owner, hidden)
    if isinstance(value, classmethod):
        parameters = ["cls", *parameters_of(member, value.__func__, owner)[1:]]
        return ["    @classmethod", *definition(member, parameters, "None", 4, hidden)]
    in_place = member[-2:] != "__" and member.endswith("_")
    in_place = in_place or member.startswith("__i") and hasattr(mg.Tensor, f"__{member[3:]}")
    otherwise = "Any" if owner != "Tensor" else "Self" if in_place else "Tensor"
    return function_lines(member, value, otherwise, owner, 4, True, hidden)


# -- Files -----------------------------------------------------------------------------------------


def module_lines(module):
    """What a module defines, in its order, as it is once all is imported."""
    lines = []
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.Assign):
            lines += ["", f"{node.targets[0].id}: Any", ""]
        elif isinstance(node, ast.ClassDef):
            lines += ["", *class_lines(getattr(module, node.name)), ""]
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            lines += spaced(function_lines(node.name, getattr(module, node.name), "Any", "core"))
    return lines, {}


def package_lines(package):
    """What a package offers: the lines of what its stub defines, and {module: names} to import."""
    imports, functions, constants = {}, [], []
    hidden = [builtin for builtin in BUILTINS if builtin in vars(package)]
    for source, name, public in names_imported_by(package):
        if name == "*":
            imports[source] = ["*"]
            continue
        value = vars(package)[public]
        if public.startswith("_") or public in INTERNAL:
            continue
        if is_operation(value):
            functions.append((public, value))
        elif inspect.isclass(value) or inspect.isfunction(value):
            imports.setdefault(value.__module__, []).append(f"{public} as {public}")
        elif (
            source.startswith("minigrad") and name == public and not isinstance(value, mg.Generator)
        ):
            imports.setdefault(source, []).append(f"{public} as {public}")
        else:
            kind = "np.dtype[Any]" if isinstance(value, np.dtype) else type(value).__name__
            constants.append((public, f"_{kind}" if kind in hidden else kind))
    if package is mg:
        constants.append(("__version__", "str"))
    lines = [f"{name}: {kind}" for name, kind in sorted(constants)]
    lines += [""] if lines else []
    for name, value in sorted(functions):
        lines += spaced(function_lines(name, value, "Tensor", hidden=hidden))
    return lines, imports


def names_imported_by(package):
    """(module, its name there, its name here) for all that a package imports; "*" for a package."""
    for node in ast.parse(inspect.getsource(package)).body:
        if not isinstance(node, ast.ImportFrom):
            continue
        dots = "." * node.level
        source = importlib.util.resolve_name(dots + (node.module or ""), package.__name__)
        for alias in node.names:
            if alias.name == "*" and source not in PACKAGES:
                for name in importlib.import_module(source).__all__:
                    yield source, name, name
            else:
                yield source, alias.name, alias.asname or alias.name


def is_operation(value):
    """Whether it is a function whose types the tables know."""
    homes = ("minigrad.ops", "minigrad.random", "minigrad.nn.functional")
    known = inspect.isfunction(value) or inspect.ismethod(value)
    return known and value.__module__.startswith(homes)


def spaced(lines):
    """A function with an empty line after each docstring, as ruff wants it outside of classes."""
    text = "\n".join(lines)
    return re.sub(r'("""[^"]*(?:"[^"]+)*""")\n?', r"\1\n\n", text).split("\n")


HOMES = {
    "Tensor": "minigrad.core.tensor",
    "Node": "minigrad.core.tensor",
    **{alias: "minigrad.core.tensor" for alias in ALIASES},
    "Module": "minigrad.core.module",
    "Parameter": "minigrad.core.module",
    "Generator": "minigrad.random",
    "Extreme": type(mg.ones(1).max(0)).__module__,
    "HookHandle": mg.ones(1, requires_grad=True).register_hook(id).__class__.__module__,
}
TYPING = ("Any", "Literal", "NoReturn", "Self", "TypeAlias", "TypeVar", "overload")


def header(module, body, imports):
    """The docstring and the imports of a stub: what it offers, and what its lines name."""
    aliases = []
    if module.__name__ == WHOLE[0]:
        aliases = ["", *[f"{alias}: TypeAlias = {type}" for alias, type in ALIASES.items()]]
    if any("_F" in line for line in body):
        aliases += ["", '_F = TypeVar("_F", bound=Callable[..., Any])']
    code = re.sub(r'""".*?"""|#[^\n]*', "", "\n".join(aliases + body), flags=re.DOTALL)
    used = set(re.findall(r"[A-Za-z_]\w*", code))
    defined = {getattr(node, "name", None) for node in ast.parse("\n".join(body)).body}
    offered = {name.split(" as ")[0] for names in imports.values() for name in names}
    needed = {name: home for name, home in HOMES.items() if home != module.__name__}
    found = {source: list(names) for source, names in imports.items()}
    for name in used & needed.keys() - defined - offered:
        found.setdefault(needed[name], []).append(name)
    if "_device" in used:
        found.setdefault("minigrad.device", []).append("device as _device")
    if "_size" in used:
        found.setdefault("minigrad.size", []).append("Size as _size")
    standard = {
        "builtins": [f"{name} as _{name}" for name in BUILTINS if f"_{name}" in used],
        "collections.abc": sorted(used & {"Callable", "Iterable", "Iterator"}),
        "typing": [name for name in TYPING if name in used],
    }
    numpy = ["import numpy as np"] * ("np" in used) + ["import numpy.typing as npt"] * (
        "npt" in used
    )
    local = sorted((relative(module, home), names) for home, names in found.items())
    local.sort(key=lambda pair: -len(re.match(r"\.*", pair[0])[0]))
    groups = [
        [line for source, names in standard.items() if names for line in imported(source, names)],
        numpy,
        [line for source, names in local for line in imported(source, names)],
    ]
    text = [f'"""Stub of {module.__name__}, written by `{COMMAND}`: not to be edited."""']
    for group in groups:
        text += ["", *group] if group else []
    return [*text, *aliases, ""]


def imported(source, names):
    names = sorted(names, key=ruffs_order)
    renamed = [f"from {source} import {name}" for name in names if " as " in name]
    names = [name for name in names if " as " not in name]
    if renamed or not names:
        return renamed + (imported(source, names) if names else [])
    line = f"from {source} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {source} import (", *[f"    {name}," for name in names], ")"]


def ruffs_order(name):
    name = name.split(" as ")[0]
    is_constant = len(name) > 1 and name.isupper()
    return not is_constant, not name[0].isupper(), name.lower()


def relative(module, home):
    """The name of the module `home` as an import in `module` writes it."""
    if not home.startswith("minigrad"):
        return home
    package = module.__name__ if hasattr(module, "__path__") else module.__name__.rpartition(".")[0]
    here, there = package.split("."), home.split(".")
    common = 0
    while here[common : common + 1] == there[common : common + 1] != []:
        common += 1
    return "." * (len(here) - common + 1) + ".".join(there[common:])


def stubs():
    """{path: text} of all stubs."""
    texts = {}
    for name in WHOLE + PACKAGES:
        module = importlib.import_module(name)
        body, imports = module_lines(module) if name in WHOLE else package_lines(module)
        text = "\n".join(header(module, body, imports) + body)
        texts[Path(module.__file__).with_suffix(".pyi")] = (
            re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
        )
    return texts


if __name__ == "__main__":
    for path, text in stubs().items():
        path.write_text(text)
        print(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
