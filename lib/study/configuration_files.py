"""Configuration files: read as Snakemake reads them, but refused where YAML means something else than it seems to.

Snakemake tries JSON first, then YAML 1.1 by yte, which runs any Python that a file asks for. So a file has to pass
`read` before Snakemake sees it.
"""

from __future__ import annotations

import codecs
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader

from lib.base.errors import StudyError

EXAMPLE = "config/config.yaml"
LARGEST = 500_000  # bytes of a file: Snakemake's YAML reader needs 10 seconds for them
MOST_VALUES = 100_000  # of a file once every alias is replaced by what it stands for
_DEEPEST = 50  # lists and mappings inside of each other
_LONGEST_NUMBER = 400  # characters: no float has a longer exact form
_ENCODINGS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_TAG = "tag:yaml.org,2002:"
_PLAIN = {f"{_TAG}{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map", "merge")}
# What YAML 1.1 reads as something else than people write: the kind of value, its form, what it is taken for.
_SURPRISES = (
    (
        "int",
        re.compile(r"[-+]?0[0-9_]+"),
        "an octal number; write it without leading zeros, or in quotes if it is text",
    ),
    ("str", re.compile(r"[-+]?0[0-9]+"), "text; write it without leading zeros, or in quotes if it is text"),
    ("int", re.compile(r".*:.*"), "a number to base 60; put it in quotes if it is text"),
    ("float", re.compile(r".*:.*"), "a number to base 60; put it in quotes if it is text"),
    ("timestamp", re.compile(r".*"), "a date; put it in quotes if it is text"),
)
_YTE_KEYS = ("__use_yte__", "__definitions__", "__variables__")


class Misleading(yaml.MarkedYAMLError):  # type: ignore[misc]
    """Valid YAML that means something else than it seems to, or that a configuration has no use for."""


def shortened(text: str, most: int = 120) -> str:
    """The text, cut in its middle if it is longer than ``most`` characters; never a lone surrogate."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    half = most // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]} ({len(text)} characters)"


def _contents(file: str) -> str:
    """The text of a file. Raises StudyError for what cannot be read, is too large or is not UTF-8 text."""
    name = shortened(file)
    try:
        status = Path(file).stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a device or pipe"
            raise StudyError(f"{name}: is {kind}, expected a configuration file")
        if status.st_size > LARGEST:
            raise StudyError(f"{name}: holds {status.st_size} bytes, expected a configuration of at most {LARGEST}")
        content = Path(file).read_bytes()
    except OSError as error:
        raise StudyError(f"{name}: cannot be read ({error.strerror}), expected a configuration file") from None
    except ValueError:
        raise StudyError(f"{name}: holds a NUL character, expected the name of a configuration file") from None
    for mark, encoding in _ENCODINGS.items():
        if content.startswith(mark):
            raise StudyError(f"{name}: is text in {encoding}, expected UTF-8; save it with that encoding")
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise StudyError(f"{name}: line {line} holds a NUL byte, as binary and UTF-16 files do, expected text in UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise StudyError(
            f"{name}: line {line} holds the byte 0x{content[error.start]:02x}, which is not UTF-8 (but Latin-1 or "
            "another 8-bit encoding, perhaps), expected text in UTF-8; save it with that encoding"
        ) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping of JSON. Raises yaml.YAMLError for a key that occurs twice, of which JSON keeps the last."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise yaml.MarkedYAMLError(problem=f"the key {shortened(key)} stands twice")
        found[key] = value
    return found


def fault_of(error: Exception) -> str:
    """Place and kind of a fault."""
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return where + shortened(getattr(error, "problem", None) or " ".join(str(error).split()))


def _size(node: yaml.Node, sizes: dict[int, int], nodes: list[yaml.Node]) -> int:
    """Number of values below a node with every alias followed; collects each node once.

    Raises yaml.MarkedYAMLError for an alias that contains itself.
    """
    if (known := sizes.get(id(node))) is not None:
        if known == 0:  # not finished: it is one of those that contain this place
            raise yaml.MarkedYAMLError(problem="an alias contains itself", problem_mark=node.start_mark)
        return known
    sizes[id(node)] = 0
    nodes.append(node)
    inner: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        inner = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        inner = node.value
    sizes[id(node)] = 1 + sum(_size(part, sizes, nodes) for part in inner)
    return sizes[id(node)]


def _faults_of_scalar(node: yaml.ScalarNode, is_key: bool) -> Iterator[str]:
    text, kind = shortened(node.value), node.tag.removeprefix(_TAG)
    if kind in ("int", "float") and len(node.value) > _LONGEST_NUMBER:
        yield f"a number of {len(node.value)} characters, expected at most {_LONGEST_NUMBER}"
        return
    if node.style is None:  # neither in quotes nor a block of text
        for of, form, meaning in _SURPRISES:
            if kind == of and form.fullmatch(node.value):
                yield f"YAML reads {text} as {meaning}"
                return
    if is_key and kind in ("bool", "null", "float"):
        words = {"bool": "true or false", "null": "nothing", "float": "a number"}[kind]
        yield f"YAML reads the key {text} as {words}; put it in quotes"


def _faults_of_node(node: yaml.Node, keys: set[int]) -> Iterator[tuple[yaml.Mark, str]]:
    """Place and sentence of what a node is and should not be, its inner nodes left alone."""
    if isinstance(node, yaml.ScalarNode):
        surprises = list(_faults_of_scalar(node, id(node) in keys))
        yield from ((node.start_mark, surprise) for surprise in surprises)
        if surprises:
            return
    if node.tag not in _PLAIN:
        tag = node.tag.replace(_TAG, "!!", 1)
        yield node.start_mark, f"the tag {shortened(tag)}, expected text, numbers, lists and mappings only"
    if isinstance(node, yaml.MappingNode):
        lists = (key for key, _ in node.value if not isinstance(key, yaml.ScalarNode))
        yield from ((key.start_mark, "a key that is a list or mapping, expected text") for key in lists)


def _check_keys(mapping: yaml.MappingNode) -> None:
    """Raises yaml.MarkedYAMLError for a key that occurs twice, of which YAML keeps the last."""
    seen = set()
    for key in (key for key, _ in mapping.value if isinstance(key, yaml.ScalarNode)):
        if key.value in seen:
            raise yaml.MarkedYAMLError(
                problem=f"the key {shortened(key.value)} stands twice", problem_mark=key.start_mark
            )
        seen.add(key.value)


def parsed(text: str) -> Any:
    """What a text in YAML holds. Raises yaml.YAMLError, `Misleading` among them, for its first fault."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        sizes: dict[int, int] = {}
        nodes: list[yaml.Node] = []
        size = _size(node, sizes, nodes)
        if size > MOST_VALUES:
            raise Misleading(problem=f"its aliases stand for {size} values, expected at most {MOST_VALUES}")
        mappings = [node for node in nodes if isinstance(node, yaml.MappingNode)]
        keys = {id(key) for mapping in mappings for key, _ in mapping.value}
        for mapping in mappings:
            _check_keys(mapping)
        for one in nodes:
            for mark, problem in _faults_of_node(one, keys):
                raise Misleading(problem=problem, problem_mark=mark)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _machinery(value: Any, where: str = "", depth: int = 0) -> Iterator[str]:
    """Keys and values, at any depth, by which yte would run Python. Raises RecursionError below `_DEEPEST`."""
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        for key, inner in value.items():
            place = f"{where}.{key}" if where else str(key)
            if key in _YTE_KEYS or (isinstance(key, str) and key.startswith("?")):
                yield f"the key {shortened(place)}"
            else:
                yield from _machinery(inner, place, depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _machinery(inner, f"{where}.{number}", depth + 1)
    elif isinstance(value, str) and value.startswith("?"):
        yield f"{shortened(where)}: {shortened(value)}"


def read(file: str | Path) -> dict[str, Any]:
    """Keys and values of a configuration file, never running what stands there.

    Raises StudyError with one sentence for a file that cannot be read, is not UTF-8, neither JSON nor YAML or no
    mapping, has a key twice, values that YAML 1.1 reads as something unexpected, or Python that yte would run.
    """
    text, name = _contents(str(file)), shortened(str(file))
    if found := Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise StudyError(f"{name}: line {line} holds the control character U+{ord(found[0]):04X}, expected plain text")
    try:
        try:
            contents = json.loads(text, object_pairs_hook=_unique)
        except ValueError:
            contents = parsed(text)
        machinery = list(dict.fromkeys(_machinery(contents)))
    except Misleading as error:
        raise StudyError(f"{name}: {fault_of(error)}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise StudyError(
            f"{name}: not valid YAML ({fault_of(error)}), expected keys and values as in {EXAMPLE}"
        ) from None
    except RecursionError:
        raise StudyError(f"{name}: is nested too deeply, expected keys and values as in {EXAMPLE}") from None
    if not isinstance(contents, dict):
        raise StudyError(f"{name}: holds no keys and values, expected some as in {EXAMPLE}")
    if machinery:
        raise StudyError(
            f"{name}: {machinery[0]} would make Snakemake run Python (yte), expected plain keys and values; "
            "a text must not start with a question mark"
        )
    return contents


def study_of(file: str | Path) -> str:
    """Name of the study that a file describes. Raises StudyError as `read` does, and where it names no study."""
    name = read(file).get("study")
    if name is None:
        raise StudyError(
            f"{shortened(str(file))}: has no key study, expected a name of its own: results are stored under it"
        )
    return str(name)
