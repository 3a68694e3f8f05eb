"""Writers of small raw data sets: the same asymmetric images in every form."""

import gzip
import pickle
import shutil
import tarfile

import h5py
import numpy as np
import scipy.io
from PIL import Image

SIDE, NAMES = 12, ["a", "b", "c"]
COUNTS = {"train": 9, "test": 3, "unlabeled": 5}
LABELS = {"train": np.array([1, 2, 3] * 3), "test": np.array([3, 2, 1])}
FOLDS = [np.array([0, 1, 2]), np.array([3, 5])]


def pictures(split, channels=3, side=SIDE):
    """(N, side, side, channels) that no transposition, mirror or exchange of channels leaves unchanged."""
    rng = np.random.default_rng(sorted(COUNTS).index(split))
    found = rng.integers(0, 100, size=(COUNTS[split], side, side, channels), dtype=np.uint8)
    found[:, 2, 5, 0] = 201  # row 2, column 5, red
    found[:, 2, 5, -1] = 202
    return found


def rows(split, channels=3, side=SIDE):
    return pictures(split, channels, side).reshape(COUNTS[split], -1)


def columns(split, channels=3):
    """Rows of one channel after the other, each column-major."""
    return pictures(split, channels).transpose(0, 3, 2, 1).reshape(COUNTS[split], -1)


def contents(split, channels=3):
    found = {"X": rows(split, channels)}
    if split in LABELS:
        found |= {"y": LABELS[split], "class_names": NAMES}
    return found | ({"fold_indices": FOLDS} if split == "train" else {})


def write_pickles(folder, protocol=2, channels=3):
    for split in COUNTS:
        (folder / f"{split}.pk").write_bytes(pickle.dumps(contents(split, channels), protocol))


def write_binary(folder):
    for split in COUNTS:
        columns(split).tofile(folder / f"{split}_X.bin")
    for split, labels in LABELS.items():
        labels.astype(np.uint8).tofile(folder / f"{split}_y.bin")
    (folder / "class_names.txt").write_text("\n".join(NAMES) + "\n")
    (folder / "fold_indices.txt").write_text("".join(" ".join(map(str, fold)) + "\n" for fold in FOLDS))


def write_archive(folder):
    inner = folder / "unpacked"
    inner.mkdir()
    write_binary(inner)
    with tarfile.open(folder / "stl10_binary.tar.gz", "w:gz") as archive:
        archive.add(inner, "stl10_binary")
    for path in inner.iterdir():
        path.unlink()
    inner.rmdir()


def write_mat5(folder, compress=True):
    for split in COUNTS:
        found = {"X": columns(split)}
        if split in LABELS:
            found["y"] = LABELS[split].astype(np.uint8)[:, None]
            found["class_names"] = np.array([[name] for name in NAMES], dtype=object)
        if split == "train":
            found["fold_indices"] = np.empty((1, len(FOLDS)), dtype=object)
            for number, fold in enumerate(FOLDS):
                found["fold_indices"][0, number] = (fold + 1.0)[:, None]
        scipy.io.savemat(folder / f"{split}.mat", found, do_compression=compress)


def write_mat73(folder):
    for split in COUNTS:
        path = folder / f"{split}.mat"
        with h5py.File(path, "w", userblock_size=512) as file:
            file.create_dataset("X", data=columns(split).T, chunks=(100, 2), compression="gzip")
            cells = {}
            if split in LABELS:
                file["y"] = LABELS[split].astype(np.uint8)[None, :]
                cells["class_names"] = [np.array([[ord(c)] for c in name], dtype=np.uint16) for name in NAMES]
            if split == "train":
                cells["fold_indices"] = [(fold + 1.0)[None, :] for fold in FOLDS]
            for name, values in cells.items():
                references = file.create_dataset(name, (1, len(values)), dtype=h5py.ref_dtype)
                for number, value in enumerate(values):
                    cell = file.create_dataset(f"#refs#/{name}{number}", data=value)
                    if name == "class_names":
                        cell.attrs["MATLAB_class"] = np.bytes_("char")
                    references[0, number] = cell.ref
        with path.open("r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM")


def write_cifar(folder):
    inner = folder / "cifar-10-batches-py"
    inner.mkdir()
    planes = lambda split: pictures(split).transpose(0, 3, 1, 2).reshape(COUNTS[split], -1)  # noqa: E731
    parts = np.array_split(np.arange(COUNTS["train"]), 5)
    for number, part in enumerate(parts, start=1):
        batch = {b"data": planes("train")[part], b"labels": [int(LABELS["train"][k]) - 1 for k in part]}
        (inner / f"data_batch_{number}").write_bytes(pickle.dumps(batch, 2))
    test = {b"data": planes("test"), b"labels": [int(label) - 1 for label in LABELS["test"]]}
    (inner / "test_batch").write_bytes(pickle.dumps(test, 2))
    (inner / "batches.meta").write_bytes(pickle.dumps({b"label_names": [name.encode() for name in NAMES]}, 2))


def write_cifar_100(folder):
    inner = folder / "cifar-100-python"
    inner.mkdir()
    for split, labels in LABELS.items():
        planes = pictures(split).transpose(0, 3, 1, 2).reshape(COUNTS[split], -1)
        fine = [int(label) - 1 for label in labels]
        batch = {b"data": planes, b"fine_labels": fine, b"coarse_labels": [0] * len(fine)}
        (inner / split).write_bytes(pickle.dumps(batch, 2))
    names = {b"fine_label_names": [name.encode() for name in NAMES], b"coarse_label_names": [b"all"]}
    (inner / "meta").write_bytes(pickle.dumps(names, 2))


def packed(write, name, mode):
    """A writer of what another one writes, inside an archive of this name, with a page to read as the official ones."""

    def write_packed(folder):
        inner = folder / "unpacked"
        inner.mkdir()
        write(inner)
        (found,) = inner.iterdir()
        (found / "readme.html").write_text("<html></html>")
        with tarfile.open(folder / name, mode) as archive:
            archive.add(found, found.name)
        shutil.rmtree(inner)

    return write_packed


def write_idx(folder, packed=True):
    for split, start in (("train", "train"), ("test", "t10k")):
        head = lambda array: bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()  # noqa: E731
        images, labels = pictures(split, 1)[..., 0], (LABELS[split] - 1).astype(np.uint8)
        for name, array in ((f"{start}-images-idx3-ubyte", images), (f"{start}-labels-idx1-ubyte", labels)):
            data = head(array) + array.tobytes()
            (folder / (name + ".gz" * packed)).write_bytes(gzip.compress(data) if packed else data)


def write_pictures(folder, suffixes=(".png", ".bmp", ".ppm"), **options):
    for split in COUNTS:
        for number, picture in enumerate(pictures(split)):
            name = NAMES[LABELS[split][number] - 1] if split in LABELS else ""
            (folder / split / name).mkdir(parents=True, exist_ok=True)
            path = folder / split / name / f"{number}{suffixes[number % len(suffixes)]}"
            Image.fromarray(picture).save(path, **options)


def write_npz(folder):
    for split in COUNTS:
        found = {key: value for key, value in contents(split).items() if key != "fold_indices"}
        np.savez_compressed(folder / f"{split}.npz", **found)


def write_npz_in_one(folder):
    """As Keras gives MNIST."""
    found = {f"x_{split}": pictures(split) for split in LABELS}
    found |= {f"y_{split}": (labels - 1).astype(np.uint8) for split, labels in LABELS.items()}
    np.savez_compressed(folder / "mnist.npz", **found)


def write_npy(folder):
    for split in COUNTS:
        np.save(folder / f"{split}_X.npy", pictures(split))
    for split, labels in LABELS.items():
        np.save(folder / f"{split}_y.npy", labels - 1)


WRITERS = {
    "pickles": write_pickles,
    "binary": write_binary,
    "archive": write_archive,
    "mat5": write_mat5,
    "mat5 plain": lambda folder: write_mat5(folder, compress=False),
    "mat73": write_mat73,
    "cifar": write_cifar,
    "cifar archive": packed(write_cifar, "cifar-10-python.tar.gz", "w:gz"),
    "cifar-100": write_cifar_100,
    "cifar-100 archive": packed(write_cifar_100, "cifar-100-python.tar", "w"),
    "idx": write_idx,
    "idx plain": lambda folder: write_idx(folder, packed=False),
    "pictures": write_pictures,
    "tiff": lambda folder: write_pictures(folder, (".tif", ".TIFF"), compression="tiff_lzw"),
    "npz": write_npz,
    "npz in one": write_npz_in_one,
    "npy": write_npy,
}
WITHOUT_UNLABELLED = ("cifar", "cifar archive", "cifar-100", "cifar-100 archive", "idx", "idx plain", "npz in one")
WITHOUT_NAMES = ("npy", "npz in one", "idx", "idx plain")
FULL = ("pickles", "binary", "archive", "mat5", "mat5 plain", "mat73")  # forms that hold everything
