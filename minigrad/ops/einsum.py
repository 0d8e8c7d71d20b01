"""Einstein's summation convention, composed of diagonals, sums and matrix products."""

import math

from .promotion import refuse_bools
from .indexing import diagonal
from .linalg import matmul
from .reductions import sum
from .shape import expand, permute, reshape

__all__ = "einsum".split()


def einsum(equation, *operands):
    """Sum products over the indices that are not after the arrow: "ij,jk->ik" is a @ b.

    An index that an operand names twice takes its diagonal. "..." stands for leading axes that
    broadcast. Without an arrow the indices that occur once remain, in alphabetical order.
    RuntimeError for an equation that does not fit, ValueError without operands.

    >>> import minigrad as mg
    >>> mg.einsum("ii->i", mg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 4.])
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = operands[0]
    for operand in operands:
        refuse_bools("einsum", operand)
    if not isinstance(equation, str):
        raise TypeError(f"einsum(): the equation must be a string, not {type(equation).__name__}")
    if not operands:
        raise ValueError("einsum(): expected at least one operand")
    terms, output = _parsed(equation, operands)
    remaining = list(zip(operands, terms, strict=True))
    x, labels = _diagonals(*remaining.pop(0))
    while remaining:
        y, others = _diagonals(*remaining.pop(0))
        wanted = set(output).union(*(term for _, term in remaining))
        x, labels = _contracted(x, labels, y, others, wanted)
    x, labels = _summed(x, labels, output)
    return permute(x, [labels.index(label) for label in output])


def _parsed(equation, operands):
    """Return the labels of each operand and of the result, those for "..." as negative numbers."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise RuntimeError(
            f"einsum(): {equation!r} names {len(terms)} operands, got {len(operands)}"
        )
    ellipsis = [
        x.ndim - len(term.replace("...", "")) for term, x in zip(terms, operands, strict=True)
    ]
    leading = max((n for n, term in zip(ellipsis, terms, strict=True) if "..." in term), default=0)
    spelled = []
    for term, x, n in zip(terms, operands, ellipsis, strict=True):
        if n < 0 or (n and "..." not in term):
            raise RuntimeError(
                f"einsum(): {term!r} in {equation!r} does not fit a tensor of shape {x.shape}"
            )
        spelled.append(_labels(term, n))
    if not arrow:
        once = sorted(label for label in set(left) - set(",.") if left.count(label) == 1)
        return spelled, [*range(-leading, 0), *once]
    output = _labels(right, leading)
    if len(set(output)) != len(output) or not set().union(*spelled).issuperset(output):
        raise RuntimeError(
            f"einsum(): the result {right!r} of {equation!r} must name indices of the operands, "
            "once each"
        )
    return spelled, output


def _labels(term, leading):
    head, dots, tail = term.partition("...")
    labels = [*head, *(range(-leading, 0) if dots else ()), *tail]
    for label in labels:
        if isinstance(label, str) and not label.isalpha():
            raise RuntimeError(f"einsum(): {term!r} may hold letters and one '...', not {label!r}")
    return labels


def _diagonals(x, labels):
    """Take diagonals of the operand until no label is repeated."""
    labels = list(labels)
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            i = labels.index(label)
            j = labels.index(label, i + 1)
            if x.shape[i] != x.shape[j]:
                raise RuntimeError(
                    f"einsum(): index {label!r} has lengths {x.shape[i]} and {x.shape[j]}"
                )
            x = diagonal(x, 0, i, j)
            labels = [*labels[:i], *labels[i + 1 : j], *labels[j + 1 :], label]
    return x, labels


def _summed(x, labels, kept):
    """Sum the operand over the labels that are not kept."""
    axes = [i for i, label in enumerate(labels) if label not in kept]
    if not axes:
        return x, labels
    return sum(x, axes), [label for label in labels if label in kept]


def _contracted(x, labels, y, others, wanted):
    """Multiply two operands by one matrix product, summed over the labels that are not wanted."""
    x, labels = _summed(x, labels, wanted.union(others))
    y, others = _summed(y, others, wanted.union(labels))
    batch = [label for label in labels if label in others and label in wanted]
    inner = [label for label in labels if label in others and label not in wanted]
    left = [label for label in labels if label not in others]
    right = [label for label in others if label not in labels]
    sizes = _sizes(x, labels, y, others)

    def arranged(z, own, rows, columns):
        order = [*batch, *rows, *columns]
        z = permute(z, [own.index(label) for label in order])
        z = expand(z, [sizes[label] if label in inner else -1 for label in order])
        height = math.prod(sizes[label] for label in rows)
        width = math.prod(sizes[label] for label in columns)
        return reshape(z, (*z.shape[: len(batch)], height, width))

    out = matmul(arranged(x, labels, left, inner), arranged(y, others, inner, right))
    kept = [*batch, *left, *right]
    return reshape(out, [sizes[label] for label in kept]), kept


def _sizes(x, labels, y, others):
    """Return the length of every label; a length of 1 broadcasts."""
    sizes = {}
    for label, n in (*zip(labels, x.shape, strict=True), *zip(others, y.shape, strict=True)):
        if n != sizes.setdefault(label, n):
            if 1 not in (n, sizes[label]):
                raise RuntimeError(f"einsum(): index {label!r} has lengths {sizes[label]} and {n}")
            sizes[label] = max(n, sizes[label])
    return sizes
