"""What every job shares: its log, its uncaught errors, its JSON files."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from lib.base.errors import StudyError, first

logger = logging.getLogger("study")


def log_to(path: str) -> None:
    """Send log lines, warnings and uncaught exceptions of this process to a file.

    A StudyError is logged as its sentences, an interruption as one sentence, any other exception with its traceback.
    Each ends the process with a non-zero status.
    """
    logging.basicConfig(filename=path, filemode="w", level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.captureWarnings(True)

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, StudyError):
            for sentence in first(error.sentences):
                logger.error(sentence)
        elif isinstance(error, KeyboardInterrupt):
            logger.error("interrupted; run the same command to resume")
        else:
            logger.critical("unexpected error", exc_info=(kind, error, trace))

    sys.excepthook = hook


def write_json(path: str, value: Any) -> None:
    """Write a value as JSON with sorted keys, so that equal values give equal bytes."""
    Path(path).write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_json(path: str) -> Any:
    """Return the contents of a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
