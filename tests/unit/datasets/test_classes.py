"""Classes are the labels of the training images, given as numbers, names or one column per class."""

import gzip
import pickle

import numpy as np
import pytest
import scipy.io

from lib.base.errors import StudyError
from lib.datasets.classes import check_classes, draw_split
from lib.datasets.forms.registry import raw_files, read_splits
from lib.evaluation.scores import metrics
from tests.unit import raw_forms

WIDTH = 48


def write(folder, train, test=None, names=None, **more):
    for split, labels in (("train", train), ("test", train if test is None else test)):
        contents = {"X": np.zeros((len(labels), WIDTH), np.uint8), "y": labels} | more
        contents |= {"class_names": names} if names is not None else {}
        (folder / f"{split}.pk").write_bytes(pickle.dumps(contents))


def notes(splits):
    return [str(note) for note in splits["train"].notes]


def test_only_labels_that_occur_are_classes(tmp_path):
    write(tmp_path, np.array([3, 5, 5, 3]), np.array([5, 3]))
    splits = read_splits(tmp_path)
    assert splits["train"].class_names == ["3", "5"]
    assert splits["train"].labels.tolist() == [0, 1, 1, 0]
    assert splits["test"].labels.tolist() == [1, 0]
    assert notes(splits) == []


def test_idx_labels_may_start_at_1(tmp_path):
    raw_forms.write_idx(tmp_path)
    for path in tmp_path.glob("*labels*"):
        data = gzip.decompress(path.read_bytes())
        path.write_bytes(gzip.compress(data[:8] + bytes(value + 1 for value in data[8:])))
    splits = read_splits(tmp_path)
    assert splits["train"].class_names == ["1", "2", "3"]
    assert splits["train"].labels.tolist() == [0, 1, 2] * 3


@pytest.mark.parametrize(
    "given", [["b", "a", "b"], [b"b", b"a", b"b"], np.array(["b", "a", "b"]), np.array([b"b", b"a", b"b"])]
)
def test_labels_may_be_names(tmp_path, given):
    write(tmp_path, given)
    splits = read_splits(tmp_path)
    assert splits["train"].class_names == ["a", "b"]
    assert splits["train"].labels.tolist() == [1, 0, 1]


def test_labels_that_are_names_follow_the_order_of_the_names_of_classes(tmp_path):
    write(tmp_path, ["a", "b", "a"], names=["b", "a", "c"])
    splits = read_splits(tmp_path)
    assert splits["train"].class_names == ["b", "a"]
    assert splits["train"].labels.tolist() == [1, 0, 1]
    assert notes(splits) == ["Named classes without images are left out (1): c."]
    write(tmp_path, ["a", "b", "d"], names=["b", "a", "c"])
    with pytest.raises(StudyError, match=r"train\.pk: y holds the label d, expected \['b', 'a', 'c'\]"):
        read_splits(tmp_path)


@pytest.mark.parametrize("dtype", [np.uint8, bool, np.float32])
def test_one_column_per_class(tmp_path, dtype):
    write(tmp_path, np.eye(3)[[2, 0, 1, 2]].astype(dtype), np.eye(3)[[1, 0]].astype(dtype))
    splits = read_splits(tmp_path)
    assert splits["train"].labels.tolist() == [2, 0, 1, 2]
    assert splits["test"].labels.tolist() == [1, 0]


def test_several_labels_of_one_image_are_refused(tmp_path):
    write(tmp_path, np.array([[1, 1, 0], [0, 0, 1]]))
    with pytest.raises(StudyError, match=r"y has shape \(2, 3\), expected 2 labels: one for each image"):
        read_splits(tmp_path)


def test_named_classes_without_images_are_left_out_with_a_note(tmp_path):
    write(tmp_path, np.array([1, 4, 4]), np.array([4]), names=["a", "b", "c", "d"])
    splits = read_splits(tmp_path)
    assert splits["train"].class_names == ["a", "d"]
    assert splits["train"].labels.tolist() == [0, 1, 1]
    assert notes(splits) == [
        "Named classes without images are left out (2): b, c.",
        "Classes without test images (1): a.",
    ]


def test_labels_that_may_count_from_0_or_from_1_are_refused(tmp_path):
    """Without the first class and without the last one, names could be one class off."""
    write(tmp_path, np.array([1, 3, 2]), np.array([3]), names=["a", "b", "c", "d"])
    with pytest.raises(
        StudyError, match=r"train\.pk: y holds labels from 1 to 3 for 4 class_names, which may count from"
    ):
        read_splits(tmp_path)


@pytest.mark.parametrize("names", [None, ["a", "b", "c"]])
def test_test_images_of_a_class_without_training_images_are_refused(tmp_path, names):
    write(tmp_path, np.array([1, 2, 1]), np.array([1, 3, 3]), names=names)
    name = "c" if names else "3"
    with pytest.raises(StudyError, match=rf"test\.pk: 2 images are of the class {name}, which has no training images"):
        read_splits(tmp_path)


def test_names_of_classes_as_loadmat_gives_them(tmp_path):
    names = np.empty((1, 3), object)
    names[0] = [np.array(["café"]), np.array(["b"]), np.array(["c"])]
    write(tmp_path, np.array([[1], [2], [3]], np.uint8), names=names, __version__="1.0", __globals__=[])
    assert read_splits(tmp_path)["train"].class_names == ["café", "b", "c"]


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ([1, 1, 1, 1], "all training images are of the class 1, expected at least 2 classes"),
        ([1], "all training images are of the class 1, expected at least 2 classes"),
        ([1, 2, 3], r"the classes 1 \(1\), 2 \(1\), 3 \(1\) have fewer than 3 training images"),
        ([1, 1, 1, 2, 2], r"the classes 2 \(2\) have fewer than 3 training images"),
    ],
)
def test_too_few_classes_or_images_per_class_are_refused(tmp_path, labels, sentence):
    write(tmp_path, np.array(labels))
    with pytest.raises(StudyError, match=sentence):
        check_classes(read_splits(tmp_path))


def test_three_images_of_each_class_are_enough(tmp_path):
    write(tmp_path, np.array([1, 2] * 3))
    assert check_classes(read_splits(tmp_path)) is None


def test_macro_f1_is_over_the_classes_that_occur():
    truth, labels = np.array([0, 0, 2, 2]), np.array([0, 0, 2, 2])
    probabilities = np.full((4, 4), 0.25)
    assert metrics(truth, labels, probabilities)["f1_macro"] == 1.0
    predicted = np.array([0, 0, 2, 3])  # 3 occurs among the predictions: F1 of 1, 2/3 and 0
    assert metrics(truth, predicted, probabilities)["f1_macro"] == pytest.approx((1 + 2 / 3 + 0) / 3)


@pytest.mark.parametrize("counts", [(10, 5), (2, 2), (1, 7), (100, 3)])
def test_drawn_test_images_are_a_share_of_every_class(counts, rng):
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    parts = draw_split(labels, 0.2, rng)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(len(labels)))
    for label, count in enumerate(counts):
        expected = min(max(1, round(0.2 * count)), count - 1)
        assert (labels[parts["test"]] == label).sum() == expected
    assert all((np.diff(rows) > 0).all() for rows in parts.values())


@pytest.mark.parametrize("form", ["pickles", "binary", "mat5", "npz"])
def test_without_unlabelled_images_the_training_images_are_used(tmp_path, form):
    raw_forms.WRITERS[form](tmp_path)
    for path in tmp_path.glob("unlabeled*"):
        path.unlink()
    assert "unlabeled" not in raw_files(str(tmp_path))
    assert read_splits(tmp_path)["unlabeled"].source == "train"


@pytest.mark.parametrize("form", ["pickles", "mat5", "npz"])
def test_unlabelled_files_may_be_spelled_in_two_ways(tmp_path, form):
    raw_forms.WRITERS[form](tmp_path)
    (path,) = tmp_path.glob("unlabeled*")
    path.rename(path.with_stem("unlabelled"))
    assert read_splits(tmp_path)["unlabeled"].images.shape[0] == 5


def test_all_five_parts_of_the_unlabelled_images_are_expected(tmp_path):
    raw_forms.write_pickles(tmp_path)
    (tmp_path / "unlabeled.pk").unlink()
    for number in (1, 2, 4, 5):
        (tmp_path / f"X{number}.pk").write_bytes(pickle.dumps(raw_forms.rows("unlabeled")))
    assert str(tmp_path / "X3.pk") in raw_files(str(tmp_path))["unlabeled"], "it is expected"
    with pytest.raises(StudyError, match=r"X3\.pk: cannot be read \(No such file"):
        read_splits(tmp_path)
    (tmp_path / "X3.pk").write_bytes(pickle.dumps(raw_forms.rows("unlabeled")))
    assert read_splits(tmp_path)["unlabeled"].images.shape[0] == 25
    (tmp_path / "unlabeled.pk").write_bytes(pickle.dumps(raw_forms.contents("unlabeled")))
    with pytest.raises(StudyError, match="both hold unlabelled images, expected one of them"):
        read_splits(tmp_path)


@pytest.mark.parametrize(
    "backup", ["train.bak.pk", "train.old", "train (1).pk", "train.pk.bak", ".train.pk", "train.pk~"]
)
def test_a_backup_is_not_the_data(tmp_path, backup):
    raw_forms.write_pickles(tmp_path)
    (tmp_path / backup).write_bytes(pickle.dumps(raw_forms.contents("test")))
    assert raw_files(str(tmp_path))["train"] == [str(tmp_path / "train.pk")]
    assert read_splits(tmp_path)["train"].images.shape[0] == 9


@pytest.mark.parametrize("second", ["train.pkl", "Train.pk", "train.pickle"])
def test_two_candidates_for_a_split_are_refused(tmp_path, second):
    raw_forms.write_pickles(tmp_path)
    (tmp_path / second).write_bytes(pickle.dumps(raw_forms.contents("test")))
    with pytest.raises(StudyError, match="several candidates, expected one file for the split train"):
        raw_files(str(tmp_path))


def test_two_forms_in_one_folder_are_refused(tmp_path):
    raw_forms.write_pickles(tmp_path)
    raw_forms.write_npz(tmp_path)
    with pytest.raises(
        StudyError, match=r"holds pickles \(train\.pk, .*; arrays \(train\.npz, .*expected one data set"
    ):
        raw_files(str(tmp_path))


def test_several_data_sets_below_one_folder_are_refused(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        raw_forms.write_pickles(tmp_path / name)
    with pytest.raises(StudyError, match="expected one data set: name its folder"):
        raw_files(str(tmp_path))
    assert read_splits(tmp_path / "one")["train"].images.shape[0] == 9


def test_two_variants_of_emnist_are_refused(tmp_path):
    raw_forms.write_emnist(tmp_path)
    for path in list(tmp_path.glob("*.gz")):
        (tmp_path / path.name.replace("letters", "digits")).write_bytes(path.read_bytes())
    with pytest.raises(StudyError, match="holds the data sets emnist-digits, emnist-letters, expected one"):
        raw_files(str(tmp_path))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_labels_as_objects_in_npz_files(tmp_path, save):
    labels = np.array(["b", "a", "b"], dtype=object)  # as pandas returns them
    for split in ("train", "test"):
        save(tmp_path / f"{split}.npz", X=np.zeros((3, WIDTH), np.uint8), y=labels)
    assert read_splits(tmp_path)["train"].class_names == ["a", "b"]


def test_labels_as_objects_in_npy_files(tmp_path):
    for split in ("train", "test"):
        np.save(tmp_path / f"{split}_X.npy", np.zeros((3, WIDTH), np.uint8))
        np.save(tmp_path / f"{split}_y.npy", np.array(["b", "a", "b"], dtype=object))
    assert read_splits(tmp_path)["train"].labels.tolist() == [1, 0, 1]


def test_files_inside_folders_of_the_same_name_are_read(tmp_path):
    raw_forms.write_idx(tmp_path, packed=False)
    for path in list(tmp_path.iterdir()):
        content = path.read_bytes()
        path.unlink()
        path.mkdir()
        (path / path.name).write_bytes(content)
    assert read_splits(tmp_path)["train"].images.shape[0] == 9


def test_a_compressed_copy_that_differs_is_refused(tmp_path):
    raw_forms.write_idx(tmp_path)
    raw_forms.write_idx(tmp_path, packed=False)
    assert read_splits(tmp_path)["train"].images.shape[0] == 9
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes() + b"1")
    with pytest.raises(StudyError, match=r"labels-idx1-ubyte and .*\.gz: differ, expected one file or"):
        read_splits(tmp_path)


PAGE, START = b"<!DOCTYPE html><html><title>404</title></html>", r"starts with '<!DOCTYPE html'"
BROKEN = {
    "stl10_binary.tar.gz": "expected a gzip file",
    "cifar-10-python.tar.gz": "expected a gzip file",
    "photos.zip": "expected a zip archive",
    "train-images-idx3-ubyte.gz": "expected a gzip file",
    "mnist.pkl.gz": "expected a gzip file",
    "data.tgz": "expected a gzip file",
    "data.tar": "expected a tar archive",
}


@pytest.mark.parametrize("content", [PAGE, b""])
@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("itself", [True, False])
def test_web_pages_and_empty_files_with_the_right_name_are_refused(tmp_path, name, content, itself):
    (tmp_path / name).write_bytes(content)
    start = START if content else "is empty"
    with pytest.raises(StudyError, match=rf"{name}: {start}, {BROKEN[name]}"):
        raw_files(str(tmp_path / name if itself else tmp_path))


@pytest.mark.parametrize("content", [PAGE, b""])
def test_a_web_page_among_good_files_is_named(tmp_path, content):
    raw_forms.write_idx(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(content)
    with pytest.raises(StudyError, match=r"t10k-labels-idx1-ubyte\.gz: .*expected an idx file"):
        read_splits(tmp_path)
    inner = tmp_path / "inner"
    inner.mkdir()
    raw_forms.write_npz(inner)
    (inner / "test.npz").write_bytes(content)
    with pytest.raises(StudyError, match=r"test\.npz"):
        read_splits(inner)


@pytest.mark.parametrize("name", ["IMAGES", "IMAGESr", "patches"])
def test_matlab_files_without_labels_are_refused(tmp_path, name):
    scipy.io.savemat(tmp_path / "IMAGES.mat", {name: np.random.default_rng(0).normal(size=(16, 16, 10))})
    for source in (tmp_path, tmp_path / "IMAGES.mat"):
        with pytest.raises(StudyError, match=rf"holds {name}, images or patches without labels"):
            raw_files(str(source))


def test_a_single_independent_test_image_is_refused(tmp_path):
    """An accuracy on it would have an interval of length 0."""
    write(tmp_path, np.array([1, 2] * 3))
    splits = read_splits(tmp_path)
    splits["test"].groups = np.zeros(splits["test"].images.shape[0], np.int64)
    with pytest.raises(StudyError, match=r"^dataset: test has a single group of images \(1\), expected at least 2"):
        check_classes(splits)
    splits["test"].groups[0] = 1
    check_classes(splits)


NAMED = ["shirt", "café", "ankle boot"]


def test_a_configuration_names_the_classes_of_files_that_hold_numbers(tmp_path):
    raw_forms.write_idx(tmp_path)
    plain, named = read_splits(tmp_path), read_splits(tmp_path, classes=NAMED)
    assert named["train"].class_names == named["test"].class_names == NAMED
    assert named["train"].labels.tolist() == plain["train"].labels.tolist()


def test_names_follow_the_order_of_the_labels(tmp_path):
    write(tmp_path, np.array([7, 3, 5, 3, 5, 7]))
    splits = read_splits(tmp_path, classes=NAMED)
    assert [NAMED[number] for number in splits["train"].labels] == [
        *("ankle boot", "shirt", "café", "shirt", "café", "ankle boot")
    ]


def test_another_number_of_names_is_one_sentence(tmp_path):
    raw_forms.write_idx(tmp_path)
    sentence = r"configuration: classes has 2 names, expected 3: the data set has the labels \['0', '1', '2'\]"
    with pytest.raises(StudyError, match=f"^{sentence}$"):
        read_splits(tmp_path, classes=NAMED[:2])


@pytest.mark.parametrize("given", [["b", "a", "b"], [0, 1, 0]])
def test_classes_with_names_are_not_named_again(tmp_path, given):
    write(tmp_path, given, names=None if isinstance(given[0], str) else ["a", "b"])
    with pytest.raises(StudyError, match=r"classes is given, but the data set names its classes itself: \['a', 'b'\]"):
        read_splits(tmp_path, classes=["x", "y"])
