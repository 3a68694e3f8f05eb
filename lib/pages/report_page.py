"""Changes to the page of Snakemake's HTML report: results first, a readable rule graph, text that stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

# Snakemake writes names and parameters into the scripts of the page unescaped: </script> in one would end them.
_DATA = re.compile(r"^ *var (?:workflow_desc|results|categories|rules|metadata|\w+_spec) = .*$", re.MULTILINE)
_ENDING = re.compile(r"<(?=/script|!--)", re.IGNORECASE)
_GRAPH = re.compile(r"(?<=var rulegraph_spec = )\{.*\}(?=;?$)", re.MULTILINE)
_LINE = 24  # pixels between two rules of the graph

# The page opens with its description instead of the rule graph, and its menu begins with the results.
_OPENING = ('this.content = "rulegraph";', 'this.content = "metadata";')
_MENU = re.compile(
    r"(?P<general>this\.getHeading\(\),(?:\s*this\.getMenuItem\([^\n]*\),)+)(?P<space>\s*)"
    r"(?P<results>this\.getCategoryMenumitems\(\))"
)

Edge = tuple[str, str]


def adapt(archive: Path) -> None:
    """Change the page in the archive of a report, a zip file."""
    with ZipFile(archive) as found:
        contents = {name: found.read(name) for name in found.namelist()}
    name = f"{archive.stem}/report.html"  # Snakemake names the folder inside like the archive
    page = adapted(contents[name].decode("utf-8"))
    with ZipFile(archive, "w", ZIP_DEFLATED) as changed:
        for path, content in (contents | {name: page.encode("utf-8")}).items():
            changed.writestr(path, content)


def adapted(page: str) -> str:
    """Return the page of the report with all changes; those that do not fit Snakemake's version of it are left out."""
    page = page.replace(*_OPENING)
    page = _MENU.sub(r"\g<results>,\g<space>\g<general>", page)
    page = _GRAPH.sub(lambda found: json.dumps(readable(json.loads(found[0]))), page)
    return _DATA.sub(lambda line: _ENDING.sub(r"\\u003c", line[0]), page)


def readable(graph: Mapping[str, Any]) -> dict[str, Any]:
    """Return a specification of the rule graph with one node per rule and only those links that others do not imply.

    graph: in the language of Vega, with the data sets node-data, link-data and link-data-direct.
    """
    data = {entry["name"]: entry["values"] for entry in graph["data"]}
    rules = [node["rule"] for node in data["node-data"]]
    last = {rule: place for place, rule in enumerate(rules)}  # after all rules whose output it may need
    order = sorted(last, key=last.__getitem__)
    links = (*data["link-data"], *data["link-data-direct"])
    edges = necessary({(link["sourcerule"], link["targetrule"]) for link in links})
    neighbours = set(pairwise(order))
    place = {rule: number for number, rule in enumerate(order)}

    def linked(chosen: Iterable[Edge]) -> list[dict[str, Any]]:
        return [
            {"source": place[source], "target": place[target], "sourcerule": source, "targetrule": target, "value": 1}
            for source, target in sorted(chosen, key=lambda edge: (place[edge[0]], place[edge[1]]))
        ]

    values = {
        "node-data": [{"rule": rule, "fx": 10, "fy": _LINE * number} for rule, number in place.items()],
        "link-data": linked(edges - neighbours),
        "link-data-direct": linked(edges & neighbours),
    }
    return {**graph, "data": [{**entry, "values": values[entry["name"]]} for entry in graph["data"]]}


def necessary(edges: set[Edge]) -> set[Edge]:
    """Return the edges of an acyclic graph without those that a longer path replaces; an edge to itself is left out."""
    followers: dict[str, set[str]] = {}
    for source, target in edges:
        if source != target:
            followers.setdefault(source, set()).add(target)

    def reachable(start: str, found: set[str]) -> set[str]:
        for following in followers.get(start, set()) - found:
            found.add(following)
            reachable(following, found)
        return found

    beyond = {rule: reachable(rule, set()) for rule in followers}
    return {
        (source, target)
        for source, targets in followers.items()
        for target in targets
        if not any(target in beyond.get(other, set()) for other in targets - {target})
    }
