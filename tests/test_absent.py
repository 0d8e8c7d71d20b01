"""What is said of names that minigrad does not have."""

import difflib
import importlib

import pytest

PACKAGES = [
    "minigrad",
    "minigrad.autograd",
    "minigrad.distributions",
    "minigrad.nn.utils",
    "minigrad.nn.utils.rnn",
    "minigrad.optim",
    "minigrad.optim.lr_scheduler",
    "minigrad.utils",
    "minigrad.utils.data",
]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_is_not_there(package):
    module = importlib.import_module(package)
    with pytest.raises(AttributeError, match=rf"{package} has no 'qqq'; a program that needs it runs on PyTorch"):
        module.qqq
    assert not hasattr(module, "__qqq__")


@pytest.mark.parametrize("name", ["linalg", "windows"])
def test_a_package_of_pytorchs_is_not_a_file_of_the_operations(name):
    with pytest.raises(AttributeError, match=f"minigrad has no '{name}'"):
        getattr(importlib.import_module("minigrad"), name)


@pytest.mark.parametrize(
    ("package", "name", "near"),
    [
        ("minigrad", "ones_liek", "ones_like"),
        ("minigrad", "distribution", "distributions"),
        ("minigrad.distributions", "Categoricals", "Categorical"),
        ("minigrad", "nanprod", "prod"),
        ("minigrad.optim", "Adamw", "AdamW"),
        ("minigrad.optim.lr_scheduler", "LinearLr", "LinearLR"),
        ("minigrad.utils.data", "Dataloader", "DataLoader"),
        ("minigrad.autograd", "gradchek", "gradcheck"),
    ],
)
def test_near_names_are_given(package, name, near):
    with pytest.raises(AttributeError, match=rf"did you mean .*'({near})'.* If not, a program"):
        getattr(importlib.import_module(package), name)


@pytest.mark.parametrize(
    "use", ["cuda.current_device", "backends.cuda", "backends.cudnn.version", "backends.mps.is_built"]
)
def test_hardware_that_is_not_there(use):
    owner, _, name = use.rpartition(".")
    with pytest.raises(AttributeError, match=rf"^{owner} has no '{name}'; .*minigrad computes on the CPU"):
        eval(f"mg.{use}()", {"mg": importlib.import_module("minigrad")})


def test_switches_of_absent_hardware_can_be_set():
    cudnn = importlib.import_module("minigrad").backends.cudnn
    cudnn.benchmark = False
    assert cudnn.benchmark is False


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("from minigrad.nn import CTCLoss", "minigrad.nn has no 'CTCLoss'; did you mean .*'BCELoss'"),
        ("from minigrad.utils.data import DataLoder", "has no 'DataLoder'; did you mean 'DataLoader'"),
        ("from minigrad.nn.modules.loss import MSLoss", "modules.loss has no 'MSLoss'; did you mean 'MSELoss'"),
        ("import minigrad.fft", "minigrad has no 'fft'"),
        ("mg.ones(2).cumprodd", "Tensor has no 'cumprodd'; did you mean .*'prod'"),
        ("mg.nn.Conv2d(1, 1, 3, padding_mode='reflect')", r"Conv2d\(\) has no .padding_mode='reflect'.*here: "),
        ("mg.nn.functional.max_pool2d(mg.ones(1, 2, 2), 2, return_indices=True)", "has no 'return_indices=True'"),
        ("mg.nn.ReLU().register_backward_hook(print)", "'register_backward_hook'.*use register_full_backward_hook"),
        ("mg.nn.ReLU().register_forward_hook(print, always_call=True)", "'always_call=True'"),
        ("mg.compile(abs, backend=abs)", "compile.* has no .backend="),
    ],
)
def test_all_say_it_in_one_form(statement, words):
    with pytest.raises((AttributeError, ImportError, NotImplementedError), match=words) as caught:
        exec(statement, {"mg": importlib.import_module("minigrad")})
    assert "a program that needs it runs on PyTorch once its import lines are changed" in str(caught.value)


def test_what_asks_whether_a_name_is_there_costs_no_search_for_near_ones(monkeypatch):
    """The words are found only when they are read: the walk back asks tensors for what they lack."""
    mg = importlib.import_module("minigrad")
    searched = []
    monkeypatch.setattr(difflib, "get_close_matches", lambda what, _: searched.append(what) or [])
    assert not hasattr(mg.ones(1), "added_to")
    assert searched == []
    with pytest.raises(AttributeError) as caught:
        mg.ones(1).added_to
    str(caught.value)
    assert searched == ["added_to"]
