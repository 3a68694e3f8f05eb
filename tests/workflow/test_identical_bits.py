"""The same study gives the same bytes on any number of cores."""

import io
import json
import shutil

import pandas as pd

from tests.workflow.conftest import LEFT_BEHIND, ROOT, Project

COMPUTED = ("dataset", "patches", "gradient_check", "models", "features", "predictions", "tables")
NOT_COMPARED = ("costs.csv", "configuration.csv")  # measured times; the configuration itself


def without_the_clock(name, content):
    """Content of a file without measured seconds."""
    if name.endswith(".csv"):
        table = pd.read_csv(io.BytesIO(content), dtype=str)
        for column in {"measure", "against"} & set(table):
            table = table[~table[column].str.contains("seconds")]
        return table.drop(columns=[column for column in table if "seconds" in column]).to_csv()
    if name.endswith(".json"):
        known = json.loads(content)
        entries = known if isinstance(known, list) else [known]
        return [
            {key: value for key, value in entry.items() if key != "seconds"} if isinstance(entry, dict) else entry
            for entry in entries
        ]
    return content


def test_results_do_not_depend_on_the_number_of_cores(finished, tmp_path):
    shutil.copytree(ROOT, tmp_path / "project", ignore=LEFT_BEHIND)
    project = Project(tmp_path / "project")
    shutil.copy(finished.folder / "config" / "tiny.yaml", project.folder / "config")
    project.snakemake("tables", "--cores", "1")
    results = [
        {
            name: without_the_clock(name, content)
            for name, content in study.results().items()
            if name.split("/")[0] in COMPUTED and name.split("/")[-1] not in NOT_COMPARED
        }
        for study in (finished, project)
    ]
    assert {name.split("/")[0] for name in results[0]} == set(COMPUTED)
    assert results[0].keys() == results[1].keys()
    assert [name for name in results[0] if results[0][name] != results[1][name]] == []
