"""LaTeX in a clean folder: the same sources give the same bytes."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from lib.errors import StudyError

logger = logging.getLogger("study")
_PROBLEM = re.compile(r"^(!.*|LaTeX Warning: (?:Reference|Citation).*|Overfull .*)", re.MULTILINE)


def typeset(contents: Mapping[str, str], document: str, pdf: str) -> None:
    """Copy files under the given names into an empty folder and typeset the document there.

    Raises StudyError with LaTeX's own first error if it finds one, or if latexmk is not installed. The
    date of the document is fixed, so that a second run gives the same PDF.
    """
    if shutil.which("latexmk") is None:
        raise StudyError(
            "latexmk: not found, expected LaTeX to typeset the report; `make latex` installs it or says how"
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for target, source in contents.items():
            place = folder / target
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)
        command = ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "-file-line-error", document]
        environment = os.environ | {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}
        run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace")
        log = (folder / document).with_suffix(".log")
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else run.stdout + run.stderr
        for problem in _PROBLEM.findall(text):
            logger.warning(problem)
        if run.returncode:
            logger.error(run.stdout[-4000:])
            found = re.search(r"^(?:!|\S+:\d+:) .*", text, re.MULTILINE)
            raise StudyError(
                f"{document}: LaTeX stopped ({found.group() if found else 'see above'}), expected it to typeset"
            )
        shutil.copy((folder / document).with_suffix(".pdf"), pdf)
