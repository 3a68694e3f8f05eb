"""Every key of the schema has a meaning, a type and a default."""

from lib.study.learners import LEARNERS
from lib.study.schema import allowed
from tests.unit.study.test_validation import DEFAULT, SCHEMA


def properties(schema, path=""):
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}{name}", inner
        yield from properties(inner, f"{path}{name}.")
    for name, inner in schema.get("$defs", {}).items():
        yield from properties(inner, f"{name}.")


def test_every_key_has_a_meaning_and_a_type():
    for name, inner in properties(SCHEMA):
        # These are settings, or lists of settings, that are described elsewhere.
        if not name.startswith(("varied.", "combinations.", "reference.", "compared.")):
            assert inner.get("description"), f"{name} has no description"
            assert {"type", "enum", "allOf", "if"} & set(inner), f"{name} has no type"
            assert allowed(inner)


def test_schema_defaults_and_learners_have_the_same_settings():
    settings = SCHEMA["$defs"]["settings"]["properties"]
    assert set(settings) == set(DEFAULT["defaults"])
    assert {key for learner in LEARNERS.values() for key in learner.settings} - {"seed"} <= set(settings)
    assert set(LEARNERS) == set(settings["learner"]["enum"])
