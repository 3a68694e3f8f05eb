"""The evaluations of a training on the disk, so that a training that was killed goes on with the same bits.

L-BFGS keeps its state inside SciPy, but it is deterministic: equal losses and gradients lead it to equal parameters. So
a new start reads the evaluations of the last one instead of computing them, until they end.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import time
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import scipy

from lib.autoencoder import Loss
from lib.base.devices import processor_name
from lib.base.jobs import logger
from lib.training.result import Evaluation

SECONDS_BETWEEN_FLUSHES = 30.0
WAITING = 16  # evaluations that may wait for the disk
_HEAD = struct.Struct("<QI5dI")  # parameters, CRC of theta, loss and its three terms, CPU seconds, CRC of the gradient


def key_of(*facts: Any) -> str:
    """Return a digest of all that determines the bits of a training: these facts, the libraries and the processor.

    facts: settings, seed, device and digests of data and code, as values of JSON.
    """
    here = np.__version__, scipy.__version__, processor_name()
    return hashlib.sha256(json.dumps([*facts, *here], sort_keys=True).encode()).hexdigest()


def log_of(model: Path, *facts: Any) -> EvaluationLog:
    """Return the log of the training of a model, in the folder ``unfinished`` next to the folder of all models.

    model: the folder of the model. facts: see `key_of`.
    """
    return EvaluationLog(model.parents[1] / "unfinished" / model.name, key_of(*facts))


class EvaluationLog:
    """Loss and gradient of every evaluation of a training, in a file.

    path: the file. key: a text that differs for every other training: a file with another key is not used, and the log
    says so. A file that ends with an incomplete or damaged evaluation is used up to it. Evaluations are written when
    they are made, and reach the disk within `SECONDS_BETWEEN_FLUSHES`. If the disk is full, the training goes on
    without its log, with a warning.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path, self._start = path, f"evaluations of a training\n{key}\n".encode()
        self._reading: BinaryIO | None = None
        self._writing: BinaryIO | None = None
        self._end = len(self._start)  # of the evaluations that are used
        self._writer = ThreadPoolExecutor(1)
        self._waiting: list[Future[None]] = []
        self._flushed, self._failed = time.monotonic(), False
        self.used = 0  # evaluations that were read instead of computed
        if path.exists():
            self._reading = path.open("rb")
            if self._reading.read(len(self._start)) != self._start:
                logger.warning("%s: belongs to other settings, data or code, and is not used", path)
                self._stop_reading(0)

    def next(self, theta: np.ndarray) -> Evaluation | None:
        """Return the stored evaluation at theta (P,), None if it has to be computed."""
        if self._reading is None:
            return None
        head = self._reading.read(_HEAD.size)
        if not head:
            logger.info("continuing after %d evaluations of an interrupted run", self.used)
            self._stop_reading(self._end)
            return None
        fault = "incomplete"
        if len(head) == _HEAD.size:
            count, place, *loss, seconds, check = _HEAD.unpack(head)
            body = self._reading.read(8 * min(count, len(theta)))
            if count == len(theta) and len(body) == 8 * count:
                if zlib.crc32(body, zlib.crc32(head[:-4])) == check:
                    if zlib.crc32(theta.tobytes()) == place:
                        self.used, self._end = self.used + 1, self._end + _HEAD.size + len(body)
                        return Evaluation(Loss(*loss), np.frombuffer(body).copy(), seconds)
                    fault = "of other parameters"
                else:
                    fault = "damaged"
        logger.warning("%s: evaluation %d is %s; the training continues before it", self._path, self.used + 1, fault)
        self._stop_reading(self._end)
        return None

    def append(self, theta: np.ndarray, evaluation: Evaluation) -> None:
        """Store an evaluation at theta (P,), in the background."""
        while self._waiting and (self._waiting[0].done() or len(self._waiting) >= WAITING):
            self._waiting.pop(0).result()
        arguments = theta.copy(), evaluation.loss, evaluation.gradient.copy(), evaluation.seconds
        self._waiting.append(self._writer.submit(self._write, *arguments))

    def close(self) -> None:
        """Wait until all evaluations are written. The file stays."""
        self._writer.shutdown()
        for file in (self._reading, self._writing):
            if file is not None:
                with suppress(OSError):  # a full disk, of which the log has warned
                    file.close()

    def remove(self) -> None:
        """Remove the file: the training is complete."""
        self.close()
        self._path.unlink(missing_ok=True)
        with suppress(OSError):  # others may be there
            self._path.parent.rmdir()

    def _stop_reading(self, end: int) -> None:
        """Compute from now on, and continue the file after so many bytes; 0 begins it again."""
        assert self._reading is not None
        self._reading.close()
        self._reading = None
        if end:
            self._writing = self._path.open("r+b")
            self._writing.truncate(end)
            self._writing.seek(end)

    def _write(self, theta: np.ndarray, loss: float, gradient: np.ndarray, seconds: float) -> None:
        if self._failed:
            return
        terms = (getattr(loss, term, np.nan) for term in ("reconstruction", "decay", "sparsity"))
        body = gradient.tobytes()
        head = _HEAD.pack(len(theta), zlib.crc32(theta.tobytes()), loss, *terms, seconds, 0)[:-4]
        try:
            if self._writing is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)  # the last training that ended has removed it
                self._writing = self._path.open("wb")
                self._writing.write(self._start)
            self._writing.write(head + struct.pack("<I", zlib.crc32(body, zlib.crc32(head))) + body)
            self._writing.flush()
            if time.monotonic() - self._flushed >= SECONDS_BETWEEN_FLUSHES:
                os.fsync(self._writing.fileno())
                self._flushed = time.monotonic()
        except OSError as error:
            self._failed = True
            logger.warning("%s: %s; if this training is killed, it starts again from its beginning", self._path, error)
