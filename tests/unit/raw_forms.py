"""Writers of small raw data sets; every form holds the same asymmetric images."""

import gzip
import pickle
import shutil
import tarfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import scipy.io
from PIL import Image

SIDE, NAMES = 12, ["a", "b", "c"]
COUNTS = {"train": 9, "test": 3, "unlabeled": 5}
LABELS = {"train": np.array([1, 2, 3] * 3), "test": np.array([3, 2, 1])}
GROUPS = {"train": [7, 7, 7, 2, 2, 2, 9, 9, 9], "test": [5, 5, 3]}
FOLDS = [np.array([0, 1, 2]), np.array([3, 5])]


def pictures(split, channels=3, side=SIDE):
    """Return pictures (N, side, side, channels) that any transposition, reflection or exchange of channels changes."""
    rng = np.random.default_rng(sorted(COUNTS).index(split))
    found = rng.integers(0, 100, size=(COUNTS[split], side, side, channels), dtype=np.uint8)
    found[:, 2, 5, 0] = 201  # row 2, column 5, red
    found[:, 2, 5, -1] = 202
    return found


def rows(split, channels=3, side=SIDE):
    return pictures(split, channels, side).reshape(COUNTS[split], -1)


def columns(split, channels=3):
    """Return rows of channel planes, each column-major."""
    return pictures(split, channels).transpose(0, 3, 2, 1).reshape(COUNTS[split], -1)


def contents(split, channels=3):
    found = {"X": rows(split, channels)}
    if split in LABELS:
        found |= {"y": LABELS[split], "class_names": NAMES, "groups": np.array(GROUPS[split])}
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
    """Return a writer that packs the output of another into a tar archive, with a web page as in official archives."""

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
    """Write one file like the mnist.npz of Keras."""
    found = {f"x_{split}": pictures(split) for split in LABELS}
    found |= {f"y_{split}": (labels - 1).astype(np.uint8) for split, labels in LABELS.items()}
    np.savez_compressed(folder / "mnist.npz", **found)


def write_npy(folder):
    for split in COUNTS:
        np.save(folder / f"{split}_X.npy", pictures(split))
    for split, labels in LABELS.items():
        np.save(folder / f"{split}_y.npy", labels - 1)


def zipped(write, name="pictures.zip"):
    """Return a writer that packs the output of another into a zip archive, as macOS does."""

    def write_zipped(folder):
        inner = folder / "unpacked"
        inner.mkdir()
        write(inner)
        with zipfile.ZipFile(folder / name, "w") as archive:
            for path in sorted(inner.rglob("*")):
                archive.write(path, Path("photos") / path.relative_to(inner))
            archive.writestr("__MACOSX/photos/train/a/._0.png", b"no picture")
        shutil.rmtree(inner)

    return write_zipped


def write_tar_of_pictures(folder):
    inner = folder / "unpacked"
    inner.mkdir()
    write_pictures(inner)
    with tarfile.open(folder / "pictures.tgz", "w:gz") as archive:
        for path in sorted(inner.rglob("*"), reverse=True):  # not the order of the classes
            archive.add(path, path.relative_to(inner), recursive=False)
    shutil.rmtree(inner)


def write_svhn(folder):
    for split, name in (("train", "train_32x32"), ("test", "test_32x32"), ("unlabeled", "extra_32x32")):
        found = {"X": pictures(split).transpose(1, 2, 3, 0)}
        labels = LABELS.get(split, np.ones(COUNTS[split]))
        scipy.io.savemat(folder / f"{name}.mat", found | {"y": labels[:, None].astype(np.uint8)}, do_compression=True)


def write_ufldl(folder):
    """Write files like the subset of STL-10 in the UFLDL tutorial, whose intensities are fractions."""
    for split, name in (("train", "Train"), ("test", "Test")):
        images = pictures(split).transpose(1, 2, 3, 0) / 255
        found = {f"{split}Images": images, f"{split}Labels": LABELS[split][:, None].astype(float)}
        scipy.io.savemat(folder / f"stl{name}Subset.mat", found | {f"num{name}Images": len(LABELS[split])})


def planes(split):
    """Return rows of channel planes, each row-major."""
    return pictures(split).transpose(0, 3, 1, 2).reshape(COUNTS[split], -1)


def write_cifar_mat(folder):
    inner = folder / "cifar-10-batches-mat"
    inner.mkdir()
    parts = np.array_split(np.arange(COUNTS["train"]), 5)
    batches = {f"data_batch_{number}": ("train", part) for number, part in enumerate(parts, start=1)}
    for name, (split, rows) in (batches | {"test_batch": ("test", slice(None))}).items():
        labels = (LABELS[split][rows] - 1).astype(np.uint8)[:, None]
        scipy.io.savemat(inner / f"{name}.mat", {"data": planes(split)[rows], "labels": labels})
    names = np.array([[name] for name in NAMES], dtype=object)
    scipy.io.savemat(inner / "batches.meta.mat", {"label_names": names})


def write_cifar_100_mat(folder):
    inner = folder / "cifar-100-matlab"
    inner.mkdir()
    for split, labels in LABELS.items():
        found = {"fine_labels": (labels - 1).astype(np.uint8)[:, None], "coarse_labels": np.zeros((len(labels), 1))}
        scipy.io.savemat(inner / f"{split}.mat", found | {"data": planes(split)}, do_compression=True)
    names = np.array([[name] for name in NAMES], dtype=object)
    scipy.io.savemat(inner / "meta.mat", {"fine_label_names": names})


def _write_records(path, split, rows=slice(None), extra=0):
    """Write records of labels and 32x32 pixels, the only size of the form; a picture fills one corner."""
    large = np.zeros((COUNTS[split], 3, 32, 32), np.uint8)
    large[:, :, :SIDE, :SIDE] = pictures(split).transpose(0, 3, 1, 2)
    labels = (LABELS[split] - 1).astype(np.uint8)[:, None]
    records = np.concatenate(
        [np.full((len(labels), extra), 7, np.uint8), labels, large.reshape(len(large), -1)], axis=1
    )
    records[rows].tofile(path)


def write_cifar_bin(folder):
    inner = folder / "cifar-10-batches-bin"
    inner.mkdir()
    for number, part in enumerate(np.array_split(np.arange(COUNTS["train"]), 5), start=1):
        _write_records(inner / f"data_batch_{number}.bin", "train", part)
    _write_records(inner / "test_batch.bin", "test")
    (inner / "batches.meta.txt").write_text("\n".join(NAMES) + "\n\n")


def write_cifar_100_bin(folder):
    inner = folder / "cifar-100-binary"
    inner.mkdir()
    for split in LABELS:
        _write_records(inner / f"{split}.bin", split, extra=1)
    (inner / "fine_label_names.txt").write_text("\n".join(NAMES))


def write_emnist(folder):
    """Write files with EMNIST's names, whose images are column-major."""
    for split in LABELS:
        head = lambda array: bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()  # noqa: E731
        images = pictures(split, 1)[..., 0].transpose(0, 2, 1)
        for name, array in (("images-idx3", images), ("labels-idx1", LABELS[split].astype(np.uint8))):
            path = folder / f"emnist-letters-{split}-{name}-ubyte.gz"
            path.write_bytes(gzip.compress(head(array) + array.tobytes()))
    (folder / "emnist-letters-mapping.txt").write_text("1 97\n2 98\n3 99\n")


def write_torchvision(folder):
    """Write the files of torchvision's MNIST: compressed files and their unpacked copies."""
    inner = folder / "MNIST" / "raw"
    inner.mkdir(parents=True)
    write_idx(inner)
    write_idx(inner, packed=False)


def write_kmnist(folder):
    for split, labels in LABELS.items():
        np.savez_compressed(folder / f"kmnist-{split}-imgs.npz", pictures(split, 1)[..., 0])
        np.savez_compressed(folder / f"kmnist-{split}-labels.npz", (labels - 1).astype(np.uint8))


def write_medmnist(folder):
    found = {f"{split}_images": pictures(split) for split in LABELS}
    found |= {f"{split}_labels": (labels - 1).astype(np.uint8)[:, None] for split, labels in LABELS.items()}
    found |= {"val_images": pictures("test"), "val_labels": np.zeros((3, 1), np.uint8)}
    np.savez_compressed(folder / "pathmnist.npz", **found)


def write_one_pickle(folder):
    """Write mnist.pkl.gz: pairs of images (multiples of 1/256) and labels, for training, validation and test."""
    pairs = [(rows(split, 1) / np.float32(256), LABELS[split] - 1) for split in ("train", "test", "test")]
    (folder / "mnist.pkl.gz").write_bytes(gzip.compress(pickle.dumps(tuple(pairs), 2)))


def write_loaded_mat(folder):
    """Write pickles of what SciPy's loadmat returns for MATLAB files."""
    write_mat5(folder)
    for path in list(folder.glob("*.mat")):
        path.with_suffix(".pkl").write_bytes(pickle.dumps(scipy.io.loadmat(path), 2))
        path.unlink()


def write_channels_first(folder):
    for split in COUNTS:
        np.save(folder / f"X_{split}.npy", pictures(split).transpose(0, 3, 1, 2).astype(np.int64))
    for split, labels in LABELS.items():
        np.save(folder / f"y_{split}.npy", np.eye(3)[labels - 1])  # one column per class


def write_fractions(folder):
    for split in COUNTS:
        found = {"X": (rows(split) / 255).astype(np.float32)}
        np.savez_compressed(folder / f"{split}.npz", **found, **({"y": LABELS[split]} if split in LABELS else {}))


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
    "pictures in a zip": zipped(write_pictures),
    "pictures in a tar": write_tar_of_pictures,
    "svhn": write_svhn,
    "ufldl": write_ufldl,
    "cifar mat": write_cifar_mat,
    "cifar mat archive": packed(write_cifar_mat, "cifar-10-matlab.tar.gz", "w:gz"),
    "cifar-100 mat": write_cifar_100_mat,
    "cifar bin": write_cifar_bin,
    "cifar bin archive": packed(write_cifar_bin, "cifar-10-binary.tar.gz", "w:gz"),
    "cifar-100 bin": write_cifar_100_bin,
    "emnist": write_emnist,
    "torchvision": write_torchvision,
    "kmnist": write_kmnist,
    "medmnist": write_medmnist,
    "one pickle": write_one_pickle,
    "loadmat": write_loaded_mat,
    "channels first": write_channels_first,
    "fractions": write_fractions,
}
GREY = ("idx", "idx plain", "emnist", "torchvision", "kmnist", "one pickle")
LARGE = ("cifar bin", "cifar bin archive", "cifar-100 bin")  # forms whose pictures are in the corner of larger images
WITHOUT_UNLABELLED = (
    *(form for form in WRITERS if form.startswith("cifar")),
    *("npz in one", "ufldl", "medmnist", *GREY),
)
BY_CLASS = ("pictures", "tiff", "pictures in a zip")  # forms that are read class by class
FROM_0, FROM_1 = ["0", "1", "2"], ["1", "2", "3"]
NAMED = {  # names of the classes in forms without names
    **dict.fromkeys(("npy", "npz in one", "idx", "idx plain", "torchvision", "kmnist", "medmnist"), FROM_0),
    **dict.fromkeys(("one pickle", "channels first"), FROM_0),
    **dict.fromkeys(("svhn", "ufldl", "fractions"), FROM_1),
}
GROUPED = ("pickles", "npz")  # forms that hold groups
FULL = ("pickles", "binary", "archive", "mat5", "mat5 plain", "mat73", "loadmat")  # forms that hold everything
