"""The code files of a job: a Python file or a notebook, and the modules of lib/ that it imports."""

from __future__ import annotations

import ast
import hashlib
import json
from functools import cache
from pathlib import Path


def python_of(source: Path) -> str:
    """Return the code of a Python file or of the cells of a notebook."""
    text = source.read_text(encoding="utf-8")
    if source.suffix != ".ipynb":
        return text
    cells = [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = "\n".join("".join(cell) for cell in cells).splitlines()
    return "\n".join(line for line in lines if not line.startswith("%"))  # IPython magics are not Python


def _packages_of(file: Path, root: Path) -> list[Path]:
    """Return the __init__.py of every package above a module: Python runs them when it imports the module."""
    folders = [folder for folder in file.parents if folder.is_relative_to(root) and folder != root]
    return [init for folder in folders if (init := folder / "__init__.py").is_file()]


def files_of(root: Path, path: str) -> list[Path]:
    """Return the file of a class given by its dotted path if it is below root/lib/, none for a class of a library."""
    file = root.joinpath(*path.split(".")[:-1]).with_suffix(".py")
    return [file] if path.startswith("lib.") and file.is_file() else []


@cache
def local_modules(source: Path, root: Path) -> list[Path]:
    """Return the files below root/lib/ that a Python file or a notebook imports, their packages included."""
    names: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(python_of(source))]
    while waiting:
        node = waiting.pop()
        # imports are statements, so expressions, most of the tree, are skipped
        waiting.extend(child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update({node.module} | {f"{node.module}.{alias.name}" for alias in node.names})
    found: set[Path] = set()
    for name in names:
        if name.split(".")[0] == "lib":
            base = root.joinpath(*name.split("."))
            for file in (base.with_suffix(".py"), base / "__init__.py"):
                if file.is_file():
                    found.update({file, *_packages_of(file, root)})
    return sorted(found)


def with_modules(root: Path, *sources: Path) -> list[Path]:
    """Return the sources and every module below root/lib/ that they import, directly or not."""
    found: set[Path] = set()
    waiting = [*sources, *(init for source in sources for init in _packages_of(source, root))]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting.extend(local_modules(file, root))
    return sorted(found)


def digest(root: Path, *sources: Path) -> str:
    """Return a digest of the names and contents of the files of `with_modules`, in 12 hexadecimal digits."""
    result = hashlib.sha256()
    for file in with_modules(root, *sources):
        result.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return result.hexdigest()[:12]


def module_digests(root: Path) -> dict[str, str]:
    """Return a digest of every file of code of the project below a root, by its path from there."""
    files = [*(root / "lib").rglob("*.py"), *(root / "workflow" / "scripts").glob("*.py")]
    files += (root / "workflow" / "notebooks").glob("*.ipynb")
    contents = {file.relative_to(root).as_posix(): python_of(file) for file in sorted(files)}
    return {path: hashlib.sha256(code.encode()).hexdigest()[:12] for path, code in contents.items()}
