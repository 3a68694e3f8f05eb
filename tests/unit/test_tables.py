"""Tables hold what the predictions say."""

import numpy as np

from lib.tables import confusion_table


def test_confusion_table_counts_the_predictions_after_training_on_all_images():
    truth = np.array([0, 0, 1])
    labels = np.array([[1, 1, 0], [0, 1, 1]])  # of a fold, then of all training images
    facts = [{"fold": 0}, {"fold": "all"}]
    view = {"features": "autoencoder", "layer": 1, "stride": 8}
    evaluation = ("model", {}, view, "forest", facts, labels, np.zeros((2, 3, 2)))
    table = confusion_table([evaluation, (*evaluation[:3], "svm", *evaluation[4:])], truth, ["cat", "dog"])
    columns = ["features", "model", "layer", "stride", "classifier", "true", "predicted", "count"]
    assert list(table.columns) == columns
    assert table["classifier"].tolist() == ["forest"] * 4 + ["svm"] * 4
    assert table[table["classifier"] == "svm"].to_numpy().tolist() == [
        ["autoencoder", "model", 1, 8, "svm", "cat", "cat", 1],
        ["autoencoder", "model", 1, 8, "svm", "cat", "dog", 1],
        ["autoencoder", "model", 1, 8, "svm", "dog", "cat", 0],
        ["autoencoder", "model", 1, 8, "svm", "dog", "dog", 1],
    ]
