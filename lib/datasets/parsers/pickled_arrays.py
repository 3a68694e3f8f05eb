"""The constructors that a pickle may name: the names that NumPy writes for arrays, scalars, dtypes and bytes.

Each constructor checks its arguments and returns a value with the number of bytes that were allocated for it. None of
them calls the function of that name: an array is a view of bytes that fit its shape and dtype exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod
from pickle import UnpicklingError
from typing import Any, NamedTuple

import numpy as np

_PLAIN = re.compile(r"[|<>=]?(b1|[iu][1248]|f[248]|[SU][1-9]\d{0,5})")
_BYTES = (bytes, memoryview)
_OBJECT = 0x01  # NumPy's flag NPY_ITEM_REFCOUNT: the items are references to objects
MAX_OBJECTS = 10_000  # of an array of objects: names of classes, labels of folds


class Name(NamedTuple):
    """A name that a pickle may use."""

    module: str
    name: str

    def __str__(self) -> str:
        return ".".join(self)


def text(value: Any) -> str:
    """Return text, which is bytes in pickles of Python 2. Raises UnpicklingError for anything else."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if not isinstance(value, str):
        raise UnpicklingError(f"holds a {type(value).__name__} where text is expected")
    return value


class Dtype:
    """A dtype of numbers or text, in the byte order that its state gives."""

    def __init__(self, code: str) -> None:
        if code.lstrip("|<>=") in ("O", "O8", "O4"):
            self.dtype = np.dtype(object)
            return
        if not _PLAIN.fullmatch(code):
            raise UnpicklingError(f"holds an array of dtype {code[:60]}")
        self.dtype = np.dtype(code)

    def __str__(self) -> str:
        return f"the dtype {self.dtype}"

    def set_state(self, version: Any, order: Any, *rest: Any) -> None:
        """Set the state that dtype.__reduce__ returns.

        rest: subarray, names, fields, size, alignment, flags and, if there are any, metadata. Raises UnpicklingError
        for structured dtypes and for values that do not fit the dtype.
        """
        subarray, names, fields, size, _, flags, *more = rest
        if text(order) not in tuple("|<>="):
            raise UnpicklingError("holds a dtype without byte order")
        if (subarray, names, fields) != (None, None, None) or more not in ([], [None]):
            raise UnpicklingError("holds an array of a structured dtype")
        if type(flags) is not int or bool(flags & _OBJECT) != (self.dtype == object):
            raise UnpicklingError("holds a dtype that both is and is not of objects")
        if self.dtype == object:
            return
        if type(size) is not int or size not in (-1, self.dtype.itemsize):
            raise UnpicklingError(f"holds the dtype {self.dtype} with items of another size")
        self.dtype = self.dtype.newbyteorder(text(order))  # type: ignore[arg-type]


def _objects(values: Any, shape: Any, fortran: bool) -> np.ndarray:
    """Return a small array of plain values, such as the class names that loadmat returns."""
    if type(values) is not list:
        raise UnpicklingError(f"holds an array of objects whose data is a {type(values).__name__}")
    if len(values) > MAX_OBJECTS:
        raise UnpicklingError(f"holds an array of more than {MAX_OBJECTS} objects")
    found = np.empty(len(values), object)
    for number, value in enumerate(values):  # one by one: NumPy would turn lists of equal length into a matrix
        found[number] = value
    return found.reshape(_shape(shape, len(values)), order="F" if fortran else "C")


def _shape(shape: Any, count: int | None = None) -> tuple[int, ...]:
    """Return a shape as a tuple. Raises UnpicklingError unless it is one, of ``count`` values if that is known."""
    if type(shape) is int:
        shape = (shape,)
    if type(shape) is not tuple or len(shape) > 8 or not all(type(n) is int and 0 <= n < 2**48 for n in shape):
        raise UnpicklingError("holds an array without shape")
    if count is not None and prod(shape) != count:
        raise UnpicklingError(f"holds an array of shape {shape} with {count} objects")
    return shape


def _array(data: Any, dtype: Any, shape: Any, fortran: bool) -> np.ndarray:
    """Return a view of the bytes as an array. Raises UnpicklingError unless they fit its shape and dtype exactly."""
    if not isinstance(dtype, Dtype):
        raise UnpicklingError("holds an array without dtype")
    if dtype.dtype == object:
        return _objects(data, shape, fortran)
    if isinstance(data, str):
        raise UnpicklingError("holds an array whose data is text")
    if not isinstance(data, _BYTES):
        raise UnpicklingError(f"holds an array whose data is a {type(data).__name__}")
    shape = _shape(shape)
    if prod(shape) * dtype.dtype.itemsize != len(data):
        raise UnpicklingError(
            f"holds an array of shape {shape} and dtype {dtype.dtype} in {len(data)} bytes, "
            f"expected {prod(shape) * dtype.dtype.itemsize}"
        )
    if not len(data):
        return np.empty(shape, dtype.dtype)
    return np.frombuffer(data, dtype.dtype).reshape(shape, order="F" if fortran else "C")


class Array:
    """An array that is constructed first and gets its data later, with its state."""

    def __init__(self) -> None:
        self._array: np.ndarray | None = None

    def set_state(self, version: Any, shape: Any, dtype: Any, fortran: Any, data: Any) -> None:
        if self._array is not None:
            raise UnpicklingError("sets the state of an array twice")
        self._array = _array(data, dtype, shape, bool(fortran) if isinstance(fortran, int) else False)

    def finished(self) -> np.ndarray:
        if self._array is None:
            raise UnpicklingError("uses an array before its state is set")
        return self._array


Built = tuple[Any, int]


def _reconstruct(kind: Any, shape: Any, code: Any) -> Built:
    if type(kind) is not Name or kind != ("numpy", "ndarray"):
        raise UnpicklingError("holds an array of another class than numpy.ndarray")
    return Array(), 0


def _frombuffer(data: Any, dtype: Any, shape: Any, order: Any, axis_order: Any = None) -> Built:
    if axis_order is not None or text(order) not in ("C", "F"):
        raise UnpicklingError("holds an array in another order than C or F")
    return _array(data, dtype, shape, text(order) == "F"), 0


def _scalar(dtype: Any, data: Any) -> Built:
    if not isinstance(data, _BYTES):
        raise UnpicklingError(f"makes a number of a {type(data).__name__}")
    return _array(data, dtype, (1,), False)[0].item(), len(data)


def _dtype(code: Any, align: Any = False, copy: Any = True) -> Built:
    return Dtype(text(code)), 0


def _encode(characters: Any, encoding: Any = "latin1") -> Built:
    """Return bytes that protocols 0 to 2 of Python 3 write as text."""
    if not isinstance(characters, str) or text(encoding) not in ("latin1", "latin-1"):
        raise UnpicklingError("encodes text in another encoding than latin-1")
    return characters.encode("latin-1"), len(characters)


def _bytes(data: Any = b"", encoding: Any = None) -> Built:
    if encoding is not None:
        return _encode(data, encoding)
    if not isinstance(data, _BYTES):
        raise UnpicklingError(f"makes bytes of a {type(data).__name__}")
    return data, 0


def _never(*arguments: Any) -> Built:
    raise UnpicklingError("calls numpy.ndarray")


CONSTRUCTORS: dict[tuple[str, str], Callable[..., Built]] = {
    ("numpy", "ndarray"): _never,  # allowed as an argument only
    ("numpy", "dtype"): _dtype,
    ("_codecs", "encode"): _encode,
    **{(module, name): _bytes for module in ("builtins", "__builtin__") for name in ("bytes", "bytearray")},
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _reconstruct for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _scalar for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _frombuffer for core in ("core", "_core")},
}
