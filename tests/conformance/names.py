"""The public names, PyTorch's module for each of minigrad's, and the names that PyTorch lacks."""

import inspect

MODULES = {
    "minigrad": "torch",
    "minigrad.autograd": "torch.autograd",
    "minigrad.autograd.functional": "torch.autograd.functional",
    "minigrad.distributions": "torch.distributions",
    "minigrad.nn": "torch.nn",
    "minigrad.nn.functional": "torch.nn.functional",
    "minigrad.nn.init": "torch.nn.init",
    "minigrad.nn.utils": "torch.nn.utils",
    "minigrad.nn.utils.rnn": "torch.nn.utils.rnn",
    "minigrad.optim": "torch.optim",
    "minigrad.optim.lr_scheduler": "torch.optim.lr_scheduler",
    "minigrad.utils.data": "torch.utils.data",
}

# Names that PyTorch lacks, and why they are there.
OUR_OWN = {
    "minigrad.optim.Momentum": "the rule by its name, which in PyTorch is an argument of SGD",
    "minigrad.Generator.numpy": "the NumPy generator that it wraps",
    "minigrad.autograd.is_grad_enabled": "defined here, as the other switches; PyTorch's stands at the top only",
    "minigrad.autograd.GradcheckError": "PyTorch's stands in the module that its function gradcheck hides",
}


def public_names(module):
    """The names that a module offers: its `__all__`, a package's own and imported ones, or what is defined in it."""
    names = getattr(module, "__all__", None)
    if names is None:
        package = module.__file__.endswith("__init__.py")
        names = [
            n for n, value in vars(module).items() if package or getattr(value, "__module__", "") == module.__name__
        ]
    return [n for n in names if not n.startswith("_") and not inspect.ismodule(getattr(module, n))]
