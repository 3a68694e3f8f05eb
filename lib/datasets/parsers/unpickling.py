"""Pickles of protocols 0 to 5, as CPython's pickletools describes them, read as plain data and nothing else.

This module says what each opcode means. `lib.datasets.parsers.pickle_machine` carries it out, and says why
pickle.Unpickler cannot be used.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

from lib.datasets.parsers.pickle_machine import Machine

MAX_OPCODES = 1_000_000  # images are arrays: no data set needs a tenth of it


def _refused(reason: str) -> Callable[[Machine], None]:
    def refuse(machine: Machine) -> None:
        raise UnpicklingError(reason)

    return refuse


def _instance(machine: Machine) -> None:
    module, name = machine.line(), machine.line()
    raise UnpicklingError(f"names {module.decode('latin-1')[:60]}.{name.decode('latin-1')[:60]}")


def _extension(size: int) -> Callable[[Machine], None]:
    def refuse(machine: Machine) -> None:
        raise UnpicklingError(f"names the extension code {machine.number(size)}")

    return refuse


def _signed(size: int) -> Callable[[Machine], int]:
    return lambda m: int.from_bytes(m.take(size), "little", signed=True)


_OUTSIDE = _refused("refers to an object outside the file")
_VALUES: dict[bytes, Callable[[Machine], Any]] = {
    b"N": lambda m: None,
    b"\x88": lambda m: True,
    b"\x89": lambda m: False,
    b"I": Machine.integer,
    b"L": Machine.integer,
    b"J": _signed(4),
    b"K": lambda m: m.number(1),
    b"M": lambda m: m.number(2),
    b"\x8a": lambda m: _signed(m.number(1))(m),
    b"\x8b": lambda m: _signed(m.number(4))(m),
    b"F": lambda m: float(m.line()),
    b"G": lambda m: struct.unpack(">d", m.take(8))[0],
    b"S": Machine.quoted,
    b"V": lambda m: str(m.line(), "raw-unicode-escape"),
    # text of Python 2 is bytes here: only where text is expected does it become text
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
    b"l": Machine.items,
    b"\x91": Machine.frozen,
}


def _pushing(value: Callable[[Machine], Any]) -> Callable[[Machine], None]:
    return lambda m: m.push(value(m))


OPCODES: dict[bytes, Callable[[Machine], None]] = {
    **{opcode: _pushing(value) for opcode, value in _VALUES.items()},
    b"(": Machine.mark,
    b"0": Machine.pop_any,
    b"1": Machine.pop_to_mark,
    b"2": Machine.duplicate,
    b"a": Machine.append,
    b"e": lambda m: m.extend(m.items()),
    b"s": Machine.set_item,
    b"u": lambda m: m.update(m.items()),
    b"d": lambda m: m.new({}, m.update),
    b"\x90": lambda m: m.add(m.items()),
    b"t": Machine.marked_tuple,
    b"\x85": lambda m: m.tuple_of(1),
    b"\x86": lambda m: m.tuple_of(2),
    b"\x87": lambda m: m.tuple_of(3),
    b"p": lambda m: m.put(int(m.line())),
    b"q": lambda m: m.put(m.number(1)),
    b"r": lambda m: m.put(m.number(4)),
    b"\x94": Machine.memoise,
    b"g": lambda m: m.get(int(m.line())),
    b"h": lambda m: m.get(m.number(1)),
    b"j": lambda m: m.get(m.number(4)),
    b"c": lambda m: m.name(m.line().decode(), m.line().decode()),
    b"\x93": Machine.stack_name,
    b"R": Machine.reduce,
    b"b": Machine.build,
    b"\x80": Machine.protocol,
    b"\x95": Machine.skip_frame,
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


def unpickled(data: mmap.mmap | bytes) -> Any:
    """The plain value that a pickle describes; long arrays are views of ``data``.

    Plain are None, numbers, text, bytes, lists, tuples, dicts, sets and arrays of numbers or text.
    Raises UnpicklingError for anything else, and whatever damaged bytes lead to.
    """
    machine = Machine(data)
    for _ in range(MAX_OPCODES):
        opcode = machine.opcode()
        if opcode == b".":
            return machine.result()
        action = OPCODES.get(opcode)
        if action is None:
            raise UnpicklingError(f"holds the opcode {opcode!r}" if opcode else "ends early")
        action(machine)
    raise UnpicklingError(f"holds more than {MAX_OPCODES} opcodes")
