"""Configuration files: read as Snakemake reads them, but refused if YAML reads them differently from how they look.

Snakemake tries JSON first, then YAML 1.1 through yte, which runs Python code in a file. So `read` checks a file before
Snakemake reads it.
"""

from __future__ import annotations

import codecs
import json
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader

from lib.base.errors import StudyError

EXAMPLE = "config/config.yaml"
LARGEST = 500_000  # bytes of a file; Snakemake's YAML reader takes 10 seconds for them
MOST_VALUES = 100_000  # of a file with every alias expanded
_DEEPEST = 50  # levels of nested lists and mappings
_LONGEST_NUMBER = 400  # characters; no useful number is longer
_ENCODINGS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_TAG = "tag:yaml.org,2002:"
_PLAIN = {f"{_TAG}{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map", "merge")}
# Plain scalars whose meaning in YAML 1.1 surprises: the type that YAML finds, their form, the end of the sentence.
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
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # tabs and line ends are text
_YTE_KEYS = ("__use_yte__", "__definitions__", "__variables__")


class Misleading(yaml.MarkedYAMLError):  # type: ignore[misc]
    """Valid YAML that does not mean what it seems to, or that a configuration cannot use."""


def shortened(text: str, most: int = 120) -> str:
    """Return the text, cut in its middle if it has more than ``most`` characters; lone surrogates are escaped."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    half = most // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]} ({len(text)} characters)"


def json_text(value: Any) -> str:
    """Return a value as JSON, shortened if it is long."""
    return shortened(json.dumps(value, default=str, ensure_ascii=False))


def _text_of(file: str) -> str:
    """Return the text of a file. Raises StudyError if it cannot be read, is too large or is not UTF-8 text."""
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


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object as a dict. Raises yaml.MarkedYAMLError if a key occurs twice; JSON would keep the last."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise yaml.MarkedYAMLError(problem=f"the key {shortened(key)} occurs twice")
        found[key] = value
    return found


def fault_of(error: Exception) -> str:
    """Return the place and the kind of a fault, with advice where the text is no YAML."""
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    what = shortened(getattr(error, "problem", None) or " ".join(str(error).split()))
    is_syntax = isinstance(error, (yaml.parser.ParserError, yaml.scanner.ScannerError))
    return where + what + ("; put text with signs such as ? : # or { in quotes" if is_syntax else "")


def _size(node: yaml.Node, sizes: dict[int, int], nodes: list[yaml.Node]) -> int:
    """Return the number of values below a node with every alias expanded; append each node to ``nodes`` once.

    Raises yaml.MarkedYAMLError if an alias contains itself.
    """
    if (known := sizes.get(id(node))) is not None:
        if known == 0:  # not finished, so it contains this node
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
    """Yield place and sentence of each fault of a node, without its inner nodes."""
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
    """Raise yaml.MarkedYAMLError if a key occurs twice; YAML would keep the last."""
    seen = set()
    for key in (key for key, _ in mapping.value if isinstance(key, yaml.ScalarNode)):
        if key.value in seen:
            raise yaml.MarkedYAMLError(
                problem=f"the key {shortened(key.value)} occurs twice", problem_mark=key.start_mark
            )
        seen.add(key.value)


def parsed(text: str) -> Any:
    """Return the contents of a YAML text. Raises yaml.YAMLError, which may be `Misleading`, for its first fault."""
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


def _yte_code(value: Any, where: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the keys and values that would make yte run Python. Raises RecursionError below level `_DEEPEST`."""
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        for key, inner in value.items():
            place = f"{where}.{key}" if where else str(key)
            if key in _YTE_KEYS or (isinstance(key, str) and key.startswith("?")):
                yield f"the key {shortened(place)}"
            else:
                yield from _yte_code(inner, place, depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _yte_code(inner, f"{where}.{number}", depth + 1)
    elif isinstance(value, str) and value.startswith("?"):
        yield f"{shortened(where)}: {shortened(value)}"


def read(file: str | Path) -> dict[str, Any]:
    """Return the keys and values of a configuration file without running any code in it.

    Raises StudyError with one sentence if the file cannot be read, is not UTF-8, is neither JSON nor YAML, is not a
    mapping, repeats a key, or has values that YAML 1.1 reads unexpectedly or that would make yte run Python.
    """
    text, name = _text_of(str(file)), shortened(str(file))
    if found := Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise StudyError(f"{name}: line {line} holds the control character U+{ord(found[0]):04X}, expected plain text")
    try:
        try:
            contents = json.loads(text, object_pairs_hook=_unique_keys)
        except ValueError:
            contents = parsed(text)
        code = list(dict.fromkeys(_yte_code(contents)))
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
    if code:
        raise StudyError(
            f"{name}: {code[0]} would make Snakemake run Python (yte), expected plain keys and values; "
            "a text must not start with a question mark"
        )
    return contents


def study_of(file: str | Path) -> str:
    """Return the name of the study in a file. Raises StudyError as `read` does, and if the key study is missing."""
    name = read(file).get("study")
    if name is None:
        raise StudyError(
            f"{shortened(str(file))}: has no key study, expected a name of its own: results are stored under it"
        )
    return str(name)


def changes(config: Mapping[str, Any], default: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a configuration whose values differ from those of another one, mappings key by key."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        if key in default and value == default[key]:
            continue
        if isinstance(value, Mapping) and isinstance(default.get(key), Mapping):
            found[key] = changes(value, default[key])
        else:
            found[key] = value
    return found
