"""Lines on a terminal, with a footer that stays at the bottom; on anything else plain lines alone."""

import io
import os
import sys
import threading
import unicodedata
from collections.abc import Callable, Sequence
from typing import TextIO

WIDTH = 100  # of text that is not written to a terminal
UP, BELOW = "\x1b[{count}A", "\x1b[J"  # moves the cursor up; erases from the cursor to the end of the screen
BOLD, DIM, RED, YELLOW, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m", "\x1b[0m"


def columns_of(text: str) -> int:
    """Return the columns that a text takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))


def shortened(text: str, columns: int) -> str:
    """Return a text that fits into the columns: what is too long loses its middle, as names differ at both ends."""
    if columns_of(text) <= columns:
        return text
    head, tail = text[: columns // 2], text[len(text) - columns // 2 :]
    while columns_of(head) + columns_of(tail) + 1 > columns and head:
        head, tail = (head[:-1], tail) if columns_of(head) >= columns_of(tail) else (head, tail[1:])
    return f"{head}…{tail}"


def printable(text: str) -> str:
    """Return a text without characters that move the cursor or change colours; tabs and line ends become spaces."""
    return "".join(" " if one in "\t\n\r" else one for one in text if one.isprintable() or one in "\t\n\r")


def is_terminal(stream: TextIO) -> bool:
    """Return whether a stream is a terminal on which the cursor can be moved."""
    try:
        return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    except ValueError:  # it is closed
        return False


class Screen:
    """Where lines go.

    Parameters
    ----------
    stream : the stream to write to.
    colours : whether a terminal may show colours.
    """

    def __init__(self, stream: TextIO, colours: bool = True) -> None:
        self.stream = stream
        self.live = is_terminal(stream)
        self.colours = colours and self.live and "NO_COLOR" not in os.environ
        self._footer: list[str] = []
        self._lock = threading.RLock()
        self._capture: Capture | None = None

    @property
    def width(self) -> int:
        """Columns of the terminal, `WIDTH` for anything else."""
        if not self.live:
            return WIDTH
        try:
            return max(20, os.get_terminal_size(self.stream.fileno()).columns)
        except (OSError, ValueError, io.UnsupportedOperation):
            return 80

    def styled(self, text: str, style: str) -> str:
        """Return a text in a style, unchanged where there are no colours."""
        return f"{style}{text}{PLAIN}" if self.colours and text else text

    def capture(self) -> None:
        """Show what any process of the run writes to the terminal above the footer instead of across it."""
        if self.live and self._capture is None:
            self._capture = Capture(lambda line: self.print(printable(line)))
            self.stream = self._capture.terminal

    def release(self) -> None:
        """Remove the footer, and let processes write to the terminal again."""
        self.show([])
        if self._capture:
            capture, self._capture = self._capture, None
            capture.stop()
            self.stream = sys.stderr
            capture.terminal.close()

    def print(self, *lines: str) -> None:
        """Write lines above the footer."""
        with self._lock:
            self._write(self._erased() + "".join(f"{line}\n" for line in lines) + self._drawn(self._footer))

    def show(self, footer: Sequence[str]) -> None:
        """Replace the footer. It is shown on a terminal alone, and its lines must fit into the width."""
        if self.live:
            with self._lock:
                self._write(self._erased() + self._drawn(footer))
                self._footer = list(footer)

    def _erased(self) -> str:
        return UP.format(count=len(self._footer)) + "\r" + BELOW if self._footer else ""

    @staticmethod
    def _drawn(footer: Sequence[str]) -> str:
        return "".join(f"{line}\n" for line in footer)

    def _write(self, text: str) -> None:
        if text:
            self.stream.write(text)
            self.stream.flush()


class Capture:
    """Standard output and error of this process and of all that it starts, as far as they are the terminal.

    Parameters
    ----------
    show : called with each line that is written to them.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        sys.stdout.flush(), sys.stderr.flush()
        self._show = show
        # The terminal itself; what is written to `terminal` is not captured.
        self.terminal = os.fdopen(os.dup(2), "w", encoding=sys.stderr.encoding, errors="replace")
        reading, writing = os.pipe()
        self._saved = {number: os.dup(number) for number in (1, 2) if os.isatty(number)}
        for number in self._saved:
            os.dup2(writing, number)
        os.close(writing)
        self._reader = threading.Thread(target=self._read, args=(reading,), daemon=True)
        self._reader.start()

    def _read(self, reading: int) -> None:
        with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.strip():
                    self._show(line.rstrip())

    def stop(self) -> None:
        """Give the terminal back. Close `terminal` only when nothing writes to it any more."""
        sys.stdout.flush(), sys.stderr.flush()
        for number, saved in self._saved.items():
            os.dup2(saved, number)
            os.close(saved)
        self._reader.join(timeout=1.0)  # a process that still runs may keep the pipe open
