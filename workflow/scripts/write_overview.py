"""Write the page that leads to all results of a study."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

from base64 import b64encode
from pathlib import Path

from lib.base.outputs import job_files
from lib.pages.overview import Link, headlines, main_links, with_existing_links
from lib.pages.page import render
from lib.words.language import use


def main(files: dict, about: dict, groups: dict[str, dict], folder: Path, page: str) -> None:
    lists = {
        kind: {title: [Link(*entry) for entry in entries] for title, entries in group.items()}
        for kind, group in groups.items()
    }
    text = render(
        files["template"],
        picture=b64encode(Path(files["picture"]).read_bytes()).decode(),
        headlines=headlines(read_json(files["sentences"])),
        links=main_links(about["hand_in"]),
        **lists,
        **about,
    )
    Path(page).write_text(with_existing_links(text, folder), encoding="utf-8")


use(*snakemake.input.catalogue)
with job_files(snakemake) as (files, output):
    main(
        dict(files.items()),
        snakemake.params.about,
        snakemake.params.groups,
        Path(snakemake.output.page).parent,
        output.page,
    )
