"""Kill the smoke study at random moments, start it again with the same command, and compare what it ends with.

    python -m tests.kill --kill 50 --terminate 10 --interrupt 10 --seed 0

Each signal goes to the whole process group, as a power cut or Ctrl-C would reach it. After each, the same command goes
on, without a manual step, until the study is finished; then the next study starts. Every finished study is compared
with one that nothing disturbed: models, features, predictions and tables are the same bytes, but for measured times.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.workflow.conftest import LEFT_BEHIND, ROOT
from tests.workflow.test_identical_bits import COMPUTED, NOT_COMPARED, without_the_clock

CONFIG = "config/smoke.yaml"
COMMAND = (sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", CONFIG)


def results(folder: Path) -> dict[str, object]:
    """Contents of the computed files of the study, without measured times."""
    root = folder / "results" / "smoke"
    return {
        str(path.relative_to(root)): without_the_clock(path.name, path.read_bytes())
        for place in COMPUTED
        for path in sorted((root / place).rglob("*"))
        if path.is_file() and path.parent.name != ".checksums" and path.name not in NOT_COMPARED
    }


def start(folder: Path) -> subprocess.Popen:
    """Start the study in a process group of its own."""
    with (folder / "output.txt").open("a") as output:
        return subprocess.Popen(
            COMMAND,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def disturbed(folder: Path, signals: list[signal.Signals], longest: float, rng: random.Random) -> Counter:
    """Run the study to its end, with the next of these signals after a random time in each start. Return what was sent.

    Raises SystemExit if a start that is not disturbed fails.
    """
    sent: Counter = Counter()
    while True:
        run = start(folder)
        try:
            status = run.wait(rng.uniform(0, longest) if signals else None)
        except subprocess.TimeoutExpired:
            number = signals.pop()
            os.killpg(run.pid, number)
            run.wait()
            sent[number.name] += 1
            continue
        if status:
            text = (folder / "output.txt").read_text()
            sys.exit(f"a run that was not disturbed ended with {status}, after {dict(sent)}:\n{text[-4000:]}")
        return sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in (("kill", 50), ("terminate", 10), ("interrupt", 10), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=number)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    signals = (
        [signal.SIGKILL] * arguments.kill
        + [signal.SIGTERM] * arguments.terminate
        + [signal.SIGINT] * arguments.interrupt
    )
    rng.shuffle(signals)
    total, studies = Counter(), 0
    with tempfile.TemporaryDirectory(prefix="kill-") as parent:
        reference = Path(parent, "undisturbed")
        shutil.copytree(ROOT, reference, ignore=LEFT_BEHIND)
        fresh = Path(parent, "fresh")
        shutil.copytree(reference, fresh)
        begin = time.monotonic()
        disturbed(reference, [], 0, rng)
        longest, expected = time.monotonic() - begin, results(reference)
        print(f"undisturbed: {longest:.0f} s, {len(expected)} files to compare", flush=True)
        while signals:
            folder = Path(parent, f"study{studies}")
            shutil.copytree(fresh, folder)
            sent, studies = disturbed(folder, signals, longest / 2, rng), studies + 1
            total += sent
            found = results(folder)
            different = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
            print(f"study {studies}: {dict(sent)}, {len(different)} files differ {different[:5]}", flush=True)
            if different:
                sys.exit(f"kept in {shutil.copytree(folder, Path(tempfile.mkdtemp()) / 'study')}")
            shutil.rmtree(folder)
    print(f"{sum(total.values())} signals ({dict(total)}) in {studies} studies: all ended with the same bytes")


if __name__ == "__main__":
    main()
