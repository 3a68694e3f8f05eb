"""Compiled code against the formulas that it implements, and the cache of machine code."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from numba.core import config
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import expit

from lib.base.compiling import compiled
from lib.base.rows import RowFile
from lib.patches.compiled import clipping_normaliser, contrast_normaliser
from lib.patches.normalisation import CONTRAST, contrast_normalised
from lib.sample_patches import CENTRES, apply_normaliser, fit_normaliser
from lib.training.kernels import HIDDEN

ROOT = Path(__file__).parents[3]
DTYPES = pytest.mark.parametrize("dtype", [np.float64, np.float32])


@DTYPES
def test_sigmoid_is_right_everywhere(dtype):
    z = np.concatenate([np.linspace(-30, 30, 100_001), [-1e30, -800, -100, 100, 800, 1e30, -np.inf, np.inf]])
    z = z.astype(dtype).reshape(1, -1)
    exact = expit(z.astype(np.float64))
    a, sums = z.copy(), np.zeros(z.size, dtype)
    HIDDEN["sigmoid"](a, np.zeros(z.size, dtype), sums)
    tiny = 1e-37 if dtype == np.float32 else 1e-307  # below it only the order of magnitude counts
    np.testing.assert_allclose(a, exact, rtol=4 * np.finfo(dtype).eps, atol=tiny)
    np.testing.assert_array_equal(sums, a[0])


@pytest.mark.parametrize("stride", [1, 3, 4, 9])
@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("channels", [1, 3])
def test_normalised_patches_of_a_grid_are_those_of_the_formulas(rng, channels, centre, stride):
    pictures = rng.integers(0, 256, size=(3, 13, 16, channels), dtype=np.uint8)
    pictures[1] = 80  # patches without contrast
    windows = sliding_window_view(pictures, (5, 5), axis=(1, 2))[:, ::stride, ::stride]
    raw = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 25 * channels)
    normaliser = fit_normaliser(raw, centre=centre, channels=channels)
    for dtype in (np.float64, np.float32):
        tolerance = 200 * np.finfo(dtype).eps
        ways = [
            (clipping_normaliser(normaliser, 5, dtype), apply_normaliser(raw, normaliser)),
            (contrast_normaliser(centre, channels, CONTRAST, 5, dtype), contrast_normalised(raw, centre, channels)),
        ]
        for patches_of, expected in ways:
            found = patches_of(pictures, stride, 0, np.empty(raw.shape, dtype))
            np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
            np.testing.assert_array_equal(patches_of(pictures, stride, 2, np.empty_like(found[:4])), found[2:6])
        found = ways[0][0](pictures, stride, 0, np.empty(raw.shape, dtype))
        assert found.min() >= dtype(normaliser["low"])
        assert found.max() <= dtype(normaliser["high"])


USE = """
import sys, numpy as np
from lib.patches.compiled import clipping_normaliser
from lib.sample_patches import Normaliser
centre, precision = sys.argv[1:]
normaliser = Normaliser(centre=centre, mean=[100.0] * 3, std=[20.0] * 3, low=0.1, high=0.9)
pictures = (np.arange(1200) ** 2 % 251).astype(np.uint8).reshape(1, 20, 20, 3)
patches = clipping_normaliser(normaliser, 5, precision)(pictures, 3, 0, np.empty((36, 75), precision))
print(patches.dtype, patches.sum(dtype=np.float64))
"""


def test_processes_that_compile_at_the_same_time_keep_the_right_code(tmp_path):
    ways = [(centre, precision) for centre in ("none", "patch") for precision in ("float32", "float64")]

    def run_all():
        running = [
            subprocess.Popen(
                [sys.executable, "-c", USE, *way],
                cwd=ROOT,
                env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
                stdout=subprocess.PIPE,
                text=True,
            )
            for way in ways
        ]
        return [process.communicate(timeout=300)[0] for process in running]

    compiled_now, read_later = run_all(), run_all()
    assert compiled_now == read_later
    assert len(set(compiled_now)) == len(ways)
    files = [path.suffix for path in tmp_path.rglob("*") if path.is_file() and "fill" in path.name]
    assert sorted(files) == [".nbc"] * len(ways) + [".nbi"], "every process left its code"


def test_machine_code_is_read_and_written_by_one_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))

    @compiled
    def double(x):
        return 2 * x

    folder = Path(double._cache.cache_path)
    folder.mkdir(parents=True, exist_ok=True)
    done = threading.Event()
    with (folder / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        thread = threading.Thread(target=lambda: (double(1.5), done.set()))
        thread.start()
        assert not done.wait(0.5), "the cache was used while another held the lock"
    assert done.wait(60)
    thread.join()
    assert list(folder.glob("*double*.nbc"))


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", ["emptied", "cut", "garbage", "one bit", "another digest"])
def test_damaged_machine_code_is_compiled_again(tmp_path, monkeypatch, suffix, damage):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))

    def triple(x):
        return 3 * x

    first = compiled(triple)
    assert first(1.5) == 4.5
    (path,) = Path(first._cache.cache_path).glob(f"*triple*.{suffix}")
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(
        {
            "emptied": b"",
            "cut": content[:middle],
            "garbage": np.random.default_rng(0).bytes(len(content)),
            "one bit": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
            "another digest": b"\0" * 32 + content[32:],
        }[damage]
    )
    again = compiled(triple)
    assert again(1.5) == 4.5
    assert sum(again.stats.cache_hits.values()) == 0, "it was compiled"
    later = compiled(triple)
    assert later(1.5) == 4.5
    assert sum(later.stats.cache_hits.values()) == 1, "and stored whole"


def test_row_files_hold_matrices_alone(tmp_path):
    path = tmp_path / "rows.npy"
    np.save(path, np.arange(12).reshape(3, 4))
    assert RowFile(path)[1:].tolist() == [[4, 5, 6, 7], [8, 9, 10, 11]]
    assert RowFile(path)[:1, :].tolist() == [[0, 1, 2, 3]]
    assert RowFile(path)[2:1].shape == (0, 4)
    for index in (1, slice(0, 3, 2), (slice(None), 0), (slice(None), slice(1))):
        with pytest.raises(IndexError, match="expected a slice of rows without a step, and all columns"):
            RowFile(path)[index]
    np.testing.assert_array_equal(np.asarray(RowFile(path)), np.arange(12).reshape(3, 4))
    for other in (np.arange(5), np.asfortranarray(np.ones((3, 4)))):
        np.save(path, other)
        with pytest.raises(ValueError, match=r"rows\.npy: .* expected a matrix in C order"):
            RowFile(path)
