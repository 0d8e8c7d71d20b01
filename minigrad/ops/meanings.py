"""The docstrings of the elementwise functions, which `promotion` makes of an operation."""

MEANINGS = {
    # arithmetic
    "mul": "Return `input * other`, broadcast.",
    "div": "Return `input / other`, broadcast; integers give floats.",
    "neg": "Return `-input`; NotImplementedError for booleans.",
    "positive": "Return `+input`, a copy; NotImplementedError for booleans.",
    "clone": "Return a copy, through which gradients pass.",
    "floor_divide": (
        "Return `input / other` rounded down; RuntimeError where an integer is divided by 0. The "
        "gradient is 0."
    ),
    "remainder": (
        "Return `input - other * floor(input / other)`, which has the sign of `other`; "
        "RuntimeError where an integer is divided by 0."
    ),
    "logaddexp": "Return log(exp(input) + exp(other)), so that no exponential overflows.",
    "maximum": "Return the larger of the two, NaN if one is NaN; equal ones share the gradient.",
    "minimum": "Return the smaller of the two, NaN if one is NaN; equal ones share the gradient.",
    # comparisons, logic, bits
    "eq": "Return whether `input == other`, element by element.",
    "ne": "Return whether `input != other`, element by element.",
    "lt": "Return whether `input < other`, element by element.",
    "le": "Return whether `input <= other`, element by element.",
    "gt": "Return whether `input > other`, element by element.",
    "ge": "Return whether `input >= other`, element by element.",
    "logical_and": "Return whether both are not 0, element by element.",
    "logical_or": "Return whether one of the two is not 0, element by element.",
    "logical_xor": "Return whether exactly one of the two is not 0, element by element.",
    "logical_not": "Return whether the element is 0.",
    "bitwise_and": "Return `input & other`, for integers and booleans.",
    "bitwise_or": "Return `input | other`, for integers and booleans.",
    "bitwise_xor": "Return `input ^ other`, for integers and booleans.",
    "bitwise_not": "Return `~input`, for integers and booleans.",
    "isnan": "Return whether the element is NaN.",
    "isinf": "Return whether the element is infinite.",
    "isfinite": "Return whether the element is neither infinite nor NaN.",
    # functions of one number
    "exp": "Return e ** x for each element x.",
    "expm1": "Return exp(x) - 1, exact also near 0.",
    "log": "Return the natural logarithm.",
    "log1p": "Return log(1 + x), exact also near 0.",
    "log2": "Return the logarithm to the base 2.",
    "log10": "Return the logarithm to the base 10.",
    "sqrt": "Return the square root, NaN for negative numbers.",
    "rsqrt": "Return 1 / sqrt(x).",
    "reciprocal": "Return 1 / x.",
    "sin": "Return the sine of an angle in radians.",
    "cos": "Return the cosine of an angle in radians.",
    "tan": "Return the tangent of an angle in radians.",
    "asin": "Return the angle in [-pi/2, pi/2] with this sine, NaN outside [-1, 1].",
    "acos": "Return the angle in [0, pi] with this cosine, NaN outside [-1, 1].",
    "atan": "Return the angle in (-pi/2, pi/2) with this tangent.",
    "sinh": "Return the hyperbolic sine, (exp(x) - exp(-x)) / 2.",
    "cosh": "Return the hyperbolic cosine, (exp(x) + exp(-x)) / 2.",
    "tanh": "Return the hyperbolic tangent, sinh(x) / cosh(x).",
    "sigmoid": "Return 1 / (1 + exp(-x)).",
    "erf": "Return 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x.",
    "relu": "Return max(x, 0).",
    "abs": "Return the absolute value; the gradient at 0 is 0.",
    "sign": "Return -1, 0 or 1, and 0 for NaN; the gradient is 0.",
    "floor": "Return the largest integer that is not above x, in the dtype of x.",
    "ceil": "Return the smallest integer that is not below x, in the dtype of x.",
}
