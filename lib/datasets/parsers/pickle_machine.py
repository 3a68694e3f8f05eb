"""A pickle machine that reads plain data: stack, marks and memo, and the operations that opcodes perform on them.

The machine cannot import, call or change anything. Names refer to the few constructors in
`lib.datasets.parsers.pickled_arrays`, and long byte strings are views of the file. The memory that it allocates is
bounded by the size of the file.

Why not pickle.Unpickler with a find_class that allows NumPy's own names only? That refuses os.system, but

- find_class cannot distinguish a name from a call. The pickle of any array names numpy.ndarray as an argument, and a
  pickle that may name it may call it: ``ndarray((1,), "O", b"AAAAAAAA")`` uses eight bytes of the file as the address
  of an object, and reading the array ends the process, or worse;
- the allowed functions set states without checks: dtype.__setstate__ makes items of objects or of a gigabyte each,
  ndarray.__setstate__ fills arrays of objects, and _reconstruct allocates any shape. A file of a hundred bytes asks
  for terabytes. _codecs.encode, which bytes in protocol 2 need, runs any codec;
- Unpickler's opcodes allocate before they check: a memo index of 2**26 costs 1 GiB, in a file of ten bytes;
- Unpickler copies every array into memory, 2.8 GB for the unlabelled images of STL-10. Here arrays are views of the
  file.

Therefore the opcodes are executed here, on plain values. Arrays are views whose shape and dtype fit their bytes
exactly, and everything that is not listed is refused by name. lib.datasets.parsers.unpickling lists the opcodes,
lib.datasets.parsers.pickled_arrays lists the constructors.
"""

from __future__ import annotations

import codecs
import mmap
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from lib.datasets.parsers.pickled_arrays import CONSTRUCTORS, Array, Dtype, Name

MAX_ENTRIES = 10_000  # of a dict or set: inserting many keys of equal hash takes quadratic time
MAPPED = 2**16  # bytes: longer byte strings are views of the file
_KEYS = (str, bytes, int, float, bool, type(None))  # no tuples: hashing nested ones can take exponential time


def _finished(value: Any) -> Any:
    """Return a value, or the array of an `Array`. Raises UnpicklingError for names and dtypes, which are not values."""
    if isinstance(value, Array):
        return value.finished()
    if isinstance(value, Name | Dtype):
        raise UnpicklingError(f"holds {value} as a value")
    return value


class PickleMachine:
    """Stack, marks and memo of one pickle. data: its bytes.

    Methods perform the operations of the opcodes. They raise UnpicklingError for everything that plain data does not
    need, and IndexError for a stack that is too short.
    """

    def __init__(self, data: mmap.mmap | bytes) -> None:
        self._data, self._view, self._at = data, memoryview(data), 0
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        self._budget = 4 * len(data) + 2**16  # bytes that may be allocated beyond views of the file

    def opcode(self) -> bytes:
        """Return the next opcode, b"" at the end of the file."""
        self._at += 1
        return self._data[self._at - 1 : self._at]

    def result(self) -> Any:
        """Return the value of the pickle."""
        return _finished(self.pop())

    # reading
    def take(self, count: int) -> memoryview:
        if count < 0 or count > len(self._view) - self._at:
            raise UnpicklingError(f"claims {count} bytes where {len(self._view) - self._at} are left")
        self._at += count
        return self._view[self._at - count : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def line(self) -> bytes:
        end = self._data.find(b"\n", self._at)
        if end < 0:
            raise UnpicklingError("ends early")
        found = bytes(self.take(end - self._at))
        self._at += 1
        return found

    def raw(self, count: int) -> bytes | memoryview:
        found = self.take(count)
        return found if count > MAPPED else bytes(found)

    def text(self, count: int) -> str:
        return str(self.take(count), "utf-8", "surrogatepass")

    # the stack
    def push(self, value: Any) -> None:
        self._stack.append(value)

    def pop(self) -> Any:
        return self._stack.pop()

    def items(self) -> list[Any]:
        """Pop the values since the last mark."""
        start = self._marks.pop()
        found = self._stack[start:]
        del self._stack[start:]
        return [_finished(value) for value in found]

    def top(self, kind: type) -> Any:
        if type(self._stack[-1]) is not kind:
            raise UnpicklingError(f"fills a {type(self._stack[-1]).__name__} as a {kind.__name__}")
        return self._stack[-1]

    def mark(self) -> None:
        self._marks.append(len(self._stack))

    def tuple_of(self, count: int) -> None:
        # a tuple of arguments may hold names and dtypes: the constructors check them
        found = tuple(value.finished() if isinstance(value, Array) else value for value in self._stack[-count:])
        if len(found) < count:
            raise UnpicklingError("takes more values than there are")
        self._stack[-count:] = [found]

    def marked_tuple(self) -> None:
        start = self._marks.pop()
        if start == len(self._stack):
            self.push(())
        else:
            self.tuple_of(len(self._stack) - start)

    # containers
    def extend(self, values: list[Any]) -> None:
        self.top(list).extend(values)

    def append(self) -> None:
        value = _finished(self.pop())
        self.top(list).append(value)

    def update(self, values: list[Any]) -> None:
        target = self.top(dict)
        if len(values) % 2:
            raise UnpicklingError("holds a key without a value")
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[self._key(key, len(target))] = value

    def set_item(self) -> None:
        value, key = _finished(self.pop()), self.pop()
        self.update([key, value])

    def add(self, values: list[Any]) -> None:
        target = self.top(set)
        for value in values:
            target.add(self._key(value, len(target)))

    def frozen_set(self) -> frozenset[Any]:
        values = self.items()
        return frozenset(self._key(value, number) for number, value in enumerate(values))

    def _key(self, key: Any, entries: int) -> Any:
        if type(key) not in _KEYS:
            raise UnpicklingError(f"holds a {type(key).__name__} as a key")
        if entries >= MAX_ENTRIES:
            raise UnpicklingError(f"holds a dict or set of more than {MAX_ENTRIES} entries")
        return key

    def new(self, target: Any, fill: Callable[[list[Any]], None]) -> None:
        values = self.items()
        self.push(target)
        fill(values)

    # names and constructors
    def name(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise UnpicklingError("uses a name that is not text")
        if (module, name) not in CONSTRUCTORS:
            raise UnpicklingError(f"names {module[:60]}.{name[:60]}")
        self.push(Name(module, name))

    def stack_name(self) -> None:
        name, module = self.pop(), self.pop()
        self.name(module, name)

    def reduce(self) -> None:
        arguments, name = self.pop(), self.pop()
        if type(name) is not Name or type(arguments) is not tuple:
            raise UnpicklingError(f"calls a {type(name).__name__}")
        value, size = CONSTRUCTORS[name.module, name.name](*arguments)
        self._budget -= size
        if self._budget < 0:
            raise UnpicklingError("builds more data than the file holds")
        self.push(value)

    def build(self) -> None:
        state = self.pop()
        target = self._stack[-1]
        if not isinstance(target, Array | Dtype) or type(state) is not tuple:
            raise UnpicklingError(f"sets the state of a {type(target).__name__}")
        target.set_state(*state)

    # the memo
    def put(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def get(self, index: int) -> None:
        if index not in self._memo:
            raise UnpicklingError("refers to a value that it has not built")
        self.push(self._memo[index])

    # text of protocol 0
    def quoted(self) -> bytes:
        line = self.line()
        if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
            raise UnpicklingError("holds text without quotes")
        return codecs.escape_decode(line[1:-1])[0]  # type: ignore[attr-defined]

    def integer(self) -> int | bool:
        line = self.line()
        return {b"00": False, b"01": True}[line] if line in (b"00", b"01") else int(line.removesuffix(b"L"))

    def protocol(self) -> None:
        if (version := self.number(1)) > 5:
            raise UnpicklingError(f"has protocol {version}")

    def pop_to_mark(self) -> None:
        del self._stack[self._marks.pop() :]

    def duplicate(self) -> None:
        self.push(self._stack[-1])

    def memoise(self) -> None:
        self.put(len(self._memo))

    def skip_frame(self) -> None:
        self.take(8)  # the length of a frame only says how much to read ahead

    def pop_any(self) -> None:
        if self._marks and self._marks[-1] == len(self._stack):
            self._marks.pop()
        else:
            self.pop()
