"""What labelled images look like before anything is trained: classes, pairs, maps and labels in doubt.

Images are rows (N, D) of intensities, as `dataset/<split>.npy` has them; labels are (N,), 0 ... K - 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.base.errors import StudyError
from lib.base.randomness import generator, integer_seed

CLASS_COLUMNS = ["class", "images", "share", "sampled", "mean", "deviation", "variance", "empty_pixels", "agreement"]
PAIR_COLUMNS = ["kind", "image", "other", "image_class", "other_class", "distance"]
DOUBT_COLUMNS = ["image", "class", "predicted", "probability", "predicted_probability"]
POINT_COLUMNS = ["image", "class", "pca_1", "pca_2", "tsne_1", "tsne_2"]
MOST_IMAGES = 2000  # in a sample: all pairs of them are compared
LEAST = 5  # images of each class in a sample, where it has as many; also the folds of the cross-validation
COMPONENTS = 50  # principal components that t-SNE and the model of the labels see
DOUBT = 0.9  # probability of another class from which on a label is in doubt
DOUBTS_SHOWN = 18  # images whose label is in doubt that a figure shows at most


def sample_of_classes(labels: np.ndarray, most: int, random: np.random.Generator) -> np.ndarray:
    """Return the sorted numbers of at most so many images, drawn without replacement.

    The first `LEAST` images of every class are taken first, then images of each class in proportion to its size. A
    class has no image in the sample only if there are so many classes that `most` images do not suffice.
    """
    order = random.permutation(len(labels))
    ranks = pd.Series(labels[order]).groupby(labels[order]).cumcount().to_numpy()
    sizes = np.bincount(labels)[labels[order]]
    # At the same value of this key, every class has given the same share of its other images.
    chosen = np.argsort(np.maximum(0, ranks + 1 - LEAST) / sizes, kind="stable")[:most]
    return np.sort(order[chosen])


def class_table(
    images: np.ndarray, labels: np.ndarray, names: Sequence[str], counts: np.ndarray, agrees: np.ndarray
) -> pd.DataFrame:
    """Return one row per class: how many images it has, and what those of a sample look like.

    images, labels: of the sample. counts: images (K,) of each class in the whole split, from which ``images`` and
    ``share`` follow. ``sampled`` are its images in the sample, ``mean`` and ``deviation`` are of all their intensities,
    ``variance`` is the mean over the pixels of the variance between them, and ``empty_pixels`` counts the pixels that
    are 0 in all of them. agrees: 1 where a model predicts the label of an image (N,), 0 where it predicts another one,
    NaN where there is no prediction; ``agreement`` is its mean. A class without an image in the sample has NaN.
    """
    rows = []
    for label, name in enumerate(names):
        own = np.asarray(images[labels == label], dtype=np.float64)
        row = {"class": name, "images": counts[label], "share": counts[label] / counts.sum(), "sampled": len(own)}
        if len(own):
            row |= {"mean": own.mean(), "deviation": own.std(), "variance": own.var(axis=0).mean()}
            row |= {"empty_pixels": int((own == 0).all(axis=0).sum()), "agreement": agrees[labels == label].mean()}
        rows.append(row)
    return pd.DataFrame(rows, columns=CLASS_COLUMNS)


def class_moments(images: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean image and the image of the variances of each class, both (K, D), float64; 0 without an image."""
    means, variances = np.zeros((2, classes, images.shape[1]))
    for label in np.unique(labels):
        own = np.asarray(images[labels == label], dtype=np.float64)
        means[label], variances[label] = own.mean(axis=0), own.var(axis=0)
    return means, variances


def intensity_histogram(images: np.ndarray, labels: np.ndarray, classes: int, bins: int = 32) -> np.ndarray:
    """Return the share of the intensities 0 ... 255 of each class in bins of equal width, (K, bins)."""
    counts = [np.histogram(images[labels == label], bins=bins, range=(0, 256))[0] for label in range(classes)]
    return np.stack([count / max(1, count.sum()) for count in counts])


def extreme_pairs(images: np.ndarray, labels: np.ndarray, count: int = 6) -> pd.DataFrame:
    """Return the nearest pairs of all images, those of two classes, and the farthest pair of each class.

    ``kind`` is nearest, nearest_of_two_classes or farthest_of_one_class, ``image`` and ``other`` are numbers of rows,
    ``image_class`` and ``other_class`` their labels. There are at most ``count`` pairs of each kind, the nearest or the
    farthest first; the distance is Euclidean. All pairs of images are compared: memory grows with the square of their
    number.
    """
    from sklearn.metrics import euclidean_distances

    values = np.asarray(images, dtype=np.float32)  # scikit-learn computes the distances of float32 rows in float64
    first, second = np.triu_indices(len(values), k=1)
    distances = euclidean_distances(values)[first, second]
    equal = labels[first] == labels[second]
    near = np.argsort(distances, kind="stable")
    far = near[::-1][equal[near[::-1]]]
    _, of_class = np.unique(labels[first[far]], return_index=True)
    kinds = {
        "nearest": near[:count],
        "nearest_of_two_classes": near[~equal[near]][:count],
        "farthest_of_one_class": far[np.sort(of_class)][:count],
    }
    rows = [
        (kind, first[pair], second[pair], labels[first[pair]], labels[second[pair]], float(distances[pair]))
        for kind, pairs in kinds.items()
        for pair in pairs
    ]
    return pd.DataFrame(rows, columns=PAIR_COLUMNS)


@dataclass(frozen=True)
class Maps:
    """Images as points of a plane.

    Attributes
    ----------
    pca : (N, 2) coordinates along the two leading principal components.
    explained : (C,) shares of the variance of the leading components, in falling order.
    tsne : (N, 2) coordinates by t-SNE.
    """

    pca: np.ndarray
    explained: np.ndarray
    tsne: np.ndarray


def maps(images: np.ndarray, seed: int, components: int = COMPONENTS) -> Maps:
    """Return the maps of images by PCA and by t-SNE (van der Maaten and Hinton, 2008).

    t-SNE starts from the PCA and sees the leading components alone, as its authors advise. seed: of both. Distances
    between clusters of t-SNE have no meaning. Raises StudyError if all images are equal.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    values = np.asarray(images, dtype=np.float32)
    if (values == values[0]).all():
        raise StudyError(
            f"train: all {len(values)} images of the sample are equal, expected different images to explore; "
            "report: {exploration: false} explores none"
        )
    pca = PCA(min(components, *values.shape), random_state=seed)
    reduced = pca.fit_transform(values)
    perplexity = min(30.0, (len(reduced) - 1) / 3)
    tsne = TSNE(2, init="pca", perplexity=perplexity, random_state=seed).fit_transform(reduced)
    return Maps(reduced[:, :2].astype(np.float64), pca.explained_variance_ratio_, np.asarray(tsne, dtype=np.float64))


def class_probabilities(images: np.ndarray, labels: np.ndarray, classes: int, seed: int) -> np.ndarray:
    """Return the probability of each class for each image, (N, K), by models that were fitted without the image.

    The model is a logistic regression on the scores of `COMPONENTS` principal components, in a stratified
    cross-validation with `LEAST` folds. Images of a class with fewer images are left out and have NaN; all have NaN
    where fewer than two classes remain.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    found = np.full((len(labels), classes), np.nan)
    used = np.flatnonzero(np.bincount(labels, minlength=classes)[labels] >= LEAST)
    known = np.unique(labels[used])
    if len(known) < 2:
        return found
    values = np.asarray(images[used], dtype=np.float32) / 255
    components = min(COMPONENTS, len(used) * (LEAST - 1) // LEAST, values.shape[1])
    model = make_pipeline(PCA(components, random_state=seed), LogisticRegression(max_iter=1000))
    folds = StratifiedKFold(LEAST, shuffle=True, random_state=seed)
    found[used] = 0
    found[np.ix_(used, known)] = cross_val_predict(model, values, labels[used], cv=folds, method="predict_proba")
    return found


def doubtful_labels(labels: np.ndarray, probabilities: np.ndarray, least: float = DOUBT) -> pd.DataFrame:
    """Return the images whose label may be wrong, the least probable label first.

    Another class than the label has at least the probability ``least`` (confident learning is a refinement: Northcutt
    et al., 2021). probabilities: (N, K), as `class_probabilities` returns them. ``image`` is the number of a row,
    ``class`` its label, ``predicted`` the most probable class. The label may still be right: look at the image.
    """
    predicted, numbers = probabilities.argmax(axis=1), np.arange(len(labels))
    own, best = probabilities[numbers, labels], probabilities[numbers, predicted]
    found = np.flatnonzero((predicted != labels) & (best >= least))
    found = found[np.argsort(own[found], kind="stable")]
    columns = (found, labels[found], predicted[found], own[found], best[found])
    return pd.DataFrame(dict(zip(DOUBT_COLUMNS, columns, strict=True)))


@dataclass(frozen=True)
class Exploration:
    """What is known about labelled images before anything is trained.

    Attributes
    ----------
    classes : one row per class, `CLASS_COLUMNS`.
    pairs : one row per pair of images, `PAIR_COLUMNS`.
    doubts : one row per image whose label is in doubt, `DOUBT_COLUMNS`.
    maps : one row per image of the sample, `POINT_COLUMNS`.
    components : one row per principal component: its number from 1, ``explained`` and ``cumulative`` variance (shares).
    means, variances : of each class (K, D), as `class_moments` returns them.
    histogram : of each class (K, bins), as `intensity_histogram` returns it.

    In the tables images have their numbers in the whole split, and classes their names.
    """

    classes: pd.DataFrame
    pairs: pd.DataFrame
    doubts: pd.DataFrame
    maps: pd.DataFrame
    components: pd.DataFrame
    means: np.ndarray
    variances: np.ndarray
    histogram: np.ndarray


def explore(images: np.ndarray, chosen: np.ndarray, labels: np.ndarray, names: Sequence[str], seed: int) -> Exploration:
    """Explore a sample of labelled images.

    images: of the sample (N, D) uint8. chosen: their numbers (N,) in the whole split. labels: of the whole split.
    names: of the classes (K,). seed: of the study. Raises StudyError if all images are equal.
    """
    own, known, classes = labels[chosen], np.asarray(names, dtype=object), len(names)
    found = maps(images, integer_seed(seed, "exploration", "maps"))
    probabilities = class_probabilities(images, own, classes, integer_seed(seed, "exploration", "folds"))
    agrees = np.where(np.isnan(probabilities[:, 0]), np.nan, probabilities.argmax(axis=1) == own)
    pairs, doubts = extreme_pairs(images, own), doubtful_labels(own, probabilities)
    points = pd.DataFrame(dict(zip(POINT_COLUMNS, (chosen, known[own], *found.pca.T, *found.tsne.T), strict=True)))
    explained = {"component": np.arange(len(found.explained)) + 1, "explained": found.explained}
    return Exploration(
        class_table(images, own, names, np.bincount(labels, minlength=classes), agrees),
        _named(pairs, chosen, known, ["image", "other"], ["image_class", "other_class"]),
        _named(doubts, chosen, known, ["image"], ["class", "predicted"]),
        points,
        pd.DataFrame(explained | {"cumulative": np.cumsum(found.explained)}),
        *class_moments(images, own, classes),
        intensity_histogram(images, own, classes),
    )


def _named(
    table: pd.DataFrame, chosen: np.ndarray, names: np.ndarray, rows: Sequence[str], labels: Sequence[str]
) -> pd.DataFrame:
    """Return a table with numbers of the whole split in place of rows of the sample, and names in place of labels."""
    numbers = {column: chosen[table[column].to_numpy(dtype=int)] for column in rows}
    return table.assign(**numbers, **{column: names[table[column].to_numpy(dtype=int)] for column in labels})


def sampled(labels: np.ndarray, seed: int) -> np.ndarray:
    """Return the sorted numbers of the images that `explore` describes, chosen by the seed of the study."""
    return sample_of_classes(labels, MOST_IMAGES, generator(seed, "exploration"))
