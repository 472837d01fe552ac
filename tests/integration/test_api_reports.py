"""GET /v1/reports/monthly and monthly.csv."""

import pytest
from support.kept import add_decided, add_ticket
from support.service import ServiceUnderTest

MONTH = {"month": "2026-11"}


@pytest.fixture
def service(database, tmp_path):
    made = ServiceUnderTest(database, tmp_path)
    with database.write() as session:
        for number in range(9):
            add_ticket(session, add_decided(session, 5), days=5, closed=1 if number else None)
        add_ticket(session, add_decided(session, 5, "ticket", "banjir"), days=5, complaint_type="banjir")
    return made


class TestMonthly:
    def test_internal_form(self, service):
        found = service.client("qa").get("/v1/reports/monthly", params=MONTH).json()
        assert (found["calls"], found["valid"], found["tickets"], found["done"]) == (10, 10, 10, 8)
        assert {line["code"]: line["tickets"] for line in found["by_type"]} == {"banjir": 1, "pohon_tumbang": 9}

    def test_public_form_hides_small_counts(self, service):
        found = service.client("qa").get("/v1/reports/monthly", params=MONTH | {"form": "public"}).json()
        assert {line["code"]: line["tickets"] for line in found["by_type"]} == {"banjir": "<5", "pohon_tumbang": "*"}
        assert found["calls"] == 10

    def test_csv(self, service):
        answer = service.client("admin").get("/v1/reports/monthly.csv", params=MONTH | {"form": "public"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "bulanan-2026-11-public.csv" in answer.headers["content-disposition"]
        assert "ringkasan,,,masuk,10" in answer.content.decode("utf-8-sig").splitlines()

    @pytest.mark.parametrize("params", [{}, {"month": "2026-13"}, {"month": "2026-11", "form": "rahasia"}])
    def test_nonsense(self, service, params):
        for path in ("monthly", "monthly.csv"):
            assert service.client("qa").get(f"/v1/reports/{path}", params=params).status_code == 422

    def test_is_not_for_operators(self, service):
        assert service.client("operator").get("/v1/reports/monthly", params=MONTH).status_code == 403
