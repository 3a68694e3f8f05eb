"""The documentation agrees with the schema, the results and the files."""

import re
from pathlib import Path

from docs.update_example import with_numbers
from docs.update_reference import reference, tables

ROOT = Path(__file__).parents[2]


def test_the_reference_of_the_configuration_agrees_with_the_schema():
    assert (ROOT / "config" / "README.md").read_text(encoding="utf-8") == reference(), "run `make reference`"


def test_the_list_of_columns_agrees_with_what_the_pages_say():
    assert (ROOT / "docs" / "tables.md").read_text(encoding="utf-8") == tables(), "run `make reference`"


def test_numbers_in_the_readme_agree_with_the_example():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_numbers(readme) == readme, "run `make example`"
    assert "edges or colour transitions, compared with" in readme


def test_links_have_targets():
    for name in ("README.md", "CONTRIBUTING.md", "config/README.md"):
        path = ROOT / name
        for target in re.findall(r"\]\(([^)#:]+)\)|src=\"([^\"]+)\"", path.read_text(encoding="utf-8")):
            assert (path.parent / "".join(target)).exists(), f"{name} links to {''.join(target)}"


def test_make_targets_of_the_readme_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("README.md", "CONTRIBUTING.md"):
        assert set(re.findall(r"`make ([a-z-]+)", (ROOT / name).read_text(encoding="utf-8"))) <= targets


def test_report_sources_hold_no_literal_result():
    """Digits occur only in formulas, in layout, and in definitions that the method fixes."""
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
        found = set(re.findall(r"\d+(?:\.\d+)?", text))
        assert found <= fixed, f"{path.name} holds {sorted(found - fixed)}"
