"""One thread for each process of the tests, and a real browser for those of the pages."""

import json
import os
import shutil
from pathlib import Path

import pytest

# The processes share the cores: a thread of BLAS on every core of each of them would only wait for the others.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# A `make` that a test starts is one of its own, not a part of the `make test` that started the tests.
for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"):
    os.environ.pop(name, None)

NEEDED = ("chromium", "chromedriver")
INSTALL = "apt-get install --no-install-recommends chromium chromium-driver"


class Browser:
    """Headless Chromium that records what its pages complain of and ask the network for."""

    def __init__(self, driver):
        self.driver = driver

    def open(self, path, fragment=""):
        """Open a file; what earlier pages did is forgotten."""
        self.driver.get("about:blank")
        self.requests(), self.driver.get_log("browser")
        self.driver.get(Path(path).resolve().as_uri() + fragment)

    def run(self, script, *arguments):
        """What a JavaScript function body returns."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        """The elements that a CSS selector matches."""
        return self.driver.find_elements("css selector", selector)

    def texts(self, selector):
        """Their texts."""
        return [element.text for element in self.find(selector)]

    def requests(self):
        """Addresses that were asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        kinds = {"Network.requestWillBeSent": "request", "Network.webSocketCreated": None}
        return [
            message["params"]["request"]["url"] if kinds[message["method"]] else message["params"]["url"]
            for message in messages
            if message["method"] in kinds
        ]

    def faults(self):
        """Errors in the console, and requests for anything but files and data."""
        errors = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        local = ("file:", "data:", "blob:", "about:")
        return errors + [address for address in self.requests() if not address.startswith(local)]


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Chromium under Selenium, started once; skips the test where it is not installed."""
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        pytest.skip(f"{' and '.join(missing)} not found, expected to open the pages; install by: {INSTALL}")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in (
        *("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "disable-background-networking"),
        *("window-size=1400,1000", f"user-data-dir={tmp_path_factory.mktemp('chromium')}"),
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield Browser(driver)
    driver.quit()
