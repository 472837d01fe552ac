"""Users by HTTP: adding, changing, and never losing the last administrator."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.service import PASSWORD, SETUP

from triage.accounts.rights import Role
from triage.store.tables import AuditRow, User


def trail(service):
    with service.database.read() as session:
        rows = session.query(AuditRow).filter(AuditRow.object_kind == "user").order_by(AuditRow.id)
        return [(row.actor, row.action, row.object_id, row.detail) for row in rows]


def stored(service, name):
    with service.database.read() as session:
        return session.query(User).filter_by(name=name).one()


class TestAdd:
    def test_makes_somebody_who_can_log_in(self, service, admin):
        answer = admin.post("/v1/users", json={"name": "budi", "role": "operator", "password": PASSWORD})
        assert answer.status_code == 201
        assert answer.json() | {"created_at": None} == {
            "name": "budi",
            "role": "operator",
            "active": True,
            "locked_until": None,
            "oidc": False,
            "created_at": None,
        }
        assert service.client("operator", "budi").get("/v1/session").json()["role"] == "operator"
        assert ("user:admin.uji", "user.create", "budi", {"role": "operator"}) in trail(service)

    def test_keeps_no_password_but_its_hash(self, service, admin):
        answer = admin.post("/v1/users", json={"name": "budi", "role": "operator", "password": PASSWORD})
        assert PASSWORD not in answer.text
        assert "hash" not in answer.text
        assert stored(service, "budi").password_hash.startswith("$argon2id$")
        assert PASSWORD not in str(trail(service))

    def test_without_a_password_makes_nobody_who_can_log_in_with_one(self, service, admin):
        assert admin.post("/v1/users", json={"name": "budi", "role": "qa"}).status_code == 201
        for password in ("", "x", PASSWORD):
            body = {"name": "budi", "password": password}
            assert service.anonymous().post("/login", json=body).status_code == 401

    @pytest.mark.parametrize(
        "name",
        ["", "x", "Budi", "budi santoso", "-budi", "büdi", "budi\x00", "a" * 65, "../etc", "budi'--", "budi\n", "１２"],
    )
    def test_refuses_an_impossible_name(self, admin, name):
        answer = admin.post("/v1/users", json={"name": name, "role": "qa", "password": PASSWORD})
        assert answer.status_code == 422

    @pytest.mark.parametrize(
        "body", [{"role": "root"}, {"role": None}, {"password": "pendek"}, {"password": "x" * 257}]
    )
    def test_refuses_an_impossible_role_or_password(self, admin, body):
        assert admin.post("/v1/users", json={"name": "budi", "role": "qa", **body}).status_code == 422

    def test_refuses_a_name_that_is_taken_also_by_somebody_deactivated(self, service, admin):
        body = {"name": "budi", "role": "qa", "password": PASSWORD}
        assert admin.post("/v1/users", json=body).status_code == 201
        admin.patch("/v1/users/budi", json={"active": False})
        answer = admin.post("/v1/users", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "user_exists")

    def test_twice_at_once_makes_one(self, service, admin):
        body = {"name": "budi", "role": "qa", "password": PASSWORD}
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: admin.post("/v1/users", json=body).status_code, range(4)))
        assert sorted(statuses) == [201, 409, 409, 409]


class TestChange:
    def test_happens_as_a_whole_or_not_at_all(self, service, admin):
        admin.post("/v1/users", json={"name": "budi", "role": "qa", "password": PASSWORD})
        before = stored(service, "budi")
        answer = admin.patch("/v1/users/budi", json={"role": "admin", "active": False, "password": "pendek"})
        assert answer.status_code == 422
        after = stored(service, "budi")
        assert (after.role, after.active, after.password_hash) == (before.role, before.active, before.password_hash)
        assert [action for _, action, name, _ in trail(service) if name == "budi"] == ["user.create"]

    def test_of_the_role_is_audited_and_counts_at_once(self, service, admin):
        client = service.client("operator", "budi")
        assert admin.patch("/v1/users/budi", json={"role": "data"}).json()["role"] == "data"
        assert client.get("/v1/queue").status_code == 401
        assert service.client("data", "budi").get("/v1/queue").status_code == 403
        detail = {"before": "operator", "after": "data"}
        assert ("user:admin.uji", "user.role", "budi", detail) in trail(service)

    def test_to_what_is_so_already_changes_and_audits_nothing(self, service, admin):
        client = service.client("operator", "budi")
        before = trail(service)
        assert admin.patch("/v1/users/budi", json={"role": "operator", "active": True}).status_code == 200
        assert admin.patch("/v1/users/budi", json={}).status_code == 200
        assert trail(service) == before
        assert client.get("/v1/session").status_code == 200

    def test_of_nobody_is_not_found(self, admin):
        assert admin.patch("/v1/users/siapa", json={"role": "qa"}).status_code == 404
        assert admin.patch("/v1/users/siapa", json={}).status_code == 404

    def test_back_to_active_lets_in_again(self, service, admin):
        service.client("operator", "budi")
        for active, status in ((False, 401), (True, 200)):
            admin.patch("/v1/users/budi", json={"active": active})
            body = {"name": "budi", "password": PASSWORD}
            assert service.anonymous().post("/login", json=body).status_code == status


class TestLastAdministrator:
    @pytest.mark.parametrize("change", [{"role": "qa"}, {"active": False}])
    def test_stays(self, service, admin, change):
        answer = admin.patch("/v1/users/admin.uji", json=change)
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
        service.client("admin", "admin.mati")
        admin.patch("/v1/users/admin.mati", json={"active": False})
        assert admin.patch("/v1/users/admin.uji", json=change).status_code == 409  # he does not count
        service.client("admin", "admin.lain")
        assert admin.patch("/v1/users/admin.uji", json=change).status_code == 200

    @pytest.mark.parametrize("change", [{"role": "qa"}, {"active": False}])
    def test_stays_where_each_takes_the_others_role_away_at_once(self, service, change):
        names = [f"admin.{number}" for number in range(4)]
        clients = [service.client("admin", name) for name in names]
        with ThreadPoolExecutor(4) as pool:
            pairs = zip(clients, [*names[1:], names[0]], strict=True)
            statuses = [
                one.result().status_code
                for one in [pool.submit(client.patch, f"/v1/users/{name}", json=change) for client, name in pairs]
            ]
        assert set(statuses) <= {200, 401, 403, 409}
        with service.database.read() as session:
            assert session.query(User).filter_by(role="admin", active=True).count() >= 1


class TestList:
    def test_has_everybody_by_name_and_no_secret(self, service, admin):
        with service.database.write() as session:
            service.context.users.add(session, SETUP, "budi", Role.qa, None)
        answer = admin.get("/v1/users")
        assert [user["name"] for user in answer.json()] == ["admin.uji", "budi"]
        assert "argon2" not in answer.text
