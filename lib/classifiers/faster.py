"""Classifiers of scikit-learn that reach the same optimum sooner where there are no more features than objects.

All is done by products of matrices with at most as many rows and columns as there are objects: coordinates by
`lib.classifiers.rotation.Rotation`, or kernels. Parameters are those of scikit-learn's own classes. scikit-learn's
models are slow to import, so import this module only where a classifier is needed.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
from scipy.linalg import LinAlgError, cholesky, solve_triangular
from scipy.optimize import minimize
from sklearn import linear_model, svm
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.extmath import row_norms
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from lib.classifiers.products import inner_products

BLOCK = 1000  # objects that are predicted at a time: the kernel matrix of all could be larger than the objects
STAGE = 200  # iterations of the logistic regression for one preconditioner
# The preconditioner is rebuilt once curvature has fallen to this share; until then the stopping test is still valid.
RENEWED = 1 / 10
_LEAST_CURVATURE = 1e-6  # of the softmax for an object whose class is certain
_KERNELS = ("linear", "rbf", "poly", "sigmoid")


def _cross_entropy(scores: np.ndarray, codes: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean cross-entropy of the softmax of scores (K, N) against classes (N,), and its derivative (K, N)."""
    rows = np.arange(codes.size)
    largest = scores.max(axis=0)
    derivative = np.exp(scores - largest)
    sums = derivative.sum(axis=0)
    loss = float(np.mean(np.log(sums) + largest - scores[codes, rows]))
    derivative /= sums
    derivative[codes, rows] -= 1
    derivative /= codes.size
    return loss, derivative


def _curvature(scores: np.ndarray) -> np.ndarray:
    """Return the mean curvature (N,) of the softmax by scores (K, N) that sum to 0: 1 / K for equal probabilities."""
    probabilities = np.exp(scores - scores.max(axis=0))
    probabilities /= probabilities.sum(axis=0)
    curvature = np.sum(probabilities * (1 - probabilities), axis=0) / (len(scores) - 1)
    return np.maximum(curvature, _LEAST_CURVATURE)


class LogisticRegression(linear_model.LogisticRegression):  # type: ignore[misc]
    """Multinomial logistic regression with an L2 penalty, by L-BFGS on preconditioned coefficients.

    The loss of coefficients W (K, D) and intercepts b is mean cross-entropy(S + b) + a / 2 ||W||^2, with the scores
    S = W X^T and a = 1 / (C N). Where each object has equal probabilities of all classes, its Hessian by coefficients
    that sum to 0 over the classes is M = X^T diag(c) X / N + a I for each class, with c = 1 / K for every object (with
    c = 1 / 2 it is a bound everywhere: Boehning, Annals of the Institute of Statistical Mathematics 44, 1992). With
    M = L L^T, V = W L and Z = X L^-T the loss becomes, as S = V Z^T,

        mean cross-entropy(S + b) + ||V||^2 / 2 - sum_i c_i ||s_i||^2 / (2 N),

    whose Hessian there is the identity: L-BFGS needs tens of iterations instead of hundreds for W, each with the same
    two products. The means of the features, weighted by c, are subtracted first, so that they and the intercept do
    not interfere. Elsewhere c is the mean curvature of the softmax for each object. It is computed again every `STAGE`
    iterations, and once it has fallen below `RENEWED` of its value. With ``warm_start`` a fit starts from the
    coefficients of the last one. ``tol`` bounds the largest derivative by V, and by b over the square root of the sum
    of c / N.

    Two classes, other penalties and solvers, weights, and more features than objects and one are left to scikit-learn.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogisticRegression:
        """Fit to objects X (N, D) and their classes y (N,)."""
        other = self.solver != "lbfgs" or self.penalty not in ("deprecated", "l2") or self.l1_ratio or np.isinf(self.C)
        if other or self.class_weight is not None or sample_weight is not None:
            return super().fit(X, y, sample_weight)
        X, y = validate_data(self, X, y, dtype=np.float64, order="C")
        check_classification_targets(y)
        labels, codes = np.unique(y, return_inverse=True)
        if len(labels) < 3 or X.shape[1] > len(X) + 1:
            return super().fit(X, y)
        W, b = np.zeros((len(labels), X.shape[1])), np.zeros(len(labels))
        before = getattr(self, "coef_", None) if self.warm_start else None
        if before is not None and before.shape == W.shape:
            W, b = before, getattr(self, "intercept_", b) if self.fit_intercept else b
        done, largest, iterations = 0, np.inf, 1
        curvature = _curvature(W @ X.T + b[:, None])
        while done < self.max_iter and iterations:
            try:
                start = curvature
                steps = min(STAGE, self.max_iter - done)
                W, b, iterations, largest = self._stage(X, codes, W, b, start, steps)
            except LinAlgError:  # the penalty is so weak that rounding hides it
                return super().fit(X, y)
            done += iterations
            curvature = _curvature(W @ X.T + b[:, None])
            if largest <= self.tol and curvature.sum() >= RENEWED * start.sum():
                break
        if largest > self.tol:
            warnings.warn(
                f"logistic regression stopped after {done} iterations (max_iter={self.max_iter}) with a derivative of "
                f"{largest:.1e}, expected at most tol={self.tol}",
                ConvergenceWarning,
                stacklevel=2,
            )
        self.coef_, self.intercept_, self.classes_, self.n_iter_ = W, b, labels, np.array([done])
        return self

    def _stage(
        self, X: np.ndarray, codes: np.ndarray, W: np.ndarray, b: np.ndarray, curvature: np.ndarray, iterations: int
    ) -> tuple[np.ndarray, np.ndarray, int, float]:
        """Return coefficients, intercepts, iterations made (at most ``iterations``) and the largest derivative."""
        count = len(codes)
        mean = curvature @ X / curvature.sum() if self.fit_intercept else np.zeros(X.shape[1])
        X, b, curvature = X - mean, b + W @ mean, curvature / count
        M = X * np.sqrt(curvature)[:, None]
        M = inner_products(M.T, M.T)
        M.flat[:: len(M) + 1] += 1 / (self.C * count)
        L = cholesky(M, lower=True, overwrite_a=True, check_finite=False)
        Z = np.ascontiguousarray(solve_triangular(L, X.T, lower=True, check_finite=False).T)
        scale = np.sqrt(curvature.sum())  # of the intercept, whose column of ones has no penalty

        def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
            V, b = parameters[: W.size].reshape(W.shape), parameters[W.size :] / scale
            scores = V @ Z.T
            loss, derivative = _cross_entropy(scores + b[:, None], codes)
            curved = curvature * scores
            loss += float(np.vdot(V, V) - np.vdot(curved, scores)) / 2
            of_intercept = derivative.sum(axis=1) / scale if self.fit_intercept else np.zeros_like(b)
            return loss, np.concatenate([((derivative - curved) @ Z + V).ravel(), of_intercept])

        # The thread pools of NumPy and SciPy would compete for the cores.
        with threadpool_limits(limits=1, user_api="blas"):
            found = minimize(
                objective,
                np.concatenate([(W @ L).ravel(), b * scale]),
                method="L-BFGS-B",
                jac=True,
                options={"maxiter": iterations, "maxfun": 20 * iterations + 20, "gtol": self.tol, "ftol": 0},
            )
        V = found.x[: W.size].reshape(W.shape)
        W = solve_triangular(L, V.T, lower=True, trans="T", check_finite=False).T
        return W, found.x[W.size :] / scale - W @ mean, found.nit, float(np.abs(found.jac).max())


def kernel_matrix(
    X: np.ndarray, fitted: np.ndarray, *, kernel: str, gamma: float | str, degree: float, coef0: float
) -> np.ndarray:
    """Return the kernel (N, M) of objects X (N, D) and the fitted objects (M, D), which define ``gamma: scale``.

    The formulas are those of `sklearn.metrics.pairwise`; the products are computed where
    `lib.classifiers.products.computing_on` says.
    """
    if gamma == "scale":
        variance = float(fitted.var())
        gamma = 1 / (fitted.shape[1] * variance) if variance else 1.0
    elif gamma == "auto":
        gamma = 1 / fitted.shape[1]
    width = float(gamma)
    products = inner_products(X, fitted)
    if kernel == "linear":
        return products
    if kernel == "rbf":
        products *= -2
        products += row_norms(X, squared=True)[:, None]
        products += row_norms(fitted, squared=True)
        np.maximum(products, 0, out=products)  # squared distances
        if X is fitted:
            np.fill_diagonal(products, 0)
        products *= -width
        return np.exp(products, out=products)
    products *= width
    products += coef0
    return products**degree if kernel == "poly" else np.tanh(products, out=products)


class SVC(svm.SVC):  # type: ignore[misc]
    """Support vector classifier whose kernel is computed by matrix products instead of by LIBSVM, object by object.

    Kernels other than linear, rbf, poly and sigmoid are left to scikit-learn. Attributes of a fitted one are
    ``classes_``, ``n_features_in_`` and ``svc_``, the classifier that was fitted to the kernel.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> SVC:
        """Fit to objects X (N, D) and their classes y (N,)."""
        parameters = self.get_params()
        if self.kernel in _KERNELS:
            chosen = {name: parameters[name] for name in ("kernel", "gamma", "degree", "coef0")}
            parameters["kernel"] = partial(kernel_matrix, **chosen)
        self.svc_ = svm.SVC(**parameters).fit(np.asarray(X, dtype=np.float64), y, sample_weight)
        self.classes_, self.n_features_in_ = self.svc_.classes_, np.shape(X)[1]
        return self

    def _in_blocks(self, method: str, X: np.ndarray) -> np.ndarray:
        check_is_fitted(self, "svc_")
        starts = range(0, max(1, len(X)), BLOCK)
        return np.concatenate([getattr(self.svc_, method)(X[start : start + BLOCK]) for start in starts])

    def decision_function(self, X: Any) -> np.ndarray:
        """Return the decision values of objects X (N, D)."""
        return self._in_blocks("decision_function", X)

    def predict(self, X: Any) -> np.ndarray:
        """Return the classes of objects X (N, D)."""
        return self._in_blocks("predict", X)

    @available_if(lambda self: hasattr(svm.SVC(probability=self.probability), "predict_proba"))
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the class probabilities of objects X (N, D), if ``probability`` is true."""
        return self._in_blocks("predict_proba", X)


# For classes of scikit-learn, the class that reaches the same optimum sooner on rotated objects.
FASTER = {
    "sklearn.linear_model.LogisticRegression": "lib.classifiers.faster.LogisticRegression",
    "sklearn.svm.SVC": "lib.classifiers.faster.SVC",
}
