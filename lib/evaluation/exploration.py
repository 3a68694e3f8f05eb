"""What labelled images look like before anything is trained: classes, pairs, maps and labels in doubt.

Images are rows (N, D) of intensities, as `dataset/<split>.npy` has them; labels are (N,), 0 ... K - 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

CLASS_COLUMNS = ["class", "images", "share", "mean", "deviation", "variance", "empty_pixels"]
PAIR_COLUMNS = ["kind", "first", "second", "first_class", "second_class", "distance"]
DOUBT_COLUMNS = ["image", "label", "predicted", "probability", "predicted_probability"]


def class_table(images: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """Return one row per class: its images, their share, and their intensities.

    ``mean`` and ``deviation`` are of all its intensities, ``variance`` is the mean over the pixels of the variance
    between its images, and ``empty_pixels`` counts the pixels that are 0 in all of them. A class needs an image.
    """
    rows = []
    for label, name in enumerate(names):
        own = np.asarray(images[labels == label], dtype=np.float64)
        about = {"class": name, "images": len(own), "share": len(own) / len(labels), "mean": own.mean()}
        spread = {"deviation": own.std(), "variance": own.var(axis=0).mean()}
        rows.append(about | spread | {"empty_pixels": int((own == 0).all(axis=0).sum())})
    return pd.DataFrame(rows, columns=CLASS_COLUMNS)


def class_moments(images: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean image and the image of the variances of each class, both (K, D), float64."""
    parts = [np.asarray(images[labels == label], dtype=np.float64) for label in range(classes)]
    return np.stack([part.mean(axis=0) for part in parts]), np.stack([part.var(axis=0) for part in parts])


def intensity_histogram(images: np.ndarray, labels: np.ndarray, classes: int, bins: int = 32) -> np.ndarray:
    """Return the share of the intensities 0 ... 255 of each class in bins of equal width, (K, bins)."""
    counts = [np.histogram(images[labels == label], bins=bins, range=(0, 256))[0] for label in range(classes)]
    return np.stack([count / max(1, count.sum()) for count in counts])


def extreme_pairs(images: np.ndarray, labels: np.ndarray, count: int = 10) -> pd.DataFrame:
    """Return the nearest pairs of all images, of two classes, and the farthest pairs of one class, ``count`` of each.

    ``kind`` is nearest, nearest_of_two_classes or farthest_of_one_class; the distance is Euclidean. All pairs of images
    are compared: memory grows with the square of their number.
    """
    from sklearn.metrics import euclidean_distances

    values = np.asarray(images, dtype=np.float64)
    first, second = np.triu_indices(len(values), k=1)
    distances = euclidean_distances(values)[first, second]
    equal = labels[first] == labels[second]
    kinds = {
        "nearest": (distances, np.ones_like(equal)),
        "nearest_of_two_classes": (distances, ~equal),
        "farthest_of_one_class": (-distances, equal),
    }
    rows = []
    for kind, (order, allowed) in kinds.items():
        pairs = np.flatnonzero(allowed)
        for pair in pairs[np.argsort(order[pairs], kind="stable")[:count]]:
            one, other = int(first[pair]), int(second[pair])
            rows.append((kind, one, other, int(labels[one]), int(labels[other]), float(distances[pair])))
    return pd.DataFrame(rows, columns=PAIR_COLUMNS)


@dataclass(frozen=True)
class Maps:
    """Images as points of a plane.

    Attributes
    ----------
    pca : (N, 2) coordinates along the two leading principal components.
    explained : (2,) shares of the variance of these components.
    tsne : (N, 2) coordinates by t-SNE.
    """

    pca: np.ndarray
    explained: np.ndarray
    tsne: np.ndarray


def maps(images: np.ndarray, seed: int, components: int = 50) -> Maps:
    """Return the maps of images by PCA and by t-SNE (van der Maaten and Hinton, 2008).

    t-SNE starts from the PCA and sees the leading components alone, as its authors advise. seed: of both. Distances
    between clusters of t-SNE have no meaning.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    pca = PCA(min(components, *np.shape(images)), random_state=seed)
    reduced = pca.fit_transform(np.asarray(images, dtype=np.float64))
    perplexity = min(30.0, (len(reduced) - 1) / 3)
    tsne = TSNE(2, init="pca", perplexity=perplexity, random_state=seed).fit_transform(reduced)
    return Maps(reduced[:, :2], pca.explained_variance_ratio_[:2], np.asarray(tsne, dtype=np.float64))


def doubtful_labels(labels: np.ndarray, probabilities: np.ndarray, least: float = 0.9) -> pd.DataFrame:
    """Return the images whose label may be wrong, the least probable label first.

    Another class than the label has at least the probability ``least`` (confident learning is a refinement: Northcutt
    et al., 2021). probabilities: (N, K), of models that were fitted without the image, such as scikit-learn's
    ``cross_val_predict(..., method="predict_proba")`` gives them. The label may still be right: look at the image.
    """
    predicted, numbers = probabilities.argmax(axis=1), np.arange(len(labels))
    own, best = probabilities[numbers, labels], probabilities[numbers, predicted]
    found = np.flatnonzero((predicted != labels) & (best >= least))
    found = found[np.argsort(own[found], kind="stable")]
    columns = (found, labels[found], predicted[found], own[found], best[found])
    return pd.DataFrame(dict(zip(DOUBT_COLUMNS, columns, strict=True)))
