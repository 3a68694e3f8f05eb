"""Pack the report, the notebook, the course modules, and what the notebook needs to run again."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from pathlib import Path
from string import Template

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.hand_in.archive import pack


def main(files: dict, words: dict[str, str], root: str, archive: str) -> None:
    contents: dict[str, str | bytes] = {Path(files[name]).name: files[name] for name in ("report", "notebook")}
    contents |= {Path(module).name: module for module in files["modules"]}
    contents |= {Path(path).relative_to(root).as_posix(): path for path in files["library"] + files["catalogue"]}
    contents |= {path: path for path in files["data"]}
    channels = int(read_table(files["described"])["channels"][0])
    readme = Template(Path(files["readme"]).read_text(encoding="utf-8")).substitute(words, channels=channels)
    pack(contents | {"README.txt": readme.encode()}, archive)


with job_files(snakemake) as (files, output):
    main(
        {
            name: list(paths) if name in ("modules", "library", "catalogue", "data") else paths
            for name, paths in files.items()
        },
        snakemake.params.words,
        snakemake.params.root,
        output.archive,
    )
