"""Tools around training: feeding data in batches."""

from . import data
