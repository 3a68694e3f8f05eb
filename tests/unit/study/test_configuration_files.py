"""A faulty configuration file is refused in one sentence, before Snakemake reads it and runs its code."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from snakemake.common.configfile import load_configfile
from snakemake_interface_common.exceptions import WorkflowError
from yte.exceptions import YteError

from lib.base.errors import StudyError
from lib.study.configuration_files import LARGEST, MOST_VALUES, read, study_of

ROOT = Path(__file__).parents[3]
RUN = 'open("ran", "w").close()'  # what a hostile file would have done


def sentence(path):
    with pytest.raises(StudyError) as caught:
        read(path)
    (text,) = caught.value.sentences
    assert "\n" not in text
    assert len(text) < 500
    return text


@pytest.mark.parametrize("study", sorted((ROOT / "config").glob("*.yaml")))
def test_files_of_the_project_are_read_as_plain_yaml(study):
    assert read(study) == yaml.safe_load(study.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xef\xbb\xbfstudy: a\r\nseed: 1\r\n", {"study": "a", "seed": 1}),
        (b'{"study": "a", "x": 3e-4, "y": "\\ud83d\\ude00"}', {"study": "a", "x": 3e-4, "y": "\U0001f600"}),
        (b"a: &x {k: 1}\nb: {<<: *x, l: [*x, *x]}\n", {"a": {"k": 1}, "b": {"k": 1, "l": [{"k": 1}, {"k": 1}]}}),
        (b"a: '010'\nb: \"2020-01-01\"\n'on': off\n5: 0\n", {"a": "010", "b": "2020-01-01", "on": False, 5: 0}),
        (b"a: -0.5\nb: 0\nc: 1_000\nd: 0x1F\ne: 'a ? b'\n", {"a": -0.5, "b": 0, "c": 1000, "d": 31, "e": "a ? b"}),
    ],
)
def test_unambiguous_files_are_read(tmp_path, content, expected):
    (tmp_path / "a.yaml").write_bytes(content)
    assert read(tmp_path / "a.yaml") == expected


HOSTILE = [
    f"study: a\n__use_yte__: true\nseed: '?{RUN}'\n",
    f"__use_yte__: true\n__definitions__:\n  - '{RUN}'\nstudy: a\n",
    f"__use_yte__: true\nstudy: a\n__variables__: {{x: '?{RUN}'}}\n",
    f"__use_yte__: true\nstudy: a\ncrops:\n  '?if {RUN}':\n    train: 3\n",
    f"study: a\nbase: &base\n  __use_yte__: true\n<<: *base\nfolds: [['?{RUN}']]\n",
    f"study: a\n\"__use\\u005fyte__\": 1\nseed: '?{RUN}'\n",
    f"study: a\n!!str __use_yte__: 1\nexperiments: {{x: {{'?for i in [{RUN}]': 1}}}}\n",
    f"{{study: a, __use_yte__: 'no', seed: {{'?{RUN}': 1}}}}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_file_that_snakemake_would_run_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(text)
    assert "would make Snakemake run Python (yte)" in sentence("a.yaml")
    assert not Path("ran").exists()
    with suppress(WorkflowError, YteError):
        load_configfile("a.yaml")
    assert Path("ran").exists(), "Snakemake runs it"


@pytest.mark.parametrize("text", ['{"study": "a", "__use_yte__": true}', "study: a\nreport: {title: '?'}\n"])
def test_a_file_that_only_looks_like_python_is_refused(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)
    assert "would make Snakemake run Python (yte)" in sentence(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    "command", [["workflow/check_yaml.py"], ["workflow/html_report.py"], ["workflow/plan/plan.py", "--configfile"]]
)
def test_no_command_of_make_runs_a_file(tmp_path, command):
    (tmp_path / "a.yaml").write_text(HOSTILE[0])
    script, *rest = command
    process = subprocess.run(
        [sys.executable, str(ROOT / script), *rest, "a.yaml"], cwd=tmp_path, capture_output=True, text=True
    )
    assert process.returncode == 1
    assert process.stderr.startswith("error: a.yaml: ")
    assert process.stderr.count("\n") == 1
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("study: a\n".encode("utf-16"), "is text in UTF-16, expected UTF-8"),
        ("study: a\n".encode("utf-32"), "is text in UTF-32, expected UTF-8"),
        ("study: a\n".encode("utf-16-be"), "line 1 holds a NUL byte"),
        (b"study: a\nseed: \0\n", "line 2 holds a NUL byte"),
        ("study: a\nreport: {title: café}\n".encode("latin-1"), "line 2 holds the byte 0xe9, which is not UTF-8"),
        (b"study: a\n\x07\n", "line 2 holds the control character U+0007"),
        (b"study: a # \x1b[31m\n", "line 1 holds the control character U+001B"),
        (b"study: a\n" + b"#" * LARGEST, f"bytes, expected a configuration of at most {LARGEST}"),
        (b"x: &x [*x]\n", "line 1, column 4: an alias contains itself"),
        (b"x: &x {a: {b: *x}}\n", "an alias contains itself"),
        (b"seed: " + b"1" * 5000, "line 1, column 7: a number of 5000 characters"),
        (b'{"seed": ' + b"1" * 5000 + b"}", "a number of 5000 characters"),
        (b"a: " + b"[" * 400 + b"]" * 400, "nested too deeply"),
        (b'{"a":' * 2000, "nested too deeply"),
        (b"a: " + b"[" * 60 + b"]" * 60, "nested too deeply"),
        (b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}", "nested too deeply"),
        (b"study: a\nseed: 010\n", "line 2, column 7: YAML reads 010 as an octal number"),
        (b"md5: 0019\n", "YAML reads 0019 as text; write it without leading zeros"),
        (b"a: [1, 1:30]\n", "line 1, column 8: YAML reads 1:30 as a number to base 60"),
        (b"a: 2020-01-01\n", "YAML reads 2020-01-01 as a date; put it in quotes"),
        (b"on: 1\n", "YAML reads the key on as true or false; put it in quotes"),
        (b"a: {No: 1}\n", "YAML reads the key No as true or false; put it in quotes"),
        (b"~: 1\n", "YAML reads the key ~ as nothing; put it in quotes"),
        (b"? [a, b]\n: 1\n", "a key that is a list or mapping"),
        (b"a: !!python/name:os.system\n", "the tag !!python/name:os.system, expected text, numbers"),
        (b"a: !!python/object/apply:os.system [ls]\n", "the tag !!python/object/apply:os.system"),
        (b"a: !!binary aGk=\n", "the tag !!binary"),
        (b"a: !!set {b, c}\n", "the tag !!set"),
        (b"a: !mine 5\n", "the tag !mine"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "the key c occurs twice"),
        (b"a: 1\n'a': 2\n", "line 2, column 1: the key a occurs twice"),
        (b"--- {a: 1}\n--- {a: 2}\n", "not valid YAML (line 2, column 1: but found another document"),
        (b"", "holds no keys and values"),
        (b"[1]", "holds no keys and values"),
    ],
)
def test_the_sentence_names_the_place_and_the_fault(tmp_path, content, expected):
    (tmp_path / "a.yaml").write_bytes(content)
    assert expected in sentence(tmp_path / "a.yaml")


def test_aliases_that_expand_to_too_many_values_are_refused(tmp_path):
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    (tmp_path / "a.yaml").write_text("\n".join(lines))
    assert sentence(tmp_path / "a.yaml").endswith(f"values, expected at most {MOST_VALUES}")


def test_a_path_that_is_not_a_readable_file_is_refused(tmp_path):
    assert sentence(tmp_path).endswith("is a folder, expected a configuration file")
    assert "is a device or pipe" in sentence("/dev/zero")
    assert "cannot be read (No such file or directory)" in sentence(tmp_path / "none.yaml")
    assert "(5000 characters): cannot be read (File name too long)" in sentence("a" * 5000)
    assert "holds a NUL character" in sentence("a\0b")


def test_the_name_of_the_study_is_read(tmp_path):
    (tmp_path / "a.yaml").write_text("study: mine\n")
    assert study_of(tmp_path / "a.yaml") == "mine"
    (tmp_path / "a.yaml").write_text("seed: 1\n")
    with pytest.raises(StudyError, match="has no key study"):
        study_of(tmp_path / "a.yaml")


@pytest.mark.parametrize("name", ["f" * 300, "never/run", "a\\u0000b", 5])
def test_a_study_without_results_has_no_page(tmp_path, name):
    """Snakemake has refused such names before, so the command stays silent."""
    shown = name if isinstance(name, int) else f'"{name}"'
    (tmp_path / "a.yaml").write_text(f'{{"study": {shown}}}')
    command = [sys.executable, str(ROOT / "workflow" / "html_report.py"), "a.yaml"]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
