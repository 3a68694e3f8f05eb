"""The notebook shows what the report shows and computes a small study; the archive to hand in is self-contained."""

import base64
import importlib.metadata
import re
import subprocess
import textwrap
import venv
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
from packaging.requirements import Requirement
from PIL import Image

from lib.base.jobs import read_json
from lib.hand_in.latex_html import html
from lib.hand_in.notebook import execute, for_study, with_parameters
from tests.workflow.conftest import ROOT, TINY

MODULES = ("sample_patches", "gradient", "autoencoder", "display_layer")
NEEDED = ("numpy", "scipy", "matplotlib", "Pillow")  # by the four modules, at most


@pytest.fixture(scope="module")
def notebook(finished):
    """The notebook of the finished study with its outputs."""
    return nbformat.read(finished.folder / "results" / "tiny" / "notebook.ipynb", as_version=4)


@pytest.fixture(scope="module")
def archive(finished):
    return finished.folder / "results" / "tiny" / "hand-in.zip"


def shown(notebook, kind, cell=None):
    """Outputs of a kind, of all cells or of one."""
    return [
        output["data"][kind]
        for one in notebook.cells
        if cell in (None, one.id)
        for output in one.get("outputs", ())
        if kind in output.get("data", {})
    ]


def test_all_cells_ran_in_order_without_warnings(notebook):
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert {output.output_type for cell in code for output in cell.outputs} == {"display_data"}


def test_every_table_of_the_report_is_shown(notebook, finished):
    tables = sorted((finished.folder / "results" / "tiny" / "report" / "tables").glob("*.tex"))
    assert len(tables) > 5
    found = shown(notebook, "text/html")
    for path in tables:
        assert html(path.read_text(encoding="utf-8")) in found, f"{path.name} is not shown"


def test_every_figure_of_the_report_is_drawn_identically(notebook, finished):
    folder = finished.folder / "results" / "tiny" / "figures"
    figures = [path for path in sorted(folder.rglob("*.png")) if path.parent.name != "filters"]
    assert len(figures) > 3
    found = [base64.b64decode(picture) for picture in shown(notebook, "image/png")]
    for path in figures:
        assert path.read_bytes() in found, f"{path.relative_to(folder)} is not drawn"


def test_every_task_has_its_answer_and_its_experiments(notebook, finished):
    (headings,) = (text for text in shown(notebook, "text/markdown") if text.startswith("### Are the features"))
    assert "better than the features of simpler learners" in headings
    answers = read_json(finished.folder / "results" / "tiny" / "report" / "sentences.json")
    found = " ".join(shown(notebook, "text/html"))
    assert [answer["number"] for answer in answers] == list(range(1, 13))
    for answer in answers:
        assert found.count(answer["answer"]) >= 2, f"task {answer['number']} is answered in the list and in its section"


def test_every_task_is_computed_from_raw_images(notebook):
    names = {
        "small-features": ["pixels", "stride 8", "stride 16", "stride 24"],
        "small-depth": ["25 units", *(f"20-10-20 units, layer {layer}" for layer in (1, 2, 3))],
        "small-sizes": ["100 patches", "300 patches", "1000 patches"],
        "small-relu": ["sigmoid", "ReLU"],
    }
    for place, expected in names.items():
        (table,) = shown(notebook, "text/html", place)
        rows = [re.findall(r"<td>(.*?)</td>", row) for row in table.split("<tr>")[1:]]
        assert [row[0] for row in rows] == expected
        for row in rows:
            assert all(0 <= float(cell.split(" ± ")[0]) <= 100 for cell in row[2:])
    errors = re.findall(r"\d\.\de-\d\d", "".join(shown(notebook, "text/html", "small-check")))
    assert len(errors) == 2
    before, after = shown(notebook, "image/png", "small-filters")
    assert before != after
    assert len(shown(notebook, "image/png", "small-sweeps")) == 1


def test_the_notebook_finds_code_and_results_from_its_own_folder(notebook, finished):
    folder = finished.folder / "workflow" / "notebooks"
    whole = for_study(nbformat.read(folder / "study.ipynb", as_version=4), answers_tasks=True)
    source = with_parameters(whole, {"study": "tiny"})
    source.cells = source.cells[: 1 + [cell.id for cell in source.cells].index("overview")]
    done = execute(source, "study.ipynb", folder, path=folder)
    assert done.cells == notebook.cells[: len(done.cells)]


def test_without_results_the_notebook_names_the_missing_file(finished, tmp_path):
    source = nbformat.read(finished.folder / "workflow" / "notebooks" / "study.ipynb", as_version=4)
    with pytest.raises(Exception, match=r"FileNotFoundError: results/photographs/study.json: not found here or above"):
        execute(source, "study.ipynb", tmp_path)


def test_the_notebook_needs_no_report(project):
    output = project.snakemake("results/tiny/notebook.ipynb", "--dry-run", "--forceall")
    assert "rule run_notebook" in output
    assert "typeset_report" not in output, "the notebook needs no LaTeX"


def test_a_failing_cell_ends_the_job_with_an_error_message(project):
    project.edit("workflow/notebooks/study.ipynb", "results = places[0]", "results = places[100]")
    output = project.snakemake("results/tiny/notebook.ipynb", check=False)
    assert project.status != 0
    assert re.search(
        r"study.ipynb: cell \d+ \(places\) ends with IndexError: list index out of range, expected", output
    )
    log = (project.folder / "results/tiny/logs/run_notebook.log").read_text()
    assert "results = places[100]" in log


def test_the_notebook_of_the_archive_runs_in_the_unpacked_folder(notebook, archive, tmp_path):
    with ZipFile(archive) as packed:
        packed.extractall(tmp_path)
    source = nbformat.read(tmp_path / "notebook.ipynb", as_version=4)
    assert source == notebook
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    readme = (tmp_path / "README.txt").read_text(encoding="utf-8")
    assert readme.startswith(TINY["report"]["title"])
    assert "$" not in readme.replace(TINY["report"]["title"], "")
    for place in re.findall(r"^(\S+\.\w+|\S+/) {2,}\S", readme, re.MULTILINE):
        assert (tmp_path / place).exists(), f"README.txt names {place}"
    assert execute(source, "notebook.ipynb", tmp_path, path=tmp_path) == notebook


def distributions(names):
    """Installed distributions of these names and of all that they require."""
    found, waiting = {}, list(names)
    while waiting:
        distribution = importlib.metadata.distribution(waiting.pop())
        if distribution.name not in found:
            found[distribution.name] = distribution
            needed = map(Requirement, distribution.requires or ())
            waiting += [one.name for one in needed if not one.marker or one.marker.evaluate({"extra": ""})]
    return found


@pytest.fixture
def bare(tmp_path):
    """Python of an environment that has only the packages that the four modules may import."""
    folder = tmp_path / "bare"
    venv.EnvBuilder(symlinks=True).create(folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    for distribution in distributions(NEEDED).values():
        for name in {Path(file).parts[0] for file in distribution.files} - {"..", "__pycache__"}:
            if not (packages / name).exists():  # two distributions may share a folder
                (packages / name).symlink_to(distribution.locate_file(name))
    return folder / "bin" / "python"


USE = """
import importlib.util

import numpy as np
import scipy.optimize
from PIL import Image

from autoencoder import autoencoder_loss, autoencoder_transform, initialize, unpack
from display_layer import display_layer
from gradient import check_gradient, compute_gradient, relative_error
from sample_patches import normalize_data, sample_patches, sample_patches_raw

for absent in ("pandas", "sklearn", "snakemake", "lib"):
    assert importlib.util.find_spec(absent) is None, absent

images = np.load("results/tiny/sample.npz")["unlabeled"]
raw = sample_patches_raw(images, 300, 8, rng=0)
assert (raw.shape, raw.dtype) == ((300, 192), np.uint8)
assert np.array_equal(sample_patches(images, 300, 8, rng=0), normalize_data(raw))
assert max(check_gradient().values()) < 1e-7

patches = sample_patches(images, 300, 8, rng=0, centre="patch")
assert patches.min() >= 0.1 and patches.max() <= 0.9
few = patches[:20, :12]
theta = initialize([4], 12, rng=0)
loss = lambda theta: autoencoder_loss(theta, 12, [4], 1e-4, 0.05, 3, few)
assert relative_error(compute_gradient(loss, theta), loss(theta)[1]) < 1e-7

start = initialize([10], 192, rng=0)
arguments = (192, [10], 1e-4, 0.05, 3, patches)
found = scipy.optimize.minimize(
    autoencoder_loss, start, args=arguments, jac=True, method="L-BFGS-B", options={"maxiter": 5}
)
assert found.fun < autoencoder_loss(start, *arguments)[0]
assert autoencoder_transform(found.x, 192, [10], 1, patches).shape == (300, 10)
assert autoencoder_transform(found.x, 192, [10], 2, patches).shape == patches.shape
display_layer(unpack(found.x, 192, [10])[0][0], "layer.png")
print(Image.open("layer.png").size)
"""


def test_the_four_modules_work_in_an_empty_environment(archive, bare, tmp_path):
    folder = tmp_path / "unpacked"
    with ZipFile(archive) as packed:
        packed.extractall(folder, [*(f"{name}.py" for name in MODULES), "results/tiny/sample.npz"])
    (folder / "use.py").write_text(USE)
    environment = {"MPLCONFIGDIR": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([bare, "use.py"], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\(\d+, \d+\)\n", done.stdout)


def test_the_lines_of_the_readme_run_in_the_unpacked_archive(archive, bare, tmp_path):
    folder = tmp_path / "unpacked"
    with ZipFile(archive) as packed:
        packed.extractall(folder)
    readme = (folder / "README.txt").read_text(encoding="utf-8")
    lines = re.search(r"(?:^    .*\n)+", readme[readme.index("    import numpy") :], re.MULTILINE).group()
    assert lines.count("\n") == 10
    (folder / "use.py").write_text(textwrap.dedent(lines))
    environment = {"MPLCONFIGDIR": str(tmp_path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([bare, "use.py"], cwd=folder, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(folder / "layer.png") as layer:
        assert layer.size == (5 * 45 + 5, 5 * 45 + 5), "25 filters of 8x8 pixels, each magnified to 5"


def test_the_archive_holds_unchanged_modules(archive):
    with ZipFile(archive) as packed:
        for name in MODULES:
            assert packed.read(f"{name}.py") == (ROOT / "lib" / f"{name}.py").read_bytes()
        assert not [name for name in packed.namelist() if name.startswith(("/", ".."))]
