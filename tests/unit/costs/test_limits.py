"""The memory, minutes and threads that the rules request grow with the work of their jobs."""

from types import SimpleNamespace

import numpy as np
import pytest

from lib.costs import limits
from lib.study.learners import model_of
from lib.study.settings import View

SAMPLE = {"patches": 10_000, "patch_size": 8}


def model(learner="autoencoder", **changes):
    """The default model with other settings."""
    return model_of(learner, SAMPLE | {"hidden": [75], "iterations": 400, "start": "random"} | changes)


MB = 2**20


def test_a_large_training_has_two_threads():
    assert limits.training_threads(model()) == 1
    assert limits.training_threads(model(patches=1_000_000)) == 2
    assert limits.training_threads(model("untrained", patches=1_000_000)) == 1, "random weights are not trained"


def test_an_extraction_of_many_patches_has_two_threads():
    plain = model(whiten=False)
    assert [limits.extraction_threads(plain, View(1, stride)) for stride in (8, 4, 2, 1)] == [1, 1, 2, 2]
    assert limits.extraction_threads(model(whiten=False, hidden=[1600]), View(1, 8)) == 2


def test_minutes_of_a_training_follow_its_operations():
    short, long = (limits.training_minutes(model(patches=n)) - 10 for n in (1_000_000, 10_000_000))
    assert limits.training_minutes(model()) == 11, "7 * 10^11 operations take a slow core 7 s; 10 minutes are added"
    assert 10 * (short - 1) < long <= 10 * short


def test_minutes_of_an_extraction_follow_the_number_of_patches():
    whole, half = (
        limits.extraction_minutes(model(whiten=False), View(1, stride), 10_000 * 96 * 96 * 3) - 30 for stride in (2, 1)
    )
    assert half == pytest.approx(4 * whole, abs=4)
    assert whole > 0


@pytest.mark.parametrize("start", ["random", "greedy"])
def test_memory_of_a_training_holds_the_patches(start):
    settings = model(patches=100_000, start=start)
    patches = 100_000 * 192 * 8 / MB
    assert limits.training_memory(settings) > limits.BASE_MEMORY + patches


def test_memory_of_patches_in_a_file_is_bounded():
    million, ten = (limits.training_memory(model(patches=n)) for n in (1_000_000, 10_000_000))
    assert ten - million < 1e9 * 8 / MB
    million, ten = (limits.training_memory(model("kmeans", patches=n)) for n in (1_000_000, 10_000_000))
    assert ten > 9 * million, "k-means holds all patches"


def test_memory_of_samples_and_statistics(tmp_path):
    patches, small = limits.BASE_MEMORY + 10_000 * 192 * 4 // MB, sparse(tmp_path / "small.npy", 10 * MB)
    assert limits.sampling_memory(SAMPLE, small) == patches + 10
    large = limits.sampling_memory(SAMPLE, sparse(tmp_path / "large.npy", 10_000 * MB))
    assert patches + 100 < large < patches + 1000, "a part of a large file is verified for each patch"
    assert limits.fitting_memory(SAMPLE) > limits.BASE_MEMORY
    assert limits.measuring_memory(model()) > limits.BASE_MEMORY + 10_000 * 192 * 8 / MB


def sparse(file, size):
    """Path of a new file that has a size and no content."""
    with file.open("wb") as opened:
        opened.truncate(size)
    return str(file)


def objects(train, test, labels, copies=1, images=False):
    return limits.Objects.of(SimpleNamespace(train=train, test=test, train_labels=labels), copies, images)


def test_memory_of_a_classifier_has_copies_and_square_matrices(tmp_path):
    train, test = ([sparse(tmp_path / f"{split}.npy", size * MB)] for split, size in (("train", 60), ("test", 40)))
    few, many = (sparse(tmp_path / f"{count}.npy", 8 * count) for count in (1000, 10_000))

    def memory(labels, copies=1, pixels=False):
        return objects(train, test, labels, copies, pixels).memory(rotates=True) - limits.BASE_MEMORY

    pairs = 4 * 8 * 1000**2 / MB
    assert memory(few) == pytest.approx(4 * 100 + pairs, abs=1)
    assert memory(few, pixels=True) == pytest.approx(4 * 4 * 100 + pairs, abs=1), "a byte becomes four"
    assert memory(few, copies=2) == pytest.approx(4 * 100 + 4 * pairs, abs=1), "mirrored images are further objects"
    assert memory(many) == pytest.approx(4 * 100, abs=1), "objects with fewer features than objects are not rotated"
    with pytest.raises(FileNotFoundError):
        objects([str(tmp_path / "none.npy")], test, few)


def test_memory_of_a_classifier_that_rotates_nothing_follows_its_objects(tmp_path):
    train, test = ([sparse(tmp_path / f"{split}.npy", size * MB)] for split, size in (("train", 60), ("test", 40)))
    few, many = (sparse(tmp_path / f"{count}.npy", 8 * count) for count in (1000, 100_000))

    def memory(labels, rotated, pixels=False):
        return objects(train, test, labels, images=pixels).memory(False, rotated) - limits.BASE_MEMORY

    assert memory(few, rotated=False) == pytest.approx(4 * 100, abs=1)
    assert memory(few, rotated=False, pixels=True) == pytest.approx(2 * 100 + 2 * 400, abs=1)
    share = 1000 / (60 * MB / 4 / 1000)  # rotated, objects have at most 1000 features
    assert memory(few, rotated=True) == pytest.approx(2 * 100 + 2 * 100 * share, abs=1)
    assert memory(many, rotated=True) == pytest.approx(4 * 100, abs=1)


def test_a_classifier_of_few_labels_has_few_objects(tmp_path):
    train, test = ([sparse(tmp_path / f"{split}.npy", size * MB)] for split, size in (("train", 60), ("test", 40)))
    np.save(tmp_path / "labels.npy", np.repeat([0, 1, 2], [500, 400, 3]))
    files = SimpleNamespace(train=train, test=test, train_labels=str(tmp_path / "labels.npy"))
    few, all_images = (limits.Objects.of(files, 2, images=False, labels=labels) for labels in (10, 0))
    assert few.seen == 2 * (10 + 10 + 3)
    assert (few.unseen, few.length) == (all_images.unseen, all_images.length)
    assert few.minutes() < all_images.minutes()


def test_minutes_of_a_classification_follow_pairs_of_objects(tmp_path):
    train, test = ([sparse(tmp_path / f"{split}.npy", 100 * MB)] for split in ("train", "test"))
    few, many = (sparse(tmp_path / f"{count}.npy", 8 * count) for count in (1000, 50_000))
    assert objects(train, test, few).minutes() < 40
    assert objects(train, test, many).minutes() > 100


def test_memory_and_minutes_follow_the_files_that_are_read(tmp_path):
    files = [sparse(tmp_path / f"{number}.csv", MB) for number in range(120)]
    assert limits.reading_memory([]) == limits.BASE_MEMORY
    assert limits.reading_memory(files, limits.LATEX) == limits.BASE_MEMORY + limits.LATEX + 240
    assert limits.mapping_memory(files) == limits.BASE_MEMORY + 120
    assert limits.mapping_memory([*files, str(tmp_path / "later")]) == limits.BASE_MEMORY + 120, "still to be written"
    assert (limits.reading_minutes([]), limits.reading_minutes(files)) == (10, 12)


def test_memory_of_photographs_and_features():
    assert limits.photographs_memory({"train": 1000, "test": 1000}) == limits.BASE_MEMORY + 53
    assert limits.extraction_memory(4) - limits.BASE_MEMORY == 2 * (limits.extraction_memory(2) - limits.BASE_MEMORY)


def test_memory_of_ingestion_follows_the_files_that_are_read_whole(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(1000, np.uint8))
    (tmp_path / "packed.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(20 * MB))
    assert limits.ingestion_memory([str(tmp_path / "a.npy")]) < limits.BASE_MEMORY + 70
    assert limits.ingestion_memory([str(tmp_path / "packed.mat")]) > limits.BASE_MEMORY + 80, "read whole and mapped"
    with pytest.raises(FileNotFoundError):
        limits.ingestion_memory([str(tmp_path / "none.pk")])


def test_memory_of_an_exploration_grows_with_the_images_of_its_sample_alone(tmp_path):
    def needed(count, width, most=2000):
        images = sparse(tmp_path / "train.npy", count * width)
        return limits.exploration_memory(images, sparse(tmp_path / "labels.npy", 8 * count), most)

    small, wide = needed(60_000, 784), needed(60_000, 27_648)
    assert limits.BASE_MEMORY < small < wide
    assert needed(600_000, 784) == small, "the sample is the same"
    assert needed(60_000, 784, most=1000) < small
    copies = 2000 * 27_648 * 4 / MB
    assert wide - limits.BASE_MEMORY > 3 * copies, "as floats, and in the principal components"
