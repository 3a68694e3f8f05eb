"""Write every job that Snakemake announces to a file, as one line of JSON. A dry run announces all jobs of a run."""

import json
from dataclasses import dataclass, field
from logging import LogRecord
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

FIELDS = ("rule_name", "wildcards", "input", "output", "benchmark", "threads", "resources", "reason")
RESOURCES = ("mem_mb", "runtime", "gpu")


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    file: Path = field(default=Path("jobs.jsonl"), metadata={"help": "File to write to"})


class LogHandler(LogHandlerBase):
    writes_to_stream = False
    writes_to_file = True
    has_filter = True  # --quiet hides jobs from the terminal, not from this file
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self.baseFilename = str(self.settings.file)  # Snakemake names it at the end

    def emit(self, record: LogRecord) -> None:
        if getattr(record, "event", None) == LogEvent.JOB_INFO:
            with open(self.baseFilename, "a", encoding="utf-8") as file:
                facts = {key: getattr(record, key) for key in FIELDS}
                facts["resources"] = {name: value for name, value in record.resources.items() if name in RESOURCES}
                file.write(json.dumps(facts, default=list) + "\n")
