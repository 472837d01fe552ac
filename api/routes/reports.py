"""The monthly figures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.access import require
from api.context import InContext
from api.responses import problems
from triage.accounts.rights import Principal, Right
from triage.reports.monthly import Form, Monthly, monthly, to_csv

router = APIRouter(tags=["reports"])
Reader = Annotated[Principal, Depends(require(Right.reports_read))]
Month = Annotated[str, Query(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="Like 2025-11.")]
ThatForm = Annotated[Form, Query(description="public: small counts hidden.")]


@router.get("/v1/reports/monthly", summary="Angka bulanan / monthly figures", responses=problems(401, 403, 422))
def get_monthly(context: InContext, principal: Reader, month: Month, form: ThatForm = "internal") -> Monthly:
    """Masuk, valid, tidak valid, tiket, selesai, per OPD, per jenis. docs/reports.md defines each figure."""
    return _figures(context, month, form)


@router.get(
    "/v1/reports/monthly.csv",
    summary="Angka bulanan sebagai CSV / monthly figures as CSV",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **problems(401, 403, 422)},
)
def get_monthly_csv(context: InContext, principal: Reader, month: Month, form: ThatForm = "internal") -> Response:
    """The same as lines: bagian, kode, nama, ukuran, jumlah."""
    return Response(
        to_csv(_figures(context, month, form)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="bulanan-{month}-{form}.csv"'},
    )


def _figures(context: InContext, month: str, form: Form) -> Monthly:
    with context.database.read() as session:
        return monthly(session, context.taxonomy, context.settings.time_zone, month, form, datetime.now(UTC))
