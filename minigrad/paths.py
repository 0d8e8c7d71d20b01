"""PyTorch's longer paths to names that stand in fewer modules here, such as `nn.modules.loss`."""

import sys
from types import ModuleType

from .absent import getattr_of

PATHS = {
    "": "functional",
    "nn": "modules parameter",
    "nn.modules": """activation batchnorm container conv distance dropout flatten instancenorm
        linear loss module normalization padding pixelshuffle pooling rnn sparse transformer
        upsampling""",
    "utils.data": "dataloader dataset sampler",
}


def publish(package):
    """Make the paths modules, with the names of the module that they stand in.

    What is no module of Python's here, `backends.cudnn`, can be imported by its path, too.
    """
    for path, names in PATHS.items():
        for name in names.split():
            _make(package, path, name)
    for path in ("cuda", "accelerator", "backends", "backends.cudnn", "backends.mps"):
        owner = package
        for name in path.split("."):
            owner = getattr(owner, name)
        sys.modules[f"{package.__name__}.{path}"] = owner


def _make(package, path, name):
    owner = sys.modules[f"{package.__name__}.{path}".rstrip(".")]
    module = ModuleType(f"{owner.__name__}.{name}", f"The names of {owner.__name__}.")
    names = {key: value for key, value in vars(owner).items() if not key.startswith("__")}
    names = {key: value for key, value in names.items() if not isinstance(value, ModuleType)}
    vars(module).update(names, __getattr__=getattr_of(module.__name__, vars(module)))
    sys.modules[module.__name__] = module
    setattr(owner, name, module)
