import json

import numpy as np

from training.classifier.publish import as_json, without_nan

NOTHING = float("nan")


class TestWithoutNan:
    def test_leaves_everything_else_as_it_was(self):
        figures = {"a": 0.5, "b": [1, None, "x", {"c": True}]}
        assert without_nan(figures) == figures

    def test_finds_it_at_any_depth(self):
        figures = {"ghosts": {"recall": NOTHING, "calls": 0}, "rows": [{"f1": np.float64("nan")}, NOTHING]}
        assert without_nan(figures) == {"ghosts": {"recall": None, "calls": 0}, "rows": [{"f1": None}, None]}


class TestAsJson:
    def test_is_read_by_every_reader(self):
        written = as_json({"recall": NOTHING, "name": "Jalan Sérdang"})
        assert "NaN" not in written and "Sérdang" in written
        assert json.loads(written) == {"recall": None, "name": "Jalan Sérdang"}
