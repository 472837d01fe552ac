"""The retention policy file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import yaml

from triage.errors import InputError
from triage.privacy.policy import BUNDLED, load_policy
from triage.taxonomy import load_taxonomy

TAXONOMY = load_taxonomy()


def changed(tmp_path, **changes):
    text = yaml.safe_load(BUNDLED.read_text("utf-8")) | changes
    path = tmp_path / "retention.yaml"
    path.write_text(yaml.safe_dump(text), "utf-8")
    return path


class TestBundledPolicy:
    def test_has_the_terms_of_the_regulations_page(self):
        policy = load_policy(None, TAXONOMY)
        assert (policy.audio.ticket_days, policy.audio.ghost_days) == (90, 30)
        assert (policy.text_days, policy.record_days, policy.audit_days) == (365, 5 * 365, 5 * 365)
        assert "kdrt_ppa" in policy.kept_types

    def test_cutoffs_count_back_from_now(self):
        now = datetime(2026, 1, 31, tzinfo=UTC)
        assert load_policy(None, TAXONOMY).at(now).ghost_audio == now - timedelta(days=30)


class TestBadPolicy:
    @pytest.mark.parametrize(
        "changes",
        [
            {"text_days": 0},
            {"text_days": "365"},
            {"text_days": 89},
            {"record_days": 364},
            {"audio": {"ticket_days": 90, "ghost_days": 30}},
            {"kept_types": ["kdrt"]},
            {"transcript_days": 3},
        ],
    )
    def test_is_refused(self, tmp_path, changes):
        with pytest.raises(InputError) as raised:
            load_policy(changed(tmp_path, **changes), TAXONOMY)
        assert raised.value.code == "retention_invalid"
        assert next(iter(changes)) in raised.value.message_id

    @pytest.mark.parametrize("text", ["", "audio: [", "- 1", "\udce9"])
    def test_a_file_that_is_no_policy(self, tmp_path, text):
        path = tmp_path / "retention.yaml"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(InputError):
            load_policy(path, TAXONOMY)

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(InputError):
            load_policy(tmp_path / "none.yaml", TAXONOMY)
