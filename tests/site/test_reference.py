"""The sources of the reference: docstrings in reStructuredText, what is said of PyTorch, and which pages there are."""

import ast
import doctest
import operator
import re
import subprocess
import sys
from pathlib import Path

import pytest

import minigrad as mg
from minigrad import core
from tests.conformance import differences, names
from tests.site.conftest import ROOT


@pytest.fixture(scope="module")
def reference():
    sys.path.insert(0, str(ROOT / "lessons/site"))
    try:
        import reference

        return reference
    finally:
        sys.path.remove(str(ROOT / "lessons/site"))


@pytest.fixture(scope="module")
def pages(reference, tmp_path_factory):
    """{name: source} of all pages."""
    folder = tmp_path_factory.mktemp("sources")
    reference.write(folder)
    return {path.stem: path.read_text(encoding="utf-8") for path in (folder / "reference").glob("*.rst")}


# -- Docstrings --------------------------------------------------------------------------------------------------


def test_prose_is_escaped_and_code_is_not(reference):
    told = reference.reworded("Return |x|**p * y_ of `x_ * y`.", "minigrad", ())
    assert told == r"Return \|x\|\*\*p \* y\_ of ``x_ * y``."


def test_the_code_of_a_public_name_links_to_it_unless_an_argument_has_that_name(reference):
    assert reference.inline("`nn.Linear`, `mean`") == (
        ":py:obj:`nn.Linear <minigrad.nn.Linear>`, :py:obj:`mean <minigrad.mean>`"
    )
    assert reference.inline("`mean`", own=["mean"]) == "``mean``"
    assert reference.inline("`SGD`", "minigrad.optim") == ":py:obj:`SGD <minigrad.optim.SGD>`"


def test_arguments_formulas_and_examples_keep_their_form(reference):
    docstring = "Do.\n\ninput : (N,).\ntarget : `x`,\n    or y.\n\n    s <- s * g_\n\n>>> f(1) * 2_0\n2"
    assert reference.reworded(docstring, "minigrad", ()).split("\n\n") == [
        "Do.",
        ":param input: (N,).\n:param target: ``x``,\n    or y.",
        ".. code-block:: text",
        "    s <- s * g_",
        ">>> f(1) * 2_0\n2",
    ]


def documented():
    """(place, docstring) of all modules, classes and functions of minigrad, but of the classroom."""
    root = Path(mg.__file__).parent
    for path in sorted(set(root.rglob("*.py")) - set((root / "classroom").rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
                yield f"{path.name}: {getattr(node, 'name', '')}", ast.get_docstring(node)


def test_code_in_a_docstring_ends_at_a_words_end_and_no_word_is_bold():
    blocks = [(place, block) for place, told in documented() for block in told.split("\n\n") if block[:1] not in " >"]
    assert len(blocks) > 1000
    prose = [(place, re.sub("`[^`]+`", "CODE", block)) for place, block in blocks]
    assert [place for place, words in prose if re.search(r"CODE\w|\*\*[A-Z][^*]*\*\*|`", words)] == []


def test_what_is_said_of_a_method_in_place_is_said_of_a_function_that_there_is(reference):
    told = {name: method.__doc__ for name, method in vars(mg.Tensor).items() if re.fullmatch(r"[a-z]\w*[a-z]_", name)}
    assert told["fill_"].startswith("Return the tensor itself, changed in place, with every element replaced by the")
    applied = {match[1] for text in told.values() if (match := re.match("Apply `(.+?)` in place", text))}
    assert len(applied) > 30 and [name for name in applied if f"minigrad.{name}" not in reference.PUBLIC] == []


def test_a_loss_says_what_it_returns(reference):
    losses = [value for name, value in reference.PUBLIC.items() if "reduction" in reference.parameters_of(value)]
    assert len(losses) > 18
    other = "`(binary_cross_entropy|cross_entropy|BCELoss|CrossEntropyLoss)`"
    assert [loss.__name__ for loss in losses if not re.search(f"mean|{other}", loss.__doc__)] == []
    for module in (mg.nn, mg.nn.functional):
        assert all(f'"{word}"' in module.__doc__ for word in ("mean", "sum", "none"))


# -- PyTorch -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("minigrad.exp", "**In PyTorch**: ``torch.exp``."),
        ("minigrad.addmm", "**In PyTorch**: ``torch.addmm``. **Differs**: :py:obj:`addmm <minigrad.addmm>` multi"),
        ("minigrad.save", "``torch.save``. **Differs**: Tensors are not pickled"),
        ("minigrad.load", "``torch.load``. **Differs**: Tensors are not pickled"),
        ("minigrad.inference_mode", "``torch.inference_mode``. **Differs**: What was computed in inference mode is"),
        ("minigrad.random.default_generator", "**Differs**: Random numbers are NumPy's"),
        ("minigrad.randperm", "``torch.randperm``. **Differs**: Random numbers are NumPy's"),
        ("minigrad.random.multinomial", "``torch.multinomial``. **Differs**: Random numbers are NumPy's"),
        ("minigrad.nn.Dropout", "``torch.nn.Dropout``. **Differs**: Random numbers are NumPy's"),
        ("minigrad.nn.MSELoss", "``torch.nn.MSELoss``. **Differs**: Losses refuse an input and a target of"),
        ("minigrad.nn.BCELoss", "**In PyTorch**: ``torch.nn.BCELoss``."),
        ("minigrad.distributions.Independent", "**Differs**: minigrad refuses by name what it does not have"),
        ("minigrad.Tensor.to", "``memory_format`` of ``Tensor.to`` is refused."),
        ("minigrad.eq", "**Differs**: A comparison also takes a number on the left, or two numbers."),
        ("minigrad.compile", "**Differs**: Options that only make PyTorch faster"),
        ("minigrad.bitwise_not", "**In PyTorch**: ``torch.bitwise_not``."),
        ("minigrad.nn.TransformerEncoder", "TransformerEncoder``. **Differs**: :py:obj:`nn.TransformerEncoder"),
        ("minigrad.autograd.gradcheck", "``torch.autograd.gradcheck``. **Differs**: :py:obj:`gradcheck"),
        ("minigrad.gather", "Refused, but for PyTorch's default: ``sparse_grad``."),
        ("minigrad.optim.Adam", "default: ``capturable``, ``differentiable``, ``decoupled_weight_decay``."),
        ("minigrad.optim.Momentum", "**minigrad's own**: the rule by its name, which in PyTorch"),
        ("minigrad.Tensor.max", "**In PyTorch**: ``torch.Tensor.max``. **Differs**: ``None`` stands for"),
        ("minigrad.Generator.numpy", "**minigrad's own**: the NumPy generator that it wraps."),
    ],
)
def test_a_name_says_whether_it_is_in_pytorch(reference, name, said):
    assert said in reference.in_pytorch(name)


def test_what_is_a_name_only_is_refused_and_says_so(reference):
    for kind, arguments in (("Independent", (None, 1)), ("MultivariateNormal", (None,))):
        assert reference.summary(f"minigrad.distributions.{kind}").startswith("A name only, refused here:")
        with pytest.raises(NotImplementedError):
            getattr(mg.distributions, kind)(*arguments)


def test_each_difference_of_the_whole_stands_at_the_names_it_is_about(reference):
    found = {text for name in reference.PUBLIC for text in reference.differences_of(name)}
    assert [text for text in differences.OF_THE_WHOLE if text not in found] == []


def test_a_module_that_pytorch_has_not_is_minigrads_own(reference, pages):
    assert reference.in_pytorch("minigrad.plot.graph") == ""
    assert "PyTorch has no such module" in pages["minigrad.plot"]


def test_the_page_of_differences_has_each_that_the_tests_let_pass(reference, pages):
    page = pages["differences"]
    listed = [*differences.SENTENCES, *(f"{text}." for text in differences.REFUSALS)]
    assert [text for text in listed if f"- {reference.inline(text)}\n" not in page] == []
    assert [name for name in names.OUR_OWN if f"- :py:obj:`{name}`: " not in page] == []
    assert page.count("\n- ") == len(listed) + len(names.OUR_OWN)


IMAGE = mg.ones(1, 1, 4, 4)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: IMAGE.to(mg.float64, memory_format="channels_last"), "memory_format"),
        (lambda: mg.nn.functional.max_pool2d(IMAGE, 2, return_indices=True), "return_indices"),
        (lambda: mg.nn.functional.interpolate(IMAGE, 2, mode="bicubic"), "bicubic"),
        (lambda: mg.norm(IMAGE, "nuc"), "nuc"),
        (lambda: mg.nn.functional.pad(IMAGE, (1, 1), mode="circular"), "circular"),
        (lambda: mg.nn.CTCLoss, "nn has no 'CTCLoss'; did you mean 'BCELoss'"),
    ],
)
def test_what_is_refused_is_an_error_that_says_what_was_asked_for(call, named):
    with pytest.raises((AttributeError, NotImplementedError, RuntimeError, TypeError), match=named):
        call()


# -- Pages -------------------------------------------------------------------------------------------------------


def test_there_is_a_page_for_each_module_and_the_index_has_them_in_order(reference, pages):
    first, *others = reference.MODULES
    expected = ["core", "differences", "curves", first, "minigrad.Tensor", *others]
    assert pages.keys() == {"index", *expected}
    assert re.findall(r"^   ([\w.]+)$", pages["index"], re.MULTILINE) == expected


def test_the_growing_curve_is_drawn_by_the_code_that_is_shown(pages):
    blocks = re.findall(r"^\.\. (?:plot|code-block)::.*?\n\n(.*?)(?=^\S|\Z)", pages["curves"], re.MULTILINE | re.DOTALL)
    _, shown, drawn = [block.split("\n") for block in blocks]
    (line,) = set(shown) - set(drawn)  # drawn, it is kept quiet
    assert line == "   with plot.live(total=100) as curve:"
    assert "   with contextlib.redirect_stderr(None), plot.live(total=100) as curve:" in drawn


def test_each_public_name_says_what_it_is(reference):
    assert len(reference.PUBLIC) > 400
    assert [name for name in reference.PUBLIC if not reference.summary(name)] == []


def test_a_second_name_sends_to_the_first(reference):
    assert reference.summary("minigrad.clip") == "Another name of :py:obj:`minigrad.clamp`."
    assert reference.entry("minigrad.clip").startswith(".. py:function:: clip(input, min=None, max=None)\n")
    assert reference.summary("minigrad.nn.functional.tanh") == "Another name of :py:obj:`minigrad.tanh`."
    assert ".. autofunction:: minigrad.clamp\n" in reference.entry("minigrad.clamp")


def test_what_each_layer_defines_is_listed_where_something_is_said_of_it(reference):
    assert ":exclude-members: forward, extra_repr\n" in reference.entry("minigrad.nn.Linear")
    for name in ("minigrad.nn.Module", "minigrad.optim.SGD"):
        assert ":exclude-members: \n" in reference.entry(name)


def test_each_of_tensors_methods_says_what_it_does():
    methods = [name for name, value in vars(mg.Tensor).items() if not name.startswith("_")]
    assert len(methods) > 200
    assert [name for name in methods if not getattr(mg.Tensor, name).__doc__] == []


def test_each_of_tensors_members_is_in_a_table_and_has_an_entry_on_tensors_own_page(pages):
    page = pages["minigrad.Tensor"]
    members = [name for name in vars(mg.Tensor) if not name.startswith("_")]
    assert sorted(re.findall(r"^   \* - :py:obj:`~minigrad\.Tensor\.(\w+)`$", page, re.MULTILINE)) == sorted(members)
    assert sorted(re.findall(r"^\.\. auto\w+:: minigrad\.Tensor\.(\w+)$", page, re.MULTILINE)) == sorted(members)
    assert ":: minigrad.Tensor\n" not in pages["minigrad"]
    places = [page.index(f"{kind}\n---") for kind in ("Attributes", "Methods", "Methods in place")]
    entries = [page.index(f":: minigrad.Tensor.{name}\n") for name in ("grad", "relu", "relu_")]
    assert sorted(places + entries) == [place for pair in zip(places, entries, strict=True) for place in pair]


def test_an_operator_of_tensors_is_the_function_beside_it(pages):
    rows = re.findall(r"^   \* - (``.*)\n     - ((?:.*\n)+?)(?=   \*|\n)", pages["minigrad.Tensor"], re.MULTILINE)
    x, y = mg.tensor([[6, 1], [2, 3]]), mg.tensor([[2, 1], [2, 1]])
    seen = 0
    for expressions, functions in rows:
        pairs = zip(re.findall("``(.+?)``", expressions), re.findall(r":py:obj:`(\w+) <", functions), strict=True)
        for expression, name in pairs:
            expected = getattr(mg, name)(*[z for z in (x, y) if z is x or "y" in expression])
            assert mg.equal(eval(expression, {"x": x, "y": y}), expected), expression
            seen += 1
    assert seen == 20


@pytest.mark.parametrize("name", ["tensor", "core"])
def test_the_examples_of_a_page_are_right(name):
    done = doctest.testfile(str(ROOT / f"lessons/site/{name}.rst"), module_relative=False)
    assert done.attempted > 7 and done.failed == 0


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("nn.Sigmoid", "(*args, **kwargs)", "()"),
        ("nn.Module", "(*args, **kwargs)", "()"),
        ("nn.Identity", "(*args, **kwargs)", "(*args, **kwargs)"),
        ("softmax", "(input, dim=None, _stacklevel=3, dtype=None)", "(input, dim=None, dtype=None)"),
        ("Tensor.cuda", "(**_options)", "()"),
        ("nn.Transformer", "(dropout=0.1, activation=<function relu>)", "(dropout=0.1, activation=relu)"),
        ("utils.data.random_split", "(lengths, generator=<G at 0x1>)", "(lengths, generator=default_generator)"),
        ("clamp", "(input, min=None, max=None)", "(input, min=None, max=None)"),
    ],
)
def test_a_signature_is_shown_as_a_caller_sees_it(reference, name, given, shown):
    assert reference.as_called(given, operator.attrgetter(name)(mg)) == shown


def test_the_core_is_read_in_its_order_and_whole(pages):
    shown = re.findall(r"^\.\. literalinclude:: core/(\w+\.py)$", pages["core"], re.MULTILINE)
    order = re.findall(r"`(\w+\.py)`", core.__doc__)
    assert shown[: len(order) - 1] == [name for name in order if name != "extension.py"][: len(order) - 1]
    files = {path.name for path in Path(core.__file__).parent.glob("*.py")} - {"__init__.py"}
    assert sorted(shown) == sorted(files)


def test_the_classroom_shows_each_command_with_its_help(pages):
    for command in ("start", "check", "hint", "solution", "reset", "grade", "release", "notebook"):
        assert f"\n{command}\n{'-' * len(command)}\n" in pages["minigrad.classroom"]
    assert "usage: python -m minigrad.classroom hint" in pages["minigrad.classroom"]


def test_a_copy_without_tests_is_told_so_in_one_line():
    absent = "import runpy, sys; sys.modules['tests'] = None; "
    call = "sys.argv[1:] = ['site', 'made']; runpy.run_module('lessons', run_name='__main__')"
    command = [sys.executable, "-c", absent + call]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch("python -m lessons site: .* lists in tests/, which is not here: take a checkout\n", done.stderr)
