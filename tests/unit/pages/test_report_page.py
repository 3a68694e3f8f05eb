"""The page of Snakemake's report shows each rule once, and no link that others imply."""

import json

from lib.pages.report_page import adapted, necessary, readable

LINKS = [
    ("ingest", "classify"),
    ("ingest", "train"),
    ("train", "classify"),
    ("ingest", "tabulate"),
    ("classify", "tabulate"),
]


def graph():
    """A rule graph as Snakemake writes it: classify is there on pixels and, later, on features."""
    rules = ["ingest", "classify", "train", "classify", "tabulate"]
    links = [{"source": 0, "target": 1, "sourcerule": a, "targetrule": b, "value": 1} for a, b in LINKS]
    return {
        "padding": 0,
        "data": [
            {"name": "node-data", "values": [{"rule": rule, "fx": 10, "fy": 50} for rule in rules]},
            {"name": "link-data", "values": links[:3]},
            {"name": "link-data-direct", "values": links[3:]},
        ],
    }


def test_each_rule_has_one_node_below_those_that_it_needs():
    nodes, far, near = (entry["values"] for entry in readable(graph())["data"])
    order = [node["rule"] for node in nodes]
    assert order == ["ingest", "train", "classify", "tabulate"]
    assert sorted(node["fy"] for node in nodes) == [node["fy"] for node in nodes]
    assert far == []
    assert [(link["sourcerule"], link["targetrule"]) for link in near] == [
        ("ingest", "train"),
        ("train", "classify"),
        ("classify", "tabulate"),
    ]
    assert all(order[link["source"]] == link["sourcerule"] for link in near)
    assert all(order[link["target"]] == link["targetrule"] for link in near)


def test_an_edge_is_necessary_unless_a_longer_path_replaces_it():
    assert necessary({("a", "b"), ("b", "c"), ("a", "c"), ("a", "d"), ("c", "c")}) == {
        ("a", "b"),
        ("b", "c"),
        ("a", "d"),
    }


def test_text_of_the_study_cannot_end_a_script():
    page = f"""    var workflow_desc = "Edges </script><!-- x";
    var rulegraph_spec = {json.dumps(graph())};
    var other = "</script>";"""
    changed = adapted(page).splitlines()
    assert changed[0] == r"""    var workflow_desc = "Edges \u003c/script>\u003c!-- x";"""
    assert changed[1].count("classify") == readable_text().count("classify")
    assert changed[2] == '    var other = "</script>";'


def readable_text():
    """The readable rule graph as text."""
    return json.dumps(readable(graph()))
