"""Unpickling of plain data only, for protocols 0 to 5 as CPython's pickletools describes them.

This module maps opcodes to the operations of `lib.datasets.parsers.pickle_machine`, which also says why
pickle.Unpickler is not used.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from lib.datasets.parsers.pickle_machine import PickleMachine

MAX_OPCODES = 1_000_000  # ten times what any data set needs, since images are arrays


def _refused(reason: str) -> Callable[[PickleMachine], None]:
    def refuse(m: PickleMachine) -> None:
        raise UnpicklingError(reason)

    return refuse


def _instance(m: PickleMachine) -> None:
    module, name = m.line(), m.line()
    raise UnpicklingError(f"names {module.decode('latin-1')[:60]}.{name.decode('latin-1')[:60]}")


def _extension(size: int) -> Callable[[PickleMachine], None]:
    def refuse(m: PickleMachine) -> None:
        raise UnpicklingError(f"names the extension code {m.number(size)}")

    return refuse


def _signed(size: int) -> Callable[[PickleMachine], int]:
    return lambda m: int.from_bytes(m.take(size), "little", signed=True)


_OUTSIDE = _refused("refers to an object outside the file")
_VALUES: dict[bytes, Callable[[PickleMachine], Any]] = {
    b"N": lambda m: None,
    b"\x88": lambda m: True,
    b"\x89": lambda m: False,
    b"I": PickleMachine.integer,
    b"L": PickleMachine.integer,
    b"J": _signed(4),
    b"K": lambda m: m.number(1),
    b"M": lambda m: m.number(2),
    b"\x8a": lambda m: _signed(m.number(1))(m),
    b"\x8b": lambda m: _signed(m.number(4))(m),
    b"F": lambda m: float(m.line()),
    b"G": lambda m: struct.unpack(">d", m.take(8))[0],
    b"S": PickleMachine.quoted,
    b"V": lambda m: str(m.line(), "raw-unicode-escape"),
    # text of Python 2 stays bytes: it is decoded only where text is expected
    b"T": lambda m: m.raw(_signed(4)(m)),
    b"U": lambda m: m.raw(m.number(1)),
    b"B": lambda m: m.raw(m.number(4)),
    b"C": lambda m: m.raw(m.number(1)),
    b"\x8e": lambda m: m.raw(m.number(8)),
    b"\x96": lambda m: m.raw(m.number(8)),
    b"X": lambda m: m.text(m.number(4)),
    b"\x8c": lambda m: m.text(m.number(1)),
    b"\x8d": lambda m: m.text(m.number(8)),
    b"]": lambda m: [],
    b"}": lambda m: {},
    b")": lambda m: (),
    b"\x8f": lambda m: set(),
    b"l": PickleMachine.items,
    b"\x91": PickleMachine.frozen_set,
}


def _pushing(value: Callable[[PickleMachine], Any]) -> Callable[[PickleMachine], None]:
    return lambda m: m.push(value(m))


OPCODES: dict[bytes, Callable[[PickleMachine], None]] = {
    **{opcode: _pushing(value) for opcode, value in _VALUES.items()},
    b"(": PickleMachine.mark,
    b"0": PickleMachine.pop_any,
    b"1": PickleMachine.pop_to_mark,
    b"2": PickleMachine.duplicate,
    b"a": PickleMachine.append,
    b"e": lambda m: m.extend(m.items()),
    b"s": PickleMachine.set_item,
    b"u": lambda m: m.update(m.items()),
    b"d": lambda m: m.new({}, m.update),
    b"\x90": lambda m: m.add(m.items()),
    b"t": PickleMachine.marked_tuple,
    b"\x85": lambda m: m.tuple_of(1),
    b"\x86": lambda m: m.tuple_of(2),
    b"\x87": lambda m: m.tuple_of(3),
    b"p": lambda m: m.put(int(m.line())),
    b"q": lambda m: m.put(m.number(1)),
    b"r": lambda m: m.put(m.number(4)),
    b"\x94": PickleMachine.memoise,
    b"g": lambda m: m.get(int(m.line())),
    b"h": lambda m: m.get(m.number(1)),
    b"j": lambda m: m.get(m.number(4)),
    b"c": lambda m: m.name(m.line().decode(), m.line().decode()),
    b"\x93": PickleMachine.stack_name,
    b"R": PickleMachine.reduce,
    b"b": PickleMachine.build,
    b"\x80": PickleMachine.protocol,
    b"\x95": PickleMachine.skip_frame,
    b"P": _OUTSIDE,
    b"Q": _OUTSIDE,
    b"\x97": _OUTSIDE,
    b"\x98": _OUTSIDE,
    b"\x82": _extension(1),
    b"\x83": _extension(2),
    b"\x84": _extension(4),
    b"i": _instance,
    **dict.fromkeys((b"o", b"\x81", b"\x92"), _refused("makes an object of a class")),
}


def unpickle_plain(data: mmap.mmap | bytes) -> Any:
    """Return the plain value of a pickle; long arrays are views of ``data``.

    Plain values are None, numbers, text, bytes, lists, tuples, dicts, sets, and arrays of them or of numbers. Raises
    UnpicklingError for anything else, and exceptions of any kind for damaged bytes.
    """
    m = PickleMachine(data)
    for _ in range(MAX_OPCODES):
        opcode = m.opcode()
        if opcode == b".":
            return m.result()
        operation = OPCODES.get(opcode)
        if operation is None:
            raise UnpicklingError(f"holds the opcode {opcode!r}" if opcode else "ends early")
        operation(m)
    raise UnpicklingError(f"holds more than {MAX_OPCODES} opcodes")
