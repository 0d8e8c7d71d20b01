"""What is said of names that minigrad does not have."""

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
    "use", ["cuda.synchronize", "backends.cuda", "backends.cudnn.version", "backends.mps.is_built"]
)
def test_hardware_that_is_not_there(use):
    owner, _, name = use.rpartition(".")
    with pytest.raises(AttributeError, match=rf"^{owner} has no '{name}'; .*minigrad computes on the CPU"):
        eval(f"mg.{use}()", {"mg": importlib.import_module("minigrad")})


def test_switches_of_absent_hardware_can_be_set():
    cudnn = importlib.import_module("minigrad").backends.cudnn
    cudnn.benchmark = False
    assert cudnn.benchmark is False
