"""Arrays that behave as those of CuPy 14.2 where they differ from NumPy's, computed by NumPy.

They do not say which library they belong to, they become NumPy arrays by `get` alone, they do not mix with NumPy
arrays, and reductions give arrays without dimensions. The module has CuPy's functions of the array API, with CuPy's
arguments, as far as the project uses them.
"""

from __future__ import annotations

import operator

import numpy as np

bool, int8, int32, int64, uint8 = np.bool, np.int8, np.int32, np.int64, np.uint8
float32, float64 = np.float32, np.float64
finfo, isdtype = np.finfo, np.isdtype
_ELEMENTWISE = ("abs", "exp", "isfinite", "log", "maximum", "minimum", "sqrt")
# Arguments after the array by name, as of CuPy 14.2.
_ARGUMENTS = {
    **dict.fromkeys(("all", "any", "max", "min", "argmin", "argmax"), ("axis", "keepdims")),
    **dict.fromkeys(("sum", "mean"), ("axis", "dtype", "keepdims")),
    "var": ("axis", "ddof", "keepdims"),
    "arange": ("stop", "step", "dtype"),
    "astype": ("dtype", "copy"),
    "broadcast_to": ("shape",),
    "clip": ("a_min", "a_max"),
    **dict.fromkeys(("concat", "stack"), ("axis",)),
    "full": ("fill_value", "dtype"),
    "reshape": ("newshape", "copy"),
    "where": ("x", "y"),
    "zeros": ("dtype",),
    **dict.fromkeys(("empty_like", "ones_like", "zeros_like"), ("dtype",)),
}


class ndarray:  # noqa: N801 (as in CuPy)
    """An array that holds a NumPy array."""

    __array_ufunc__ = None  # NumPy's operators leave the work to this class

    def __init__(self, values):
        self._values = np.asarray(values)

    def get(self):
        return self._values.copy()

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct one.")

    def __getattr__(self, name):
        if name.startswith("__array") or name not in ("dtype", "shape", "ndim", "size", "T", "item", "reshape"):
            raise AttributeError(f"'cupy.ndarray' object has no attribute {name!r}")
        found = getattr(self._values, name)
        if name == "reshape":
            return lambda *shape: ndarray(found(*shape))
        return ndarray(found) if name == "T" else found

    def __getitem__(self, place):
        return ndarray(self._values[_own(place)])

    def __setitem__(self, place, values):
        self._values[_own(place)] = _own(values)

    def __len__(self):
        return len(self._values)

    def __bool__(self):
        return self._values.__bool__()

    def __float__(self):
        return float(self._values)

    def __int__(self):
        return int(self._values)

    def __neg__(self):
        return ndarray(-self._values)

    def __invert__(self):
        return ndarray(~self._values)


def _own(value):
    """The values that an argument holds. A NumPy array is refused, as CuPy refuses it."""
    if isinstance(value, ndarray):
        return value._values
    if isinstance(value, np.ndarray) and value.ndim:
        raise TypeError(f"Unsupported type {type(value)}")
    return type(value)(map(_own, value)) if isinstance(value, (list, tuple)) else value


def _binary(name):
    function = getattr(operator, name)

    def forward(left, right):
        return ndarray(function(left._values, _own(right)))

    def backward(left, right):
        return ndarray(function(_own(right), left._values))

    return forward, backward


for _name in ("add", "sub", "mul", "truediv", "pow", "matmul", "and_", "or_", "floordiv", "mod"):
    _word = _name.rstrip("_")
    _forward, _backward = _binary(_name)
    setattr(ndarray, f"__{_word}__", _forward)
    setattr(ndarray, f"__r{_word}__", _backward)
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(ndarray, f"__{_name}__", _binary(_name)[0])


def asarray(a, dtype=None):
    """An array of values from anywhere, also from NumPy."""
    return ndarray(np.array(a._values if isinstance(a, ndarray) else a, dtype=dtype))


def _function(name):
    def call(first, *others, **named):
        known = _ARGUMENTS.get(name)
        if known is not None:
            unknown = set(named) - set(known)
            if unknown:
                raise TypeError(f"{name}() got an unexpected keyword argument {min(unknown)!r}")
            named = dict(zip(known, others, strict=False)) | named
            others = ()
        if name == "clip":
            return ndarray(np.clip(_own(first), _own(named["a_min"]), _own(named.get("a_max"))))
        if name == "reshape":
            return ndarray(np.reshape(_own(first), named["newshape"]))
        if name == "where":
            return ndarray(np.where(_own(first), _own(named["x"]), _own(named["y"])))
        if name == "arange":
            return ndarray(np.arange(first, **named))
        if name == "astype":
            return ndarray(np.astype(_own(first), named["dtype"]))
        return ndarray(getattr(np, name)(_own(first), *map(_own, others), **named))

    return call


for _name in (*_ELEMENTWISE, *_ARGUMENTS):
    globals()[_name] = _function(_name)


class linalg:  # noqa: N801 (as in CuPy)
    """Decompositions."""

    @staticmethod
    def eigh(matrix):
        return tuple(map(ndarray, np.linalg.eigh(_own(matrix))))
