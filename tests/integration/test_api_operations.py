"""GET /ready and /metrics: for load balancers and Prometheus."""

import shutil

import pytest
from support.service import ServiceUnderTest

from triage.accounts.rights import Right
from triage.store.migrate import downgrade


class TestReady:
    def test_says_so_without_a_log_in(self, service):
        answer = service.anonymous().get("/ready")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})

    def test_is_503_with_what_to_do_where_the_schema_is_old(self, service, database):
        downgrade(database, "0001")
        answer = service.anonymous().get("/ready")
        assert answer.status_code == 503
        assert answer.json()["code"] == "store_schema"
        assert "triage db upgrade" in answer.json()["detail"]


class TestStart:
    def test_refuses_another_key_than_the_database_knows(self, service, database, tmp_path):
        with service.anonymous():
            pass
        other = ServiceUnderTest(database, tmp_path, secret_key="another key")
        with pytest.raises(Exception, match="Kunci"), other.anonymous():
            pass

    def test_makes_the_key_for_its_owner_alone(self, service, tmp_path):
        with service.anonymous():
            assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


class TestMetrics:
    def test_need_the_right_or_the_setting(self, service, database, tmp_path):
        assert service.anonymous().get("/metrics").status_code == 401
        assert service.client("operator").get("/metrics").status_code == 403
        assert service.client("admin").get("/metrics").status_code == 200
        assert service.machine(Right.metrics_read).get("/metrics").status_code == 200
        shutil.rmtree(tmp_path / "audio", ignore_errors=True)
        public = ServiceUnderTest(database, tmp_path, metrics_public=True)
        assert public.anonymous().get("/metrics").status_code == 200

    def test_count_requests_by_route_and_status(self, service):
        service.anonymous().get("/v1/users")
        service.anonymous().get("/v1/nowhere/081234567890")
        text = service.client("admin").get("/metrics").text
        assert 'route="/v1/users",status="401"' in text
        assert "081234567890" not in text

    def test_know_no_method_that_a_client_invents(self, service):
        service.anonymous().request("INVENTED", "/v1/users")
        text = service.client("admin").get("/metrics").text
        assert 'method="other"' in text
        assert "INVENTED" not in text


class TestRequestId:
    def test_is_taken_over_or_made(self, service):
        client = service.anonymous()
        assert client.get("/ready", headers={"X-Request-ID": "proxy-1"}).headers["X-Request-ID"] == "proxy-1"
        made = client.get("/ready", headers={"X-Request-ID": "not\tgood"}).headers["X-Request-ID"]
        assert len(made) == 16
