"""A small part of the mutated raw files of tests/fuzz, which reads hundreds of thousands."""

import os

import pytest

from tests.fuzz.fuzz_readers import Watch, run


def test_readers_return_splits_or_raise_sentences():
    outcomes, faults = run(2000, seed=1)
    assert faults == []
    for outcome in ("read", "refused"):
        assert sum(count for name, count in outcomes.items() if name.endswith(f": {outcome}")) > 200


@pytest.mark.parametrize(
    ("event", "arguments", "refused"),
    [
        ("open", ("folder/train.pk", "r", 0), False),
        ("open", ("folder/train.pk", "w", 0), True),
        ("open", ("folder/new", None, os.O_CREAT), True),
        ("open", ("/etc/passwd", "r", 0), True),
        ("os.system", (b"true",), True),
        ("subprocess.Popen", ("true", [], None, None), True),
        ("socket.connect", (None, "127.0.0.1"), True),
        ("os.remove", ("folder/train.pk", -1), True),
        ("import", ("json", None, None, None, None), False),
    ],
)
def test_the_watch_refuses_files_processes_and_sockets(event, arguments, refused):
    watch = Watch("folder")
    watch.on = True
    if refused:
        with pytest.raises(RuntimeError, match="refused by the fuzzer"):
            watch(event, arguments)
    else:
        watch(event, arguments)
    assert bool(watch.seen) == refused
