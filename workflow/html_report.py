"""Write Snakemake's HTML report of a study, results/<study>/report.zip, unless it is newer than all that it shows.

    python workflow/html_report.py config/smoke.yaml

It is called after a run, whether or not all jobs succeeded: the report needs no LaTeX.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parents[1]))

from lib.base.checksums import checksums_of, keep
from lib.base.errors import StudyError
from lib.base.system_faults import full_disk, no_space, sentence_of
from lib.base.unfinished import unfinished
from lib.pages.overview import with_existing_links
from lib.pages.report_page import adapt
from lib.study.configuration_files import study_of
from lib.words import language
from lib.words.language import _

ROOT = Path(__file__).parents[1]
# A job that fails again leaves a new log; the report shows no overview, and no checksums.
ASIDE = {"logs", "benchmarks", "index.html", ".checksums"}
MISSING = re.compile(r"File (\S+) marked for report but does not exist")


def folder_of(configfile: str) -> Path | None:
    """Return the folder of the results of the study that a file describes, None if there is none.

    Raises StudyError for a file that must not be given to Snakemake.
    """
    folder = Path("results", study_of(configfile))
    try:
        return folder if folder.is_dir() else None
    except OSError:  # no folder can have that name
        return None


def shown(folder: Path) -> Iterator[Path]:
    """Yield the files that the report of a study depends on: results, workflow, captions and translations."""
    for entry in folder.iterdir():
        if entry.name not in ASIDE | {"report.zip"}:
            yield from (path for path in (entry.rglob("*") if entry.is_dir() else [entry]) if path.is_file())
    yield from (ROOT / "Snakefile", *(ROOT / "lib" / "words").glob("*.py"), *(ROOT / "report").glob("*.po"))
    for name in ("rules", "scripts", "report"):
        yield from (path for path in (ROOT / "workflow" / name).rglob("*") if path.is_file())


def use_language_of(folder: Path) -> None:
    """Use the language of the report of a study, whose results are in a folder."""
    config = yaml.safe_load((folder / "configuration.yaml").read_text(encoding="utf-8"))
    if (code := config["report"]["language"]) != language.SOURCE:
        language.use(ROOT / "report" / f"{code}.po")


def write(configfile: str, archive: Path) -> None:
    """Let Snakemake write the report. It gets its name only once it is complete."""
    with unfinished(archive.parent) as folder:
        made = Path(folder, archive.name)  # the folder inside the archive is named like the archive
        command = [sys.executable, "-m", "snakemake", "--configfile", configfile, "--report", str(made)]
        process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if process.returncode == 0:
            adapt(made)
            keep(checksums_of(made), archive)
            made.replace(archive)
            use_language_of(archive.parent)
            about = _("every figure and table, with captions; unpack it")
            print(f"  {archive}  {about}")
        elif full_disk([str(folder)]):
            sys.exit(f"error: {no_space(str(archive))}")
        elif missing := MISSING.search(process.stdout):
            sys.exit(f"error: {archive}: not written, for {missing[1]} is missing")
        else:
            said = [line for line in process.stdout.splitlines() if line.startswith("error: ")]
            text = "\n".join(said) or process.stdout
            sys.exit(f"{text}\nerror: {archive}: not written, see Snakemake's message above")


def complete(overview: Path) -> None:
    """Show the links of the overview to results that did not exist when it was written, such as the report."""
    if overview.is_file():
        page = overview.read_text(encoding="utf-8")
        if (shown_all := with_existing_links(page, overview.parent)) != page:
            with unfinished(overview.parent) as folder:
                made = folder / overview.name
                made.write_text(shown_all, encoding="utf-8")
                keep(checksums_of(made), overview)
                made.replace(overview)


def main() -> None:
    (configfile,) = sys.argv[1:]
    try:
        folder = folder_of(configfile)
    except StudyError as error:
        sys.exit(f"error: {error}")
    if folder is None:
        sys.exit()  # the run ended before its first result, with a message
    archive = folder / "report.zip"
    last = archive.stat().st_mtime if archive.is_file() else 0.0
    try:
        if any(path.stat().st_mtime > last for path in shown(archive.parent)):
            write(configfile, archive)
    finally:
        complete(folder / "index.html")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"error: {sentence_of(error) or error}")
