"""Traces of requests go to a collector, without what was asked for."""

import gzip
import sys

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from support.databases import new_database
from support.servers import Reply, serve
from support.service import ServiceUnderTest

from triage.errors import StoreError


@pytest.fixture
def database(tmp_path):
    made = new_database("sqlite", tmp_path)
    yield made
    made.close()


def is_zipped(request):
    return request.headers.get("content-encoding") == "gzip"


def spans(received):
    for body in received:
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                yield from scope.spans


class TestRequests:
    def test_are_spans_that_name_the_route_and_not_the_question(self, database, tmp_path):
        received = []

        def collect(request):
            received.append((request.path, gzip.decompress(request.body) if is_zipped(request) else request.body))
            return Reply()

        with serve(collect) as url:
            service = ServiceUnderTest(database, tmp_path, otlp_endpoint=url)
            service.client("qa").get("/v1/taxonomy", params={"q": "kebakaran budi"})
            service.anonymous().get("/ready")
            service.app.state.tracer_provider.force_flush()
        assert {path for path, _ in received} == {"/v1/traces"}
        found = {span.name for span in spans(body for _, body in received)}
        assert "GET /v1/taxonomy" in found
        assert not any("ready" in name for name in found)
        assert b"budi" not in b"".join(body for _, body in received)


class TestMissingExtra:
    def test_is_said_at_the_start(self, database, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
        with pytest.raises(StoreError, match="tracing"):
            ServiceUnderTest(database, tmp_path, otlp_endpoint="http://127.0.0.1:1")
