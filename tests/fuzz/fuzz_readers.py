"""Mutated raw files of every form, read in child processes: a reader must return splits or raise a sentence.

    .venv/bin/python -m tests.fuzz.fuzz_readers [--inputs 100000] [--seed 0]

Each input is a small valid data set with one mutated file: bits are flipped, bytes are removed or inserted, parts of
another file are inserted, numbers are replaced by extreme values, and opcodes of pickles are changed. The same seed
gives the same inputs. A child reads a batch under limits of memory and time. An audit hook refuses and reports files
opened outside the batch's folder or for writing, processes, and sockets. It does not see files that HDF5 opens itself;
the tests of links cover them. An input fails if a reader raises anything but a StudyError or if the child dies. Prints
the counts.
"""

from __future__ import annotations

import argparse
import codecs
import faulthandler
import json
import os
import pickletools
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from PIL import Image
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
SECONDS = 5  # for one input
MEMORY = 4 * 2**30  # bytes of address space of a child
BATCH = 2500
TEXT = [f"utf_{size}{order}" for size in (16, 32) for order in ("", "_le", "_be")]
EXTREMES = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**62, 2**63, 2**64 - 1]
REFUSED = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "socket.", "ctypes.")
CHANGES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate")


def write_forms(folder: Path) -> list[str]:
    """Write a small data set of every form into its own folder, pickles in every protocol; return the forms' names."""
    from tests.unit.raw_forms import WRITERS, write_pickles, write_pictures

    writers = dict(WRITERS) | {
        f"pickles {protocol}": lambda inner, protocol=protocol: write_pickles(inner, protocol) for protocol in range(6)
    }
    for packing in ("raw", "tiff_deflate", "jpeg"):
        writers[f"tiff, {packing}"] = lambda inner, packing=packing: write_pictures(
            inner, (".tif",), compression=packing
        )
    writers["pictures, lossy"] = lambda inner: write_pictures(inner, (".jpg", ".gif", ".webp"))
    for name, write in writers.items():
        (folder / name).mkdir(parents=True)
        write(folder / name)
    return list(writers)


def opcodes_changed(data: bytes, rng: random.Random) -> bytes:
    """Return a pickle with an opcode removed, repeated, exchanged, inserted, or with an extreme argument."""
    try:
        starts = [at for _, _, at in pickletools.genops(data)]
    except Exception:  # an earlier mutation made the opcodes unreadable
        return flipped(data, rng)
    parts = [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
    at, other = rng.randrange(len(parts)), rng.randrange(len(parts))
    action = rng.randrange(5)
    if action == 0:
        del parts[at]
    elif action == 1:
        parts.insert(at, parts[other])
    elif action == 2:
        parts[at], parts[other] = parts[other], parts[at]
    elif action == 3:
        opcode = rng.choice(pickletools.opcodes).code.encode("latin-1")
        parts.insert(at, opcode + rng.choice([b"", rng.randbytes(rng.randrange(1, 9)), b"posix\nsystem\n", b"1\n"]))
    else:
        parts[at] = parts[at][:1] + rng.choice(EXTREMES).to_bytes(8, "little")[: max(0, len(parts[at]) - 1)]
    return b"".join(parts)


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with 1 to 8 bits flipped, mostly near the ends: there are headers, opcodes and directories."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        if changed:
            near = rng.choice([64, 512, len(changed)])
            at = rng.randrange(min(near, len(changed)))
            at = at if rng.random() < 0.7 else len(changed) - 1 - at
            changed[at] ^= 1 << rng.randrange(8)
    return bytes(changed)


def mutated(data: bytes, other: bytes, pickled: bool, rng: random.Random) -> bytes:
    """Return a file with one to three mutations. other: a file to copy parts from. pickled: whether it has opcodes."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        action = rng.choice([0, 0, 0, 1, 2, 3, 3, 4] + [5] * 6 * pickled)
        at, size = rng.randrange(len(data) + 1), rng.choice([1, 2, 4, 8])
        if action == 0:
            data = flipped(data, rng)
        elif action == 1:
            data = data[:at]
        elif action == 2:
            start = rng.randrange(len(other) + 1)
            data = data[:at] + other[start : start + rng.randrange(64)] + data[at + rng.randrange(64) :]
        elif action == 3:
            number = (rng.choice(EXTREMES) % 256**size).to_bytes(size, rng.choice(["little", "big"]))
            at = at if rng.random() < 0.3 else rng.randrange(min(256, len(data) + 1))
            data = data[:at] + number + data[at + size :]
        elif action == 4:
            data = data[:at] + data[rng.randrange(len(data) + 1) :]
        else:
            data = opcodes_changed(data, rng)
    return data


class Watch:
    """Audit hook that refuses and records what no reader may do, while ``on``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seen, self.on = str(folder), [], False

    def __call__(self, event: str, arguments: tuple) -> None:
        if not self.on:
            return
        bad = event.startswith(REFUSED) or event.startswith(CHANGES)
        if event == "open":
            path, mode, flags = (*arguments, 0)[:3]
            writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
            writes = writes or (isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)))
            inside = isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith(self.folder)
            bad = writes or not (inside or isinstance(path, int))
        if bad:
            self.on = False
            self.seen.append(f"{event} {arguments!r}"[:300])
            self.on = True
            raise RuntimeError("refused by the fuzzer")


def read_all(folder: Path) -> str:
    """Return the outcome of reading a folder, "read" or "refused". Raises every exception but StudyError."""
    from lib.base.errors import StudyError
    from lib.datasets.facts import facts
    from lib.datasets.forms.registry import raw_files, read_splits

    try:
        raw_files(str(folder))
        splits = read_splits(folder)
        for split in splits.values():
            facts(split)
    except StudyError as error:
        if not error.sentences or not all(sentence.strip() for sentence in error.sentences):
            raise AssertionError("a fault without a sentence") from error
        return "refused"
    return "read"


class TooSlowError(BaseException):
    """Not a subclass of Exception, because readers turn exceptions into faults of the file."""


def stop(number: int, frame: object) -> None:
    raise TooSlowError(f"more than {SECONDS} s")


def child(folder: Path, seed: int, first: int, count: int) -> None:
    """Mutate and read the inputs first ... first + count - 1; write outcomes and faults as JSON to stdout."""
    faulthandler.enable()
    # What is imported on first use is imported now, because the audit hook refuses to open files elsewhere: Pillow's
    # decoders, the codecs that MATLAB files name, and what the readers import.
    Image.init()
    for encoding in TEXT:
        codecs.lookup(encoding)
    names = write_forms(folder / "valid")
    for name in names:
        if read_all(folder / "valid" / name) != "read":
            raise AssertionError(f"the valid data set {name} is refused")
    forms = {name: sorted(p for p in (folder / "valid" / name).rglob("*") if p.is_file()) for name in names}
    contents = {path: path.read_bytes() for paths in forms.values() for path in paths}
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, stop)
    watch = Watch(folder)
    sys.addaudithook(watch)
    outcomes: Counter[str] = Counter()
    faults = []
    for number in range(first, first + count):
        rng = random.Random(f"{seed} {number}")
        name = names[number % len(names)]
        path, other = rng.choice(forms[name]), rng.choice(list(contents))
        pickled = name.startswith(("pickles", "cifar"))
        path.write_bytes(mutated(contents[path], contents[other], pickled, rng))
        print(f"{number} {name} {path.name}", file=sys.stderr)  # if the child dies, the last line names the input
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        watch.on = True
        try:
            outcome = read_all(folder / "valid" / name)
        except BaseException as error:
            outcome = "failed"
            faults.append(f"input {number} ({name}, {path.name}): {type(error).__name__}: {error}"[:500])
        finally:
            watch.on = False
            signal.setitimer(signal.ITIMER_REAL, 0)
        if watch.seen:
            faults.append(f"input {number} ({name}, {path.name}): {watch.seen}")
            watch.seen.clear()
        outcomes[f"{name}: {outcome}"] += 1
        outcomes["slowest, ms"] = max(outcomes["slowest, ms"], int(1000 * (time.monotonic() - start)))
        path.unlink()
        path.write_bytes(contents[path])
    print(json.dumps({"outcomes": outcomes, "faults": faults}))


def run(inputs: int, seed: int, batch: int = BATCH, first: int = 0) -> tuple[Counter[str], list[str]]:
    """Return outcomes and faults of the inputs first ... first + inputs - 1, read in one child after the other."""
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    end = first + inputs
    progress = tqdm(total=inputs, unit=" inputs", disable=None)
    while first < end:
        progress.update(first - (end - inputs) - progress.n)
        count = min(batch, end - first)
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        program = [sys.executable, "-m", "tests.fuzz.fuzz_readers", "--child"]
        command = [*program, str(folder), str(seed), str(first), str(count)]
        try:
            limit = 120 + count * SECONDS // 10
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit)
            if done.returncode:
                lines = done.stderr.strip().splitlines()
                last = next((line for line in reversed(lines) if line.split(" ")[0].isdigit()), "none")
                output = " | ".join(lines[-12:])[-900:]
                faults.append(f"a child ended with status {done.returncode} at input {last}: {output}")
                if not last.split(" ")[0].isdigit():
                    return outcomes, faults
                outcomes["children that died"] += 1
                first = int(last.split(" ")[0]) + 1
                continue
            report = json.loads(done.stdout.splitlines()[-1])
            slowest = max(outcomes["slowest, ms"], report["outcomes"].pop("slowest, ms"))
            outcomes.update(report["outcomes"])
            outcomes["slowest, ms"] = slowest
            faults += report["faults"]
        except subprocess.TimeoutExpired:
            faults.append(f"the child of inputs {first} to {first + count - 1} did not end within {limit} s")
        finally:
            shutil.rmtree(folder)
        first += count
    progress.close()
    return outcomes, faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        folder, *numbers = arguments.child
        child(Path(folder), *map(int, numbers))
        return
    start = time.monotonic()
    outcomes, faults = run(arguments.inputs, arguments.seed, first=arguments.first)
    for name in sorted(outcomes):
        print(f"{name:32} {outcomes[name]:>8}")
    for outcome in ("read", "refused", "failed"):
        print(f"{outcome:32} {sum(n for name, n in outcomes.items() if name.endswith(': ' + outcome)):>8}")
    print(f"{arguments.inputs} inputs in {time.monotonic() - start:.0f} s, {len(faults)} faults")
    print("\n".join(faults[:40]))
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
