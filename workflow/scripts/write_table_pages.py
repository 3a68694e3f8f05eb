"""Write a page for every table, on which its rows can be sorted and searched."""

from lib.jobs import log_to

log_to(snakemake.log[0])

from pathlib import Path

import pandas as pd
import yaml

from lib.page import render, table_data
from lib.words import in_language

TEXT = {"fold": str, "file": str, "sha256": str, "value": str}  # columns whose digits are no numbers


def main(tables: list[str], words: str, template: str, about: dict, pages: list[str]) -> None:
    spoken = in_language(yaml.safe_load(Path(words).read_text(encoding="utf-8")), about["language"])["table"]
    for table, page in zip(map(Path, tables), pages, strict=True):
        contents = table_data(pd.read_csv(table, dtype=TEXT)) | {"words": spoken, "language": about["language"]}
        text = render(template, title=table.stem.replace("_", " "), data=contents, words=spoken, **about)
        Path(page).write_text(text, encoding="utf-8")


main(
    list(snakemake.input.tables),
    snakemake.input.words,
    snakemake.input.template,
    snakemake.params.about,
    list(snakemake.output.pages),
)
