"""Every form of raw data is read into the same images, and its faults are reported in sentences."""

import gzip
import io
import os
import pickle
import shutil
import tarfile
import tracemalloc
from itertools import product
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from PIL import Image

from lib.base.errors import StudyError
from lib.datasets.facts import facts
from lib.datasets.forms.registry import FORMS, raw_files, read_splits, recognise
from lib.datasets.images import Concatenated, Images, images_of
from lib.datasets.parsers import archives
from tests.unit import raw_forms
from tests.unit.raw_forms import (
    COUNTS,
    FOLDS,
    FULL,
    GROUPED,
    LABELS,
    NAMES,
    SIDE,
    WITHOUT_UNLABELLED,
    WRITERS,
    pictures,
    rows,
)

DATA_FILTER = getattr(tarfile, "data_filter", None)
MNIST = Path(__file__).parents[3].parent / "shared" / "data" / "mnist"


@pytest.mark.parametrize("form", WRITERS)
def test_the_same_images_in_every_form(tmp_path, form):
    WRITERS[form](tmp_path)
    splits = read_splits(tmp_path)
    channels = 1 if form in raw_forms.GREY else 3
    side = 32 if form in raw_forms.LARGE else SIDE

    def in_corner(found):
        return np.asarray(found.images).reshape(-1, side, side, channels)[:, :SIDE, :SIDE]

    for split, labels in LABELS.items():
        found = splits[split]
        order = np.arange(len(labels))
        if form in raw_forms.BY_CLASS:
            order = np.argsort(labels, kind="stable")
        elif form == "pictures in a tar":  # the archive has the last names of the last classes first
            order = sorted(order, key=lambda row: (labels[row], str(row)), reverse=True)
        assert (in_corner(found) == pictures(split, channels)[order]).all()
        assert found.labels.dtype == np.int64
        assert (found.labels == labels[order] - 1).all()
        picture = in_corner(found)[0]
        assert picture[2, 5, channels - 1] == 202, "row 2, column 5, last channel"
        assert channels == 1 or picture[2, 5, 0] == 201
        assert found.class_names == raw_forms.NAMED.get(form, NAMES)
        assert (found.images.side, found.images.channels) == (side, channels)
    without = form in WITHOUT_UNLABELLED
    unlabelled = pictures("train" if without else "unlabeled", channels)
    assert (in_corner(splits["unlabeled"]) == (unlabelled[::-1] if form == "pictures in a tar" else unlabelled)).all()
    assert splits["unlabeled"].labels is None
    assert facts(splits["unlabeled"]).images_of == ("train" if without else None)
    if form in FULL:
        assert [fold.tolist() for fold in splits["train"].fold_indices] == [fold.tolist() for fold in FOLDS]
    else:
        assert splits["train"].fold_indices is None
    for split, numbers in {"train": [1, 1, 1, 0, 0, 0, 2, 2, 2], "test": [1, 1, 0]}.items():
        assert (splits[split].groups.tolist() if form in GROUPED else splits[split].groups) == (
            numbers if form in GROUPED else None
        )


def test_forms_are_recognised_by_content_not_by_name(tmp_path):
    raw_forms.write_mat5(tmp_path)
    for split in COUNTS:
        (tmp_path / f"{split}.mat").rename(tmp_path / f"{split}.pk")
    form, _ = recognise(tmp_path)
    assert form.name == "matlab"
    assert (np.asarray(read_splits(tmp_path)["train"].images) == rows("train")).all()


@pytest.mark.parametrize("form", ["archive", "cifar archive", "cifar-100 archive", "npz in one"])
def test_the_path_may_be_a_single_file(tmp_path, form):
    WRITERS[form](tmp_path)
    (path,) = tmp_path.iterdir()
    np.savez(tmp_path / "a.npz", x=np.zeros(3))  # files of no form, before and after it by name
    np.savez(tmp_path / "z.npz", x_train=np.zeros(3))
    for source in (path, tmp_path):
        assert read_splits(source)["train"].images.shape == (9, 432)


def test_the_names_of_forms_are_different():
    assert len({form.name for form in FORMS}) == len(FORMS)


def test_a_folder_of_no_known_form_is_refused_with_the_list_of_forms(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(
        StudyError, match=r"holds notes\.txt, expected a data set in one of these forms: pickles: train\.pk"
    ):
        raw_files(str(tmp_path))


def test_grey_pickles(tmp_path):
    raw_forms.write_pickles(tmp_path, channels=1)
    found = read_splits(tmp_path)["train"]
    assert (found.images.channels, found.images.side) == (1, SIDE)
    assert len(facts(found).mean) == 1


def test_pictures_are_reduced_and_their_middle_kept(tmp_path):
    for split in LABELS:
        for name in NAMES[:2]:
            (tmp_path / split / name).mkdir(parents=True)
            wide = np.zeros((20, 60), np.uint8)
            wide[:, 20:40] = 200
            Image.fromarray(wide).save(tmp_path / split / name / "wide.png")
            Image.fromarray(np.full((30, 20), 90, np.uint8)).save(tmp_path / split / name / "high.jpg")
    found = read_splits(tmp_path)["train"]
    assert (found.images.side, found.images.channels) == (20, 1)
    images = np.asarray(found.images)
    assert (images[1] == 200).all()
    assert abs(images[0].astype(int) - 90).max() <= 1


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_pictures_are_rotated_as_their_exif_data_say(tmp_path, suffix):
    for split in LABELS:
        (tmp_path / split / "a").mkdir(parents=True)
        picture = np.zeros((16, 16), np.uint8)
        picture[:, 8:] = 255
        exif = Image.Exif()
        exif[0x0112] = 6  # to be rotated by 90 degrees
        Image.fromarray(picture).save(tmp_path / split / "a" / f"1.{suffix}", exif=exif)
    image = np.asarray(read_splits(tmp_path)["train"].images)[0].reshape(16, 16)
    assert (image[8:] == 255).all()
    assert (image[:8] == 0).all()


@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
def test_grey_of_16_bits_is_scaled_to_8(tmp_path, dtype):
    for split in LABELS:
        (tmp_path / split / "a").mkdir(parents=True)
        Image.fromarray(np.full((16, 16), 200 << 8 | 255).astype(dtype)).save(tmp_path / split / "a" / "1.tif")
    images = read_splits(tmp_path)["train"].images
    assert images.channels == 1
    assert (np.asarray(images) == 200).all()


def test_pictures_of_fractions_are_refused(tmp_path):
    raw_forms.write_pictures(tmp_path)
    Image.fromarray(np.full((16, 16), 0.5, np.float32)).save(tmp_path / "train" / "a" / "9.tif")
    with pytest.raises(
        StudyError,
        match=r"9\.tif: is refused or damaged \(pixels that are fractions; save them with 8 or 16 bits\)",
    ):
        read_splits(tmp_path)


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("dtype", [np.uint8, np.float64, np.int32])
@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_labels_of_any_kind(tmp_path, base, dtype, shape):
    raw_forms.write_pickles(tmp_path)
    for split, labels in LABELS.items():
        found = raw_forms.contents(split) | {"y": (labels - 1 + base).astype(dtype).reshape(shape)}
        (tmp_path / f"{split}.pk").write_bytes(pickle.dumps(found))
    assert (read_splits(tmp_path)["test"].labels == LABELS["test"] - 1).all()


FOLD_FAULTS = {
    "outside": ([[0, 9]], "fold_indices hold 9, expected 0 to 8"),
    "below": ([[-1, 2]], "fold_indices hold -1, expected 0 to 8"),
    "twice": ([[1, 1]], "fold 1 of fold_indices holds an image twice"),
    "empty": ([[0], []], "fold 2 of fold_indices holds 0 images, expected 1 to 9"),
    "text": ([["a"]], "fold 1 of fold_indices holds a list of values other than numbers"),
    "no list": (3, "fold_indices are not a list of folds"),
    "a single number": (np.array(3), "fold_indices are not a list of folds"),
}


@pytest.mark.parametrize("fault", FOLD_FAULTS)
def test_faults_of_folds(tmp_path, fault):
    folds, sentence = FOLD_FAULTS[fault]
    raw_forms.write_pickles(tmp_path)
    (tmp_path / "train.pk").write_bytes(pickle.dumps(raw_forms.contents("train") | {"fold_indices": folds}))
    with pytest.raises(StudyError, match=sentence):
        read_splits(tmp_path)


def test_folds_from_1_are_counted_from_0(tmp_path):
    raw_forms.write_pickles(tmp_path)
    found = raw_forms.contents("train") | {"fold_indices": np.array([[1, 2], [3, 9]])}
    (tmp_path / "train.pk").write_bytes(pickle.dumps(found))
    assert [fold.tolist() for fold in read_splits(tmp_path)["train"].fold_indices] == [[0, 1], [2, 8]]


def _broken(name, change):
    def damage(folder):
        (path,) = folder.rglob(name)
        path.write_bytes(change(path.read_bytes()))

    return damage


DAMAGES = {
    "binary: half an image": ("binary", _broken("test_X.bin", lambda b: b[:-5]), "a multiple of 432"),
    "binary: labels missing": ("binary", lambda folder: (folder / "test_y.bin").unlink(), r"test_y\.bin: not found"),
    "binary: more labels": (
        "binary",
        _broken("train_y.bin", lambda b: b + b"\1"),
        "bytes for each label",
    ),
    "binary: folds": (
        "binary",
        _broken("fold_indices.txt", lambda b: b"0 x"),
        r"fold_indices\.txt: is refused or damaged",
    ),
    "archive: cut": ("archive", _broken("*.gz", lambda b: b[: len(b) // 2]), r"tar\.gz: .*expected a whole archive"),
    "mat5: cut": ("mat5", _broken("train.mat", lambda b: b[:-20]), r"train\.mat: is refused or damaged"),
    "mat73: cut": ("mat73", _broken("train.mat", lambda b: b[:-900]), r"train\.mat: "),
    "cifar: cut": ("cifar", _broken("data_batch_2", lambda b: b[:-9]), "data_batch_2: not a whole pickle"),
    "cifar archive: cut": (
        "cifar archive",
        _broken("*.gz", lambda b: b[:-200]),
        r"tar\.gz: .*expected a whole archive",
    ),
    "npz in one: cut": ("npz in one", _broken("mnist.npz", lambda b: b[:-9]), r"mnist\.npz"),
    "tiff: cut": (
        "tiff",
        _broken("unlabeled/0.tif", lambda b: b[:-60]),
        r"0\.tif: (is refused or damaged|cannot be read)",
    ),
    "idx: cut": ("idx plain", _broken("train-images*", lambda b: b[:-9]), "but holds 1287 values, expected 1296"),
    "idx: packed, cut": ("idx", _broken("train-images*", lambda b: b[:-9]), "train-images.*: is refused or damaged"),
    "pictures: no picture": (
        "pictures",
        _broken("unlabeled/0.png", lambda b: b"text"),
        r"0\.png: is refused or damaged \(starts with b'text'",
    ),
    "npz: cut": ("npz", _broken("train.npz", lambda b: b[:-9]), r"train\.npz: is refused or damaged"),
    "npy: cut": ("npy", _broken("train_X.npy", lambda b: b[:-9]), "claims the shape"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_named_in_a_sentence(tmp_path, damage):
    form, change, sentence = DAMAGES[damage]
    WRITERS[form](tmp_path)
    change(tmp_path)
    with pytest.raises(StudyError, match=sentence):
        read_splits(tmp_path)


def test_names_of_classes_may_be_missing_in_an_archive_as_in_a_folder(tmp_path):
    def write(folder):
        raw_forms.write_cifar(folder)
        (folder / "cifar-10-batches-py" / "batches.meta").unlink()

    write(tmp_path)
    assert read_splits(tmp_path)["train"].class_names == ["0", "1", "2"]
    shutil.rmtree(tmp_path / "cifar-10-batches-py")
    raw_forms.packed(write, "cifar-10-python.tar.gz", "w:gz")(tmp_path)
    assert read_splits(tmp_path)["train"].class_names == ["0", "1", "2"]


class Opens:
    def __reduce__(self):
        return os.system, ("touch exploited",)


def test_faults_in_an_archive_are_reported_together_and_no_code_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(folder):
        raw_forms.write_cifar(folder)
        inner = folder / "cifar-10-batches-py"
        (inner / "test_batch").unlink()
        (inner / "data_batch_2").write_bytes(pickle.dumps({"data": Opens()}))
        (inner / "batches.meta").write_bytes(pickle.dumps({"label_names": 3}))

    raw_forms.packed(write, "cifar-10-python.tar.gz", "w:gz")(tmp_path)
    with pytest.raises(StudyError) as caught:
        read_splits(tmp_path)
    place = str(tmp_path / "cifar-10-python.tar.gz")
    expected = [
        f"{place}: batches.meta: has no list label_names",
        f"{place}: data_batch_2: not a whole pickle of plain data (names posix.system)",
        f"{place}: test_batch: not found, expected a file of cifar-10-python.tar.gz",
    ]
    assert all(found.startswith(start) for found, start in zip(caught.value.sentences, expected, strict=True))
    assert not (tmp_path / "exploited").exists()


def _archive(path, *members, data=b""):
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            member.size = len(data) if member.isreg() else 0
            archive.addfile(member, io.BytesIO(data) if member.isreg() else None)


def _member(name, kind=tarfile.REGTYPE, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    member.pax_headers = {"path": name} if "\0" in name else {}  # the field of a plain header ends at the first zero
    return member


ARCHIVES = {
    "stl10_binary.tar.gz": "stl10_binary/train_X.bin",
    "cifar-10-python.tar.gz": "cifar-10-batches-py/test_batch",
}


@pytest.mark.parametrize("archive", ARCHIVES)
@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        (_member("../train_y.bin"), "leaves its folder"),
        (_member("inner/../../train_y.bin"), "leaves its folder"),
        (_member("/tmp/train_y.bin"), "leaves its folder"),
        (_member("inner/train_y.bin", tarfile.SYMTYPE, "/etc/passwd"), "not a plain file or folder"),
        (_member("inner/data_batch_1", tarfile.SYMTYPE, "/etc/passwd"), "not a plain file or folder"),
        (_member("inner/train_y.bin", tarfile.LNKTYPE, "../x"), "not a plain file or folder"),
        (_member("inner/train_y.bin", tarfile.CHRTYPE), "not a plain file or folder"),
        (_member("inner/train_y.bin", tarfile.FIFOTYPE), "not a plain file or folder"),
        (_member("inner/train_y.bin\0.txt"), "a name that no file can have"),
    ],
)
def test_archives_with_links_or_members_outside_their_folder_are_refused(tmp_path, archive, member, sentence):
    path = tmp_path / archive
    _archive(path, _member(ARCHIVES[archive]), member, data=b"1")
    with pytest.raises(StudyError, match=sentence):
        read_splits(path)
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(DATA_FILTER is None, reason="Python before 3.11.4 has no data_filter to compare with")
def test_every_member_that_the_filter_of_python_refuses_is_refused():
    names = [
        "a",
        "a/b",
        "/a",
        "//a",
        "./a",
        "..",
        "../a",
        "a/../b",
        "a/../../b",
        "a/..",
        "a\0b",
        "a/./../..",
        ".../a",
        "",
    ]
    kinds = [*b"0123456789gxLKSVM\0", ord("?")]
    refused = []
    for name, kind, target in product(names, kinds, ["", "a", "/a", "../../a"]):
        member = _member(name, bytes([kind]), target)
        try:
            DATA_FILTER(member, ".")
        except Exception:
            refused.append(member)
            with pytest.raises(ValueError, match=r"leaves its folder|not a plain file|no file can have"):
                archives._check(member)
    assert len(refused) > 100
    archives._check(_member("inner/train_y.bin"))


@pytest.mark.parametrize("archive", ARCHIVES)
@pytest.mark.parametrize("in_header", [False, True])
def test_archives_that_unpack_to_too_many_bytes_are_refused(tmp_path, archive, in_header):
    path = tmp_path / archive
    member = _member(ARCHIVES[archive], tarfile.XHDTYPE if in_header else tarfile.REGTYPE)
    member.size = 2**28
    # gzip streams may be concatenated, so the zeros are compressed only once
    zeros = gzip.compress(bytes(2**23), 1)
    path.write_bytes(gzip.compress(member.tobuf()) + zeros * 2**5)
    tracemalloc.start()
    try:
        with pytest.raises(StudyError, match=r"unpacks to more than|of no known form|an unknown kind"):
            read_splits(path)
        assert tracemalloc.get_traced_memory()[1] < 2**27
    finally:
        tracemalloc.stop()


def test_archives_with_batches_that_would_fill_the_memory_are_refused(tmp_path):
    path = tmp_path / "cifar-10-python.tar"
    member = _member("cifar-10-batches-py/test_batch")
    member.size = 2**29 + 512
    with path.open("wb") as file:
        file.write(member.tobuf())
        file.truncate(512 + member.size + 1024)  # zeros, which take no place on the disk
    with pytest.raises(StudyError, match=f"batches of {member.size} bytes"):
        read_splits(path)


def test_mat5_bombs_and_structures_are_refused(tmp_path):
    raw_forms.write_mat5(tmp_path)
    scipy.io.savemat(tmp_path / "train.mat", {"X": {"a": 1}})
    scipy.io.savemat(tmp_path / "test.mat", {"X": np.zeros((2**27, 1), np.uint8)}, do_compression=True)
    with pytest.raises(StudyError) as caught:
        read_splits(tmp_path)
    assert "X of class 2" in caught.value.sentences[0]
    assert "unpacks to" in caught.value.sentences[1]


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("link", "X is a link"),
        ("soft link", "X is a link"),
        ("virtual", "X is stored in another file"),
        ("external", "X is stored in another file"),
    ],
)
def test_hdf5_variables_that_are_stored_elsewhere_are_refused(tmp_path, how, sentence):
    raw_forms.write_mat73(tmp_path)
    columns = raw_forms.columns("train").T
    columns.tofile(tmp_path / "elsewhere")
    other = str(tmp_path / "other.h5")
    with h5py.File(other, "w") as file:
        file["X"] = columns
    with h5py.File(tmp_path / "train.mat", "w", userblock_size=512) as file:
        if how == "link":
            file["X"] = h5py.ExternalLink(other, "X")
        elif how == "soft link":
            file["X"] = h5py.SoftLink("/y")
            file["y"] = columns
        elif how == "virtual":
            layout = h5py.VirtualLayout(columns.shape, np.uint8)
            layout[...] = h5py.VirtualSource(other, "X", columns.shape)
            file.create_virtual_dataset("X", layout)
        else:
            where = [(str(tmp_path / "elsewhere"), 0, columns.size)]
            file.create_dataset("X", columns.shape, np.uint8, external=where)
    with pytest.raises(StudyError, match=rf"train\.mat: is refused or damaged \({sentence}"):
        read_splits(tmp_path)


def test_hdf5_of_other_programs_is_refused(tmp_path):
    """Its axes are not reversed, as those of MATLAB are: every image would be read as its mirror image."""
    for split in ("train", "test"):
        with h5py.File(tmp_path / f"{split}.h5", "w") as file:
            file["X"], file["y"] = np.zeros((12, 8, 8), np.uint8), np.arange(12) % 2
    with pytest.raises(StudyError, match="HDF5 that MATLAB did not write, whose axes are in another order; save it as"):
        read_splits(tmp_path)


def test_hdf5_that_claims_terabytes_is_refused(tmp_path):
    raw_forms.write_mat73(tmp_path)
    with h5py.File(tmp_path / "train.mat", "w", userblock_size=512) as file:
        file.create_dataset("X", (432, 2**40), np.uint8, chunks=(432, 100))
    with pytest.raises(StudyError, match="X claims"):
        read_splits(tmp_path)


def test_pictures_with_too_many_pixels_are_refused(tmp_path):
    raw_forms.write_pictures(tmp_path)
    Image.new("1", (2**14, 2**13)).save(tmp_path / "train" / "a" / "huge.png")
    with pytest.raises(StudyError, match=r"huge\.png: is refused or damaged \(16384x8192 pixels\)"):
        read_splits(tmp_path)


def test_reading_blocks_takes_little_memory(tmp_path):
    path = tmp_path / "X.npy"
    matrix = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(3000, 27_648))
    matrix[::1000] = 7
    tracemalloc.start()
    try:
        images = images_of(
            Concatenated([np.load(path, mmap_mode="r")[:1500], np.load(path, mmap_mode="r")[1500:]]), "columns"
        )
        assert sum(len(block) for block in images.blocks()) == 3000
        assert tracemalloc.get_traced_memory()[1] < 3 * 2**24
    finally:
        tracemalloc.stop()


def test_concatenated_sources_equal_the_concatenated_array(rng):
    parts = [rng.integers(0, 256, size=(n, 12), dtype=np.uint8) for n in (2, 1, 4)]
    stacked, whole = Concatenated(parts), np.concatenate(parts)
    for start in range(7):
        for stop in range(start + 1, 8):
            assert (stacked[start:stop] == whole[start:stop]).all()


def test_rows_of_every_layout_become_row_major():
    picture = pictures("train")
    for layout, axes in (("interleaved", (0, 1, 2, 3)), ("planes", (0, 3, 1, 2)), ("columns", (0, 3, 2, 1))):
        stored = picture.transpose(axes).reshape(len(picture), -1)
        assert (np.asarray(Images(stored, SIDE, 3, layout)) == rows("train")).all()


@pytest.mark.skipif(not MNIST.is_dir(), reason=f"no MNIST in {MNIST}")
def test_mnist():
    splits = read_splits(MNIST)
    assert splits["train"].images.shape == (17_435, 784)
    assert splits["test"].labels[:4].tolist() == [7, 2, 1, 0]
    assert facts(splits["test"]).channels == 1


@pytest.mark.parametrize("folder", [".", "bin", "stl10_binary"])
def test_an_archive_is_recognised_by_its_members_in_any_folder(tmp_path, folder):
    raw = tmp_path / "raw"
    raw.mkdir()
    raw_forms.write_binary(raw)
    with tarfile.open(tmp_path / "sample.tar.gz", "w:gz") as tar:
        tar.add(raw, folder)
    assert raw_files(str(tmp_path / "sample.tar.gz")) == {"archive": [str(tmp_path / "sample.tar.gz")]}


def test_an_unknown_archive_is_described_by_its_members(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    with tarfile.open(tmp_path / "notes.tar", "w") as tar:
        tar.add(tmp_path / "notes.txt", "notes.txt")
    with pytest.raises(StudyError, match=r"notes\.tar: an archive that holds notes\.txt, expected a data set"):
        raw_files(str(tmp_path / "notes.tar"))
