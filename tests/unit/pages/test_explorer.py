"""The explorer page, clicked through in a real browser, shows the numbers of the tables and models at every setting."""

import base64
import io
import json
import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from lib.display_layer import mosaic
from lib.evaluation.units import measure_layer
from lib.pages.explorer import SHOWN, About, Examples, Fitted, confusions, curve, exemplified, explorer_data
from lib.pages.page import render
from lib.pages.sprites import exact, patches_of_units, reconstructions
from lib.study.experiments import expand, feature_labels
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
    "deep": {"vary": {"layer": [1, 3]}, "set": {"hidden": [6, 4, 5]}, "classifiers": []},
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
    columns = ["edge_likeness", "colour_share", "mean_activation", "activation_std"]
    of_units = pd.DataFrame(rng.random((units, 4)), columns=columns)
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


class Study:
    """A study with tables of the real form, and its explorer page."""

    def __init__(self, folder):
        rng = np.random.default_rng(20261121)
        self.plan = expand(
            DEFAULT
            | {"experiments": EXPERIMENTS, "defaults": DEFAULT["defaults"] | {"hidden": [6], "iterations": 100}}
            | {"classifiers": {name: name in CLASSIFIERS for name in DEFAULT["classifiers"]}}
        )
        shown = exemplified(self.plan)
        self.models = {name: fitted(model, rng, name in shown) for name, model in self.plan.models.items()}
        truth = rng.integers(0, 2, 60)
        predictions = {
            evaluation: EvaluationResult(rng.integers(0, 2, (1, 60)), np.full((1, 60, 2), 0.5), [{"n_features": 7}])
            for evaluation in self.plan.evaluations
        }
        facts = {
            name: {"settings": self.plan.models[name].row, "device": "cpu", "seconds": rng.random()}
            | {"iterations": len(one.history), "loss": rng.uniform(1, 2)}
            for name, one in self.models.items()
        }
        layers = {
            name: pd.DataFrame([measure_layer(rng.random((9, 6)), "relu")]).assign(explained_variance=rng.random())
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
        answers = [{"task": task, "question": f"Question {task}", "answer": CONCLUSION} for task in (7, 8)]
        about = {"title": EVIL, "study": "study", "dataset": "data", "answers": answers, "links": LINKS}
        origin = Origin("study", DEFAULT["defaults"], [], [])
        texts = About(EVIL, origin, CLASSIFIERS, stated_headings(EXPERIMENTS | TITLES), answers=ANSWERS)
        data = explorer_data(self.plan, self.models.items(), self.tables, texts)
        template = REPORT / "explorer.html"
        self.page = folder / "explorer.html"
        self.page.write_text(render(template, data=data, colours=COLOURS, **about), encoding="utf-8")

    def members(self, experiment, setting, repetition):
        """Names of the models whose features are concatenated."""
        combination = self.plan.experiments[experiment].combinations[setting]
        return [model for model, _ in self.plan.features[combination.members[repetition]]]

    def expected_picture(self, model):
        """The mosaic of a model's filters, one pixel a weight."""
        return mosaic(self.models[model].filters, magnify=1, separator=1)

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
    sources = [image.get_attribute("src") for image in browser.find("#filters img")]
    assert browser.run("return [...document.images].every((one) => one.complete && one.naturalWidth > 0)")
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


def check_models(study, browser, models):
    """Pictures, measures and curves agree with the models."""
    for shown, model in zip(pictures(browser), models, strict=True):
        expected = study.expected_picture(model)
        assert shown.shape == (*expected.shape[:2], 4)
        inside = shown[..., 3] > 0
        assert inside.sum() == 6 * SIDE**2
        assert (shown[inside][:, :3] == expected[inside]).all()
    script = """return Object.fromEntries([...document.querySelectorAll("#measures tr[data-measure]")].map((row) =>
        [row.dataset.measure, [...row.querySelectorAll("td.now data")].map((one) => one.value)]))"""
    measures = browser.run(script)
    for key in ("oriented_units", "edge_likeness", "mean_activation", "constant_units", "dead_units"):
        assert [float(value) for value in measures[key]] == pytest.approx(
            [study.row("filters", model)[key] for model in models], rel=1e-5
        )
    for key in ("loss", "iterations", "seconds"):
        assert [float(value) for value in measures[key]] == pytest.approx(
            [study.row("training", model)[key] for model in models], rel=1e-5
        )
    curves = browser.run("return [...document.querySelectorAll('#convergence path.now')].map((one) => one.getAttribute('d'))")
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
    against = study.tables["comparisons"].query("experiment == @experiment and against == 'pixels'")
    expected = against[against["setting"] == setting].set_index("classifier")
    rows = browser.find("#comparisons tbody tr")
    assert len(rows) == len(expected)
    for row in rows:
        values = [float(one.get_attribute("value")) for one in row.find_elements("css selector", "data")]
        columns = ["accuracy_against", "accuracy", "difference", "p_corrected"]
        name = row.get_attribute("data-classifier")
        assert values == pytest.approx(list(expected.loc[name, columns].astype(float)), rel=1e-5)
        assert row.find_element("css selector", "th").text == CLASSIFIERS[name]


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
        check_models(study, browser, models)
        check_accuracy(study, browser, experiment, setting)
        shown[tuple(models)] = tuple(image.get_attribute("src") for image in browser.find("#filters img"))
    assert len(set(shown.values())) == len(shown), "other models, other pictures"
    assert browser.find("#broken") == []
    assert browser.faults() == []


def heading(browser):
    """Title of the page in the browser: experiment, setting, study."""
    return browser.driver.title


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
    assert english <= {"study", "data", "both", "mine"}, "only names of the study are left"
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


def test_data_in_a_page_cannot_end_its_script(tmp_path):
    (tmp_path / "page.html").write_text('<p title="{{ name }}"><script>{{ data|tojson }}</script>')
    page = render(tmp_path / "page.html", name=EVIL, data={"name": EVIL, "more": "<!--"})
    assert page.count("</script>") == 1
    assert "<b" not in page
    assert "<!--" not in page
    assert json.loads(re.search("<script>(.*)</script>", page)[1]) == {"name": EVIL, "more": "<!--"}
    with pytest.raises(ValueError, match="JSON"):
        render(tmp_path / "page.html", name="", data=float("nan"))
