"""Download the official archive of a data set."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

from lib.datasets.origin.download import fetch


def main(download: dict[str, str | int], archive: str) -> None:
    fetch(download["url"], archive, download["md5"], download["size"])


main(snakemake.params.download, snakemake.output.archive)
