"""Channels over HTTP: signed webhooks, and a city's Open311 server."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from standardwebhooks import Webhook

from triage.dispatch.channels import Open311Channel, WebhookChannel
from triage.dispatch.result import Message, Result

TIMEOUT_SECONDS = 20.0
_TEMPORARY = frozenset({408, 425, 429})
"""The only 4xx that another attempt can mend."""
_LONGEST_WAIT = 3600.0
_LONGEST_DESCRIPTION = 4000
"""Characters; GeoReport v2 allows no more."""
_ANSWER_BYTES = 64 * 1024


def send_webhook(channel: WebhookChannel, message: Message, client: httpx.Client, now: datetime) -> Result:
    """POST the message, signed by Standard Webhooks: the receiver checks who sent it, and when."""
    body = json.dumps(message.body, ensure_ascii=False)
    signature = Webhook(channel.secret.get_secret_value()).sign(message.message_id, now, body)
    headers = {
        "content-type": "application/json; charset=utf-8",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    return _post(client, str(channel.url), now, content=body.encode(), headers=headers)[0]


def send_open311(channel: Open311Channel, message: Message, client: httpx.Client, now: datetime) -> Result:
    """POST a service request (GeoReport v2, `POST Service Request`); its id or token is the receipt.

    GeoReport v2 cannot change or withdraw a request: such a message is kept for a person.
    """
    if message.kind != "ticket.created":
        return Result("kept", "GeoReport v2 tidak mengenal perubahan atau pencabutan; kabari OPD dengan cara lain.")
    result, answer = _post(
        client,
        f"{str(channel.url).rstrip('/')}/requests.json",
        now,
        data=_request_form(channel, message),
        headers={"idempotency-key": message.message_id},
    )
    try:
        first = json.loads(answer)[0]
        receipt = first.get("service_request_id") or first.get("token")
    except (ValueError, LookupError, TypeError, AttributeError):
        return result
    return replace(result, receipt=str(receipt)[:255]) if result.outcome == "sent" and receipt else result


def _request_form(channel: Open311Channel, message: Message) -> dict[str, str]:
    data = message.data
    title = f"{data['number']} {data['complaint_name']} ({data['priority']})."
    description = f"{title} Jumlah penelepon: {data['callers']}. {data['description']}"
    form = {
        "service_code": channel.service_codes.get(str(data["complaint_type"]), channel.other),
        "description": description[:_LONGEST_DESCRIPTION],
        "address_string": str(data["place"] or data["place_id"] or ""),
        "lat": "" if data["latitude"] is None else str(data["latitude"]),
        "long": "" if data["longitude"] is None else str(data["longitude"]),
        "jurisdiction_id": channel.jurisdiction_id or "",
        "api_key": channel.api_key.get_secret_value(),
    }
    return {name: value.strip() for name, value in form.items() if value.strip()}


def _post(
    client: httpx.Client,
    url: str,
    now: datetime,
    *,
    content: bytes | None = None,
    data: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[Result, bytes]:
    """The result, and the beginning of the answer.

    A redirect is not followed: what is sent goes where the administrator said, and nowhere else.
    """
    options: dict[str, Any] = {"timeout": TIMEOUT_SECONDS, "follow_redirects": False}
    try:
        with client.stream("POST", url, content=content, data=data, headers=headers, **options) as answer:
            return _result(answer, now), _beginning(answer)
    except httpx.HTTPError as error:
        return Result("later", f"tidak terjangkau ({type(error).__name__})"), b""


def _result(answer: httpx.Response, now: datetime) -> Result:
    if answer.is_success:
        return Result("sent")
    reason = f"dijawab HTTP {answer.status_code}"
    if answer.status_code < 500 and answer.status_code not in _TEMPORARY:
        return Result("never", reason)
    return Result("later", reason, wait=_retry_after(answer, now))


def _beginning(answer: httpx.Response) -> bytes:
    """As much of the answer as a receipt needs; what it says was said already by its status."""
    content = b""
    try:
        for part in answer.iter_bytes():
            content += part
            if len(content) >= _ANSWER_BYTES:
                break
    except httpx.HTTPError:
        return b""
    return content


def _retry_after(answer: httpx.Response, now: datetime) -> float:
    """Seconds that the receiver asks for (RFC 9110, Retry-After): a number or a date; at most an hour."""
    asked = answer.headers.get("retry-after", "")
    if asked.isdecimal():
        return min(float(asked), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, min((until - now).total_seconds(), _LONGEST_WAIT))
