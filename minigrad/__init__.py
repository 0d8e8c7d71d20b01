"""minigrad: a deep-learning framework whose core can be read in an evening."""

import sys as _sys

from . import beside as _beside  # first: it tells of files in the way of the imports that follow
from math import e, inf, nan, pi

from . import absent, autograd, core, kernels, methods, nn, ops, optim, utils
from . import arguments as _arguments
from . import paths as _paths
from .autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .autograd.grad_mode import is_inference_mode_enabled
from .compiling import compile
from .device import (
    accelerator,
    backends,
    cuda,
    device,
    get_default_device,
    set_default_device,
    set_float32_matmul_precision,
)
from .dtypes import (
    bool,
    finfo,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int32,
    int64,
    promote_types,
    set_default_dtype,
    uint8,
)
from .dtypes import float32 as float
from .dtypes import float64 as double
from .dtypes import int32 as int
from .dtypes import int64 as long
from .ops import *
from .ops.conversion import is_floating_point, is_tensor, nonzero, numel
from .ops.creation import set_default_tensor_type
from .printing import set_printoptions
from .random import *
from .serialization import load, save
from .size import Size
from .core.tensor import Tensor

__version__ = "0.1.0"

_arguments.publish(globals())

__getattr__ = absent.getattr_of("minigrad", globals(), later=["distributions"])

_paths.publish(_sys.modules[__name__])
