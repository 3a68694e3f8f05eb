"""Running notebooks from top to bottom with given parameters; equal runs give equal notebooks."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

from lib.base.errors import StudyError
from lib.words.language import _

if TYPE_CHECKING:
    from nbformat import NotebookNode

logger = logging.getLogger("study")
# Tags of cells, as papermill has them.
PARAMETERS = "parameters"
INJECTED = "injected-parameters"
# Tags of the cells that belong to a study which answers the twelve tasks, or to one which answers its own questions.
TASKS, QUESTIONS = "tasks", "questions"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # of tracebacks, for terminals


def _tagged(notebook: NotebookNode, tag: str) -> list[int]:
    """Return the numbers of the cells that have a tag."""
    return [number for number, cell in enumerate(notebook.cells) if tag in cell.metadata.get("tags", [])]


def with_parameters(notebook: NotebookNode, values: Mapping[str, Any]) -> NotebookNode:
    """Return a copy of a notebook in which a cell after the one tagged ``parameters`` sets these values.

    values: plain values by name. The new cell is tagged ``injected-parameters`` and replaces an earlier one. Raises
    ValueError unless one cell is tagged ``parameters``.
    """
    from nbformat.v4 import new_code_cell

    copy = deepcopy(notebook)
    for number in reversed(_tagged(copy, INJECTED)):
        del copy.cells[number]
    places = _tagged(copy, PARAMETERS)
    if len(places) != 1:
        raise ValueError(f"{len(places)} cells are tagged {PARAMETERS}, expected one")
    source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    copy.cells.insert(places[0] + 1, new_code_cell(source, id=INJECTED, metadata={"tags": [INJECTED]}))
    return copy


def for_study(notebook: NotebookNode, answers_tasks: bool) -> NotebookNode:
    """Return a copy of a notebook without the cells that belong to the other kind of study.

    answers_tasks: whether the study answers the twelve tasks of the assignment.
    """
    copy = deepcopy(notebook)
    for number in reversed(_tagged(copy, QUESTIONS if answers_tasks else TASKS)):
        del copy.cells[number]
    return copy


def _paragraphs(text: str) -> list[tuple[str, bool]]:
    """Return the paragraphs of a cell of prose, and whether each has words; a displayed formula has none."""
    return [(one, not (one.startswith("$$") and one.endswith("$$"))) for one in text.split("\n\n")]


def translated(notebook: NotebookNode) -> NotebookNode:
    """Return a copy of a notebook with its prose in the language in use, paragraph by paragraph, and the same code."""
    copy = deepcopy(notebook)
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            cell.source = "\n\n".join(_(one) if words else one for one, words in _paragraphs(cell.source))
    return copy


def messages(
    file: IO[bytes], keywords: Any, comment_tags: Collection[str], options: Any
) -> Iterator[tuple[int, Any, Any, Any]]:
    """Yield the messages of a notebook for a catalogue: its paragraphs, and the messages of its code.

    Arguments and entries (line, function, message, comments) follow the protocol of Babel's extraction methods. Lines
    are counted in the cell.
    """
    import nbformat
    from babel.messages.extract import extract_python

    for cell in nbformat.read(file, as_version=4).cells:
        if cell.cell_type == "markdown":
            yield from ((1, None, one, []) for one, words in _paragraphs(cell.source) if words)
        else:
            code = "\n".join(line for line in cell.source.splitlines() if not line.startswith("%"))
            yield from extract_python(BytesIO(code.encode()), keywords, comment_tags, options)


def _first_line(text: str) -> str:
    return _COLOURS.sub("", text).strip().split("\n")[0]


def execute(notebook: NotebookNode, name: str, folder: str | Path = ".", path: str | Path = ".") -> NotebookNode:
    """Return a copy of a notebook with the outputs of all its cells, run in order by this Python interpreter.

    name: of the notebook in messages. folder: the working folder of the kernel. path: a folder to import from. The
    user's kernels, start-up files and histories are not used, and the copy holds no times of execution. Raises
    StudyError that names the first cell that fails, with its error; the traceback is logged.
    """
    from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    running: list[int] = []
    with TemporaryDirectory() as private:
        # Without folders that hold kernels, the name means the interpreter of this process.
        manager = AsyncKernelManager(
            kernel_name=NATIVE_KERNEL_NAME,
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            connection_file=str(Path(private, "kernel.json")),
            transport="ipc",  # sockets in the private folder instead of open ports
        )
        client = NotebookClient(
            deepcopy(notebook),
            km=manager,
            kernel_name=NATIVE_KERNEL_NAME,
            timeout=None,
            record_timing=False,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(folder)}},
            on_cell_start=lambda cell, cell_index: running.append(cell_index),
        )
        paths = [str(Path(path).resolve()), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"IPYTHONDIR": private, "PYTHONPATH": os.pathsep.join(paths)}
        environment.pop("PYTHONSTARTUP", None)
        try:
            return client.execute(env=environment, cleanup_kc=True)
        except (CellExecutionError, DeadKernelError) as error:
            logger.error(_COLOURS.sub("", str(error)))
            number = running[-1]
            what = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else str(error)
            raise StudyError(
                f"{name}: cell {number + 1} ({client.nb.cells[number].id}) ends with {_first_line(what)}, "
                "expected it to run"
            ) from error
