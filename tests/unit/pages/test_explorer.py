"""The explorer page, clicked through in a real browser, shows the numbers of the tables and models at every setting."""

import base64
import io
import json
import re
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from lib.display_layer import mosaic
from lib.evaluation.units import measure_layer
from lib.pages.explorer import (
    OF_NETWORKS,
    SHOWN,
    About,
    Examples,
    Fitted,
    confusions,
    curve,
    exemplified,
    explorer_data,
)
from lib.pages.page import render
from lib.pages.sprites import exact, patches_of_units, reconstructions
from lib.study.experiments import expand
from lib.study.model_labels import feature_labels
from lib.study.single_setting import Origin
from lib.tabulation.measures import measure_table
from lib.tabulation.models import filter_table, training_table
from lib.tabulation.predictions import EvaluationResult, comparison_tables, confusion_table, resample
from lib.words.language import use
from lib.words.names import stated_headings
from tests.unit.study.test_validation import CONFIG, DEFAULT

SIDE, CHANNELS = 8, 3
EVIL = "</script><b id=broken>\"'&"  # a name that would end a script, open an element, close an attribute
CLASSIFIERS = {"logistic_regression": f"logistic {EVIL}", "random_forest": "random forest"}
EXPERIMENTS = {
    "rho": {"vary": {"rho": [0.03, 0.001, 0.3]}, "seeds": 2, "classifiers": list(CLASSIFIERS)},
    "learners": {"vary": {"learner": ["autoencoder", "untrained", "kmeans"]}, "classifiers": ["random_forest"]},
    "both": {"vary": [{"centre": ["patch", "none"]}, {"together": {"centre": ["patch", "none"]}}], "classifiers": []},
    f"odd {EVIL}": {"vary": {"activation": ["sigmoid", "relu"]}, "seeds": 1, "classifiers": []},
    "deep": {"vary": {"layer": [1, 3]}, "set": {"hidden": [6, 4, 6]}, "classifiers": []},
    "mine": {"title": f"My {EVIL}", "question": f"Why {EVIL}?", "vary": {"beta": [3.0]}, "classifiers": []},
}
TITLES = {name: DEFAULT["experiments"][name] for name in ("rho", "learners")} | {"mine": EXPERIMENTS["mine"]}
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7"]
REPORT = CONFIG.parent / "workflow" / "report"
CATALOGUE = CONFIG.parent / "report" / "ru.po"


CLASSES = ["cat", f"dog {EVIL}"]
IMAGES = 2
SHOWN_PATCHES = 9
LINKS = {"files": ["report.pdf", "configuration.yaml"], "tables": ["accuracy", "gradient_check"]}
ANSWERS = {"rho": "A <b>sentence</b> on the mean activation."}
CONCLUSION = "The features are better."


def fitted(model, rng, shown):
    """A model that was never trained, and a history of the form of a training's."""
    units, width = model.layers[0], CHANNELS * SIDE**2
    columns = ["edge_likeness", "colour_share", "overlap", "mean_activation", "activation_std"]
    of_units = pd.DataFrame(rng.uniform(0.1, 0.9, (units, len(columns))), columns=columns)
    trained = model.learner == "autoencoder"
    steps = np.arange(101 if trained else 0)
    loss = rng.uniform(1, 2) + 50 * np.exp(-rng.uniform(0.1, 0.3) * steps)
    seconds = steps * rng.uniform(0.01, 0.1)
    history = pd.DataFrame({"iteration": steps, "loss": loss, "reconstruction": loss - 0.5, "seconds": seconds})
    pairs = rng.random((2, 30, width)) if trained else np.empty((0, 0, width))
    every = sum(model.layers)
    examples = Examples(
        np.random.default_rng(1).integers(0, 256, (IMAGES, CHANNELS * 96**2), dtype=np.uint8),
        rng.integers(0, 256, (every, SHOWN_PATCHES, width), dtype=np.uint8),
        rng.random((every, IMAGES, 23, 23)),
        rng.normal(size=(units, width)),
        np.int64(4),
    )
    responses = rng.normal(size=(every, width))
    filters = rng.normal(size=(units, width))
    return Fitted(filters, of_units, history, responses, pairs, examples if shown else None)


NETWORK = {  # what makes a classifier train a network
    "class": "lib.classifiers.network.NetworkClassifier",
    "parameters": {"network": "head"},
    **{"grid": {}, "standardise": False, "rotate": False, "image_size": 8, "fine_tuned": True},
}


def networks_of(accuracy, rng):
    """A table of networks with one row per row of the table of accuracies."""
    exact = {"parameters": 1000, "multiply_adds": 20000, "epochs": 12.0, "updates": 96.0, "validation_accuracy": np.nan}
    rows = accuracy[["experiment", "setting", "classifier", "accuracy"]].assign(**exact)
    return rows.assign(**{key: rng.random(len(rows)) for key in OF_NETWORKS if key not in rows})


class Study:
    """A study with tables of the real form, and its explorer page."""

    def __init__(self, folder, experiments=None, networks=None, **defaults):
        rng = np.random.default_rng(20261121)
        experiments = experiments or EXPERIMENTS
        tuned = NETWORK if networks else {}
        self.plan = expand(
            DEFAULT
            | {"networks": networks or DEFAULT["networks"]}
            | {
                "experiments": experiments,
                "defaults": DEFAULT["defaults"] | {"hidden": [6], "iterations": 100} | defaults,
            }
            | {
                "classifiers": {
                    name: (entry | tuned if name in CLASSIFIERS else False)
                    for name, entry in DEFAULT["classifiers"].items()
                }
            }
        )
        shown = exemplified(self.plan)
        self.models = {name: fitted(model, rng, name in shown) for name, model in self.plan.models.items()}
        truth = rng.integers(0, 2, 60)
        predictions = {
            evaluation: EvaluationResult(
                rng.integers(0, 2, (1, 60)), np.full((1, 60, 2), 0.5), [{"n_features": 7, "seconds": 0.5}]
            )
            for evaluation in self.plan.evaluations
        }
        facts = {
            name: {"settings": self.plan.models[name].row, "device": "cpu", "seconds": rng.random()}
            | {"iterations": len(one.history), "loss": rng.uniform(1, 2)}
            for name, one in self.models.items()
        }
        layers = {
            name: pd.DataFrame([measure_layer(rng.random((9, 6)), "relu")]).assign(
                held_out_error=0.2, explained_variance=rng.random()
            )
            for name in self.models
        }
        histories = {name: one.history for name, one in self.models.items()}
        filters = {name: one.units for name, one in self.models.items()}
        resampled = resample(predictions, self.plan, truth, np.arange(60), rng)
        accuracy, comparisons = comparison_tables(predictions, self.plan, truth, resampled)
        training = training_table(facts, histories)
        table = filter_table(filters, layers, {name: model.row for name, model in self.plan.models.items()})
        self.tables = {
            "training": training,
            "filters": table,
            "measures": measure_table(self.plan, table, training),
            "accuracy": accuracy,
            "comparisons": comparisons,
            "confusion": confusion_table(predictions, feature_labels(self.plan), truth, CLASSES),
        }
        if networks:
            self.tables["networks"] = networks_of(accuracy, rng)
        answers = [{"question": f"Question {task}", "answer": CONCLUSION, "leads": True} for task in (7, 8)]
        about = {"title": EVIL, "study": "study", "dataset": "data", "answers": answers, "links": LINKS}
        origin = Origin("study", DEFAULT["defaults"], [])
        texts = About(EVIL, origin, CLASSIFIERS, stated_headings(experiments | TITLES), answers=ANSWERS)
        data = explorer_data(self.plan, self.models.items(), self.tables, texts)
        template = REPORT / "explorer.html"
        self.page = folder / "explorer.html"
        self.page.write_text(render(template, data=data, colours=COLOURS, **about), encoding="utf-8")

    def members(self, experiment, setting, repetition):
        """Names of the models whose features are concatenated."""
        combination = self.plan.experiments[experiment].combinations[setting]
        return [model for model, _ in self.plan.features[combination.members[repetition]]]

    def layer(self, experiment, setting):
        """The layer that the features of a setting come from."""
        member = self.plan.experiments[experiment].combinations[setting].members[0]
        return self.plan.views[self.plan.features[member][0][1]].layer

    def expected_picture(self, model, layer=1):
        """The mosaic of a model's filters, or of what excites the units of a deeper layer; one pixel per weight."""
        first = sum(self.plan.models[model].layers[: layer - 1])
        tiles = self.models[model].filters if layer == 1 else self.models[model].responses[first : first + 6]
        return mosaic(tiles, magnify=1, separator=1)

    def row(self, table, model):
        """A model's row of a table."""
        return self.tables[table].set_index("model").loc[model]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return Study(tmp_path_factory.mktemp("explorer"))


def pixels_of(source):
    """The picture in a data URI."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))))


def pictures(browser):
    """The mosaics that the page shows, as arrays with transparency."""
    ready = "return [...document.images].every((one) => one.complete && one.naturalWidth > 0)"
    WebDriverWait(browser.driver, 20).until(lambda _: browser.run(ready))
    sources = [image.get_attribute("src") for image in browser.find("#filters .mosaic img")]
    return [pixels_of(source) for source in sources]


def scale(browser, selector, axis, shift=0.0, logarithmic=True):
    """Function from places on the screen to values, by the first and last label of an axis."""
    script = """return [...document.querySelectorAll(arguments[0])].map((one) =>
        [one.dataset.value, one.getAttribute(arguments[1])])"""
    ticks = sorted((float(value), float(place)) for value, place in browser.run(script, selector, axis))
    assert len(ticks) >= 2
    (low, start), (high, end) = ticks[0], ticks[-1]
    if logarithmic:
        return lambda place: low * (high / low) ** ((place - shift - start) / (end - start))
    return lambda place: low + (high - low) * (place - shift - start) / (end - start)


def check_models(study, browser, models, layer=1):
    """Pictures, measures and curves agree with the models."""
    for shown, model in zip(pictures(browser), models, strict=True):
        expected = study.expected_picture(model, layer)
        assert shown.shape == (*expected.shape[:2], 4)
        inside = shown[..., 3] > 0
        assert inside.sum() == 6 * SIDE**2
        assert (shown[inside][:, :3] == expected[inside]).all()
    script = """return Object.fromEntries([...document.querySelectorAll("#measures tr[data-measure]")].map((row) =>
        [row.dataset.measure, [...row.querySelectorAll("td.now data")].map((one) => one.value)]))"""
    measures = browser.run(script)
    assert "elbo" not in measures, "no model of the study has one"
    for key in ("oriented_units", "edge_likeness", "mean_activation", "constant_units", "dead_units"):
        assert [float(value) for value in measures[key]] == pytest.approx(
            [study.row("filters", model)[key] for model in models], rel=1e-5
        )
    for key in ("loss", "iterations", "seconds"):
        assert [float(value) for value in measures[key]] == pytest.approx(
            [study.row("training", model)[key] for model in models], rel=1e-5
        )
    curves = browser.run(
        "return [...document.querySelectorAll('#convergence path.now')].map((one) => one.getAttribute('d'))"
    )
    trained = [study.models[model].history for model in models if len(study.models[model].history)]
    assert len(curves) == len(trained)
    for path, history in zip(curves, trained, strict=True):
        key = browser.run("return document.querySelector('#against input:checked').value")
        to_x, to_y = scale(browser, "#convergence .x-tick", "x"), scale(browser, "#convergence .y-tick", "y", shift=-4)
        points = np.array([[float(number) for number in point.split(",")] for point in path[1:].split("L")])
        for place, (x, y) in ((1, points[0]), (-1, points[-1])):
            assert to_x(x) == pytest.approx(history[key].iloc[place], rel=0.02)
            assert to_y(y) == pytest.approx(history["loss"].iloc[place], rel=0.02)


def check_accuracy(study, browser, experiment, setting):
    """Points and numbers agree with the tables."""
    accuracy = study.tables["accuracy"].query("experiment == @experiment").set_index(["classifier", "setting"])
    if accuracy.empty:
        assert not browser.find("#accuracy-card")[0].is_displayed(), "no empty card"
        assert not browser.find("#confusion-card")[0].is_displayed()
        return
    script = """return [...document.querySelectorAll("#accuracy g[data-classifier]")].map((row) => {
        const [dot, line] = [row.querySelector(".dot"), row.querySelector(".interval")];
        const middle = dot.hasAttribute("cx") ? +dot.getAttribute("cx") : +dot.getAttribute("x") + 4.5;
        return [row.dataset.classifier, +row.dataset.setting, middle, +line.getAttribute("x1"),
            +line.getAttribute("x2"), row.classList.contains("chosen")]; })"""
    rows = browser.run(script)
    assert len(rows) == len(accuracy)
    to_percent = scale(browser, "#accuracy .x-tick", "x", logarithmic=False)
    for classifier, number, *places, chosen in rows:
        expected = accuracy.loc[(classifier, number), ["accuracy", "low", "high"]].astype(float)
        assert [to_percent(place) / 100 for place in places] == pytest.approx(list(expected), abs=0.002)
        assert chosen == (number == setting)
    against = study.tables["comparisons"].query("experiment == @experiment and rival == 'pixels'")
    expected = against[against["setting"] == setting].set_index("classifier")
    rows = browser.find("#comparisons tbody tr")
    assert len(rows) == len(expected)
    for row in rows:
        values = [float(one.get_attribute("value")) for one in row.find_elements("css selector", "data")]
        columns = ["accuracy_against", "accuracy", "difference", "p_corrected"]
        name = row.get_attribute("data-classifier")
        assert values == pytest.approx(list(expected.loc[name, columns].astype(float)), rel=1e-5)
        assert row.find_element("css selector", "th").text == CLASSIFIERS[name]


def check_cards(browser):
    """No card is empty: every visible one has a picture, a table or text besides its heading."""
    script = """const filled = "img, svg, td, a, fieldset input, #question:not(:empty)";
        const cards = [...document.querySelectorAll("main .card")].filter((card) => !card.hidden);
        return cards.filter((card) => !card.querySelector(filled)).map((card) => card.textContent)"""
    assert browser.run(script) == []
    for card in ("reconstructions", "convergence"):
        shown = bool(browser.find(f"#{card} img, #{card} svg"))
        assert browser.find(f"#{card}-card")[0].is_displayed() == shown


def choose(browser, setting):
    """Choose a setting as a reader does: by the label of the slider, or by its button."""
    (control,) = browser.find(f"#settings button[value='{setting}'], #settings label:has(input[value='{setting}'])")
    control.click()


def views(study, experiment):
    """Settings and repetitions of an experiment."""
    combinations = study.plan.experiments[experiment].combinations
    return list(product(range(len(combinations)), range(len(combinations[0].members))))


@pytest.mark.parametrize("experiment", ["default", *EXPERIMENTS])
def test_every_setting_shows_its_models_and_numbers(study, browser, experiment):
    browser.open(study.page)
    names = browser.run("return [...document.querySelectorAll('#experiments a')].map((one) => one.dataset.name)")
    assert names == ["default", *EXPERIMENTS]
    browser.find("#experiments a")[names.index(experiment)].click()
    shown = {}
    for setting, repetition in views(study, experiment):
        if len(views(study, experiment)) > 1:
            choose(browser, setting)
        if repetitions := browser.find("#repetitions label"):
            repetitions[repetition].click()
        models = study.members(experiment, setting, repetition)
        check_models(study, browser, models, study.layer(experiment, setting))
        check_accuracy(study, browser, experiment, setting)
        check_cards(browser)
        shown[setting, repetition] = tuple(image.get_attribute("src") for image in browser.find("#filters img"))
    assert len(set(shown.values())) == len(shown), "other models, other pictures"
    assert browser.find("#broken") == []
    assert browser.faults() == []


def heading(browser):
    """Title of the page in the browser: experiment, setting, study."""
    return browser.driver.title


def test_numbers_are_rounded_as_in_the_report(study, browser):
    browser.open(study.page)
    tools = (Path(__file__).parents[3] / "workflow" / "report" / "explorer_tools.js").read_text()
    for value in (0.1725, 0.3825, 0.0625, 0.2175, 0.5):
        assert browser.run(f"{tools}; return percent(arguments[0])", value) == f"{100 * value:.1f}"


def test_the_address_names_the_view(study, browser):
    browser.open(study.page, "#experiment=rho&setting=2&repetition=1&against=seconds")
    assert heading(browser) == f"Mean activation ρ: ρ = 0.3 – {EVIL}"
    check_models(study, browser, study.members("rho", 2, 1))
    browser.find("#against label")[0].click()
    choose(browser, 1)
    assert browser.driver.current_url.endswith("#experiment=rho&setting=1&repetition=1")
    browser.find("#experiments a")[2].click()
    assert browser.driver.current_url.endswith("#experiment=learners&setting=0")
    browser.driver.back()
    assert heading(browser).startswith("Mean activation ρ: ρ = 0.001")
    browser.open(study.page, "#experiment=gone&setting=99")
    assert heading(browser).startswith("Default settings: default")
    browser.open(study.page, "#experiment=rho&setting=99")
    assert heading(browser).startswith("Mean activation ρ: ρ = 0.03")
    assert browser.faults() == []


def test_the_keyboard_suffices(study, browser):
    browser.open(study.page, "#experiment=rho&setting=1")
    slider = browser.find("#settings input[type=range]")[0]
    labels = [slider.get_attribute("aria-valuetext")]
    for _ in range(2):
        slider.send_keys(Keys.ARROW_RIGHT)
        labels.append(slider.get_attribute("aria-valuetext"))
    assert labels == ["ρ = 0.001", "ρ = 0.03", "ρ = 0.3"], "from small to large, not in the order of the configuration"
    assert browser.driver.current_url.endswith("setting=2")
    browser.open(study.page, "#experiment=learners&setting=0")
    browser.find("#settings input")[0].send_keys(Keys.ARROW_DOWN)
    assert browser.driver.current_url.endswith("setting=1")
    (mosaic_frame,) = browser.find("#filters .mosaic")
    WebDriverWait(browser.driver, 20).until(lambda _: mosaic_frame.rect["height"] > 0)  # its picture has come
    mosaic_frame.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    units = study.models[study.members("learners", 1, 0)[0]].units
    readout = browser.find("#unit")[0].text
    assert readout.startswith("Unit 5: ")
    edge, mean = map(float, re.findall(r"[0-9.]+(?:e-?[0-9]+)?", readout)[1:])
    assert [edge, mean] == pytest.approx(list(units.loc[4, ["edge_likeness", "mean_activation"]]), rel=0.01)
    mosaic_frame.send_keys(Keys.ENTER)
    assert browser.driver.current_url.endswith("unit=5")
    assert browser.find("#unit-title")[0].text == "Unit 5"
    mosaic_frame.send_keys(Keys.ESCAPE)
    assert not browser.find("#unit-panel")[0].is_displayed(), "the mosaic has kept the keyboard"


def points(browser, measure):
    """Setting, value, and whether it is the current one, of every point of a curve."""
    script = """const chart = `#curves [data-measure="${arguments[0]}"]`;
        return [...document.querySelectorAll(`${chart} .sweep-point`)].map((one) =>
            [+one.dataset.setting, +one.dataset.value, one.classList.contains("chosen")])"""
    return browser.run(script, measure)


def test_curves_show_every_setting_and_a_click_moves_the_slider(study, browser):
    browser.open(study.page, "#experiment=rho&setting=1")
    means = study.tables["measures"].query("experiment == 'rho'").set_index(["measure", "setting"])["mean"]
    accuracy = study.tables["accuracy"].query("experiment == 'rho'").set_index(["classifier", "setting"])["accuracy"]
    expected = {
        "oriented_share": 100 * means["oriented_share"],
        "explained_variance": 100 * means["explained_variance"],
    }
    expected |= {"loss": means["loss"]} | {f"accuracy {name}": 100 * accuracy[name] for name in CLASSIFIERS}
    for measure, values in expected.items():
        found = points(browser, measure)
        assert [setting for setting, _, _ in found] == [1, 0, 2], "from small to large"
        assert [value for _, value, _ in found] == pytest.approx([values[setting] for setting, _, _ in found], rel=1e-4)
        assert [chosen for _, _, chosen in found] == [True, False, False]
        (chart,) = browser.find(f"#curves [data-measure='{measure}']")
        assert "ρ = 0.001" in chart.get_attribute("aria-label")
        assert len(chart.find_elements("css selector", ".axis-title, .interval")) >= 4
    assert "mean of 2 repetitions" in browser.texts("#curves figcaption")[0]
    browser.find("#curves [data-measure=loss] .sweep-point[data-setting='2'] .target")[0].click()
    assert browser.driver.current_url.endswith("setting=2")
    assert browser.find("#settings input")[0].get_attribute("value") == "2"
    assert [chosen for _, _, chosen in points(browser, "loss")] == [False, False, True]
    browser.open(study.page, "#experiment=learners&setting=0")
    assert browser.find("#curves .sweep-point") == [], "no single number varies"
    browser.find("#curves [data-measure=oriented_share] .row[data-setting='2']")[0].click()
    assert browser.driver.current_url.endswith("setting=2")
    browser.open(study.page, "#experiment=mine&setting=0")
    assert not browser.find("#curves-card")[0].is_displayed()
    assert browser.faults() == []


def test_any_two_settings_are_compared(study, browser):
    browser.open(study.page, "#experiment=rho&setting=2")
    here, reference = (study.members("rho", setting, 0)[0] for setting in (2, 0))
    read = "return +document.querySelector('tr[data-measure=edge_likeness] td.difference data').value"

    def likeness(model):
        return study.row("filters", model)["edge_likeness"]

    assert browser.run(read) == pytest.approx(likeness(here) - likeness(reference), abs=1e-5)
    assert browser.find("#differing")[0].text == "Compared with reference: ρ: 0.3, not 0.03."
    tested = study.tables["comparisons"].query("experiment == 'rho' and setting == 2 and rival == 'first'")
    shown = [float(one.get_attribute("value")) for one in browser.find("#rival-accuracy td:nth-child(4) data")]
    assert shown == pytest.approx(list(tested["difference"]), abs=1e-5)
    browser.find("#with option[value='[\"learners\",2]']")[0].click()
    other = study.members("learners", 2, 0)[0]
    assert "with=learners&with_setting=2" in browser.driver.current_url
    assert browser.run(read) == pytest.approx(likeness(here) - likeness(other), abs=1e-5)
    for shown, model in zip(pictures(browser), (here, other), strict=True):
        expected = study.expected_picture(model)
        inside = shown[..., 3] > 0
        assert (shown[inside][:, :3] == expected[inside]).all()
    assert len(browser.find("#rival-accuracy tbody tr")) == 1, "only the random forest is in both experiments"
    address = browser.driver.current_url.partition("#")[2]
    browser.open(study.page, f"#{address}")
    assert browser.run(read) == pytest.approx(likeness(here) - likeness(other), abs=1e-5), "the address is enough"
    assert browser.faults() == []


def test_a_click_on_a_filter_shows_what_excites_its_unit(study, browser):
    browser.open(study.page, "#experiment=learners&setting=0")
    (frame,) = browser.find("#filters .mosaic")
    pictures(browser)
    frame.click()  # its middle: the second of three columns, the first or second row
    (unit,) = re.findall(r"unit=(\d+)", browser.driver.current_url)
    model = study.models[study.members("learners", 0, 0)[0]]
    likeness, colour = model.units.loc[int(unit) - 1, ["edge_likeness", "colour_share"]]
    text = browser.find("#unit-panel")[0].text
    assert f"Unit {unit}" in text
    numbers = [float(one) for one in re.findall(r"\d+\.\d+", text)]
    assert likeness == pytest.approx(min(numbers, key=lambda one: abs(one - likeness)), rel=0.01)
    assert 100 * colour == pytest.approx(min(numbers, key=lambda one: abs(one - 100 * colour)), rel=0.01)
    assert len(browser.find("#unit-panel .patches .tiles")) == SHOWN_PATCHES
    assert len(browser.find("#unit-panel .answers-in > img[alt]")) == IMAGES
    assert len(browser.find("#unit-panel .map .tiles")) == IMAGES
    boxes = [one.rect for one in browser.find("#unit-panel .tiles")]
    assert all(box["width"] > 20 and box["height"] > 20 for box in boxes)
    browser.find("#unit-close")[0].click()
    assert not browser.find("#unit-panel")[0].is_displayed()
    browser.open(study.page, "#experiment=rho&setting=0&repetition=1&unit=2")
    assert "kept for repetition 1" in browser.find("#unit-panel")[0].text
    assert browser.faults() == []


def test_deeper_layers_are_not_shown_as_filters(study, browser):
    browser.open(study.page, "#experiment=deep&setting=1")
    assert browser.find("#filters-title")[0].text == "What excites the units of layer 3"
    assert "mean of the 50 patches" in browser.find("#filters-note")[0].text
    browser.find("#layers label")[1].click()
    assert browser.find("#filters-title")[0].text == "What excites the units of layer 2"
    assert "layer=2" in browser.driver.current_url
    browser.find("#layers label")[0].click()
    assert browser.find("#filters-title")[0].text == "Filters"
    model = study.members("deep", 1, 0)[0]
    (shown,) = pictures(browser)
    assert shown.shape[:2] == study.expected_picture(model).shape[:2]


def test_the_confusion_matrix_has_the_counts_of_the_table(study, browser):
    browser.open(study.page, "#experiment=rho&setting=2&classifier=random_forest")
    members = study.plan.experiments["rho"].combinations[2].members
    table = study.tables["confusion"].query("classifier == 'random_forest'")
    expected = sum(table[table["model"] == model]["count"].to_numpy() for model, _ in members)
    script = "return [...document.querySelectorAll('#confusion .cell')].map((one) => +one.dataset.count)"
    assert browser.run(script) == expected.tolist()
    assert browser.find("#confusion svg")[0].get_attribute("aria-label").startswith("Confusion matrix of ρ = 0.3: ")
    assert "Summed over 2 repetitions." in browser.find("#confusion-note")[0].text
    assert confusions(study.tables["confusion"], 41) == {}, "too many classes to read"


def test_a_narrow_page_does_not_scroll_sideways(study, browser):
    views = ["rho&setting=2&unit=3", "learners&setting=1&with=rho&with_setting=0", "both&setting=2", "deep&setting=1"]
    browser.driver.set_window_size(500, 900)  # Chromium has no narrower window
    browser.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        for view in views:
            browser.open(study.page, f"#experiment={view}")
            pictures(browser)
            width, needed = browser.run("return [innerWidth, document.documentElement.scrollWidth]")
            assert needed <= width == 400, view
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.driver.set_window_size(1400, 1000)


def test_the_page_leads_to_files_and_states_conclusions(study, browser):
    browser.open(study.page, "#experiment=rho&setting=2")
    addresses = [link.get_attribute("href") for link in browser.find(".links a")]
    folder = study.page.parent.as_uri()
    tables = [f"pages/{name}.html" for name in LINKS["tables"]]
    assert addresses == [f"{folder}/{name}" for name in (*LINKS["files"], *tables)]
    assert browser.find("#conclusion")[0].text == CONCLUSION
    assert browser.find("#answer")[0].text == "A sentence on the mean activation."
    browser.find("#file-details summary")[0].click()
    contents = yaml.safe_load(browser.find("#file")[0].text)
    assert contents["study"] == "study_rho_2"
    assert contents["defaults"]["rho"] == 0.3
    choose(browser, 1)
    assert yaml.safe_load(browser.find("#file")[0].text)["defaults"]["rho"] == 0.001
    browser.open(study.page, "#experiment=mine&setting=0")
    assert not browser.find("#answer")[0].is_displayed()


def test_every_picture_and_control_has_a_name(study, browser):
    browser.open(study.page, "#experiment=rho&setting=2&unit=3&with=learners&with_setting=0")
    script = """const texts = (one) => [one.getAttribute("aria-label"), one.getAttribute("alt"), one.textContent,
            ...[...(one.labels || [])].map((label) => label.textContent)];
        const named = (one) => texts(one).some((text) => text && text.trim());
        const hidden = (one) => one.getAttribute("aria-hidden") === "true" || one.closest("[role=img][aria-label]");
        return [...document.querySelectorAll("img, main svg, button, input, select, a, [role=img]")]
            .filter((one) => !named(one) && !hidden(one)).map((one) => one.outerHTML.slice(0, 200))"""
    assert browser.run(script) == []


def test_the_slider_answers_without_waiting_for_the_browser(study, browser):
    browser.open(study.page, "#experiment=rho&setting=1")
    script = """window.addEventListener("hashchange", (event) => event.stopImmediatePropagation(), true);
        const slider = document.querySelector("#settings input[type=range]");
        return [1, 2, 1].map((place) => {
            slider.value = place;
            slider.dispatchEvent(new Event("input"));
            return [slider.getAttribute("aria-valuetext"), document.title, location.hash]; })"""
    for (label, title, address), value, setting in zip(browser.run(script), [0.03, 0.3, 0.03], [0, 2, 0], strict=True):
        assert label == f"ρ = {value}"
        assert f": {label} – " in title
        assert address == f"#experiment=rho&setting={setting}"
    check_models(study, browser, study.members("rho", 0, 0))
    check_accuracy(study, browser, "rho", 0)


@pytest.fixture
def russian():
    use(CATALOGUE)
    yield
    use()


@pytest.mark.usefixtures("russian")
def test_in_russian_every_word_is_russian(tmp_path, browser):
    study = Study(tmp_path)
    browser.open(study.page, "#experiment=both&setting=2")
    assert browser.run("return document.documentElement.lang") == "ru"
    text = browser.find("body")[0].text
    english = set(re.findall("[A-Za-z]{4,}", text.replace(EVIL, "")))
    names = {"study", "data", "both", "mine", "deep", "report", "configuration", "yaml", "features", "better"}
    assert english <= names | {"Enter", "ReLU"}, "only names of the study and of files are left"
    assert "вычтено среднее патча + среднее патча сохранено" in text
    check_models(study, browser, study.members("both", 2, 0))
    assert browser.faults() == []


def test_an_experiment_shows_its_title_and_question_and_no_markup(study, browser):
    browser.open(study.page, "#experiment=mine&setting=0")
    assert browser.find("#title")[0].text == f"My {EVIL}"
    assert browser.find("#question")[0].text == f"Why {EVIL}?"
    browser.open(study.page, "#experiment=both&setting=0")
    assert (browser.find("#title")[0].text, browser.find("#question")[0].text) == ("both", "")
    assert browser.find("#broken") == []


def test_networks_show_their_own_numbers_and_nothing_of_random_weights(tmp_path, browser):
    block = {
        "encoder": [{"convolution": "maps", "kernel": 3}, "relu"],
        "decoder": [{"transposed_convolution": "channels", "kernel": 3}],
    }
    made = Study(
        tmp_path,
        {"blocks": {"vary": {"network": ["one", "two"]}, "seeds": 2, "classifiers": list(CLASSIFIERS)}},
        networks={"one": block, "two": block, "head": {"layers": ["flatten", {"dense": "classes"}]}},
        **{
            "learner": "untrained_convolutional",
            "network": "one",
            "maps": 6,
            "scaling": "range",
            "image_size": 8,
            "stride": 8,
        },
    )
    browser.open(made.page, "#experiment=blocks&setting=1")
    rows = made.tables["networks"].query("experiment == 'blocks'").set_index("setting")
    shown = browser.run(
        """return Object.fromEntries([...document.querySelectorAll("#networks tr[data-measure]")].map((row) =>
        [row.dataset.measure, [...row.querySelectorAll("data")].map((one) => Number(one.value))]))"""
    )
    expected = [*rows.loc[1].itertuples(), *rows.loc[0].itertuples()]
    assert shown["f1_macro"] == pytest.approx([row.f1_macro for row in expected], rel=1e-5)
    assert shown["accuracy"] == pytest.approx([100 * row.accuracy for row in expected], rel=1e-5)
    assert shown["parameters"] == [1000] * 4
    assert "validation_accuracy" not in shown, "no network has validation images"
    for card in ("filters", "reconstructions", "convergence"):
        assert not browser.find(f"#{card}-card")[0].is_displayed()
    assert browser.find("#untrained")[0].is_displayed()
    assert not browser.find("#measures tr")
    browser.open(made.page, "#experiment=default&setting=0")
    assert browser.find("#title")[0].text == "Default network"


def test_concatenated_features_have_a_name_for_each_model(study, browser):
    browser.open(study.page, "#experiment=both&setting=2")
    assert browser.texts("#filters figcaption") == ["patch mean removed", "patch mean kept"]
    assert heading(browser).startswith("both: patch mean removed + patch mean kept")


def test_a_curve_keeps_its_ends_and_its_shape():
    steps = np.arange(401)
    history = pd.DataFrame({"iteration": steps, "loss": 1 + 1 / (steps + 1), "seconds": 0.1 * steps})
    kept = curve(history)
    assert kept["iteration"][0] == 1
    assert kept["iteration"][-1] == 400
    assert len(kept["iteration"]) < 70
    drawn = np.interp(np.log(steps[1:]), np.log(kept["iteration"]), kept["loss"])
    assert drawn == pytest.approx(history["loss"][1:], rel=0.01)
    assert curve(history.iloc[:1]) is None
    assert curve(history.iloc[:0]) is None


def test_gaps_are_transparent_and_long_lists_of_filters_are_cut(rng):
    shown = exact(rng.normal(size=(5, CHANNELS * SIDE**2)))
    image = pixels_of(shown.source)
    assert image.shape == (shown.height, shown.width, 4)
    assert (image[0, :, 3] == 0).all()
    assert (image[1:9, 1:9, 3] == 255).all()
    assert SHOWN >= 300, "the largest of the default study is shown whole"


def test_patches_of_a_unit_are_next_to_each_other():
    shades = np.linspace(0, 255, 12 * 9).reshape(12, 9, 1)
    shown = patches_of_units(np.repeat(shades, CHANNELS * SIDE**2, axis=2).astype(np.uint8))
    image = pixels_of(shown.source)
    assert (shown.tile, shown.gap, shown.columns % 9) == (SIDE, 0, 0)
    for unit, place in product(range(12), range(9)):
        row, column = divmod(9 * unit + place, shown.columns)
        tile = image[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE]
        assert tile.mean() == pytest.approx(shades[unit, place, 0], abs=4)


def test_reconstructions_are_below_the_patches_with_most_contrast(rng):
    pairs = np.stack([rng.random((40, 192)), np.zeros((40, 192))])
    pairs[0, 20:] = 0.5
    shown = reconstructions(pairs)
    image = pixels_of(shown.source)
    assert image.shape[:2] == (2 * SIDE, 16 * SIDE)
    assert image[:SIDE].std() > 10 * image[SIDE:].std() + 1, "the lower row is uniform"
    assert reconstructions(pairs[:0]) is None
    assert reconstructions(np.full((2, 5, 192), np.nan)) is None


def test_data_in_a_page_cannot_end_its_script(tmp_path):
    (tmp_path / "page.html").write_text('<p title="{{ name }}"><script>{{ data|tojson }}</script>')
    page = render(tmp_path / "page.html", name=EVIL, data={"name": EVIL, "more": "<!--"})
    assert page.count("</script>") == 1
    assert "<b" not in page
    assert "<!--" not in page
    assert json.loads(re.search("<script>(.*)</script>", page)[1]) == {"name": EVIL, "more": "<!--"}
    with pytest.raises(ValueError, match="JSON"):
        render(tmp_path / "page.html", name="", data=float("nan"))
