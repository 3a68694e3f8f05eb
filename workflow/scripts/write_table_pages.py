"""Write one page per table, which sorts and searches its rows, explains its columns and leads to the others."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from base64 import b64encode
from pathlib import Path

from lib.base.outputs import job_files
from lib.base.table_files import read_table
from lib.pages.page import caption, render, table_data
from lib.words.language import code, use
from lib.words.names import table_titles


def main(files: dict, about: dict, pictures: dict[str, str], pages: list[str]) -> None:
    titles = table_titles()
    for table, text, page in zip(map(Path, files["tables"]), files["captions"], pages, strict=True):
        name = table.stem
        picture = b64encode(Path(files[pictures[name]]).read_bytes()).decode() if name in pictures else ""
        contents = {
            "name": name,
            "title": titles[name],
            "caption": caption(text),
            "picture": picture,
            "pages": {other.stem: titles[other.stem] for other in map(Path, pages)},
            "data": table_data(name, read_table(table)) | {"language": code()},
        }
        Path(page).write_text(render(files["template"], **contents, **about), encoding="utf-8")


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    main(dict(files.items()), snakemake.params.about, {"confusion": "confusion"}, list(output.pages))
