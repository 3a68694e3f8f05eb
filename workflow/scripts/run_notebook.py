"""Run the notebook on the results of a study and store it with its outputs."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from pathlib import Path

import nbformat

import lib
from lib.base.outputs import job_files
from lib.hand_in.notebook import execute, for_study, translated, with_parameters
from lib.words.language import use


def main(source: str, study: str, answers_tasks: bool, target: str) -> None:
    whole = for_study(nbformat.read(source, as_version=4), answers_tasks)
    notebook = with_parameters(translated(whole), {"study": study})
    done = execute(notebook, Path(source).name, path=Path(lib.__file__).parents[1])
    nbformat.validate(done)
    nbformat.write(done, target)


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    main(files.notebook, snakemake.params.study, snakemake.params.answers_tasks, output.notebook)
