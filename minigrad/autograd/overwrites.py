"""The check that no recorded value was overwritten in place before backward uses it."""

import numpy as np

from ..core import backward, record


def refuse_overwritten(node, rule):
    """Observe the walk back: RuntimeError if a value that the rule reads was overwritten since."""
    values = {"out": node.out, **dict(zip(node.operation.names, node.inputs, strict=False))}
    for name in rule.reads:
        value = values.get(name)
        if isinstance(value, np.ndarray) and overwritten(node, value):
            what = "result" if name == "out" else "input"
            raise RuntimeError(
                f"{node.operation.__name__}: its {what} of shape {value.shape} was changed by an "
                "in-place operation before backward had used it; change a copy (clone()), or use "
                "the out-of-place operation"
            )


def overwritten(node, array):
    """Return whether the memory of `array` was written to after `node` recorded it."""
    return record.last_writes.get(id(record.memory_of(array)), 0) > node.time


backward.before_rule.append(refuse_overwritten)
