"""Tools around training: feeding data in batches."""

from .. import absent
from . import data

__getattr__ = absent.getattr_of("minigrad.utils", globals())
