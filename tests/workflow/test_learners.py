"""A learner that resembles none of the project's own goes through every stage, and each learner has code of its own."""

import re

import numpy as np
import pandas as pd

from lib.base.jobs import read_json
from tests.workflow.conftest import RUSSIAN

MODULE = '''"""Two linear layers found by subspace iteration on noisy patches: a stand-in for learners to come."""

import numpy as np

from lib.training.result import Recorder

NATURAL = "linear"


def fit(patches, settings, rng, compute, recorder=None):
    data, recorder = np.asarray(patches, dtype=np.float64), recorder or Recorder()
    first, latent = sum(settings["hidden"]), settings["latent"]
    W = rng.normal(size=(first, data.shape[1]))
    for _ in range(settings["iterations"] + 1):
        noisy = data + settings["jitter"] * rng.normal(size=data.shape)
        W = np.linalg.qr(noisy.T @ (noisy @ W.T))[0].T
        loss = float(np.mean(np.sum((data - data @ W.T @ W) ** 2, axis=1))) / 2
        recorder.evaluations += 1
        recorder.record(loss, 0.0)
    theta = np.concatenate([W.ravel(), rng.normal(size=latent * first)])
    return recorder.training(theta, loss, "stopped by its limit")


def filters(theta, settings, visible_size):
    return theta[: settings["hidden"][0] * visible_size].reshape(-1, visible_size)


def encoder(theta, settings, statistics, layer, device):
    first, latent = sum(settings["hidden"]), settings["latent"]
    V = theta[-latent * first :].reshape(latent, first)
    W = theta[: -latent * first].reshape(first, -1)
    sizes = [*settings["hidden"], latent]

    def encode(patches):
        a = patches @ W.T
        return (a @ V.T if layer == len(sizes) else a[:, : sizes[layer - 1]]).astype(np.float32)

    return encode
'''
ADDED = """    "subspace": Learner(
        settings=("hidden", "latent", "jitter", *_OF_DATA, "iterations", "seed"),
        layers=("hidden", "latent"),
        hidden="any",
    ),
    "untrained": Learner("""
STUDY = {
    "defaults": {"learner": "kmeans", "hidden": [6, 4], "latent": 3, "jitter": 0.1},
    "experiments": {
        "learners": {"vary": {"learner": ["kmeans", "subspace"]}},
        "jitter": {"set": {"learner": "subspace"}, "vary": [{"jitter": [0.1, 0.5]}, {"iterations": [3]}], "seeds": 2},
        "levels": {"set": {"learner": "subspace"}, "vary": {"layer": [1, 3]}},
    },
}


def register(project):
    """Add the learner to a copy of the project, as CONTRIBUTING says."""
    (project.folder / "lib" / "learners" / "subspace.py").write_text(MODULE)
    project.edit("lib/study/learners.py", '    "untrained": Learner(', ADDED)
    project.edit("config/schema.yaml", "learner: {enum: [autoencoder,", "learner: {enum: [subspace, autoencoder,")
    project.edit(
        "config/schema.yaml",
        "      activation: {enum: [sigmoid, relu]",
        "      latent: {type: integer, minimum: 1, description: Units of the last layer.}\n"
        "      jitter: {type: number, minimum: 0, description: Standard deviation of the jitter.}\n"
        "      activation: {enum: [sigmoid, relu]",
    )
    project.edit("config/config.yaml", "  activation: sigmoid #", "  latent: 2\n  jitter: 0.1\n  activation: sigmoid #")


def test_a_learner_of_another_kind_reaches_the_report(project):
    register(project)
    text = project.snakemake(config=STUDY)
    results = project.folder / "results" / "tiny"
    assert (results / "report.pdf").read_bytes().startswith(b"%PDF")
    assert (results / "hand-in.zip").exists()
    leading = [one["answer"] for one in read_json(str(results / "report/sentences.json")) if one["leads"]]
    assert len(leading) == 2
    ending = " ".join(text[text.rindex(" jobs done in ") :].split())
    for answer in leading:
        assert " ".join(re.split("[<&]", answer)[0].split()) in ending, "the run ends with what the study found"

    training = pd.read_csv(results / "tables/training.csv").set_index("model")
    own, default = (training[training["learner"] == name] for name in ("subspace", "kmeans"))
    assert len(own) == 6
    assert set(own["hidden"]) == {"6-4"}
    assert set(own["latent"]) == {3}
    assert set(own["jitter"]) == {0.1, 0.5}
    assert own["activation"].isna().all()
    assert set(own["iterations"]) == {5, 3}
    assert len(default) == 1
    assert list(default["hidden"]) == ["6"]
    assert default["latent"].isna().all()

    folder = results / "models" / own.index[0]
    assert np.load(folder / "filters.npy").shape == (6, 192)
    layers = pd.read_csv(folder / "layers.csv")
    assert list(layers["units"]) == [6, 4, 3]
    assert layers["explained_variance"].isna().all(), "it has no reconstruction"

    accuracy = pd.read_csv(results / "tables/accuracy.csv")
    levels = accuracy[(accuracy["experiment"] == "levels") & (accuracy["setting"] >= 0)]
    assert list(levels["n_features"]) == [3 * 3 * 6, 3 * 3 * 3]
    claims = (results / "report/claims.tex").read_text(encoding="utf-8")
    assert r"\newcommand{\TaskCount}{0}" in claims, "the report does not answer the tasks on sparse autoencoders"
    assert "The learner “k-means” computes" in claims
    answers = (results / "report/answers.tex").read_text(encoding="utf-8")
    assert all(rf"\ref{{sec:{name}}}" in answers for name in STUDY["experiments"])
    experiments = (results / "report/experiments.tex").read_text(encoding="utf-8")
    assert r"“jitter \num{0.5}”" in experiments, "a setting without a wording goes by its key"
    assert not (results / "gradient_check").exists() or not list((results / "gradient_check").glob("*subspace*"))
    assert (results / "figures/jitter/convergence.pdf").exists(), "the learner records its iterations"


def test_a_change_of_one_learner_retrains_only_its_models(russian, tmp_path):
    project = russian.copy(tmp_path)
    path = project.folder / "lib" / "learners" / "kmeans.py"
    path.write_text(path.read_text() + "\n# changed\n")
    planned = project.planned(**RUSSIAN)
    assert planned["train_model"] == 1
    assert planned["extract_features"] == 1
    assert planned["classify"] == 1
    assert "write_configuration" not in planned
