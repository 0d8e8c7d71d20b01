"""The reference: each public name from its docstring, what differs from PyTorch, the core's source.

`write` writes the sources of the pages. Sphinx's autodoc fills in the docstrings, which the
extension at the end of this file turns from plain prose into reStructuredText.
"""

import contextlib
import importlib
import inspect
import io
import os
import pydoc
import re
import shutil
import sys
import textwrap
from pathlib import Path
from unittest import mock

import numpy as np

from minigrad import core, nn
from minigrad.classroom import __main__ as classroom
from minigrad.classroom.command import command as command_line

try:  # what the tests hold: the names, and how they differ from PyTorch's
    from tests.conformance import differences, names
except ModuleNotFoundError:
    sys.exit(
        "python -m lessons site: the reference is made from lists in tests/, "
        "which is not here: take a checkout"
    )

HERE = Path(__file__).parent
CORE = Path(core.__file__).parent
PYTORCHS = names.MODULES | {"minigrad.random": "torch"}  # by the name of minigrad's module
CONSTANTS = (float, str, tuple, np.dtype, type(None))  # of equal ones none is the first
TENSOR = "minigrad.Tensor"  # a page of its own
MODULES = [*PYTORCHS, *(f"minigrad.{name}" for name in "plot datasets lesson classroom".split())]
PUBLIC = {
    f"{module}.{name}": getattr(importlib.import_module(module), name)
    for module in MODULES
    for name in sorted(names.public_names(importlib.import_module(module)), key=str.lower)
}


def write(folder):
    """Write to `folder`/reference the sources of the reference, first of them index.rst."""
    pages = Path(folder) / "reference"
    shutil.copytree(CORE, pages / "core", ignore=shutil.ignore_patterns("__*", "*.pyi"))
    for name in ("core.rst", "curves.rst"):
        shutil.copy(HERE / name, pages)
    texts = {
        "index": index(),
        "differences": page_of_differences(),
        TENSOR: page_of_tensor(),
        **{module: page_of(module) for module in MODULES},
    }
    for name, text in texts.items():
        (pages / f"{name}.rst").write_text(text, encoding="utf-8")


def headed(words, line="="):
    return f"{words}\n{line * len(words)}\n"


def told(value):
    """The first paragraph of a docstring, in reStructuredText."""
    return inline(
        inspect.getdoc(value).split("\n\n")[0].replace("\n", " "), own=parameters_of(value)
    )


def table(rows):
    """A table of pairs, which a narrow screen shows one below the other."""
    cells = (f"   * - {name}\n     - {text}" for name, text in rows)
    return ["", ".. list-table::", "   :class: names", "   :widths: 30 70", "", *cells, ""]


def index():
    found = [MODULES[0], TENSOR, *MODULES[1:]]
    rows = [(f":doc:`{name}`", told(pydoc.locate(name))) for name in found]
    entries = [f"   {name}" for name in ("core", "differences", "curves", *found)]
    return "\n".join(
        [
            headed("Reference"),
            "Every public name, by module, as its docstring tells. At a name that PyTorch has, "
            "too, stands which it is and",
            "what differs there; :doc:`differences` has that on one page, with what concerns no "
            "single name. How it all",
            "works is in :doc:`core`; :doc:`curves` has pictures of a training.",
            *table(rows),
            *(".. toctree::", "   :hidden:", "", *entries, ""),
        ]
    )


# -- The page of a module --------------------------------------------------------------------------


def page_of(module):
    inside = [name for name in PUBLIC if name.rpartition(".")[0] == module]
    rows = [(f":py:obj:`~{name}`", summary(name)) for name in inside]
    return "\n".join(
        [
            *(f".. title:: Module {module}", "", headed(module)),
            *(f".. automodule:: {module}", "", beside_pytorch(module), ""),
            *(table(rows) if rows else commands()),
            *(entry(name) for name in inside if name != TENSOR),
        ]
    )


def page_of_tensor():
    """The page of the class Tensor: what tensor.rst tells, then its attributes and methods."""
    kinds = {"Attributes": [], "Methods": [], "Methods in place": []}
    for name, value in sorted(vars(PUBLIC[TENSOR]).items(), key=lambda item: item[0].lower()):
        if isinstance(value, property):
            kinds["Attributes"].append(name)
        elif not name.startswith("_"):
            kinds["Methods in place" if name.endswith("_") else "Methods"].append(name)
    parts = [(HERE / "tensor.rst").read_text(encoding="utf-8")]
    for kind, members in kinds.items():
        directive = "autoproperty" if kind == "Attributes" else "automethod"
        rows = [
            (f":py:obj:`~{TENSOR}.{name}`", told(getattr(PUBLIC[TENSOR], name))) for name in members
        ]
        parts += [headed(kind, "-"), *table(rows)]
        parts += [f".. {directive}:: {TENSOR}.{name}\n" for name in members]
    return "\n".join(parts)


def beside_pytorch(module):
    if module in PYTORCHS:
        return f"In PyTorch these names are those of ``{PYTORCHS[module]}``."
    return "PyTorch has no such module: all of it is minigrad's own."


def commands():
    """What is public of the classroom: its commands, each with its help."""
    found = re.findall(r"^    (\w+) ", help_of(), re.MULTILINE)
    return [literal(help_of()), *(headed(name, "-") + literal(help_of(name)) for name in found)]


def help_of(*command):
    """What the classroom says when it is asked for help, in 80 columns."""
    said = io.StringIO()
    with (
        contextlib.redirect_stdout(said),
        contextlib.suppress(SystemExit),
        mock.patch.dict(os.environ, COLUMNS="80"),
    ):
        classroom.parser().parse_args([*command, "--help"])
    return said.getvalue().replace(command_line(), "python -m minigrad.classroom")


def literal(text):
    return ".. code-block:: text\n\n" + textwrap.indent(text, "   ")


def first_name(name):
    """Of the names of one object, that by which the object calls itself, or else the first."""
    value = inspect.unwrap(PUBLIC[name])
    if isinstance(value, CONSTANTS):
        return name
    same = [other for other in PUBLIC if inspect.unwrap(PUBLIC[other]) is value]
    own = getattr(value, "__name__", None)
    return next((other for other in same if other.endswith(f".{own}")), same[0])


def summary(name):
    if first_name(name) != name:
        return f"Another name of :py:obj:`{first_name(name)}`."
    return told(PUBLIC[name]) if callable(PUBLIC[name]) else of_a_value(PUBLIC[name])


def of_a_value(value):
    """What a public name that cannot be called stands for."""
    if isinstance(value, np.dtype):
        return f"The dtype ``{value}``, NumPy's own object."
    if isinstance(value, CONSTANTS):
        return f"``{value!r}``"
    return told(value)


def entry(name):
    """The directive by which Sphinx makes the entry of a public name."""
    value = PUBLIC[name]
    if first_name(name) != name or not callable(value):
        kind = "function" if callable(value) else "data"
        heading = name.rpartition(".")[2] + (
            as_called(str(inspect.signature(value)), value) if callable(value) else ""
        )
        return f".. py:{kind}:: {heading}\n\n   {summary(name)}\n\n   {in_pytorch(name)}\n"
    if inspect.isclass(value):
        untold = [
            member
            for member in ("forward", "extra_repr")
            if not getattr(value, member, value).__doc__
        ]
        return f".. autoclass:: {name}\n   :members:\n   :exclude-members: {', '.join(untold)}\n"
    return f".. autofunction:: {name}\n"


# -- What differs ----------------------------------------------------------------------------------


def module_of(name):
    """The module that a name, of a class's member perhaps, stands in."""
    return max((module for module in MODULES if f"{name}.".startswith(f"{module}.")), key=len)


def short(name):
    """The name by which the lists of differences call a function."""
    return name.removeprefix("minigrad.").removeprefix("Tensor.")


def differences_of(name):
    """The sentences about one public name."""
    inside = name.removeprefix("minigrad.")
    found = [
        text for text, pattern in differences.OF_THE_WHOLE.items() if re.fullmatch(pattern, inside)
    ]
    for text, parameters in differences.OF_SIGNATURES.items():
        if any(parameter.startswith(f"{name}(") for parameter in parameters):
            found.append(text)
    for text, patterns in differences.OF_ARGUMENTS.items():
        heads = [pattern[1:].partition(": ")[0] for pattern in patterns if pattern[0] == "^"]
        if any(re.fullmatch(head, short(name)) for head in heads):
            found.append(text)
    texts = (text for text in differences.REFUSED if short(name) in names_in(text))
    found += [f"{text} is refused." for text in texts]
    refused = [
        f"`{argument}`"
        for arguments, functions in differences.REFUSED_ARGUMENTS
        for argument in arguments.split()
        if inside in functions.split()
    ]
    return found + [f"Refused, but for PyTorch's default: {', '.join(refused)}."] * bool(refused)


def names_in(text):
    """The functions that a sentence names in its code, as `short` calls them."""
    return {short(f"minigrad.{code.partition('(')[0]}") for code in LITERAL.findall(text)}


def in_pytorch(name):
    """What a public name is in PyTorch, and what differs, in reStructuredText."""
    module = module_of(name)
    if name in names.OUR_OWN:
        return f"**minigrad's own**: {inline(names.OUR_OWN[name])}."
    if module not in PYTORCHS:
        return ""
    theirs = f"``{PYTORCHS[module]}{name.removeprefix(module)}``"
    found = differences_of(first_name(name) if name in PUBLIC else name)
    differs = f" **Differs**: {inline(' '.join(found))}" if found else ""
    return f"**In PyTorch**: {theirs}.{differs}"


def page_of_differences():
    """The page of all differences, from the lists that the tests let pass."""
    arguments = {"takes": [], "errors": [], "values": []}
    for text, patterns in differences.OF_ARGUMENTS.items():
        joined = " ".join(patterns)
        kind = (
            "errors"
            if ", we TypeError" in joined
            else "values"
            if ": values " in joined
            else "takes"
        )
        arguments[kind].append(text)
    own = [f":py:obj:`{name}`: {inline(reason)}." for name, reason in names.OUR_OWN.items()]
    return "\n".join(
        [
            headed("Differences from PyTorch"),
            "Names, arguments, results and the types of errors are PyTorch's. Tests compare them "
            "with PyTorch 2.13: name",
            "by name, in its own databases of operators, modules and optimizers, and in random "
            "calls. What they let pass",
            "on purpose stands here: this page is made from their lists.",
            *section("On the whole", map(inline, differences.OF_THE_WHOLE)),
            *section("Backward", map(inline, differences.OF_GRAPHS)),
            *section("Parameters", map(inline, differences.OF_SIGNATURES)),
            *section("What minigrad takes and PyTorch refuses", map(inline, arguments["takes"])),
            *section("What minigrad refuses with TypeError", map(inline, arguments["errors"])),
            *section("Other values", map(inline, arguments["values"])),
            *section("Names that PyTorch lacks", own),
            *section("What is refused", [f"{inline(text)}." for text in differences.REFUSALS]),
            "Each of these is an error that says what was asked for. An argument that has "
            "PyTorch's default is taken. A",
            "name that minigrad does not have, such as ``nn.CTCLoss``, or ``cdf`` and "
            "``enumerate_support`` of a distribution,",
            "is an AttributeError that tells the nearest names.",
            "",
        ]
    )


def section(title, items):
    return ["", headed(title, "-"), *(f"- {item}" for item in items), ""]


# -- Docstrings in reStructuredText ----------------------------------------------------------------

LITERAL = re.compile(r"`([^`]+)`")
DOCUMENTS = {
    "data/README.md": "/data",
    "minigrad/classroom/README.md": "/classroom",
    "ERRATA.md": "/errata",
    "DIFFERENCES.md": "/reference/differences",
}  # pages made of files
NAME_OF_AN_ARGUMENT = re.compile(r"^(\w+) : ", re.MULTILINE)


def inline(text, module="minigrad", own=()):
    """Prose with `code` in it as reStructuredText; public names, but none of `own`, are links."""
    prose = LITERAL.split(text)
    prose[0::2] = [re.sub(r"([*|\\]|_(?!\w))", r"\\\1", words) for words in prose[0::2]]
    prose[1::2] = [code(words, module, own) for words in prose[1::2]]
    return "".join(prose)


def code(text, module="minigrad", own=()):
    if text in DOCUMENTS:
        return f":doc:`{text} <{DOCUMENTS[text]}>`"
    places = (
        (module, "minigrad", "minigrad.nn.functional", "minigrad.autograd")
        if text not in own
        else ()
    )
    name = next((f"{place}.{text}" for place in places if f"{place}.{text}" in PUBLIC), None)
    return f":py:obj:`{text} <{name}>`" if name else f"``{text}``"


def reworded(docstring, module, own):
    """A docstring in reStructuredText: prose, arguments, indented formulas and code, examples."""
    blocks = []
    for block in docstring.strip("\n").split("\n\n"):
        if block.startswith(">>>"):
            blocks.append(block)
        elif block.startswith(" "):
            blocks.append(".. code-block:: text\n\n" + block)
        else:
            blocks.append(NAME_OF_AN_ARGUMENT.sub(r":param \1: ", inline(block, module, own)))
    return "\n\n".join(blocks)


def parameters_of(value):
    try:
        return set(inspect.signature(value).parameters)
    except (TypeError, ValueError):
        return set()


def as_called(signature, value):
    """The signature of a callable without what is no caller's business, objects by their names."""
    made_by = getattr(inspect.unwrap(value.__init__), "__code__", None)
    if made_by is nn.Module.__init__.__code__:
        return "()"  # it takes any arguments to refuse them
    for parameter in inspect.signature(value).parameters.values():
        for public, known in PUBLIC.items():
            if known is parameter.default and not isinstance(known, CONSTANTS):
                shown = public.rpartition(".")[2]
                signature = re.sub(rf"(?<=\b{parameter.name}=)<[^>]*>", shown, signature)
    return re.sub(r"(, |(?<=\())\**_\w+(=[^,)]*)?", "", signature)


def sign(app, what, name, value, options, signature, returned):
    """Show a signature as a caller sees it; a handler of autodoc's event."""
    return (as_called(signature, value) if signature else signature), returned


def process(app, what, name, value, options, lines):
    """Reword a docstring in place, and add what it is in PyTorch; a handler of autodoc's event."""
    text = reworded("\n".join(lines), module_of(name), parameters_of(value))
    if name in PUBLIC or name in names.OUR_OWN or differences_of(name):
        text += f"\n\n{in_pytorch(name)}"
    lines[:] = [*text.split("\n"), ""]


def setup(app):
    app.add_css_file("reference.css")
    app.connect("autodoc-process-docstring", process)
    app.connect("autodoc-process-signature", sign)
