"""What the checks of an exercise are made of: the `check` decorator and `compare`, which tells what
is wrong.

Checks run in the checker's own process. The learner's file runs in another, and what its functions
return arrives here as plain numbers, arrays, strings, lists and the like; anything else (an object
of the learner's class, a Tensor) as a stand-in, whose attributes, methods and operators work as if
it were here. So nothing that the learner's file does to this module, to NumPy or to Python itself
reaches the comparison.
"""

import numpy as np

RTOL, ATOL = 1e-7, 1e-9
SINGLE = {"rtol": 1e-5, "atol": 1e-6}  # for `compare`, where float32 is as good an answer
FACTOR_RTOL = 1e-6
LARGEST_LOAN = 10_000  # numbers that a lent function is asked for: it runs in the grader
ALMOST = 1e-5  # a relative error that rounding or a small constant leaves, and no other mistake


class CourseError(Exception):
    """The course itself is broken: a master, not a learner's file, is at fault."""


class Wrong(Exception):
    """A result is not what it must be: the diagnosis, the expression, and lines that show both
    values.
    """

    def __init__(self, diagnosis, expression="", shown=()):
        self.diagnosis, self.expression, self.shown = diagnosis, expression, tuple(shown)
        super().__init__(diagnosis)

    def __str__(self):
        lines = [self.expression] if self.expression else []
        indent = "  " if lines else ""
        return "\n".join(lines + [indent + line for line in (self.diagnosis, *self.shown)])


def check(part, *, points, hidden=False, inplace=False):
    """Mark a function (m, rng) as a check of `part`, worth `points`; a `hidden` one only counts in
    `grade --hidden`.

    A learner's function must not change its arguments; for an exercise in which it must,
    `inplace=True` brings the changes to arrays, lists and dictionaries back to the check.
    """
    if type(points) is not int:
        raise TypeError(f"check(): points are a whole number, got {points}")

    def mark(function):
        function.check = {"part": part, "points": points, "hidden": hidden, "inplace": inplace}
        return function

    return mark


def answer(function):
    """Mark a function that computes what a check expects, as the answer of the exercise would.

    `release` hands out its results in its place. So it takes and returns plain data, and what a
    check passes to it never depends on what the learner's functions return.
    """
    function.answer = True
    return function


def lend(m, name, function):
    """Put a right `function` in the place of the learner's own of that name, so that a mistake in
    one part costs nothing in the next. In a copy without answers it knows few arguments; for the
    others the learner's own is called.
    """
    kept = f"own_{name}"
    if not hasattr(m, kept):  # before the first check that lends
        setattr(m, kept, getattr(m, name))
    own = getattr(m, kept)

    def lent(*arguments):
        try:
            if sum(map(np.size, arguments)) > LARGEST_LOAN:
                raise CourseError("more than any check needs")
            return function(*arguments)
        except CourseError:
            return own(*arguments)

    setattr(m, name, lent)


def compare(expression, got, expected, /, *, rtol=RTOL, atol=ATOL, **mistakes):
    """Raise `Wrong` unless `got` equals `expected`, with the first diagnosis that fits.

    In this order: None or a wrong type; a wrong shape; NaN and infinity; a named mistake, given as
    `name=(explanation, the value it gives)`; the sign; nearly right; a constant factor; the worst
    element. What was computed in float32 need not be nearer than float32 can be.
    """
    got = taken(got)
    with np.errstate(all="ignore"):
        if isinstance(expected, str | bytes | bool | dict | set | type(None)):
            _compare_plainly(expression, got, expected)
        elif isinstance(expected, tuple) or not _is_numeric(expected):
            _compare_sequences(expression, got, expected, rtol=rtol, atol=atol, **mistakes)
        else:
            _compare_numbers(expression, got, np.asarray(expected), (rtol, atol), mistakes)


def taken(value):
    """What a stand-in in the learner's process stands for, where it is as good as plain data: for a
    Tensor its array, for a named tuple a tuple. Any other value as it is.
    """
    kind = getattr(type(value), "remote_name", None)
    if kind and kind(value) == "Tensor":
        return np.asarray(value)
    return tuple(value) if kind and hasattr(value, "_fields") else value


def several(expression, got, *names):
    """The values that a learner's function returned, one for each of `names`: a tuple or list of
    them, or an array. Raise `Wrong` where it returned anything else.
    """
    got = taken(got)
    if isinstance(got, list | tuple) or (isinstance(got, np.ndarray) and got.ndim):
        if len(got) == len(names):
            return [taken(value) for value in got]
    came = f"{len(got)} values" if isinstance(got, list | tuple) else kind_of(got)
    expected = "a pair" if len(names) == 2 else f"{len(names)} values"
    raise Wrong(f"{came}, expected {expected}: return {', '.join(names)}", expression)


def refuses(expression, function, *arguments, why):
    """Raise `Wrong` unless the call, which `expression` shows, raises ValueError; `why` says what
    is wrong with it.
    """
    try:
        got = function(*arguments)
    except ValueError:
        return
    except AssertionError:
        raise Wrong(
            "AssertionError, expected ValueError: Python leaves asserts out with -O", expression
        ) from None
    raise Wrong(f"no error, but {why}: raise ValueError", expression, [f"it returned {got}"])


def _compare_plainly(expression, got, expected):
    if isinstance(expected, bool) and isinstance(got, np.bool_):
        got = bool(got)
    if type(got) is not type(expected):
        raise Wrong(_wrong_type(got, expected), expression, _both(got, expected))
    if got != expected:
        raise Wrong("not the expected value", expression, _both(got, expected))


def _compare_sequences(expression, got, expected, **how):
    if not isinstance(got, list | tuple | np.ndarray) or (
        isinstance(got, np.ndarray) and got.ndim == 0
    ):
        raise Wrong(_wrong_type(got, expected), expression, _both(got, expected))
    if len(got) != len(expected):
        diagnosis = f"wrong length: {len(got)} elements, expected {len(expected)}"
        if isinstance(got, np.ndarray) and isinstance(expected, tuple):
            what = "a pair" if len(expected) == 2 else f"{len(expected)} values"
            diagnosis = f"one array, expected {what}"
        raise Wrong(diagnosis, expression, _both(got, expected))
    mistakes = {name: how.pop(name) for name in list(how) if name not in ("rtol", "atol")}
    for name, (explanation, value) in mistakes.items():
        if _all_equal(got, value, **how) and not _all_equal(value, expected, **how):
            raise Wrong(
                f"{name.replace('_', ' ')}: {explanation}", expression, _both(got, expected)
            )
    for i, (one, right) in enumerate(zip(got, expected, strict=True)):
        compare(f"{expression}[{i}]", one, right, **how)


def _all_equal(got, expected, **how):
    try:
        compare("", got, expected, **how)
    except Wrong:
        return False
    return True


def _compare_numbers(expression, got, expected, tolerance, mistakes):
    def wrong(diagnosis, values=None):
        return Wrong(diagnosis, expression, values or _both(got, expected))

    if got is None or not _is_numeric(got):
        raise wrong(_wrong_type(got, expected))
    array = np.asarray(got)
    if (array.dtype == bool) != (expected.dtype == bool):
        raise wrong(f"wrong type: {kind_of(array)}, expected {kind_of(expected)}")
    if array.shape != expected.shape:
        raise wrong(_wrong_shape(array, expected, tolerance))
    if array.dtype == np.float32 and tolerance[0]:
        tolerance = tuple(map(max, tolerance, SINGLE.values()))
    if _close(array, expected, *tolerance):
        return
    if array.dtype == bool:
        _raise_if_a_mistake(array, expected, tolerance, mistakes, wrong)
        raise wrong(f"{_worst(array != expected, array)} of {array.size} elements are wrong")
    _raise_if_not_finite(array, expected, wrong)
    _raise_if_a_mistake(array, expected, tolerance, mistakes, wrong)
    square = array.ndim == 2 and array.shape[0] == array.shape[1]
    if square and _close(array, expected.T, *tolerance):
        raise wrong("looks transposed: got = expected.T")
    if _close(array, -expected.astype(float), *tolerance):
        raise wrong("the sign is flipped: got = -expected")
    _raise_if_almost(array, expected, wrong)
    _raise_if_a_factor(array, expected, wrong)
    raise wrong(*_worst_element(array, expected, tolerance))


def _raise_if_a_mistake(array, expected, tolerance, mistakes, wrong):
    for name, (explanation, value) in mistakes.items():
        value = np.asarray(value, dtype=float)
        same = value.shape == array.shape and _close(array, value, *tolerance)
        if same and not _close(value, expected, *tolerance):
            raise wrong(f"{name.replace('_', ' ')}: {explanation}")


# -- Diagnoses -------------------------------------------------------------------------------------


def _is_numeric(value):
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "biuf"
    if isinstance(value, list | tuple):
        try:
            return np.asarray(value).dtype.kind in "biuf"
        except (ValueError, TypeError, OverflowError):
            return False
    return isinstance(value, bool | int | float) and not (
        isinstance(value, int) and abs(value) >= 2**63
    )


def _close(got, expected, rtol, atol):
    """Whether all elements are as near as asked; infinities of one sign are equal, NaN is where NaN
    is expected.
    """
    return bool(np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True).all())


def _wrong_type(got, expected):
    if got is None:
        return f"None, expected {kind_of(expected)}: is a return missing?"
    return f"wrong type: {kind_of(got)}, expected {kind_of(expected)}"


def kind_of(value):
    """What a value is, for a reader: "an array of shape (2, 3)", "a number", "a Tensor"."""
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "biuf":
        return f"an array of {'bool' if value.dtype == bool else 'numbers'}, shape {value.shape}"
    if isinstance(value, bool | np.bool_) or (
        isinstance(value, np.ndarray) and value.dtype == bool
    ):
        return "True or False"
    if isinstance(value, int | float | np.number) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "iuf"
    ):
        return "a number"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    name = getattr(type(value), "remote_name", None)
    name = name(value) if name else type(value).__name__
    name = {"str": "string", "ndarray": "array of objects"}.get(name, name)
    return "None" if value is None else f"a{'n' if name[:1].lower() in 'aeio' else ''} {name}"


def _wrong_shape(got, expected, tolerance):
    diagnosis = f"wrong shape: {got.shape}, expected {expected.shape}"
    transposed = got.ndim > 1 and got.shape == expected.shape[::-1]
    if transposed and _close(got.T, expected, *tolerance):
        return f"{diagnosis}: looks transposed, and transposed it is right"
    return f"{diagnosis}: looks transposed" if transposed else diagnosis


def _raise_if_not_finite(got, expected, wrong):
    for name, test in (("NaN", np.isnan), ("infinite", np.isinf)):
        bad = test(got) & ~test(expected)
        if bad.any():
            where = (
                f"{int(bad.sum())} of {got.size} elements, first at {_index(bad)}"
                if got.ndim
                else "the result"
            )
            raise wrong(f"{where}: {name}" if got.ndim == 0 else f"{name}: {where}")


def _raise_if_almost(got, expected, wrong):
    if got.dtype.kind != "f":
        return
    error = np.abs(got.astype(float) - expected).max()
    relative = error / np.abs(expected).max() if expected.any() else np.inf
    if relative < ALMOST:
        raise wrong(f"almost: relative error {relative:.0e}; float32, or an epsilon in it?")


def _raise_if_a_factor(got, expected, wrong):
    got, expected = got.astype(float), expected.astype(float)
    if not (np.isfinite(got).all() and np.isfinite(expected).all()) or not (expected**2).sum():
        return
    factor = (got * expected).sum() / (expected**2).sum()
    simple = any(
        abs(f * k - round(f * k)) < 1e-6
        for f in (factor, 1 / factor if factor else 0.5)
        for k in (1, 2)
    )
    # one number is always some multiple of another: a factor tells something only if it is a simple
    # one
    told = f"{factor:.4g}"
    if (
        told not in ("0", "1")
        and (got.size > 1 or simple)
        and np.allclose(got, factor * expected, rtol=FACTOR_RTOL, atol=1e-12)
    ):
        raise wrong(f"a constant factor is off: got = {told} x expected")


def _worst_element(got, expected, tolerance):
    if got.ndim == 0:
        return "not the expected value", None
    rtol, atol = tolerance
    error = np.abs(got.astype(float) - expected)
    error[~np.isfinite(error)] = np.inf
    error[np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)] = 0
    at = np.unravel_index(np.argmax(error), error.shape)
    index = "[" + ", ".join(str(int(i)) for i in at) + "]"
    count = f"{np.count_nonzero(error)} of {error.size} elements are wrong; the worst is {index}"
    return f"{count}: {_number(got[at])}, expected {_number(expected[at])}", _both(got, expected)


def _worst(bad, array):
    return f"{np.count_nonzero(bad)}" if array.ndim else "1"


def _index(mask):
    return "[" + ", ".join(str(int(i)) for i in np.argwhere(mask)[0]) + "]"


def _number(value, digits=6):
    is_float = isinstance(value, float) or value.dtype.kind == "f"
    return f"{float(value):.{digits}g}" if is_float else str(value)


def _both(got, expected):
    """Both values in a line each; to more places where four do not tell them apart."""
    for digits in (4, 8, 17):
        lines = [as_text(value, digits) for value in (expected, got)]
        if lines[0] != lines[1]:
            break
    return [f"expected {lines[0]}", f"got      {lines[1]}"]


def as_text(value, digits=4, width=88):
    """A value on one line, no longer than `width`."""
    if isinstance(value, float | np.number) or (isinstance(value, np.ndarray) and value.ndim == 0):
        text = _number(value, digits)
    elif isinstance(value, np.ndarray):
        text = np.array2string(
            value, precision=digits, suppress_small=digits < 17, threshold=60, edgeitems=3
        )
    else:
        try:
            text = repr(value)
        except Exception as error:  # a learner's __repr__
            text = f"<{type(error).__name__} in __repr__>"
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 4] + " ..."
