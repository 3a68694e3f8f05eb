"""The jobs of a study, before or after anything was computed."""

from collections.abc import Sequence
from typing import Any

from dry_run import ROOT
from snakemake.utils import update_config

from lib.study.configuration_files import read
from lib.study.experiments import expand
from lib.study.inheritance import extended
from lib.study.schema import read_schema
from lib.study.study import Study
from lib.study.validation import checked


def read_study(configfiles: Sequence[str]) -> tuple[Study, dict[str, Any]]:
    """Return the jobs and the configuration of a study, merged as Snakemake does it. Raises StudyError for faults."""
    changes: dict[str, Any] = {}
    for file in configfiles:
        update_config(changes, read(file))
    schema = read_schema(ROOT / "config" / "schema.yaml")
    default = read(ROOT / "config" / "config.yaml")
    config = checked(extended(changes, ROOT, default), schema, default)
    return expand(config), config
