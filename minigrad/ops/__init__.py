"""The differentiable operations, one file for each family, each forward next to its rules."""

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
