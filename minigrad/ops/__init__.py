"""The differentiable operations, one file for each family, each forward next to its rules."""

from types import ModuleType as _Module

from .. import arguments as _arguments
from . import numpy_dispatch
from .creation import *
from .einsum import *
from .elementwise import *
from .functions import *
from .indexing import *
from .linalg import *
from .norms import *
from .order import *
from .reductions import *
from .shape import *

_arguments.publish(globals())

# the functions and not the files: `minigrad.linalg` would be one of them
__all__ = [n for n, x in globals().items() if n[0] != "_" and not isinstance(x, _Module)]
