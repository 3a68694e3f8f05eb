"""Pickles become plain data, or are refused before any of their code runs."""

import builtins
import codecs
import collections
import copyreg
import io
import os
import pickle
import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from lib.base.errors import StudyError
from lib.datasets.forms.pickles import read_pickle, unpickle
from lib.datasets.forms.registry import read_splits
from lib.datasets.parsers.unpickling import unpickle_plain

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
VALUES = {
    "constants": [None, True, False],
    "numbers": [0, -1, 255, 65_535, -(2**31), 2**40, -(10**40), 1.5, -0.0, float("inf")],
    "text": ["", "a", "naïve", "日本", "a\nb\\", "x" * 300, "x" * 70_000],
    "bytes": [b"", b"a", b"\x00\xff\n'", bytes(range(256)) * 300],
    "containers": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [[]], {}, {"a": {1: b"c"}}, [1] * 2000],
    "sets": [set(), {1, 2}, frozenset("ab")],
}
ARRAYS = {
    "rows": np.arange(24, dtype=np.uint8).reshape(4, 6),
    "fortran": np.asfortranarray(np.arange(24, dtype=np.uint8).reshape(4, 6)),
    "strided": np.arange(24, dtype=np.uint8).reshape(4, 6)[::2, ::3],
    "big endian": np.arange(5, dtype=">i4"),
    "floats": np.linspace(0, 1, 7),
    "booleans": np.array([True, False]),
    "text": np.array(["car", "bird"]),
    "bytes": np.array([b"car", b"bird"]),
    "empty": np.zeros((0, 3), np.uint8),
    "of no dimensions": np.array(3),
    "long": np.arange(100_000, dtype=np.int64),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", VALUES)
def test_plain_values(kind, protocol):
    if kind == "sets" and protocol < 4:
        pytest.skip("before protocol 4 sets are built by a name")
    for value in [*VALUES[kind], VALUES[kind]]:
        assert unpickle_plain(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", ARRAYS)
@pytest.mark.parametrize("core", ["core", "_core"])
def test_arrays_of_every_protocol_and_module_path(kind, protocol, core):
    written = pickle.dumps({"X": ARRAYS[kind], "again": [ARRAYS[kind]]}, protocol)
    if protocol < 4:  # names are lines, whose length is not stored
        written = written.replace(b"numpy._core.", b"numpy.%s." % core.encode())
    elif core == "core":
        written = written.replace(b"\x8c\x16numpy._core.multiarray", b"\x8c\x15numpy.core.multiarray")
        written = written.replace(b"\x8c\x13numpy._core.numeric", b"\x8c\x12numpy.core.numeric")
        at = written.find(b"\x95")
        if len(written) < 60_000:
            written = written[: at + 1] + struct.pack("<Q", len(written) - at - 9) + written[at + 9 :]
    found = unpickle_plain(written)
    for array in (found["X"], found["again"][0]):
        assert array.dtype == ARRAYS[kind].dtype
        np.testing.assert_array_equal(array, ARRAYS[kind])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_scalars(protocol):
    scalars = [np.uint8(3), np.float64(0.5), np.int64(-7), np.bool_(True), np.str_("ab")]
    assert unpickle_plain(pickle.dumps(scalars, protocol)) == [3, 0.5, -7, True, "ab"]


# as Python 2.7 with NumPy 1.8 writes {'X': uint8 matrix (2, 3)} in protocols 0 and 2
PYTHON_2 = {
    0: b"(dp0\nS'X'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n(I0\ntp4\nS'b'\np5\ntp6\nRp7\n"
    b"(I1\n(I2\nI3\ntp8\ncnumpy\ndtype\np9\n(S'u1'\np10\nI0\nI1\ntp11\nRp12\n(I3\nS'|'\np13\nNNNI-1\nI-1\nI0\ntp14\n"
    b"bI00\nS'\\x00\\x01\\xff\\n\\'A'\np15\ntp16\nbs.",
    2: b"\x80\x02}q\x00U\x01Xq\x01cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85q\x04U\x01b"
    b"q\x05\x87q\x06Rq\x07(K\x01K\x02K\x03\x86q\x08cnumpy\ndtype\nq\tU\x02u1q\nK\x00K\x01\x87q\x0bRq\x0c(K\x03U\x01|"
    b"q\rNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x0eb\x89U\x06\x00\x01\xff\n'Aq\x0ftq\x10bs.",
}


@pytest.mark.parametrize("protocol", PYTHON_2)
def test_python_2(tmp_path, protocol):
    (tmp_path / "train.pk").write_bytes(PYTHON_2[protocol])
    assert read_pickle(tmp_path / "train.pk")["X"].tolist() == [[0, 1, 255], [10, 39, 65]]


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_long_arrays_stay_in_the_file(tmp_path, protocol):
    (tmp_path / "train.pk").write_bytes(pickle.dumps({"X": np.zeros((3000, 27_648), np.uint8)}, protocol))
    tracemalloc.start()
    try:
        found = read_pickle(tmp_path / "train.pk")["X"]
        assert found.shape == (3000, 27_648)
        assert not found.flags.writeable
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


class Calls:
    """An object whose pickle calls a function with these arguments."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Forged(Calls):
    """An object whose pickle calls a constructor and sets the state of its result."""

    def __init__(self, function, arguments, state):
        self.call = (function, arguments, state)


class Matrix(np.ndarray):
    pass


class Opens:
    def __reduce__(self):
        return os.system, ("touch exploited",)


EXPLOITS = {
    "os.system": Calls(os.system, "touch exploited"),
    "eval": Calls(eval, "open('exploited', 'w')"),
    "exec": Calls(exec, "open('exploited', 'w')"),
    "getattr": Calls(getattr, "", "join"),
    "import": Calls(builtins.__import__, "os"),
    "open": Calls(io.open, "exploited", "w"),
    "Popen": Calls(subprocess.Popen, ["touch", "exploited"]),
    "subclass": Opens(),
    "nested": {"X": [(np.zeros(3), [Opens()])]},
    "memoised": (lambda o: [o, o])(Opens()),
    "within a call": Calls(bytes, Calls(os.system, "touch exploited")),
    "class": collections.OrderedDict(a=1),
    "object of a class": Calls(object),
    "type": type,
    "numpy.load": Calls(np.load, "exploited", None, True),
    "numpy.memmap": Calls(np.memmap, "exploited", "uint8", "w+", 0, (3,)),
    "numpy.fromfile": Calls(np.fromfile, "/etc/passwd"),
    "numpy.ndarray": Calls(np.ndarray, (2**40,)),
    "bytes as addresses of objects": Calls(np.ndarray, (1,), "O", b"AAAAAAAA"),
    "objects by the state of a dtype": Forged(np.dtype, ("V8",), (3, "|", None, ("a",), {"a": ("O", 0)}, 8, 1, 0)),
    "items of a gigabyte": Forged(np.dtype, ("V1",), (3, "|", None, None, None, 2**30, 1, 0)),
    "numpy's exec": Calls(np.testing._private.utils.runstring, "open('exploited', 'w')", {}),
    "numpy.ctypeslib": Calls(np.ctypeslib.load_library, "exploited", "."),
    "numpy.vectorize": Calls(np.vectorize, os.system),
    "numpy.frombuffer": Calls(np.frombuffer, b"ab", "u1"),
    "numpy.zeros": Calls(np.zeros, 2**40),
    "another codec": Calls(codecs.encode, "a" * 100, "punycode"),
    "subclass of ndarray": np.zeros(3).view(Matrix),
    "memory map": Calls(np._core.multiarray._reconstruct, np.memmap, (0,), b"b"),
    "objects that are not plain": np.array([Calls(os.system, "touch exploited")], dtype=object),
    "structure": np.zeros(3, dtype=[("a", "u1")]),
    "void": np.zeros(3, dtype="V8"),
    "times": np.zeros(3, dtype="M8[s]"),
    "complex": 1j,
    "range": range(10**9),
    "bytes of a number": Calls(bytes, 2**50),
    "bytearray of a number": Calls(bytearray, 2**50),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("exploit", EXPLOITS)
def test_exploits_are_refused(tmp_path, monkeypatch, exploit, protocol):
    monkeypatch.chdir(tmp_path)
    try:
        written = pickle.dumps({"X": EXPLOITS[exploit]}, protocol)
    except pickle.PicklingError:
        pytest.skip("cannot be written in this protocol")
    (tmp_path / "train.pk").write_bytes(written)
    with pytest.raises(StudyError, match="not a whole pickle of plain data") as caught:
        unpickle(tmp_path / "train.pk")
    if isinstance(EXPLOITS[exploit], Calls) and EXPLOITS[exploit].call[0] in (os.system, eval, np.load, np.memmap):
        assert "names " in str(caught.value)
    assert not (tmp_path / "exploited").exists()


def test_a_file_that_is_not_a_pickle_is_described_by_its_start(tmp_path):
    (tmp_path / "train.pk").write_text("hello, I am text\n")
    with pytest.raises(StudyError, match=r"train.pk: not a whole pickle of plain data \(starts with b'hello, I am '\)"):
        unpickle(tmp_path / "train.pk")


@pytest.mark.parametrize("protocol", PROTOCOLS[2:])  # earlier ones have no such codes
@pytest.mark.parametrize("code", [200, 20_000, 2_000_000_000])
def test_extension_codes_are_refused(protocol, code):
    copyreg.add_extension("posix", "system", code)
    try:
        written = pickle.dumps({"X": os.system}, protocol)
    finally:
        copyreg.remove_extension("posix", "system", code)
    assert b"system" not in written
    with pytest.raises(pickle.UnpicklingError, match=f"names the extension code {code}"):
        unpickle_plain(written)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_persistent_ids_are_refused(protocol):
    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return "anything" if value == "X" else None

    file = io.BytesIO()
    Pickler(file, protocol).dump(["X"])
    with pytest.raises(pickle.UnpicklingError, match="refers to an object outside the file"):
        unpickle_plain(file.getvalue())


def test_buffers_outside_the_file_are_refused():
    written = pickle.dumps(np.zeros(3), 5, buffer_callback=lambda buffer: None)
    with pytest.raises(pickle.UnpicklingError, match="outside the file"):
        unpickle_plain(written)


OPCODES = {
    "instance of a class": (b"(S'touch exploited'\nios\nsystem\n.", "names os.system"),
    "numpy's import of anything": (
        b"cnumpy.core\n_ufunc_reconstruct\n(S'posix'\nS'system'\ntR.",
        "names numpy.core._ufunc_reconstruct",
    ),
    "object of a class": (b"(cnumpy\nndarray\no.", "makes an object of a class"),
    "new object": (b"\x80\x02cnumpy\nndarray\n)\x81.", "makes an object of a class"),
    "a name as the value": (b"cnumpy\ndtype\n.", "holds numpy.dtype as a value"),
    "state of a list": (b"](K\x01tb.", "sets the state of a list"),
    "state of a dict": (b"}}b.", "sets the state of a dict"),
    "call of a list": (b"])R.", "calls a list"),
    "memo that is empty": (b"h\x07.", "refers to a value that it has not built"),
    "text that claims gigabytes": (b"\x8d" + struct.pack("<Q", 2**62) + b"a.", "claims 4611686018427387904 bytes"),
    "negative length": (b"T\xff\xff\xff\xffa.", "claims -1 bytes"),
    "protocol 6": (b"\x80\x06N.", "has protocol 6"),
    "unknown opcode": (b"\xff.", "holds the opcode"),
    "tuple as a key": (b"})K\x01s.", "holds a tuple as a key"),
    "list as a key": (b"}]K\x01s.", "holds a list as a key"),
    "append to a tuple": (b")K\x01a.", "fills a tuple as a list"),
    "no stop": (b"N", "ends early"),
}


@pytest.mark.parametrize("case", OPCODES)
def test_misplaced_opcodes_are_refused(case):
    written, sentence = OPCODES[case]
    with pytest.raises(pickle.UnpicklingError, match=sentence):
        unpickle_plain(written)


def array_pickle(shape=(2,), code="u1", state=(3, "|", None, None, None, -1, -1, 0), data=b"ab", version=1):
    """A pickle of an array with any dtype state and any array state."""
    file = io.BytesIO()
    pickler = pickle._Pickler(file, 3)
    pickler.proto = 3
    write = file.write
    write(b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n")
    for value in ((0,), b"b"):
        pickler.save(value)
    write(b"\x87R(")
    pickler.save(version)
    pickler.save(shape)
    write(b"cnumpy\ndtype\n")
    pickler.save((code, False, True))
    write(b"R")
    pickler.save(state)
    write(b"b")
    pickler.save(False)
    pickler.save(data)
    write(b"tb.")
    return file.getvalue()


STATES = {
    "terabytes": ({"shape": (2**40, 2**7)}, "in 2 bytes, expected"),
    "overflow": ({"shape": (2**62, 4)}, "without shape"),
    "negative": ({"shape": (-2,)}, "without shape"),
    "too few bytes": ({"shape": (3,)}, "in 2 bytes, expected 3"),
    "other items": ({"state": (3, "|", None, None, None, 8, 1, 0)}, "items of another size"),
    "objects by code": ({"code": "O8"}, "both is and is not of objects"),
    "objects by flags": ({"state": (3, "|", None, None, None, -1, -1, 63)}, "both is and is not of objects"),
    "objects by data": ({"data": [1, 2]}, "whose data is a list"),
    "void": ({"code": "V2"}, "array of dtype V2"),
    "structure by code": ({"code": "u1,u1"}, "array of dtype u1,u1"),
    "structure by state": (
        {"state": (3, "|", None, ("a",), {"a": (1, 0)}, 1, 1, 0)},
        "structured dtype",
    ),
    "subarray": ({"state": (3, "|", (1, (2**40,)), None, None, 1, 1, 0)}, "structured dtype"),
    "metadata": ({"state": (3, "|", None, None, None, -1, -1, 0, {"a": 1})}, "structured dtype"),
    "no items": ({"code": "S0", "shape": (2**40,), "data": b""}, "array of dtype S0"),
    "shape of floats": ({"shape": (2.0,)}, "without shape"),
}


@pytest.mark.parametrize("case", STATES)
def test_states_that_claim_more_than_the_bytes_hold_are_refused(case):
    changes, sentence = STATES[case]
    assert unpickle_plain(array_pickle()).tolist() == [97, 98]
    with pytest.raises(pickle.UnpicklingError, match=sentence):
        unpickle_plain(array_pickle(**changes))


RECONSTRUCT, FROM_BUFFER = np._core.multiarray._reconstruct, np._core.numeric._frombuffer
CLAIMS = {
    "state": Forged(RECONSTRUCT, (np.ndarray, (0,), b"b"), (1, (2**30, 2**12), np.dtype("u1"), False, b"ab")),
    "state without bytes": Forged(RECONSTRUCT, (np.ndarray, (0,), b"b"), (1, (2**42,), np.dtype("u1"), False, b"")),
    "objects": Forged(RECONSTRUCT, (np.ndarray, (0,), b"b"), (1, (2**42,), np.dtype("O"), False, [])),
    "buffer": Calls(FROM_BUFFER, b"ab", np.dtype("u1"), (2**42,), "C"),
    "construction": Calls(RECONSTRUCT, np.ndarray, (2**42,), b"b"),
    "items": Calls(FROM_BUFFER, b"ab", Calls(np.dtype, "S999999"), (2**22,), "C"),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("claim", CLAIMS)
def test_arrays_that_claim_terabytes_are_refused_in_every_protocol(claim, protocol):
    found = bounded(pickle.dumps({"X": CLAIMS[claim]}, protocol), 2**20)
    assert isinstance(found, pickle.UnpicklingError)
    assert "array" in str(found)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("key", ["X", "y", "class_names", "fold_indices", "groups", "another"])
def test_billion_laughs_in_every_protocol(tmp_path, key, protocol):
    bomb = ["lol"]
    for _ in range(60):
        bomb = [bomb] * 10  # 10**60 references, each list written once
    contents = {"X": np.zeros((4, 12), np.uint8), "y": [1, 1, 1, 1], key: bomb}
    written = pickle.dumps(contents, protocol)
    assert len(written) < 5_000
    assert isinstance(bounded(written, 2**22), dict), "memory is that of the file"
    for split in ("train", "test", "unlabeled"):
        (tmp_path / f"{split}.pk").write_bytes(written)
    if key == "another":
        assert read_splits(tmp_path)["train"].images.shape == (4, 12)
    else:
        with pytest.raises(StudyError, match=r"train\.pk: "):
            read_splits(tmp_path)


def bounded(written, memory=2**28):
    """Return the value of a pickle or its error; fail if reading it takes more memory in bytes."""
    tracemalloc.start()
    try:
        return unpickle_plain(written)
    except Exception as error:
        return error
    finally:
        assert tracemalloc.get_traced_memory()[1] < memory
        tracemalloc.stop()


def test_bombs_are_refused_or_take_little_memory(tmp_path):
    laughs = b"\x80\x02]q\x00" + b"".join(
        b"](" + b"h%c" % (level - 1) * 10 + b"eq%c" % level for level in range(1, 100)
    )  # 10**99 references
    written = b"\x80\x02}(U\x01X](K\x01eU\x01y" + laughs[2:] + b"u."
    assert isinstance(bounded(written), Exception | dict)
    (tmp_path / "train.pk").write_bytes(written)

    hashed = b"\x80\x02)q\x00" + b"".join(b"h%ch%c\x86q%c" % (n - 1, n - 1, n) for n in range(1, 200)) + b"K\x01s."
    assert isinstance(bounded(b"}" + hashed), pickle.UnpicklingError)

    copies = b"X\x00\x00\x10\x00" + b"a" * 2**20 + b"q\x000(" + b"c_codecs\nencode\nh\x00\x85R" * 20_000 + b"l."
    assert "more data than the file holds" in str(bounded(copies))

    equal_hashes = (((2**61 - 1) * k).to_bytes(10, "little") for k in range(20_000))
    collisions = b"}(" + b"".join(b"\x8a\x0a" + key + b"N" for key in equal_hashes) + b"u."
    assert "more than 10000 entries" in str(bounded(collisions))

    assert bounded(b"\x80\x02K\x07r\xff\xff\xff\x7f.", 2**20) == 7, "an index of the memo does not set its size"

    deep = bounded(b"(" * 10**5 + b"t" * 10**5 + b".")
    assert isinstance(deep, tuple | Exception)
    assert "opcodes" in str(bounded(b"N" * 1_100_000))


def test_nested_references_in_labels_and_folds_are_refused(tmp_path):
    bomb = [1]
    for _ in range(60):
        bomb = [bomb, bomb]
    for key in ("y", "class_names", "fold_indices", "groups"):
        matrix = {"X": np.zeros((4, 12), np.uint8), "y": [1, 1, 1, 1], key: bomb}
        for split in ("train", "test", "unlabeled"):
            (tmp_path / f"{split}.pk").write_bytes(pickle.dumps(matrix))
        with pytest.raises(StudyError):
            read_splits(tmp_path)


def test_nothing_is_imported():
    before = set(sys.modules)
    with pytest.raises(pickle.UnpicklingError, match=r"names antigravity\.fly"):
        unpickle_plain(b"cantigravity\nfly\n.")
    assert set(sys.modules) == before
