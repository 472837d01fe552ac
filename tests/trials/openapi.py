"""20,000 requests that schemathesis makes from the OpenAPI document, as every kind of user: none may end in a 5xx.

The requests are counted by the server itself (its /metrics), by route and status.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from triage.accounts.rights import Role
from trials.common import Figures, arguments, scratch
from trials.processes import Server, Site

REQUESTS = 20_000
_STREAMS = r"/events$"
"""Answers without an end, which schemathesis would wait for; tests/integration/test_api_events.py reads them."""
_ENDS_SESSION = ("/logout", "/v1/session")
"""Left to the token: they would end the session, or change its CSRF token, under the run's feet."""
_CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def main() -> None:
    """Run the trial."""
    chosen = arguments(__doc__, ("--requests", {"type": int, "default": REQUESTS}))
    figures = Figures(f"schemathesis against the OpenAPI document, {chosen.database}")
    with scratch() as folder:
        site = Site(chosen.database, folder, metrics_public=True)
        token = site.add_token("fuzz")
        for role in Role:
            site.add_user(f"{role}.uji", role)
        server = Server(site)
        server.wait()
        failed = run(server, token, chosen.requests)
        counts = requests_by_status(server)
        total = sum(counts.values())
        errors = {key: count for key, count in counts.items() if key[1].startswith("5")}
        figures.add("requests", total, f">= {chosen.requests}", good=total >= chosen.requests)
        figures.add("answers 5xx", sum(errors.values()), "0", good=not errors)
        for (route, status), count in sorted(errors.items()):
            figures.add(f"{status} {route}", count)
        figures.add("routes reached", len({route for route, _ in counts}))
        figures.add("rounds with a finding of schemathesis", failed, "0", good=failed == 0)
        for start in "234":
            figures.add(f"answers {start}xx", sum(n for (_, status), n in counts.items() if status.startswith(start)))
        server.stop()
    figures.finish()


def run(server: Server, token: str, wanted: int) -> int:
    """Round after round, each as another user with another seed, until enough were made; how many found something."""
    failed = seed = 0
    while sum(requests_by_status(server).values()) < wanted:
        for role in (None, *Role):
            seed += 1
            failed += not _round(server, _identity(server, role, token), seed, session=role is not None)
    return failed


def _identity(server: Server, role: Role | None, token: str) -> list[str]:
    if role is None:
        return [f"Authorization: Bearer {token}"]
    client = server.log_in(f"{role}.uji")
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return [f"Cookie: {cookies}", f"X-CSRF-Token: {client.headers['X-CSRF-Token']}", f"Origin: {server.url}"]


def _round(server: Server, headers: list[str], seed: int, *, session: bool) -> bool:
    command = [str(Path(sys.executable).parent / "st"), "run", f"{server.url}/openapi.json", f"--seed={seed}"]
    command += ["--max-examples=100", f"--checks={_CHECKS}", "--continue-on-failure", "--no-color", "--phases=fuzzing"]
    command += ["--request-timeout=60", "--suppress-health-check=all", "--workers=2"]
    command += ["--exclude-path-regex", _STREAMS]
    command += [option for header in headers for option in ("--header", header)]
    if session:
        command += [option for path in _ENDS_SESSION for option in ("--exclude-path", path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=server.site.folder)
    if done.returncode != 0:
        print(done.stdout[-6000:], done.stderr[-2000:])
    return done.returncode == 0


def requests_by_status(server: Server) -> Counter[tuple[str, str]]:
    """Requests that the server has answered, by route and status."""
    counts: Counter[tuple[str, str]] = Counter()
    for family in text_string_to_metric_families(httpx.get(f"{server.url}/metrics", timeout=60).text):
        for sample in family.samples:
            if sample.name == "triage_http_request_seconds_count":
                counts[sample.labels["route"], sample.labels["status"]] += int(sample.value)
    return counts


if __name__ == "__main__":
    main()
