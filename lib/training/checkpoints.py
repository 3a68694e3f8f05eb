"""The state of a stochastic training on the disk, so that a training that was killed goes on with the same bits."""

from __future__ import annotations

import hashlib
import io
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from lib.base.jobs import logger
from lib.base.outputs import PART
from lib.training.evaluations import key_of

SECONDS_BETWEEN = 20.0  # with the longest batch and the writing, less than 30 s of work are lost

_TITLE, _DIGEST = b"state of a training", hashlib.sha256().digest_size


def checkpoint_of(model: Path, *facts: Any) -> Checkpoint:
    """Return the checkpoint of the training of a model, in the folder ``unfinished`` next to the folder of all models.

    model: the folder of the model. facts: all that determines the bits of the training, as values of JSON.
    """
    path = model.parents[1] / "unfinished" / f"{model.name}.checkpoint"
    return Checkpoint(path, key_of(*facts, torch.__version__))


class Checkpoint:
    """The last state of a training, in a file that is written whole or not at all.

    path: the file. key: a text without line ends that differs for every other training. seconds: from one state to the
    next. A file with another key, or a damaged one, is not used, and the log says so. If the disk is full, the training
    goes on without its file, with a warning.
    """

    def __init__(self, path: Path, key: str, seconds: float = SECONDS_BETWEEN) -> None:
        self._path, self._key, self._seconds = path, key.encode(), seconds
        self._part = path.with_name(f"{PART}{path.name}")  # one name: what a killed process leaves is replaced
        self._saved = time.monotonic()

    def due(self) -> bool:
        """Return whether it is time to save a state."""
        return time.monotonic() - self._saved >= self._seconds

    def load(self) -> Any:
        """Return the stored state, None if there is none that can be used."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            logger.warning("%s: %s; the training starts from its beginning", self._path, error)
            return None
        title, key, rest = (*content.split(b"\n", 2), b"", b"")[:3]
        body = rest[_DIGEST:]
        if title != _TITLE or hashlib.sha256(body).digest() != rest[:_DIGEST]:
            fault = "is damaged"
        elif key != self._key:
            fault = "belongs to other settings, data or code"
        else:
            return torch.load(io.BytesIO(body), weights_only=True)
        logger.warning("%s: %s, and is not used; the training starts from its beginning", self._path, fault)
        return None

    def save(self, state: Any) -> None:
        """Replace the stored state: nested lists and dictionaries of tensors, numbers and text."""
        file = io.BytesIO()
        torch.save(state, file)
        body = file.getbuffer()
        try:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            with self._part.open("wb") as output:
                output.write(b"\n".join((_TITLE, self._key, hashlib.sha256(body).digest())))
                output.write(body)
                output.flush()
                os.fsync(output.fileno())
            self._part.replace(self._path)
        except OSError as error:
            logger.warning("%s: %s; if this training is killed, it starts from an earlier state", self._path, error)
            with suppress(OSError):
                self._part.unlink(missing_ok=True)
        self._saved = time.monotonic()

    def remove(self) -> None:
        """Remove the file: the training is complete."""
        for file in (self._path, self._part):
            file.unlink(missing_ok=True)
        with suppress(OSError):  # others may be there
            self._path.parent.rmdir()
