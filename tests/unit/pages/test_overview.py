"""The overview leads to all results that exist, in the language of the study, on wide and narrow screens."""

from pathlib import Path

import pytest

from lib.pages.overview import Link, headlines, main_links, with_existing_links
from lib.pages.page import render
from lib.words import language

ROOT = Path(__file__).parents[3]
ANSWERS = [
    {"question": f"Question {task}", "answer": f"Answer {task}", "leads": task in (7, 8)} for task in range(1, 13)
]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
MADE = ("explorer.html", "notebook.ipynb", "logs/a.log", "pages/data.html", "figures/default/classes.png")


@pytest.fixture(autouse=True)
def english_again():
    yield
    language.use()


def written(folder, title="A <b id=broken> title"):
    """Write the page of a study that has no report yet, and return its path."""
    for name in MADE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    text = render(
        ROOT / "workflow" / "report" / "overview.html",
        title=title,
        study="small",
        dataset="photographs",
        colours=["#0072B2", "#E69F00", "#009E73", "#CC79A7"],
        picture=PIXEL,
        shown="Filters of the model",
        headlines=headlines(ANSWERS),
        links=main_links("task1_Lovelace_Ada.zip"),
        tables={"Data": [Link("pages/data.html", "data")]},
        figures={"Default settings": [Link("figures/default/classes.png", "classes")], "Collapse": []},
    )
    page = folder / "index.html"
    page.write_text(with_existing_links(text, folder), encoding="utf-8")
    return page


def links(browser):
    """Places of the visible links."""
    return [link.get_attribute("href") for link in browser.find("a") if link.is_displayed()]


def test_every_link_has_a_target(tmp_path, browser):
    page = written(tmp_path)
    browser.open(page)
    expected = ["explorer.html", "notebook.ipynb", "logs", "figures/default/classes.png", "pages/data.html"]
    assert links(browser) == [(tmp_path / place).as_uri() for place in expected]
    assert browser.texts("h2")[:2] == ["Question 7", "Question 8"]
    assert browser.texts(".headline") == ["Answer 7", "Answer 8"]
    assert browser.texts("h1") == ["A <b id=broken> title"]
    assert browser.texts("dt") == ["Default settings", "Data"], "an experiment without figures has no entry"
    assert browser.faults() == []


def test_results_that_come_later_are_linked_once_they_exist(tmp_path, browser):
    page = written(tmp_path)
    (tmp_path / "report.zip").touch()
    page.write_text(with_existing_links(page.read_text(encoding="utf-8"), tmp_path), encoding="utf-8")
    browser.open(page)
    assert (tmp_path / "report.zip").as_uri() in links(browser)
    assert (tmp_path / "report.pdf").as_uri() not in links(browser)


@pytest.mark.parametrize("width", [400, 1400])
def test_nothing_is_wider_than_the_screen(tmp_path, browser, width):
    page = written(tmp_path, "a_long_name_without_any_space_in_it" * 5)
    size = browser.driver.get_window_size()
    try:
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.open(page)
        assert browser.run("return innerWidth") == width
        assert browser.run("return document.documentElement.scrollWidth") <= width
    finally:
        browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        assert browser.driver.get_window_size() == size


def test_in_russian_the_words_of_the_page_are_russian(tmp_path, browser):
    language.use(ROOT / "report" / "ru.po")
    browser.open(written(tmp_path))
    assert [text for text in browser.texts("ul.main a") if text] == ["Обозреватель", "Ноутбук", "Журналы"]
    assert browser.run("return document.documentElement.lang") == "ru"
