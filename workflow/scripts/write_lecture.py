"""Write the chapter of the report on the experiments of the lecture, and its answers."""

from lib.base.jobs import log_to, write_json

log_to(snakemake.log[0], snakemake)

from pathlib import Path

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.hand_in.latex_html import text_html
from lib.report.answers import said
from lib.report.lecture import chapter, parts
from lib.words.language import use


def main(files: dict, output: dict, names: list[str]) -> None:
    results, curves = ([read_table(path) for path in files[kind]] for kind in ("results", "curves"))
    tables = dict(zip(names, zip(results, curves, strict=True), strict=True))
    found = parts(tables)
    Path(output["chapter"]).write_text(chapter(found), encoding="utf-8")
    kind = {"number": None, "leads": False}  # pages show them behind the numbered answers
    answers = [kind | {"question": text_html(one.question), "answer": text_html(said(one.answer))} for one in found]
    write_json(output["answers"], answers)
    write_json(output["questions"], [one.plain() for one in found])


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    main(dict(files.items()), dict(output.items()), snakemake.params.parts)
