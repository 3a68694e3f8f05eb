"""Networks of the lecture, as descriptions."""

CNN = [
    {"convolution": 32, "kernel": 3},
    "relu",
    {"convolution": 64, "kernel": 3},
    "relu",
    {"max_pooling": 2},
    {"dropout": 0.25},
    "flatten",
    {"dense": 128},
    "relu",
    {"dropout": 0.5},
    {"dense": "classes"},
]
LENET = [
    {"convolution": 6, "kernel": 5, "padding": 2},
    "tanh",
    {"average_pooling": 2},
    {"convolution": 16, "kernel": 5},
    "tanh",
    {"average_pooling": 2},
    "flatten",
    {"dense": 120},
    "tanh",
    {"dense": 84},
    "tanh",
    {"dense": 10},
]
INCEPTION = {
    "branches": [
        [{"convolution": 64, "kernel": 1}, "relu", {"convolution": 64, "kernel": 3, "padding": 1}, "relu"],
        [{"convolution": 64, "kernel": 1}, "relu", {"convolution": 64, "kernel": 5, "padding": 2}, "relu"],
        [{"max_pooling": 3, "stride": 1, "padding": 1}, {"convolution": 64, "kernel": 1}, "relu"],
        [{"convolution": 64, "kernel": 1}, "relu"],
    ],
    "join": "concatenate",
}


def residual(channels):
    """Return the residual block of the lecture."""
    convolution = {"convolution": channels, "kernel": 3, "padding": 1}
    return {"branches": [[], [convolution, "batch_normalisation", convolution, "batch_normalisation"]], "join": "add"}


# Every kind of step, and the shape of the input that it takes.
EVERY_KIND = [
    ({"convolution": 4, "kernel": [3, 2], "stride": [2, 1], "padding": [1, 0], "dilation": [1, 2]}, (3, 9, 8)),
    ({"convolution": 4, "kernel": 3, "bias": False}, (3, 9, 8)),
    ({"separable_convolution": 5, "kernel": 3, "multiplier": 2, "stride": 2, "between": "relu"}, (3, 9, 8)),
    ({"locally_connected": 4, "kernel": [3, 2], "stride": 2, "padding": 1}, (3, 9, 8)),
    ({"locally_connected": 4, "kernel": 3, "bias": False}, (3, 9, 8)),
    ({"transposed_convolution": 4, "kernel": [3, 4], "stride": 2, "padding": 1, "output_padding": 1}, (3, 5, 4)),
    ({"max_pooling": 3, "stride": 2, "padding": 1}, (3, 9, 8)),
    ({"average_pooling": [3, 2]}, (3, 9, 8)),
    ({"global_pooling": "max"}, (3, 9, 8)),
    ({"global_pooling": "average"}, (3, 9, 8)),
    ({"upsampling": [2, 3]}, (3, 4, 5)),
    ({"dense": 7}, (12,)),
    ({"dense": 7, "bias": False, "drop_connect": 0.5}, (12,)),
    ({"dropout": 0.3}, (3, 4, 5)),
    ("batch_normalisation", (3, 4, 5)),
    ("batch_normalisation", (12,)),
    ({"k_sparse": 4}, (12,)),
    ({"k_sparse": 7, "factor": 1.5}, (3, 4, 5)),
    ({"lifetime_sparsity": 0.4}, (12,)),
    ({"lifetime_sparsity": 0.4}, (3, 4, 5)),
    ("spatial_sparsity", (3, 4, 5)),
    ({"kl_sparsity": 0.05}, (12,)),
    ({"kl_sparsity": 0.1, "beta": 3}, (3, 4, 5)),
    ("flatten", (3, 4, 5)),
    ({"reshape": [3, 4, 5]}, (60,)),
    ({"reshape": [5, 4, 3]}, (3, 4, 5)),
    *((word, (3, 4, 5)) for word in ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softmax")),
    (INCEPTION, (3, 6, 6)),
    (residual(3), (3, 6, 6)),
]
