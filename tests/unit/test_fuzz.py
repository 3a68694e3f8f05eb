"""A slice of the mutated raw files that tests/fuzz reads by the hundred thousand."""

from tests.fuzz.fuzz_readers import run


def test_readers_give_splits_or_sentences():
    outcomes, faults = run(2500, seed=1)
    assert faults == []
    for outcome in ("read", "refused"):
        assert sum(count for name, count in outcomes.items() if name.endswith(f": {outcome}")) > 250
    assert outcomes["slowest, ms"] < 5000
