"""Tell where configuration files are no valid YAML, which Snakemake does not: check_yaml.py FILE..."""

import sys
from pathlib import Path

import yaml


def fault(file: str) -> str | None:
    """One sentence for the first fault of a file, None if it is a mapping in valid YAML."""
    try:
        contents = yaml.safe_load(Path(file).read_bytes())
    except OSError as error:
        return f"{file}: cannot be read ({error.strerror}), expected a configuration file"
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1}: {error.problem})" if mark else ""
        return f"{file}: not valid YAML{where}, expected keys and values as in config/config.yaml"
    if not isinstance(contents, dict):
        return f"{file}: holds no keys and values, expected some as in config/config.yaml"
    return None


if __name__ == "__main__":
    faults = [f"error: {found}" for file in sys.argv[1:] if (found := fault(file))]
    if faults:
        sys.exit("\n".join(faults))
