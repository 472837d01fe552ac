"""Documentation is held to the code: a page that lags behind fails here."""

import re
from pathlib import Path

import pytest

from triage.settings import REPOSITORY, Settings
from triage.suggestion.model import Suggestion

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def rows(page):
    return {
        name: (second.strip(), third.strip()) for name, second, third in ROW.findall((DOCS / page).read_text("utf-8"))
    }


def fields(node, definitions, prefix=""):
    """Path -> whether it may be null, for every field of a JSON schema."""
    found = {}
    for name, field in node["properties"].items():
        kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
        kind, path = kinds[0], f"{prefix}{name}"
        if kind.get("type") == "array":
            kind, path = kind["items"], f"{path}[]"
        found[path] = len(kinds) < len(field.get("anyOf", [field]))
        if "$ref" in kind:
            found |= fields(definitions[kind["$ref"].rsplit("/", 1)[-1]], definitions, f"{path}.")
    return found


SCHEMA = Suggestion.model_json_schema(by_alias=True)
FIELDS = fields(SCHEMA, SCHEMA["$defs"])


class TestSuggestionPage:
    def test_has_every_field_and_no_other(self):
        assert list(rows("suggestion.md")) == list(FIELDS)

    @pytest.mark.parametrize("path", FIELDS)
    def test_says_what_may_be_null(self, path):
        kind, meaning = rows("suggestion.md")[path]
        assert kind.endswith(" or null") == FIELDS[path]
        assert meaning


class TestSettingsPage:
    def test_has_every_setting_and_no_other(self):
        assert list(rows("settings.md")) == [f"TRIAGE_{name.upper()}" for name in Settings.model_fields]

    @pytest.mark.parametrize("name", Settings.model_fields)
    def test_gives_default_and_meaning(self, name):
        field = Settings.model_fields[name]
        default, meaning = rows("settings.md")[f"TRIAGE_{name.upper()}"]
        value = field.default.relative_to(REPOSITORY) if name == "models_dir" else field.default
        assert default == ("none" if value is None else f"`{value}`")
        assert meaning == field.description
