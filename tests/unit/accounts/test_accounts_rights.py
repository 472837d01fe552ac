"""Roles and rights, and that docs/accounts.md says the same."""

import re
from pathlib import Path

from triage.accounts.rights import RIGHTS, Right, Role
from triage.accounts.tokens import PEOPLE_ONLY

DOCS = Path(__file__).resolve().parents[3] / "docs" / "accounts.md"


def documented():
    """Role or "token" -> rights, from the table."""
    rows = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in DOCS.read_text().splitlines()
        if line.startswith("|")
    ]
    head = rows[0]
    rights = {name: set() for name in head[2:]}
    for row in rows:
        right = re.fullmatch(r"`([a-z0-9]+:[a-z]+)`", row[0])
        for name, mark in zip(head[2:], row[2:], strict=True) if right else ():
            assert mark in ("yes", "")
            if right and mark:
                rights[name].add(right[1])
    return rights


class TestDocs:
    def test_say_which_role_has_which_right(self):
        assert documented() == {**RIGHTS, "token": set(Right) - PEOPLE_ONLY}


class TestRoles:
    def test_each_have_rights(self):
        assert set(RIGHTS) == set(Role)

    def test_of_who_keeps_the_machine_cannot_hear_or_read_calls(self):
        private = {Right.calls_read, Right.calls_listen, Right.calls_decide, Right.data_export}
        assert not RIGHTS[Role.admin] & private

    def test_alone_hand_out_rights_as_admin(self):
        for right in (Right.users_manage, Right.audit_read, Right.privacy_manage):
            assert [role for role in Role if right in RIGHTS[role]] == [Role.admin]
