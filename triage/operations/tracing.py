"""Traces by OpenTelemetry, where TRIAGE_OTLP_ENDPOINT is set: requests here, the steps of a call by DBOS.

The packages are an extra (`triage112[tracing]`), so they are imported only then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage import __version__
from triage.errors import StoreError
from triage.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_PRIVATE = ("url.query", "url.full", "http.url", "http.target")
"""What a request was asked with: a search holds words of callers."""


def traces_url(settings: Settings) -> str | None:
    """Where traces go (OTLP over HTTP), or None."""
    return f"{settings.otlp_endpoint.rstrip('/')}/v1/traces" if settings.otlp_endpoint else None


def tracer_provider(settings: Settings) -> TracerProvider | None:
    """What makes spans and sends them in batches; None where none are wanted. Raises StoreError without the extra."""
    url = traces_url(settings)
    if url is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise StoreError(
            "tracing_missing",
            "TRIAGE_OTLP_ENDPOINT disetel, tetapi paketnya belum ada. Pasang `triage112[tracing]`, atau hapus setelan.",
            "TRIAGE_OTLP_ENDPOINT is set, but its packages are missing. Install `triage112[tracing]` or unset it.",
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "triage112", "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    return provider


def trace_app(app: Any, settings: Settings) -> None:
    """Make a span of every request to a FastAPI application, without what it asked for. Raises StoreError."""
    provider = tracer_provider(settings)
    if provider is None:
        return
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

    FastAPIInstrumentor.instrument_app(
        app, tracer_provider=provider, excluded_urls="health,ready,metrics", server_request_hook=_without_query
    )
    app.state.tracer_provider = provider


def trace_steps(settings: Settings) -> bool:
    """Let DBOS make a span of every step of a call in this process; whether traces are wanted. Raises StoreError."""
    provider = tracer_provider(settings)
    if provider is None:
        return False
    from opentelemetry import trace

    trace.set_tracer_provider(provider)
    return True


def _without_query(span: Any, scope: dict[str, Any]) -> None:
    """Hook of the web framework's instrumentation: what was asked for stays out of the trace."""
    if span.is_recording():
        for name in _PRIVATE:
            span.set_attribute(name, "")
