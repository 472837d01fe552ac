"""Training calls through real voices, the telephone and the bundled recogniser."""

import json

import pytest
from support.labelled import ticket
from typer.testing import CliRunner

from training.classifier import hear
from training.corpus.load import CallTurn, read_heard

TURNS = (
    CallTurn(speaker="operator", text="Layanan darurat, ada yang bisa dibantu?"),
    CallTurn(speaker="caller", text="Tolong pak, rumah tetangga saya terbakar, apinya besar sekali"),
)


@pytest.fixture
def calls(monkeypatch):
    made = [ticket("AA1", turns=TURNS), ticket("AB1", turns=TURNS)]
    monkeypatch.setattr(hear, "read_calls", lambda path: made)
    return made


def run(out):
    done = CliRunner().invoke(hear.app, ["--writers", "AA", "--out", str(out)])
    assert done.exit_code == 0, done.output


def test_each_call_of_the_writers_is_heard_once_and_goes_on_after_a_break(calls, tmp_path):
    out = tmp_path / "heard.jsonl"
    run(out)
    [(name, turns)] = read_heard(out).items()
    assert name == "AA1"
    assert {turn.speaker for turn in turns} == {"caller", "operator"}
    assert "rumah" in " ".join(turn.text for turn in turns if turn.speaker == "caller")
    before = out.read_text("utf-8")
    run(out)
    assert out.read_text("utf-8") == before
    calls.append(ticket("AA2", turns=(CallTurn(speaker="caller", text="[isak]"),)))
    run(out)
    assert [json.loads(line)["id"] for line in out.read_text("utf-8").splitlines()] == ["AA1", "AA2"]


def test_nothing_is_heard_where_there_is_no_file(tmp_path):
    assert read_heard(tmp_path / "heard.jsonl") == {}
