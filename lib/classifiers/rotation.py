"""Rotation of objects into the space that they span, and projection onto principal components."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpstrf
from sklearn.base import BaseEstimator, TransformerMixin

from lib.classifiers.products import inner_products

_NEGLIGIBLE = 1e-6  # share of an object's squared norm that float32 products leave uncertain


class Rotation(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Coordinates (N, r + 1) of objects (N, D) in the space of rank r that the n training objects span.

    The last coordinate is the distance of an object to that space, 0 for training objects. Inner products and
    distances between training objects and any others are therefore kept, so that a linear model with an L2 penalty
    or a kernel machine predicts the same as from the D original features, at a cost that does not grow with D. Where
    D <= n, objects are not changed. The coordinates are the rows of the pivoted Cholesky factor of the Gram matrix
    (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 10.3). Parameters that depend on the variance
    of the features, such as a kernel's ``gamma: scale``, mean the same afterwards if the features were centred.
    """

    def fit(self, objects: np.ndarray, labels: np.ndarray | None = None) -> Rotation:
        self.fit_transform(objects, labels)
        return self

    def fit_transform(self, objects: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Fit to the training objects, and return their coordinates in their dtype.

        Raises ValueError for objects whose products are not finite: they would seem to have no direction.
        """
        self.objects_ = objects
        self.rotates_ = objects.shape[1] > objects.shape[0]
        if not self.rotates_:
            return objects
        gram = inner_products(objects, objects).astype(np.float64)
        if not np.isfinite(gram).all():
            raise ValueError("objects hold NaN, infinite or huge values, expected numbers with finite products")
        factor, order, rank, _ = dpstrf(gram, tol=_NEGLIGIBLE * gram.diagonal().max(), lower=1)
        factor, order = np.tril(factor)[:, :rank], order - 1
        self.factor_, self.pivots_ = factor[:rank], order[:rank]
        coordinates = np.zeros((len(objects), rank + 1), objects.dtype)
        coordinates[order, :rank] = factor
        return coordinates

    def transform(self, objects: np.ndarray) -> np.ndarray:
        """Return the coordinates of any objects, in their dtype."""
        if not self.rotates_:
            return objects
        products = inner_products(objects, self.objects_)[:, self.pivots_].astype(np.float64)
        inside = solve_triangular(self.factor_, products.T, lower=True).T
        squared = np.einsum("ij,ij->i", objects, objects, dtype=np.float64) - np.sum(inside**2, axis=1)
        return np.column_stack([inside, np.sqrt(np.maximum(squared, 0))]).astype(objects.dtype)


class Projection(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Projection onto the first principal components, at most as many as the training objects have."""

    def __init__(self, components: int, random_state: int = 0) -> None:
        self.components = components
        self.random_state = random_state

    def fit(self, objects: np.ndarray, labels: np.ndarray | None = None) -> Projection:
        from sklearn.decomposition import PCA

        with np.errstate(invalid="ignore"):  # shares of a variance of 0, which nothing uses
            self.pca_ = PCA(min(self.components, *objects.shape), random_state=self.random_state).fit(objects)
        return self

    def transform(self, objects: np.ndarray) -> np.ndarray:
        return self.pca_.transform(objects)
