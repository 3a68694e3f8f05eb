"""Folders and archives of pictures: layouts, links, hidden files, bit depth, transparency and damage."""

import os
import shutil
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib.base.errors import StudyError
from lib.datasets import files
from lib.datasets.classes import check_classes
from lib.datasets.facts import facts
from lib.datasets.forms.registry import raw_files, read_splits, recognise
from lib.datasets.origin.provenance import describe

SIDE = 16


def picture(value=0, side=SIDE, seed=None):
    """A colour picture of a constant value, or of noise for a seed."""
    if seed is not None:
        return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return np.full((side, side, 3), value, np.uint8)


def save(path, array, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **options)


def fill(folder, classes=("cat", "dog"), splits=("train", "test"), count=4):
    """Write pictures of noise for every split and class; the split "" puts the classes at the top."""
    for split in splits:
        for label, name in enumerate(classes):
            for number in range(count):
                save(folder / split / name / f"{number}.png", picture(seed=[label, number, len(split)]))


def notes(splits):
    return [str(note) for split in splits.values() for note in split.notes]


def counts(splits):
    return {name: split.images.shape[0] for name, split in splits.items() if split.source is None}


HIDDEN = [
    "train/.ipynb_checkpoints/cat-checkpoint.png",
    "train/cat/.ipynb_checkpoints/0.png",
    "train/cat/._0.png",
    "__MACOSX/train/cat/._0.png",
    "train/@eaDir/0.png",
    "train/cat/@eaDir/0.png/SYNOPHOTO_THUMB_M.jpg",
    "train/cat/.thumbnails/0.png",
    "test/#recycle/9.png",
    "test/cat/.Trash-1000/files/9.png",
    "test/$RECYCLE.BIN/9.png",
    "train/lost+found/9.png",
    "train/System Volume Information/9.png",
    "train/cat/Thumbs.db",
    "train/.DS_Store",
    ".git/objects/9.png",
]


def test_trash_can_be_a_class(tmp_path):
    fill(tmp_path, classes=("paper", "trash"))
    assert read_splits(tmp_path)["train"].class_names == ["paper", "trash"]


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_files_and_files_of_operating_systems_are_left_out(tmp_path, name):
    fill(tmp_path)
    before = describe([str(tmp_path / "train"), str(tmp_path / "test")])
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture(9)).save(path, format="PNG")
    splits = read_splits(tmp_path)
    assert counts(splits) == {"train": 8, "test": 8}
    assert splits["train"].class_names == ["cat", "dog"]
    assert describe([str(tmp_path / "train"), str(tmp_path / "test")]) == before
    assert notes(splits) == []


def _wrapped(folder, *inner):
    """Move the contents of a folder into a folder inside it."""
    names = list(folder.iterdir())
    deep = folder.joinpath(*inner)
    deep.mkdir(parents=True)
    for path in names:
        path.rename(deep / path.name)


@pytest.mark.parametrize(
    ("train", "test"), [("Train", "Test"), ("training", "testing"), ("TRAIN", "val"), ("train", "valid")]
)
def test_splits_may_have_several_names(tmp_path, train, test):
    fill(tmp_path, splits=(train, test))
    splits = read_splits(tmp_path)
    assert counts(splits) == {"train": 8, "test": 8}
    assert splits["unlabeled"].source == "train"


def test_validation_images_are_left_out_with_a_note_if_there_are_test_images(tmp_path):
    fill(tmp_path, splits=("train", "val", "test"))
    splits = read_splits(tmp_path)
    assert counts(splits) == {"train": 8, "test": 8}
    assert notes(splits) == ["The validation images in val are left out: the data set has test images."]


@pytest.mark.parametrize("name", ["unlabeled", "unlabelled", "Unlabelled"])
def test_unlabelled_may_be_spelled_in_two_ways(tmp_path, name):
    fill(tmp_path)
    for number in range(3):
        save(tmp_path / name / f"{number}.png", picture(seed=number))
    assert counts(read_splits(tmp_path)) == {"train": 8, "test": 8, "unlabeled": 3}


def test_two_folders_of_one_split_are_refused(tmp_path):
    fill(tmp_path, splits=("train", "test"))
    save(tmp_path / "unlabeled" / "0.png", picture())
    save(tmp_path / "unlabelled" / "0.png", picture())
    with pytest.raises(StudyError, match=r"unlabel\w*ed and unlabel\w*ed: two folders of the split unlabeled"):
        raw_files(str(tmp_path))


@pytest.mark.parametrize("inner", [("data",), ("archive", "images")])
@pytest.mark.parametrize("splits", [("train", "test"), ("",)])
def test_data_may_be_some_folders_deeper(tmp_path, inner, splits):
    fill(tmp_path, splits=splits)
    flat = {name: np.asarray(split.images) for name, split in read_splits(tmp_path).items()}
    _wrapped(tmp_path, *inner)
    (tmp_path / "README.txt").write_text("how it was made")
    deep = read_splits(tmp_path)
    assert all((np.asarray(deep[name].images) == images).all() for name, images in flat.items())


def test_classes_at_the_top_are_split_by_the_seed_with_the_same_share_of_every_class(tmp_path):
    fill(tmp_path, splits=("",), count=10)
    splits = read_splits(tmp_path, seed=3)
    assert recognise(tmp_path)[0].name == "pictures by class"
    assert splits["train"].class_names == ["cat", "dog"]
    assert np.bincount(splits["train"].labels).tolist() == [8, 8]
    assert np.bincount(splits["test"].labels).tolist() == [2, 2]
    together = np.concatenate([np.asarray(splits[name].images) for name in ("train", "test")])
    assert len(np.unique(together, axis=0)) == 20, "every image is in one of them"
    (note,) = notes(splits)
    assert "4 of its labelled images, the same share of every class, were drawn as test images with the seed 3" in note
    assert (np.asarray(read_splits(tmp_path, seed=3)["test"].images) == np.asarray(splits["test"].images)).all()
    others = [np.asarray(read_splits(tmp_path, seed=seed)["test"].images) for seed in range(4, 8)]
    assert not all((other == np.asarray(splits["test"].images)).all() for other in others)


def test_each_class_has_its_own_labels_after_the_split(tmp_path):
    for label, name in enumerate(("a", "b", "c")):
        for number in range(5):
            save(tmp_path / name / f"{number}.png", picture(50 * label + number))
    for split in read_splits(tmp_path).values():
        if split.labels is not None:
            assert (np.asarray(split.images)[:, 0] // 50 == split.labels).all()


def test_folders_that_contain_splits_are_data_sets_not_classes(tmp_path):
    for name in ("flowers", "pets"):
        fill(tmp_path / name)
    with pytest.raises(StudyError, match=r"pictures .* in .*flowers; pictures .* in .*pets; expected one data set"):
        read_splits(tmp_path)
    assert counts(read_splits(tmp_path / "pets")) == {"train": 8, "test": 8}


def test_a_folder_of_too_many_files_is_refused(tmp_path, monkeypatch):
    fill(tmp_path)
    monkeypatch.setattr(files, "MOST", 10)
    with pytest.raises(StudyError, match=r"more than 10 files\), expected a folder"):
        read_splits(tmp_path)


def test_unlabelled_images_next_to_classes_at_the_top(tmp_path):
    fill(tmp_path, splits=("",))
    save(tmp_path / "unlabeled" / "0.png", picture(1))
    splits = read_splits(tmp_path)
    assert splits["train"].class_names == ["cat", "dog"]
    assert splits["unlabeled"].images.shape[0] == 1


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz"])
@pytest.mark.parametrize("splits", [("train", "test"), ("",)])
def test_archives_of_pictures_are_read_as_their_folders(tmp_path, form, splits):
    fill(tmp_path / "photos", splits=splits)
    shutil.make_archive(str(tmp_path / "photos"), {"tar.gz": "gztar"}.get(form, form), tmp_path, "photos")
    folder = read_splits(tmp_path / "photos")
    packed = read_splits(tmp_path / f"photos.{form}")
    for name, split in folder.items():
        rows = lambda found: np.unique(np.column_stack([np.asarray(found.images)]), axis=0)  # noqa: E731
        if splits == ("",):
            continue  # the archive has another order, so other test images are drawn
        assert (rows(packed[name]) == rows(split)).all()
    assert counts(packed) == counts(folder)
    assert packed["train"].class_names == ["cat", "dog"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos", f"photos.{form}"]


def test_a_zip_with_members_outside_its_folder_or_too_many_bytes_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../train/cat/0.png", b"x")
        archive.writestr("test/cat/0.png", b"x")
    with pytest.raises(StudyError, match=r"a\.zip: .*leaves its folder"):
        read_splits(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for split in ("train", "test"):
            archive.writestr(f"{split}/cat/0.png", bytes(2**28))
    with pytest.raises(StudyError, match=r"b\.zip: .*unpacks to"):
        read_splits(tmp_path / "b.zip")


def test_pictures_are_known_by_their_content(tmp_path):
    fill(tmp_path)
    for name, form in (("a.jfif", "JPEG"), ("b.pnm", "PPM"), ("c", "PNG"), ("d.data", "BMP"), ("e.PNG", "PNG")):
        Image.fromarray(picture(seed=1)).save(tmp_path / "train" / "cat" / name, format=form)
    assert counts(read_splits(tmp_path))["train"] == 13
    for path in (tmp_path / "train" / "cat").glob("*.png"):
        path.unlink()
    assert recognise(tmp_path)[0].name == "pictures"


def test_files_that_are_not_pictures_are_left_out_and_counted(tmp_path):
    fill(tmp_path)
    (tmp_path / "train" / "cat" / "notes.txt").write_text("a cat")
    (tmp_path / "train" / "cat" / "x.heic").write_bytes(b"\0\0\0\x18ftypheic")
    (tmp_path / "test" / "cat" / "y.heic").write_bytes(b"\0\0\0\x18ftypheic")
    save(tmp_path / "train" / "stray.png", picture())
    splits = read_splits(tmp_path)
    assert counts(splits) == {"train": 8, "test": 8}
    assert notes(splits) == [
        "Files that cannot be read as pictures are left out (3): 2 .heic, 1 .txt.",
        "Pictures of train outside of every class folder are left out: 1.",
    ]


def test_an_empty_class_folder_is_not_a_class(tmp_path):
    fill(tmp_path)
    for split in ("train", "test"):
        (tmp_path / split / "bird").mkdir()
    splits = read_splits(tmp_path)
    assert splits["train"].class_names == ["cat", "dog"]
    assert notes(splits) == ["Class folders without pictures are not classes (1): bird."]


def test_a_class_with_only_test_images_is_refused(tmp_path):
    fill(tmp_path)
    save(tmp_path / "test" / "bird" / "0.png", picture())
    with pytest.raises(StudyError, match="bird: this class has no training images, expected one of cat, dog"):
        read_splits(tmp_path)


def test_links_are_read_as_their_targets_and_loops_end(tmp_path):
    fill(tmp_path / "there")
    data = tmp_path / "data"
    (data / "train").mkdir(parents=True)
    (data / "test").symlink_to(tmp_path / "there" / "test")
    for name in ("cat", "dog"):
        (data / "train" / name).symlink_to(tmp_path / "there" / "train" / name)
    (tmp_path / "there" / "train" / "cat" / "deeper").symlink_to(tmp_path / "there" / "train" / "dog")
    (tmp_path / "there" / "train" / "dog" / "loop").symlink_to(tmp_path / "there" / "train" / "dog")
    splits = read_splits(data)
    assert counts(splits) == {"train": 12, "test": 8}
    assert np.bincount(splits["train"].labels).tolist() == [8, 4]
    assert describe([str(data / "train")]).files["train"].files == 12


def test_a_link_without_a_target_is_refused(tmp_path):
    fill(tmp_path)
    (tmp_path / "train" / "cat" / "gone.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(StudyError, match=r"gone\.png: is a link without a target"):
        read_splits(tmp_path)


def test_all_damaged_pictures_of_a_data_set_are_reported(tmp_path):
    fill(tmp_path, count=5)
    whole = (tmp_path / "train" / "cat" / "0.png").read_bytes()
    broken = {
        "train/cat/0.png": whole[:60] + bytes(len(whole) - 60),
        "train/dog/1.png": whole[:-40],
        "test/cat/2.png": whole[:-40],
        "test/dog/3.png": whole[: len(whole) // 2],
    }
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
    splits = read_splits(tmp_path)
    sentences = []
    for name, split in splits.items():
        if split.source is None:
            with pytest.raises(StudyError) as caught:
                facts(split, name)
            sentences += caught.value.sentences
    assert len(sentences) == 4
    assert all(any(name in sentence for sentence in sentences) for name in broken)


def test_web_pages_and_empty_files_in_place_of_pictures_are_reported_together(tmp_path):
    fill(tmp_path)
    (tmp_path / "train" / "cat" / "8.png").write_text("<!DOCTYPE html><html>404</html>")
    (tmp_path / "test" / "dog" / "9.jpg").write_bytes(b"")
    cut = tmp_path / "train" / "dog" / "0.png"
    cut.write_bytes(cut.read_bytes()[:-40])
    with pytest.raises(StudyError) as caught:
        read_splits(tmp_path)
    assert len(caught.value.sentences) == 3
    sentences = "\n".join(caught.value.sentences)
    assert "9.jpg: is refused or damaged (is empty)" in sentences
    assert "8.png: is refused or damaged (starts with '<!DOCTYPE html')" in sentences
    assert "0.png: " in sentences


def test_names_that_are_not_utf_8_are_escaped(tmp_path):
    fill(tmp_path, classes=("dog",))
    for split in ("train", "test"):
        folder = os.fsencode(tmp_path / split) + b"/caf\xe9"
        Path(os.fsdecode(folder)).mkdir()
        for number in range(3):
            with open(folder + b"/%d\xff.png" % number, "wb") as file:
                Image.fromarray(picture(number)).save(file, format="PNG")
    splits = read_splits(tmp_path)
    assert splits["train"].class_names == ["caf\\xe9", "dog"]
    assert counts(splits) == {"train": 7, "test": 7}
    assert all(name.encode() for name in describe([str(tmp_path / "train")]).checksums)


def test_names_that_look_the_same_are_one_class_across_splits_and_refused_within_one(tmp_path):
    composed, apart = unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")
    fill(tmp_path, classes=("dog", composed), splits=("train",))
    fill(tmp_path, classes=("dog", apart), splits=("test",))
    splits = read_splits(tmp_path)
    assert splits["train"].class_names == [composed, "dog"]
    assert np.bincount(splits["test"].labels).tolist() == [4, 4]
    fill(tmp_path, classes=(apart,), splits=("train",))
    with pytest.raises(StudyError, match=r"'cafe\\u0301' and 'caf\\xe9' have names that look the same"):
        read_splits(tmp_path)


def png(values, colour):
    """A PNG of 16 bits, which Pillow cannot write in colour. colour: the colour type in the header."""
    chunk = lambda kind, data: (  # noqa: E731
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    )
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values.reshape(len(values), -1))
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


DEPTHS = {255: 0, 4095: 4, 65535: 8}


@pytest.mark.parametrize("largest", DEPTHS)
@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (4, 2), (2, 3), (6, 4)])
def test_pictures_of_more_than_8_bits_have_one_scale(tmp_path, largest, colour, channels):
    rng, stored = np.random.default_rng(0), {}
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            values = rng.integers(0, largest // 2, (SIDE, SIDE, channels))
            if channels in (2, 4):
                values[..., -1] = 65535
            stored[split, name] = values
    stored["test", "dog"][3, 4, 0] = largest  # in one picture only: it decides the scale of all
    for (split, name), values in stored.items():
        path = tmp_path / split / name / "0.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(png(values, colour))
    splits = read_splits(tmp_path)
    for split in ("train", "test"):
        for row, name in enumerate(("cat", "dog")):
            colours = stored[split, name][..., :-1] if channels in (2, 4) else stored[split, name]
            assert (np.asarray(splits[split].images)[row] == (colours >> DEPTHS[largest]).ravel()).all()
    assert f"read on the scale from 0 to {largest}" in notes(splits)[0]


def test_pictures_of_32_bits_are_scaled_or_refused(tmp_path):
    for split in ("train", "test"):
        for label, name in enumerate(("cat", "dog")):
            save(tmp_path / split / name / "0.tif", np.full((SIDE, SIDE), 1000 + label, np.int32))
    assert np.asarray(read_splits(tmp_path)["train"].images)[:, 0].tolist() == [1000 >> 4, 1001 >> 4]
    save(tmp_path / "train" / "cat" / "1.tif", np.full((SIDE, SIDE), 70_000, np.int32))
    save(tmp_path / "train" / "cat" / "2.tif", np.full((SIDE, SIDE), -1, np.int32))
    with pytest.raises(StudyError, match="values up to 70000, expected at most 65535") as caught:
        read_splits(tmp_path)
    assert "values down to -1" in caught.value.sentences[1]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_colours_of_transparent_pixels_do_not_matter(tmp_path, mode):
    fill(tmp_path)
    for number, hidden in enumerate((0, 90, 255)):
        rgba = np.dstack([picture(hidden), np.zeros((SIDE, SIDE), np.uint8)])
        rgba[:8, :, :3], rgba[:8, :, 3] = 60, 255
        found = Image.fromarray(rgba).convert("LA" if mode == "LA" else "RGBA")
        if mode == "P":
            indices = np.ones((SIDE, SIDE), np.uint8)
            indices[:8] = 0
            found = Image.fromarray(indices, "P")
            found.putpalette([60] * 3 + [hidden] * 3)
            found.info["transparency"] = 1
        found.save(tmp_path / "train" / "cat" / f"x{number}.png")
    images = np.asarray(read_splits(tmp_path)["train"].images)[4:7].reshape(3, SIDE, SIDE, 3)
    assert (images[:, :8] == 60).all()
    assert (images[:, 8:] == 255).all(), "transparent parts are white"


def test_one_tiny_picture_is_named(tmp_path):
    fill(tmp_path)
    save(tmp_path / "train" / "dog" / "tiny.png", picture(seed=1, side=8))
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            for number in range(9):
                save(tmp_path / split / name / f"large{number}.png", picture(seed=number, side=40))
    splits = read_splits(tmp_path)
    assert splits["train"].images.side == 8
    (note,) = notes(splits)
    assert "train/dog/tiny.png, has 8 pixels a side" in note
    assert "at least 40" in note


def test_pictures_and_splits_of_one_colour_are_noted(tmp_path):
    for split in ("train", "test"):
        for label, name in enumerate(("cat", "dog")):
            for number in range(3):
                flat = picture(0) if split == "test" else picture(50 * label + number)
                save(tmp_path / split / name / f"{number}.png", flat)
    save(tmp_path / "train" / "dog" / "x.png", picture(seed=2))
    splits = read_splits(tmp_path)
    found = {name: [str(note) for note in facts(splits[name], name).notes] for name in splits}
    assert found["train"] == ["Images of a single colour in train: 6 of 7; the first is number 1."]
    assert found["test"] == ["All images of test have one and the same colour."]
    assert found["unlabeled"] == []


def test_a_constant_channel_is_noted(tmp_path):
    fill(tmp_path)
    for path in tmp_path.rglob("*.png"):
        values = picture(seed=3)
        values[..., 1] = 0
        save(path, values)
    (note,) = facts(read_splits(tmp_path)["train"], "train").notes
    assert str(note) == "Channels with one and the same value in all images of train: green."


def test_an_unknown_layout_is_refused_with_the_known_ones(tmp_path):
    for number in range(3):
        save(tmp_path / "train" / f"cat.{number}.png", picture())
    with pytest.raises(StudyError, match=r"expected a data set in one of these forms: .*train/<class>/\*.*<class>/\*"):
        read_splits(tmp_path)


def test_a_single_class_folder_is_a_single_class(tmp_path):
    fill(tmp_path, classes=("cat",), splits=("",))
    with pytest.raises(StudyError, match="all training images are of the class cat, expected at least 2 classes"):
        check_classes(read_splits(tmp_path))


def test_files_of_an_unknown_form_are_counted_by_suffix(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.heic").write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(StudyError, match=r"holds cat, dog with the files 2 \.heic, expected a data set"):
        read_splits(tmp_path)


def test_transparent_pictures_and_validation_images_as_test_images_are_noted(tmp_path):
    fill(tmp_path, splits=("train", "val"))
    clear = np.dstack([picture(seed=1), np.full((SIDE, SIDE), 100, np.uint8)])
    save(tmp_path / "train" / "cat" / "clear.png", clear)
    assert notes(read_splits(tmp_path)) == [
        "The validation images in val are used as test images: the data set has no others.",
        "Pictures with transparent parts, which become white: 1.",
    ]


def test_a_missing_split_is_named(tmp_path):
    fill(tmp_path, splits=("train",))
    with pytest.raises(StudyError, match=r"test: not found, expected a folder for each class"):
        read_splits(tmp_path)


def test_a_tar_of_pictures_is_read_in_its_order(tmp_path):
    fill(tmp_path / "photos", count=3)
    with tarfile.open(tmp_path / "photos.tar.gz", "w:gz") as archive:
        for path in sorted(
            (tmp_path / "photos").rglob("*.png"), key=lambda path: (path.name, path.parent)
        ):  # the classes alternate
            archive.add(path, path.relative_to(tmp_path))
    packed = read_splits(tmp_path / "photos.tar.gz")
    assert packed["train"].labels.tolist() == [0, 1] * 3
    folder = np.asarray(read_splits(tmp_path / "photos")["train"].images)
    assert (np.asarray(packed["train"].images) == folder.reshape(2, 3, -1).transpose(1, 0, 2).reshape(6, -1)).all()


def test_pictures_in_folders_that_are_no_split_are_noted(tmp_path):
    fill(tmp_path)
    for number in range(3):
        save(tmp_path / "unlabeled_images" / f"{number}.png", picture(seed=number))
    assert "Pictures in folders that are no split are left out (3): unlabeled_images." in notes(read_splits(tmp_path))


def test_a_misspelt_split_is_named_next_to_the_missing_one(tmp_path):
    fill(tmp_path, splits=("trian", "test"))
    with pytest.raises(StudyError) as caught:
        read_splits(tmp_path)
    (sentence,) = caught.value.sentences
    assert sentence.endswith("train: not found, expected a folder for each class; the other folders are trian")


def test_the_first_of_several_frames_is_used_with_a_note(tmp_path):
    fill(tmp_path)
    frames = [Image.fromarray(picture(seed=number)) for number in range(3)]
    for suffix in ("tif", "gif"):
        frames[0].save(tmp_path / "train" / "cat" / f"stack.{suffix}", save_all=True, append_images=frames[1:])
    splits = read_splits(tmp_path)
    assert counts(splits)["train"] == 10
    assert "Pictures of several frames, of which the first is used: 2." in notes(splits)
