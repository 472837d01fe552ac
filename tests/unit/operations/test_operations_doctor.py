"""The doctor says what is wrong and how to mend it, and never falls over what it looks at."""

import pytest
from support.databases import new_url
from support.rows import add_call
from support.service import PASSWORD, SETUP

from triage.accounts.rights import Role
from triage.accounts.users import Users
from triage.audit import Audit
from triage.operations.doctor import State, examine
from triage.operations.ready import check_key
from triage.secret import load_key
from triage.settings import Settings
from triage.store import Database
from triage.store.migrate import downgrade, prepare


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path):
    """Settings of an installation with an admin."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", database_url=new_url(request.param, tmp_path))
    database = Database(settings.store_url)
    prepare(database)
    key = load_key(settings)
    check_key(database, key)
    with database.write() as session:
        Users(Audit(key)).add(session, SETUP, "budi", Role.admin, PASSWORD)
    database.close()
    return settings


def found(settings):
    """{name: check}; where a part has several, the worst."""
    order = [State.ok, State.warn, State.fail]
    checks = sorted(examine(settings), key=lambda check: order.index(check.state))
    return {check.name: check for check in checks}


class TestExamine:
    def test_finds_nothing_but_the_demonstration_model_in_a_good_installation(self, site):
        seen = found(site)
        assert {name for name, check in seen.items() if check.state != State.ok} == {"Model"}
        assert seen["Model"].state == State.warn

    def test_of_nothing_at_all_asks_for_the_first_admin(self, tmp_path):
        seen = found(Settings(_env_file=None, data_dir=tmp_path))
        assert seen["Basis data"].state == State.warn
        assert "users add" in seen["Basis data"].mend
        assert "Akun" not in seen

    @pytest.mark.parametrize(
        ("change", "name", "word"),
        [
            ({"database_url": "postgresql://nobody@127.0.0.1:1/none"}, "Basis data", "dijangkau"),
            ({"time_zone": "Asia/Kendari"}, "Zona waktu", "tidak dikenal"),
            ({"recogniser": "no-such-model"}, "Model", "tidak ada"),
            ({"secret_key": "another"}, "Kunci", "bukan kunci"),
            ({"audio_url": "nosuchscheme://x"}, "Penyimpanan", "tidak dapat dipakai"),
        ],
    )
    def test_finds_what_is_wrong(self, site, change, name, word):
        check = found(site.model_copy(update=Settings(_env_file=None, **change).model_dump(include=set(change))))[name]
        assert check.state == State.fail
        assert word in check.detail

    def test_finds_a_mistake_in_the_channels_file(self, site, tmp_path):
        (tmp_path / "channels.yaml").write_text("opd:\n  NOBODY: []\n")
        check = found(site.model_copy(update={"channels_file": tmp_path / "channels.yaml"}))["Kanal OPD"]
        assert check.state == State.fail
        assert "baris 2, opd.NOBODY" in check.detail

    def test_finds_an_old_schema(self, site):
        database = Database(site.store_url)
        downgrade(database, "0001")
        database.close()
        assert "triage db upgrade" in found(site)["Basis data"].mend

    def test_finds_a_changed_trail_and_calls_that_wait(self, site):
        database = Database(site.store_url)
        with database.write() as session:
            add_call(session, state="received")
            add_call(session, state="dead")
        with database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE audit SET actor = 'user:x'")
        database.close()
        seen = found(site)
        assert seen["Jejak audit"].state == State.fail
        assert seen["Pekerjaan"].state == State.warn

    def test_warns_of_a_key_that_others_can_read(self, site):
        (site.data_dir / "secret.key").chmod(0o644)
        assert "chmod 600" in found(site)["Kunci"].mend

    def test_warns_of_cookies_over_http(self, site):
        check = found(site.model_copy(update={"host": "0.0.0.0"}))["Keamanan"]
        assert check.state == State.warn
