"""The documentation agrees with the schema, the results and the files."""

import ast
import json
import re
import subprocess
import sys
import textwrap
from dataclasses import MISSING, fields
from inspect import signature
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from docs.update_example import PAGES as NUMBERS
from docs.update_example import with_numbers
from docs.update_reference import reference, tables
from lib.classifiers.network import NetworkClassifier
from lib.datasets.forms.registry import read_splits
from lib.datasets.made import expression, tilted_plane
from lib.family.digits import PRINTED_ACCURACY, PRINTED_DIGITS, UNITS, Belief
from lib.family.experiments import DEPTHS
from lib.family.pretraining import DEEP
from lib.family.vanishing import OBJECTS, WIDTH
from lib.networks.reading import read as description
from lib.networks.reading import read_autoencoder
from lib.networks.steps import LAYERS
from lib.networks.values import ACTIVATIONS
from lib.study.experiments import expand
from lib.study.schema import read_schema
from lib.study.validation import checked
from tests.unit.test_rooms import COURSE, ORDER

ROOT = Path(__file__).parents[2]
IN_DOCS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "config/README.md", *IN_DOCS]


def test_the_reference_of_the_configuration_agrees_with_the_schema():
    assert (ROOT / "config" / "README.md").read_text(encoding="utf-8") == reference(), "run `make reference`"


@pytest.mark.parametrize("page", NUMBERS)
def test_numbers_of_pages_agree_with_the_example(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert with_numbers(text, NUMBERS[page]) == text, "run `make example`"


def test_the_list_of_columns_agrees_with_what_the_pages_say():
    assert (ROOT / "docs" / "tables.md").read_text(encoding="utf-8") == tables(), "run `make reference`"


def test_a_page_without_its_markers_is_refused():
    with pytest.raises(ValueError, match="the markers <!-- numbers --> and <!-- end of numbers --> occur 0 times"):
        with_numbers("no markers", NUMBERS["README.md"])


def test_the_readme_is_short():
    lines = read("README.md").splitlines()
    assert len(lines) <= 150
    first = "\n".join(lines[:30])
    for page in ("docs/how-to/student.md", "docs/how-to/researcher.md", "docs/how-to/teacher.md", "docs/tutorial.md"):
        assert page in first


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def without_code(text):
    """The prose of a page: code holds brackets that are no links."""
    return re.sub(r"``.*?``|`[^`\n]*`", "", re.sub(r"^    .*$", "", text, flags=re.MULTILINE))


def anchors(page):
    """The anchors that GitHub and MyST give to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", read(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings(page):
    text = without_code(read(page))
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"src=\"([^\"]+)\"", text):
        if "://" in target:
            continue
        place, _, anchor = target.partition("#")
        path = (ROOT / page).parent / place if place else ROOT / page
        assert path.is_file(), f"{page} links to {target}"
        if anchor:
            assert anchor in anchors(path.resolve().relative_to(ROOT)), f"{page} links to {target}"


def test_every_page_is_in_the_order_of_pages():
    order = read("docs/index.rst") + read("docs/README.md")
    for page in PAGES:
        name = page.removeprefix("docs/").removesuffix(".md")
        assert page in ("README.md", "docs/README.md") or name in order, f"{page} is not in docs/index.rst"


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_pages_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    commands = re.findall(r"(?:`|^    )make((?: [\w=./…-]+)*)", read(page), re.MULTILINE)
    for words in (command.split() for command in commands):
        named = {word for word in words if "=" not in word}
        assert named <= targets, f"{page}: make {' '.join(words)}"
        for study in re.findall(r"STUDY=(\S+)", " ".join(words)):
            written = f"study: {Path(study).stem}\n" in read(page)  # the page shows the file that its reader writes
            assert study == "…" or written or (ROOT / study).is_file(), f"{page}: {study}"


@pytest.mark.parametrize("page", ["README.md", "docs/how-to/teacher.md"])
def test_tables_of_studies_are_complete(page):
    rows = "".join(line for line in read(page).splitlines() if line.startswith("| "))
    for file in (ROOT / "config").glob("*.yaml"):
        if file.name not in ("schema.yaml", "config.yaml"):
            assert f"`config/{file.name}`" in rows, f"{page}: {file.name}"


def test_readme_and_the_start_of_the_pages_link_every_page():
    for start, folder in {"README.md": "docs/", "docs/README.md": ""}.items():
        linked = set(re.findall(r"\]\(([^)#\s]+)", read(start)))
        for page in IN_DOCS:
            if page not in ("docs/README.md", "docs/reference/licences.md"):
                assert folder + page.removeprefix("docs/") in linked, f"{start}: {page}"


def blocks(page, start):
    """The indented blocks of a page whose first line begins with a text, without their indentation."""
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", read(page), re.MULTILINE)
    return [block for block in map(textwrap.dedent, found) if block.lstrip("\n").startswith(start)]


def expanded(changes):
    """The study that changes of the default study describe."""
    schema, default = read_schema(ROOT / "config" / "schema.yaml"), yaml.safe_load(read("config/config.yaml"))
    return expand(checked(changes, schema, default))


def studies():
    """All studies that pages ask their readers to write, as page, name and text."""
    found = [(page, block) for page in PAGES for block in blocks(page, "study: ")]
    return [(page, yaml.safe_load(block)["study"], block) for page, block in found]


@pytest.mark.parametrize(("page", "name", "text"), studies(), ids=lambda value: value if "\n" not in value else "")
def test_the_studies_of_pages_are_valid(page, name, text):
    study = yaml.safe_load(text)
    assert set(expanded(study).experiments) >= {"default", *study.get("only", [])}
    if "only" in study:
        assert set(expanded(study).experiments) == {"default", *study["only"]}


def test_the_comparisons_of_the_page_on_networks_are_valid():
    page = "docs/explanation/networks.md"
    (study,), (example,) = blocks(page, "study: "), blocks(page, "experiments:")
    own = yaml.safe_load(study) | yaml.safe_load(example)
    (experiment,) = own["experiments"]
    comparisons = expanded(own | {"only": [experiment]}).experiments[experiment].comparisons
    assert [one.expect for one in comparisons] == ["as_good", "better"]


def test_the_page_on_networks_has_all_parameters_of_a_network():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| .* \|$", read("docs/explanation/networks.md"), re.MULTILINE)
    found = {name: yaml.safe_load(default.strip("`")) for name, default in rows if default == "" or "`" in default}
    parameters = signature(NetworkClassifier).parameters
    expected = {
        name: one.default for name, one in parameters.items() if name not in ("images", "random_state", "device")
    }
    assert {name: found.get(name) for name in expected} == expected | {"network": None}


def test_every_study_of_pages_has_its_own_name():
    names = [name for _, name, _ in studies()]
    assert len(names) == len(set(names)) > 4


def test_comments_of_the_page_for_students_name_the_right_settings():
    page = read("docs/how-to/student.md")
    (block,) = blocks("docs/how-to/student.md", "experiments:")
    comment = yaml.safe_load(block)["experiments"]["rho"]["comment"]
    study = expanded(yaml.safe_load(read("config/assignment.yaml")))
    values = [one.settings["rho"] for one in study.experiments["rho"].combinations]
    stated = re.search(r"settings of `rho` are (.*?)\. \[", page, re.DOTALL)[1]
    assert re.findall(r"([\d.]+)\s\((\d)\)", stated) == [(str(value), str(place)) for place, value in enumerate(values)]
    assert re.search(r"With ρ = ([\d.]+)", comment)[1] == str(values[4])
    assert set(re.findall(r"\{\w+ (\d) ", comment)) == {"4"}


@pytest.mark.parametrize(
    "file", sorted((ROOT / "docs" / "example").glob("*/sentences.json")), ids=lambda file: file.parent.name
)
def test_answers_of_the_example_hold_no_latex(file):
    for entry in json.loads(file.read_text(encoding="utf-8")):
        assert "\\" not in entry["question"] + entry["answer"]


@pytest.mark.parametrize(
    ("page", "study"),
    [("docs/tutorial.md", "smoke"), ("docs/how-to/student.md", "my_assignment")],
    ids=lambda name: name,
)
def test_code_of_pages_runs(tmp_path, page, study):
    (tmp_path / "lib").symlink_to(ROOT / "lib")
    folder = tmp_path / "results" / study / "dataset"
    folder.mkdir(parents=True)
    np.save(folder / "unlabeled.npy", np.random.default_rng(0).integers(256, size=(5, 96 * 96 * 3), dtype=np.uint8))
    code = "".join(blocks(page, "import sys; ") + blocks(page, "from gradient"))
    code = code.replace("10000, 8", "300, 8").replace('"maxiter": 400', '"maxiter": 3')  # the same, quickly
    process = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert process.returncode == 0, process.stderr
    assert (tmp_path / "layer.png").stat().st_size > 1000


def test_pictures_that_the_page_for_researchers_converts_keep_their_groups(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for split, name, patient, number in product(("train", "test"), ("healthy", "ill"), (3, 17), (1, 2)):
        folder = Path("data", "my_pictures", split, name)
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (90, 70), (10 * patient, number, 0)).save(folder / f"{patient:04}_{number}.png")
    (code,) = blocks("docs/how-to/researcher.md", "import numpy")
    exec(code, {})  # as its reader would paste it
    for split in ("train", "test"):
        found = read_splits("data/my_arrays")[split]
        assert found.images.shape[1:] == (64 * 64 * 3,)
        assert found.class_names == ["healthy", "ill"]
        assert found.groups.tolist() == [0, 0, 1, 1] * 2


def texts_of_code():
    """All text in the code and in the Makefile, with … in the places of values."""
    yield read("Makefile")
    for file in [*(ROOT / "lib").rglob("*.py"), *(ROOT / "workflow").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_messages_of_the_troubleshooting_occur_in_the_code():
    texts = "\n".join(texts_of_code())
    rows = re.findall(r"^\| (.*?) \| .* \| .* \|$", read("docs/troubleshooting.md"), re.MULTILINE)
    messages = [message for row in rows for message in re.findall(r"`([^`]+)`", row)]
    assert len(messages) > 40
    for message in messages:
        for part in re.split("…|3.11 to 3.14", message):
            assert part.strip() in texts, f"{message}: no such message"


def test_the_page_of_functions_names_all_packages_and_course_modules():
    page = read("docs/reference/functions.md")
    for name in (*(f"{room}/__init__.py" for room in ORDER), *(f"{module}.py" for module in COURSE)):
        assert f"(../../lib/{name})" in page


def settings_of_the_lecture():
    """Return the numbers in texts on the experiments of the lecture, from the code that has these settings."""
    made = {name: one.default for name, one in signature(expression).parameters.items() if one.default is not one.empty}
    points = [len(half) for half in tilted_plane()]
    table = [made["genes"], made["trained"], made["samples"] - made["trained"], made["programs"]]
    networks = [*DEPTHS, OBJECTS, WIDTH, *DEEP]
    digits = [UNITS, Belief().updates, PRINTED_DIGITS, f"{100 * PRINTED_ACCURACY:.1f}"]
    return set(map(str, [*points, *table, *networks, *digits, 0.01]))  # the rate of Adam, which has no name


def test_report_sources_hold_no_literal_result():
    """Digits occur only in formulas, in layout, and in definitions that the method or the lecture fixes."""
    lecture = settings_of_the_lecture()
    fixed = {"95", "10", "0.1", "0.9", "255", "3", "1", "2", "0", "6", "0.4"}
    for path in sorted((ROOT / "report").rglob("*.tex")):
        text = re.sub(r"%.*", "", path.read_text(encoding="utf-8").replace(r"\%", "").replace("{,}", "."))
        text = re.sub(
            r"\\(documentclass|pdfvariable|usepackage|setlength|includegraphics|inputfigure|sbox|fontsize|captionsetup|renewcommand|sisetup|input|inputtable|cite[pt]?)[^\n]*",
            "",
            text,
        )
        text = re.sub(r"\\(label|ref)\{[^}]*\}", "", text)
        text = re.sub(r"\\frac\d+", "", text)
        known = fixed
        if path.parent.name == "lecture":  # its formulas have the numbers of the lecture, in brackets
            text, known = re.sub(r"\\tag\{[^}]*\}|\(1[89]\.\d+\)|\(\D+1[89]\)", "", text), fixed | lecture
        found = set(re.findall(r"\d+(?:\.\d+)?", text))
        assert found <= known, f"{path.name} holds {sorted(found - known)}"


def test_every_row_on_numbers_that_go_wrong_names_its_test():
    rows = re.findall(r"^\| (?!case|---)(.*) \|$", read("docs/explanation/numbers.md"), re.MULTILINE)
    assert len(rows) > 30
    for row in rows:
        *_, last = row.split(" | ")
        file, name = re.fullmatch(r"`([\w/]+\.py)::(test_\w+)`", last).groups()
        assert f"\ndef {name}(" in read(f"tests/unit/{file}"), row


def test_the_page_of_layers_agrees_with_the_code():
    page = read("docs/reference/layers.md")
    rows = {
        cells[0].strip(" `"): cells for cells in (line.split("|")[1:] for line in page.splitlines()) if len(cells) > 4
    }
    assert set(LAYERS) <= set(rows)
    for word, layer in LAYERS.items():
        options = dict(re.findall(r"`(\w+)(?:: ([\w.]+))?`", rows[word][2]))
        inherited = [item.name for item in fields(LAYERS["convolution"])] if "the same" in rows[word][2] else []
        own = [item for item in fields(layer)[1:] if item.name not in inherited]
        assert list(options) == [item.name for item in own], word
        for item in own:
            assert options[item.name] == default_of(item), f"{word}: {item.name}"
    assert set(ACTIVATIONS) == set(re.findall(r"`(\w+)`", next(line for line in page.splitlines() if "`elu`" in line)))


def default_of(item):
    """The default of an option as YAML, empty if it has none."""
    if item.default is MISSING:
        return ""
    value = item.default[0] if isinstance(item.default, tuple) else item.default
    return yaml.safe_dump(int(value) if value == 0 and not isinstance(value, bool) else value).split("\n")[0]


def test_descriptions_of_the_page_of_layers_are_valid():
    read_autoencoder(**yaml.safe_load(blocks("docs/reference/layers.md", "encoder:")[0]), input_shape=(3, 32, 32))
    found = [yaml.safe_load(block) for block in blocks("docs/reference/layers.md", "- ")]
    assert len(found) == 4
    for steps in found:
        description(steps, (16, 28, 28), names={"classes": 10})


def test_every_kind_of_figure_in_the_html_report_has_a_caption():
    listing = read("workflow/rules/listing.smk")
    kinds = re.findall(r'^    "(\w+)": _\(', listing.split("KINDS = {")[1].split("\n}")[0], re.MULTILINE)
    assert "training" in kinds
    assert {f"{kind}.rst" for kind in kinds} <= {path.name for path in (ROOT / "workflow/report/figures").iterdir()}
