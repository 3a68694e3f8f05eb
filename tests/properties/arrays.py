"""Strategies for arrays of every dtype, layout and size of values."""

import re

import numpy as np
from hypothesis import event
from hypothesis import strategies as st

REAL = [np.uint8, np.int8, np.int16, np.uint16, np.int32, np.int64, np.uint64, np.float16, np.float32, np.float64]
OTHER = [np.longdouble, bool, np.complex128, "U3", object, "M8[s]"]
LAYOUTS = ["C", "F", "every second", "reversed", "transposed view", "read-only", "list"]
REFUSED = (TypeError, ValueError, OverflowError, MemoryError)
SENTENCE = re.compile(r"\w+: [\w().,\' ]+ (is|are|hold|holds|have|has|returns|give) .*(expected|too large)", re.DOTALL)


def filled(rng, shape, dtype, kind):
    """An array of a dtype with values of a kind."""
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
        if kind in ("huge", "largest"):
            return rng.integers(high - 3, high, size=shape, dtype=dtype, endpoint=True)
        if kind in ("zeros", "equal", "tiny"):
            return np.full(shape, 0 if kind == "zeros" else 7, dtype)
        return rng.integers(max(low, -300), min(high, 300), size=shape, dtype=dtype, endpoint=True)
    if dtype.kind != "f":
        return rng.integers(0, 2, size=shape).astype(dtype)
    values = rng.normal(size=shape)
    largest = float(min(np.finfo(dtype).max, np.finfo(float).max))
    scale = {"zeros": 0.0, "huge": largest**0.6, "tiny": 1 / largest**0.6, "largest": largest}.get(kind, 1.0)
    if kind == "equal":
        values = np.full(shape, rng.normal())
    with np.errstate(over="ignore", under="ignore"):
        values = (np.clip(values, -1, 1) * scale).astype(dtype)
    if kind.startswith("one") and values.size:
        values.flat[rng.integers(values.size)] = np.nan if kind == "one NaN" else -np.inf
    return values


def laid_out(values, layout):
    """An array, or a list, with the same values and another layout in memory."""
    if layout == "list":
        return values.tolist()
    if layout == "F":
        return np.asfortranarray(values)
    if layout == "every second" and values.ndim:
        wide = np.zeros((2 * values.shape[0], *values.shape[1:]), values.dtype)
        wide[::2] = values
        return wide[::2]
    if layout == "reversed" and values.ndim:
        return values[::-1].copy()[::-1]
    if layout == "transposed view":
        return values.T.copy().T
    values = values.copy()
    if layout == "read-only":
        values.setflags(write=False)
    return values


def mostly(usual, *odd):
    """A strategy for usual values, of which about every twelfth is an odd one."""
    choice = st.sampled_from(odd) if not isinstance(odd[0], st.SearchStrategy) else st.one_of(*odd)
    return st.integers(0, 11).flatmap(lambda number: choice if number == 11 else usual)


def pictures(channels):
    """Shapes of rows of square images, with some other shapes."""
    sides = st.integers(1, 6)
    usual = st.tuples(st.integers(1, 5), st.builds(lambda side: side * side * channels, sides))
    return mostly(
        usual, st.sampled_from([(), (3,), (2, 2, 3), (0, 12), (4, 0)]), st.tuples(st.just(2), st.integers(0, 20))
    )


DTYPES = mostly(st.sampled_from(REAL), *OTHER)
KINDS = mostly(st.sampled_from(["usual", "zeros", "equal", "huge", "tiny"]), "largest", "one NaN", "one infinite")


@st.composite
def arrays(draw, shapes, dtypes=DTYPES, kinds=KINDS):
    """Pairs of an array, or list, and a NumPy array with the same values."""
    shape, dtype, kind = draw(shapes), draw(dtypes), draw(kinds)
    plain = filled(np.random.default_rng(draw(st.integers(0, 2**32))), shape, dtype, kind)
    return laid_out(plain, draw(st.sampled_from(LAYOUTS))), plain


def outcome(call, *inputs):
    """What a call returns, None if it refuses its inputs in a sentence; the inputs do not change in either case."""
    before, found, refusal = _bytes(inputs), None, None
    try:
        found = call(*inputs)
    except REFUSED as error:
        refusal = f"{type(error).__name__}: {error}"
    event("computed" if refusal is None else "refused")
    assert refusal is None or SENTENCE.match(refusal), refusal
    assert before == _bytes(inputs), "an input has changed"
    return found


def _bytes(inputs):
    return [value.tobytes() if isinstance(value, np.ndarray) else repr(value) for value in inputs]
