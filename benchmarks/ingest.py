"""Speed and memory of the ingestion of full-size data sets, compared with a copy of the same files on the same disk.

    .venv/bin/python -m benchmarks.ingest [--images 100001] [--pairs 3] [--folder data/bench] [--forms FORM ...]

Raw files are written to a temporary folder, which is removed at the end. Each form is then copied and ingested
alternately. Both start without any of the files in the page cache, and end when everything is written to the disk. The
disk may be busy, so medians over the pairs are reported. Ingestion runs the script of the rule in a fresh process;
its seconds include checksums and the start of Python. The CPU seconds of both are reported too: if they equal the
wall-clock seconds times the free cores, the disk is not the bottleneck.

Memory is the largest RssAnon plus RssShmem of the process in /proc, sampled every 5 ms: the memory that it has
allocated. Pages of mapped files (RssFile) do not count, because the system can drop them at any time.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import re
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
SIDE = 96
WIDTH = 3 * SIDE**2
IMAGES = 100_001  # one more than STL-10 has: files with the sizes of the official ones must have their checksums
LABELLED = {"train": 500, "test": 500}
NAMES = [f"class {number}" for number in range(10)]
MB = 1e6


def blocks(images: int, width: int = WIDTH) -> Iterator[np.ndarray]:
    """Yield rows of random images (N, width), uint8, in blocks of 16 MB."""
    rng, step = np.random.default_rng(images), 2**24 // width
    for start in range(0, images, step):
        yield rng.integers(0, 256, size=(min(step, images - start), width), dtype=np.uint8)


def labels(images: int) -> np.ndarray:
    """Return labels (N,), uint8, from 1; all classes are equally frequent."""
    return (np.arange(images) % len(NAMES) + 1).astype(np.uint8)


# Opcodes before the bytes of an array, given their number, as CPython and NumPy write them. Protocols store bytes as
# they are or as text, in which half of them take two bytes.
LENGTHS: dict[str, Callable[[int], bytes]] = {
    "python 2": lambda size: b"T" + size.to_bytes(4, "little"),
    "escaped": lambda size: b"c_codecs\nencode\nX" + size.to_bytes(4, "little"),
    "3": lambda size: b"B" + size.to_bytes(4, "little"),
    "4": lambda size: b"\x8e" + size.to_bytes(8, "little"),
}


def write_array(file: Path, images: int, kind: str, in_dict: bool, fortran: bool = False) -> None:
    """Write a pickle of random images, as a matrix or as the dict {"X": matrix}, without holding them in memory."""
    protocol = {"python 2": 2, "escaped": 2}.get(kind) or int(kind)
    text = (lambda t: b"U" + bytes([len(t)]) + t) if kind == "python 2" else (lambda t: b"X" + pickle_length(t) + t)
    # in a column-major matrix, rows in the file are columns
    rows, width = (WIDTH, images) if fortran else (images, WIDTH)
    with file.open("wb") as out:
        out.write(b"\x80" + bytes([protocol]) + (b"}" + text(b"X") if in_dict else b""))
        out.write(b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85" + text(b"b") + b"\x87R(K\1")
        out.write(b"J" + pickle_length(range(images)) + b"J" + pickle_length(range(WIDTH)) + b"\x86")
        out.write(b"cnumpy\ndtype\n" + text(b"u1") + b"K\0K\1\x87R(K\3" + text(b"|") + b"NNN")
        out.write(b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb" + (b"\x88" if fortran else b"\x89"))
        start = out.tell()
        out.write(LENGTHS[kind](0))
        size = 0
        for block in blocks(rows, width):
            written = block.tobytes()
            size += out.write(written.decode("latin-1").encode() if kind == "escaped" else written)
        out.write((text(b"latin1") + b"\x86R" if kind == "escaped" else b"") + b"tb" + (b"s." if in_dict else b"."))
        out.seek(start)
        out.write(LENGTHS[kind](size))


def pickle_length(sized: bytes | range) -> bytes:
    """Return a length as the four bytes that most opcodes take."""
    return len(sized).to_bytes(4, "little")


def write_pickles(folder: Path, images: int, kind: str, in_dict: bool = True, fortran: bool = False) -> None:
    """Write train.pk, test.pk and unlabeled.pk, or X1.pk ... X5.pk with plain matrices in place of the last."""
    for split, count in LABELLED.items():
        contents = {"X": np.concatenate(list(blocks(count))), "y": labels(count), "class_names": NAMES}
        (folder / f"{split}.pk").write_bytes(pickle.dumps(contents, 2 if kind in ("python 2", "escaped") else 4))
    if in_dict:
        write_array(folder / "unlabeled.pk", images, kind, True, fortran)
    else:
        for number, part in enumerate(np.array_split(np.arange(images), 5), start=1):
            write_array(folder / f"X{number}.pk", len(part), kind, False, fortran)


def write_binary(folder: Path, images: int) -> None:
    """Write the files of STL-10's official binary form."""
    for split, count in (LABELLED | {"unlabeled": images}).items():
        with (folder / f"{split}_X.bin").open("wb") as out:
            for block in blocks(count):
                out.write(block)  # the order of random pixels does not matter
        if split in LABELLED:
            labels(count).tofile(folder / f"{split}_y.bin")
    (folder / "class_names.txt").write_text("\n".join(NAMES) + "\n")


def write_archive(folder: Path, images: int) -> None:
    """Write the files of `write_binary` as stl10_binary.tar.gz."""
    inner = folder / "stl10_binary"
    inner.mkdir()
    write_binary(inner, images)
    with tarfile.open(folder / "stl10_binary.tar.gz", "w:gz", compresslevel=1) as archive:
        archive.add(inner, inner.name)
    shutil.rmtree(inner)


FORMS: dict[str, Callable[[Path, int], None]] = {
    "binary": write_binary,
    "pickles, protocol 4, one dict": lambda folder, images: write_pickles(folder, images, "4"),
    "pickles, protocol 3, X1 to X5": lambda folder, images: write_pickles(folder, images, "3", in_dict=False),
    "pickles, Python 2, X1 to X5": lambda folder, images: write_pickles(folder, images, "python 2", in_dict=False),
    "pickles, protocol 2, escaped": lambda folder, images: write_pickles(folder, images, "escaped"),
    "pickles, protocol 4, column-major": lambda folder, images: write_pickles(folder, images, "4", fortran=True),
    "archive": write_archive,
}


def forget(folder: Path) -> None:
    """Drop the files of a folder from the page cache."""
    sync(folder)  # pages that are not written back yet would stay
    for path in filter(Path.is_file, folder.iterdir()):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def sync(folder: Path) -> None:
    """Return when the files of a folder are on the disk."""
    for path in filter(Path.is_file, folder.iterdir()):
        with path.open("rb") as file:
            os.fsync(file.fileno())


def copied(raw: Path, folder: Path) -> tuple[float, float]:
    """Copy the raw files; return the wall-clock and CPU seconds."""
    folder.mkdir()
    forget(raw)
    start, used = time.perf_counter(), os.times()
    block = memoryview(bytearray(2**24))
    for path in raw.iterdir():
        # plain reading and writing is faster than shutil.copyfile, which passes pages on one by one
        with path.open("rb", buffering=0) as source, (folder / path.name).open("wb", buffering=0) as copy:
            while size := source.readinto(block):
                copy.write(block[:size])
    sync(folder)
    seconds, now = time.perf_counter() - start, os.times()
    shutil.rmtree(folder)
    return seconds, now.user + now.system - used.user - used.system


def ingest(raw: Path, folder: Path) -> None:
    """Run the script of the rule in this process, and return when its output is on the disk."""
    import runpy
    from types import SimpleNamespace

    from snakemake.iocontainers import OutputFiles

    from lib.datasets.forms.registry import raw_files

    outputs = {name: str(folder / f"{name}.npy") for name in ("train", "test", "unlabeled")}
    outputs |= {f"{name}_labels": str(folder / f"{name}_labels.npy") for name in LABELLED}
    outputs |= {f"{split}_groups": str(folder / f"{split}_groups.npy") for split in ("train", "test")}
    outputs |= {name: str(folder / f"{name}.json") for name in ("fold_indices", "facts", "raw_files")}
    job = SimpleNamespace(rule="ingest_dataset", wildcards={}, resources={}, log=[str(folder / "log")])
    job.input, job.output = raw_files(str(raw)), OutputFiles(fromdict=outputs)
    job.params = {"dataset": str(raw), "classes": [], "seed": 0, "raw": ""}
    runpy.run_path(str(ROOT / "workflow" / "scripts" / "ingest_dataset.py"), {"snakemake": job})
    sync(folder)


def allocated(process: int) -> int:
    """Return the bytes that a process has allocated, without the page cache; 0 if it has ended."""
    try:
        found = re.findall(r"Rss(?:Anon|Shmem):\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0
    return 1024 * sum(map(int, found))


def ingested(raw: Path, folder: Path) -> tuple[float, float, int]:
    """Ingest the raw files in a fresh process; return its wall-clock seconds, CPU seconds and largest memory in bytes.

    Raises RuntimeError with the log if the process fails.
    """
    folder.mkdir()
    forget(raw)
    start, used, most = time.perf_counter(), os.times(), 0
    command = [sys.executable, "-m", "benchmarks.ingest", "--ingest", str(raw), str(folder)]
    process = subprocess.Popen(command, cwd=ROOT)
    while process.poll() is None:
        most = max(most, allocated(process.pid))
        time.sleep(0.005)
    seconds, now = time.perf_counter() - start, os.times()
    if process.returncode:
        raise RuntimeError(f"ingest ended with status {process.returncode}: {(folder / 'log').read_text()}")
    shutil.rmtree(folder)
    processors = now.children_user + now.children_system - used.children_user - used.children_system
    return seconds, processors, most


def measured(form: str, images: int, pairs: int, folder: Path) -> dict[str, object]:
    """Return one row of the table: medians over pairs of a copy and an ingestion of the same files."""
    raw = folder / "raw"
    raw.mkdir()
    FORMS[form](raw, images)
    size = sum(path.stat().st_size for path in raw.iterdir())
    copies, ingests = [], []
    for _ in range(pairs):
        copies.append(copied(raw, folder / "copy"))
        ingests.append(ingested(raw, folder / "ingested"))
    shutil.rmtree(raw)
    copy, copy_processors = (statistics.median(values) for values in zip(*copies, strict=True))
    taken, processors, _ = (statistics.median(values) for values in zip(*ingests, strict=True))
    return {
        "form": form,
        "raw MB": round(size / MB),
        "ingest s": round(taken, 1),
        "ingest MB/s": round(size / MB / taken),
        "copy MB/s": round(size / MB / copy),
        "ratio": round(copy / taken, 2),
        "ratios": " ".join(f"{a[0] / b[0]:.2f}" for a, b in zip(copies, ingests, strict=True)),
        "ingest CPU s": round(processors, 1),
        "copy CPU s": round(copy_processors, 1),
        "memory MB": round(max(most for *_, most in ingests) / MB),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=IMAGES, help="unlabelled images of 27,648 bytes")
    parser.add_argument("--pairs", type=int, default=3, help="number of copies and ingestions of each form")
    parser.add_argument("--folder", type=Path, default=ROOT / "data" / "bench", help="folder for the raw files")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS)[:5], metavar="FORM")
    parser.add_argument("--table", type=Path, default=ROOT / "results" / "benchmarks" / "ingest.csv")
    parser.add_argument("--ingest", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ingest:
        ingest(*arguments.ingest)
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    # raw files (1.5 times as large if bytes are escaped), and a copy of them or the ingested images
    factor = 3.0 if "pickles, protocol 2, escaped" in arguments.forms else 2.0
    need = factor * 1.05 * (arguments.images + 1000) * WIDTH
    free = shutil.disk_usage(arguments.folder).free
    if free < need:
        sys.exit(f"error: {arguments.folder}: has {free / 1e9:.1f} GB free, expected {need / 1e9:.1f} GB for raw files")
    rows = []
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        for form in arguments.forms:
            rows.append(measured(form, arguments.images, arguments.pairs, Path(folder)))
            print(json.dumps(rows[-1]), flush=True)
    table = pd.DataFrame(rows)
    arguments.table.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(arguments.table, index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
