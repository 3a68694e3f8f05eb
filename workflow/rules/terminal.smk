"""What the terminal shows of a run: progress, time left and the main result. workflow/terminal/ has the logger plugin."""

import sys
from pathlib import Path

sys.path.append(str(Path(workflow.current_basedir).parent / "terminal"))

from snakemake_logger_plugin_study import attach

attach(workflow)
