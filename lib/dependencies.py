"""The files that the code of a job consists of: a Python file or a notebook, and modules below lib/ that it imports."""

from __future__ import annotations

import ast
import hashlib
import json
from functools import cache
from pathlib import Path


def python_of(source: Path) -> str:
    """The code of a Python file or of the cells of a notebook."""
    text = source.read_text(encoding="utf-8")
    if source.suffix != ".ipynb":
        return text
    cells = [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = "\n".join("".join(cell) for cell in cells).splitlines()
    return "\n".join(line for line in lines if not line.startswith("%"))  # what IPython alone understands


@cache
def local_modules(source: Path, root: Path) -> list[Path]:
    """Files below root/lib/ that a Python file or a notebook imports; a file is read once."""
    names: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(python_of(source))]
    while waiting:
        node = waiting.pop()
        # imports are statements, which no expression holds: most of the tree is left alone
        waiting.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({node.module} | {f"{node.module}.{alias.name}" for alias in node.names})
    found: list[Path] = []
    for name in sorted(names):
        if name.split(".")[0] == "lib":
            base = root.joinpath(*name.split("."))
            found.extend(file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file())
    return found


def with_modules(source: Path, root: Path) -> list[Path]:
    """A Python file or a notebook and every module below root/lib/ that it imports, directly or not."""
    found: set[Path] = set()
    waiting = [source]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting.extend(local_modules(file, root))
    return sorted(found)


def digest(source: Path, root: Path) -> str:
    """Digest of names and contents of the files of `with_modules`: another one exactly where the code is another."""
    result = hashlib.sha256()
    for file in with_modules(source, root):
        result.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return result.hexdigest()[:12]
