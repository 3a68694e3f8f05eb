"""The embedded data set, whose splits share no pixel, and raw pickles that are read or refused with a sentence."""

import os
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from lib.base.errors import StudyError
from lib.datasets.facts import facts
from lib.datasets.forms.pickles import read_pickle
from lib.datasets.forms.registry import read_splits
from lib.datasets.photographs import BLOCK, SIDE, _photographs, blocks, crop, make_splits
from lib.datasets.splits import SPLITS

COUNTS = {"train": 4, "test": 3, "unlabeled": 5}


@pytest.fixture(scope="module")
def photographs():
    return make_splits(COUNTS, np.random.default_rng(0))


def test_ten_photographs_are_ten_classes(photographs):
    for split in ("train", "test"):
        assert len(photographs[split]["class_names"]) == 10
        assert np.bincount(photographs[split]["y"].ravel(), minlength=11).tolist() == [0] + [COUNTS[split]] * 10
    assert set(photographs["unlabeled"]) == {"X"}
    for split, count in COUNTS.items():
        assert photographs[split]["X"].shape == (10 * count, 27_648)
        assert photographs[split]["X"].dtype == np.uint8


def test_no_pixel_is_shared_between_blocks_and_every_pixel_is_in_one():
    for name, picture in _photographs().items():
        assert picture.shape[2] == 3
        used = np.zeros(picture.shape[:2], dtype=int)
        for places in blocks(picture.shape).values():
            for place in places:
                used[place] += 1
                assert min(picture[place].shape[:2]) >= SIDE, name
                assert max(picture[place].shape[:2]) <= 1.25 * BLOCK, name
        assert (used == 1).all(), f"the blocks of {name} overlap or leave a gap"


@pytest.mark.parametrize("split", SPLITS)
def test_every_split_shows_all_parts_of_a_photograph(split):
    for name, picture in _photographs().items():
        for axis in (0, 1):
            length = picture.shape[axis]
            places = [place[axis] for place in blocks(picture.shape)[split]]
            shown = {third for third in range(3) for place in places if _overlap(place, third, length)}
            assert shown == {0, 1, 2}, name


def _overlap(place, third, length):
    return place.start < (third + 1) * length / 3 and place.stop > third * length / 3


@pytest.mark.parametrize(("shape", "counts"), [((96, 96), (1, 0, 0)), ((191, 300), (1, 1, 0)), ((300, 96), (1, 1, 0))])
def test_small_photographs_have_fewer_blocks(shape, counts):
    assert tuple(len(blocks(shape)[split]) for split in ("train", "unlabeled", "test")) == counts


def is_window(crop, block):
    """Whether a crop is one of the windows of a block."""
    windows = np.lib.stride_tricks.sliding_window_view(block, (SIDE, SIDE, 3))[:, :, 0]
    picture = crop.reshape(SIDE, SIDE, 3)
    candidates = np.argwhere((windows[:, :, 0, :8] == picture[0, :8]).all(axis=(2, 3)))
    return any((windows[r, c] == picture).all() for r, c in candidates)


def test_crops_are_windows_of_their_block():
    for name, picture in _photographs().items():
        for split in SPLITS:
            places = blocks(picture.shape)[split]
            crops, numbers = crop(picture, places, 2, np.random.default_rng(1))
            assert all(is_window(*one) for one in zip(crops, [picture[places[n]] for n in numbers], strict=True)), name


def test_crops_are_spread_over_the_blocks_as_equally_as_possible(rng):
    picture = rng.integers(0, 256, size=(100, 400, 3), dtype=np.uint8)
    narrow, wide, widest = (
        (slice(0, 97), slice(0, 97)),
        (slice(0, 100), slice(100, 200)),
        (slice(0, 100), slice(200, 400)),
    )
    crops, numbers = crop(picture, [wide, narrow, widest], 20, rng)
    assert sorted(np.bincount(numbers)) == [4, 8, 8], "the narrow block has four positions"
    assert len(np.unique(crops, axis=0)) == 20
    assert sorted(np.bincount(crop(picture, [wide, narrow, widest], 10, rng)[1])) == [3, 3, 4]


def test_crops_are_all_different_and_limited(rng):
    picture = rng.integers(0, 256, size=(98, 97, 3), dtype=np.uint8)
    whole = [(slice(0, 98), slice(0, 97))]
    assert len(np.unique(crop(picture, whole, 6, rng)[0], axis=0)) == 6
    with pytest.raises(ValueError, match="7 crops asked for, expected at most 6"):
        crop(picture, whole, 7, rng)


def test_crops_of_one_block_are_one_group(photographs):
    pictures = _photographs()
    every = [picture[place] for picture in pictures.values() for place in blocks(picture.shape)["test"]]
    test = photographs["test"]
    assert test["groups"].shape == (10 * COUNTS["test"],)
    assert all(is_window(row, every[group]) for row, group in zip(test["X"], test["groups"], strict=True))


def write(path, contents, protocol=2):
    path.write_bytes(pickle.dumps(contents, protocol=protocol))


@pytest.fixture
def raw(tmp_path, rng):
    """A folder with small raw pickles of 12x12 images of three classes, and their contents."""
    images = lambda n: rng.integers(0, 256, size=(n, 432), dtype=np.uint8)  # noqa: E731
    contents = {
        "train": {"X": images(6), "y": np.array([[1], [2], [3], [1], [2], [3]]), "class_names": ["a", "b", "c"]},
        "test": {"X": images(3), "y": np.array([[3], [2], [1]]), "class_names": ["a", "b", "c"]},
        "unlabeled": {"X": images(5)},
    }
    for split, value in contents.items():
        write(tmp_path / f"{split}.pk", value)
    return SimpleNamespace(folder=tmp_path, contents=contents)


@pytest.mark.parametrize("protocol", range(6))
def test_every_protocol_is_read(raw, protocol):
    for split, contents in raw.contents.items():
        write(raw.folder / f"{split}.pk", contents, protocol)
    splits = read_splits(raw.folder)
    for name, split in splits.items():
        assert (np.asarray(split.images) == raw.contents[name]["X"]).all()
    assert splits["train"].labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert splits["test"].labels.tolist() == [2, 1, 0]
    assert splits["train"].class_names == ["a", "b", "c"]
    assert splits["unlabeled"].labels is None


def test_byte_string_keys_and_flat_labels_are_read(raw):
    train = raw.contents["train"]
    write(raw.folder / "train.pk", {b"X": train["X"], b"y": train["y"].ravel(), b"class_names": [b"a", b"b", b"c"]})
    assert read_splits(raw.folder)["train"].class_names == ["a", "b", "c"]


def test_groups_are_counted_from_0_and_belong_to_labelled_images_alone(raw):
    for split, groups in {
        "train": [[9], [9], [-4], [-4], [2**62], [9]],
        "test": [1.0, 1.0, 0.0],
        "unlabeled": [1],
    }.items():
        write(
            raw.folder / f"{split}.pk",
            raw.contents[split] | {"groups": groups if split == "test" else np.array(groups)},
        )
    splits = read_splits(raw.folder)
    assert splits["train"].groups.tolist() == [1, 1, 0, 0, 2, 1]
    assert splits["test"].groups.tolist() == [1, 1, 0]
    assert splits["test"].groups.dtype == np.int64
    assert splits["unlabeled"].groups is None
    assert [facts(splits[name]).groups for name in ("train", "test", "unlabeled")] == [3, 2, None]


def test_unlabelled_images_in_five_bare_matrices(raw):
    (raw.folder / "unlabeled.pk").unlink()
    parts = [np.full((2, 432), number, dtype=np.uint8) for number in range(5)]
    for number, part in enumerate(parts, start=1):
        write(raw.folder / f"X{number}.pk", part)
    assert (np.asarray(read_splits(raw.folder)["unlabeled"].images) == np.concatenate(parts)).all()


def test_facts_agree_with_the_images(raw):
    splits = read_splits(raw.folder)
    found = facts(splits["train"])
    pixels = np.asarray(splits["train"].images).reshape(-1, 3)
    assert (found.count, found.side, found.channels) == (6, 12, 3)
    np.testing.assert_allclose(found.mean, pixels.mean(axis=0))
    np.testing.assert_allclose(found.std, pixels.std(axis=0))
    assert found.images_by_class == {"a": 2, "b": 2, "c": 2}


FAULTS = {
    "no X": (lambda d: d.pop("X"), "has the keys class_names, y, expected X"),
    "rows of the wrong length": (lambda d: d.update(X=np.zeros((6, 101), np.uint8)), "rows of 101 values, expected 3"),
    "wrong dtype": (lambda d: d.update(X=np.zeros((6, 432), "S3")), r"X has dtype \|S3, expected uint8"),
    "objects": (lambda d: d.update(X=np.zeros((6, 432), object)), "X has dtype object|not a whole pickle"),
    "no images": (lambda d: d.update(X=np.zeros((0, 432), np.uint8)), r"X has shape \(0, 432\)"),
    "no labels": (lambda d: d.pop("y"), "has no y, expected 6 labels"),
    "too few labels": (lambda d: d.update(y=np.ones(5, int)), "y holds 5 labels, expected 6"),
    "a label above the classes": (lambda d: d.update(y=np.full(6, 4)), "y holds the label 4, expected 1 to 3"),
    "a negative label": (lambda d: d.update(y=np.full(6, -1)), "y holds the label -1, expected 0 to"),
    "labels that are text": (lambda d: d.update(y=np.array(list("abcabc"))), "y holds text, expected numbers as"),
    "labels that are fractions": (lambda d: d.update(y=np.full(6, 0.5)), "expected whole numbers"),
    "too few groups": (
        lambda d: d.update(groups=np.arange(5)),
        "groups hold 5 numbers, expected 6: one for each image",
    ),
    "groups that are text": (lambda d: d.update(groups=np.array(list("aabbcc"))), "groups hold values of dtype <U1"),
    "groups that are fractions": (lambda d: d.update(groups=np.full(6, np.nan)), "groups hold fractions or NaN"),
    "groups that are no list": (lambda d: d.update(groups=3), "groups hold a int, expected whole numbers"),
    "a name twice": (lambda d: d.update(class_names=["a", "b", "b"]), "class_names hold 'b' 2 times"),
    "other classes in test": (lambda d: d.update(class_names=["a", "b", "d"]), "class_names are .*, expected .* as in"),
    "other sizes in test": (
        lambda d: d.update(X=np.zeros((6, 192), np.uint8)),
        "rows of 432 values, expected 192 as in",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_name_the_file_the_finding_and_the_expectation(raw, fault):
    change, sentence = FAULTS[fault]
    contents = raw.contents["train"]
    change(contents)
    write(raw.folder / "train.pk", contents)
    with pytest.raises(StudyError, match=sentence) as caught:
        read_splits(raw.folder)
    assert str(raw.folder) in caught.value.sentences[0]


def test_several_faults_are_reported_together(raw):
    write(raw.folder / "train.pk", {"y": 1})
    write(raw.folder / "test.pk", [1, 2])
    with pytest.raises(StudyError) as caught:
        read_splits(raw.folder)
    assert len(caught.value.sentences) == 2


@pytest.mark.parametrize("damage", [lambda b: b[:-300], lambda b: b[:10], lambda b: b"", lambda b: b"no pickle"])
def test_damaged_pickles_are_refused(raw, damage):
    path = raw.folder / "train.pk"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StudyError, match=r"train\.pk: not a whole pickle of plain data"):
        read_splits(raw.folder)


class Exploit:
    def __reduce__(self):
        return os.system, ("touch exploited",)


@pytest.mark.parametrize("protocol", range(6))
def test_pickles_run_no_code(tmp_path, monkeypatch, protocol):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "train.pk", {"X": Exploit()}, protocol)
    with pytest.raises(StudyError, match=r"names posix\.system"):
        read_pickle(tmp_path / "train.pk")
    assert not (tmp_path / "exploited").exists()


@pytest.mark.parametrize("protocol", range(6))
def test_small_arrays_of_objects_are_plain_values(tmp_path, protocol):
    names = np.empty((2, 1), dtype=object)  # as SciPy's loadmat returns them
    names[:, 0] = [np.array(["a"]), np.array(["bc"])]
    write(tmp_path / "train.pk", {"X": np.zeros((2, 12), np.uint8), "class_names": names}, protocol)
    found = read_pickle(tmp_path / "train.pk")
    assert found["X"].shape == (2, 12)
    assert found["class_names"].shape == (2, 1)
    assert [name.item() for name in found["class_names"].ravel()] == ["a", "bc"]
    write(tmp_path / "train.pk", {"X": np.zeros(20_000, object)}, protocol)
    with pytest.raises(StudyError, match="more than 10000 objects"):
        read_pickle(tmp_path / "train.pk")
