"""Tell where configuration files are no valid YAML, which Snakemake does not: check_yaml.py FILE..."""

import sys
from pathlib import Path
from typing import Any

import yaml

DEFAULT = Path("config/config.yaml")


class Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, of which YAML would keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def fault(file: str) -> str | None:
    """One sentence for the first fault of a file, None if it is a mapping in valid YAML and names its study."""
    try:
        contents = yaml.load(Path(file).read_bytes(), Loader)  # a SafeLoader
    except OSError as error:
        return f"{file}: cannot be read ({error.strerror}), expected a configuration file"
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1}: {error.problem})" if mark else ""
        return f"{file}: not valid YAML{where}, expected keys and values as in {DEFAULT}"
    if not isinstance(contents, dict):
        return f"{file}: holds no keys and values, expected some as in {DEFAULT}"
    if "study" not in contents:
        return f"{file}: has no key study, expected a name of its own: results lie under it"
    return None


if __name__ == "__main__":
    faults = [f"error: {found}" for file in sys.argv[1:] if (found := fault(file))]
    if faults:
        sys.exit("\n".join(faults))
