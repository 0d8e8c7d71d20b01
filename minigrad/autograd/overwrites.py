"""The check that no recorded value was overwritten in place before backward uses it."""

import numpy as np

from ..core import backward, record


def refuse_overwritten(node, rule):
    """Observe the walk back: RuntimeError if a value that the rule reads was overwritten since."""
    values = {**node.params, "out": node.out}  # parameters, too: the index of `x[index]`
    values.update(zip(node.operation.names, node.inputs, strict=False))
    for name in rule.reads:
        value = values.get(name)
        for part in value if isinstance(value, tuple) else [value]:
            if isinstance(part, np.ndarray) and overwritten(node, part):
                what = "result" if name == "out" else "input"
                raise RuntimeError(
                    f"{node.operation.__name__}: its {what} of shape {part.shape} was changed by "
                    "an in-place operation before backward had used it; change a copy (clone()), "
                    "or use the out-of-place operation"
                )


def overwritten(node, array):
    """Return whether the memory of `array` was written to after `node` recorded it."""
    return record.last_writes.get(id(record.memory_of(array)), 0) > node.time


backward.before_rule.append(refuse_overwritten)
