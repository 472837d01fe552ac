"""A hundred operators at once, on a running service."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import httpx

from trials.processes import Server

OPERATORS, ON_EVENTS = 100, 20
EVERY_SECONDS, DECISIONS_A_SECOND = 2.0, 5

Times = dict[str, list[float]]
"""Milliseconds by what was asked for."""


class Shift:
    """A hundred operators at once."""

    def __init__(self, server: Server, cookies: Sequence[httpx.Client], seconds: float) -> None:
        self._server = server
        self._logins = [(dict(client.cookies), client.headers["X-CSRF-Token"]) for client in cookies]
        self._seconds = seconds
        self.times: Times = defaultdict(list)
        self.failures: list[str] = []
        self.events = 0
        self.decided: list[str] = []
        self._listening = asyncio.Event()

    async def run(self) -> None:
        """All of them, for the length of the shift."""
        clients = [self._client(number) for number in range(OPERATORS)]
        end = time.monotonic() + self._seconds
        listening = [asyncio.create_task(self._listen(client)) for client in clients[:ON_EVENTS]]
        polling = [self._poll(client, number, end) for number, client in enumerate(clients)]
        await asyncio.gather(self._decide(clients, end), *polling)
        await asyncio.sleep(2)  # the last events are on their way
        self._listening.set()
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        for client in clients:
            await client.aclose()

    def _client(self, number: int) -> httpx.AsyncClient:
        cookies, csrf = self._logins[number % len(self._logins)]
        headers = {"X-CSRF-Token": csrf}
        return httpx.AsyncClient(base_url=self._server.url, cookies=cookies, headers=headers, timeout=30)

    async def _ask(self, name: str, client: httpx.AsyncClient, method: str, path: str, json: Any = None) -> Any:
        """A timed request; a failure is noted."""
        begin = time.perf_counter()
        try:
            response = await client.request(method, path, json=json)
        except httpx.HTTPError as error:
            self.failures.append(f"{name}: {error!r}")
            return None
        self.times[name].append(1000 * (time.perf_counter() - begin))
        if response.status_code >= 400:
            self.failures.append(f"{name}: {response.status_code} {response.text[:200]}")
            return None
        return response.json()

    async def _poll(self, client: httpx.AsyncClient, number: int, end: float) -> None:
        await asyncio.sleep(EVERY_SECONDS * number / OPERATORS)
        while time.monotonic() < end:
            due = time.monotonic() + EVERY_SECONDS
            await self._ask("queue page", client, "GET", "/v1/queue")
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _decide(self, clients: Sequence[httpx.AsyncClient], end: float) -> None:
        """Take the calls at the head of the queue one after the other, so many a second, however slow the answers."""
        waiting: list[dict[str, Any]] = []
        cursor, under_way = None, []
        begin = time.monotonic()
        for number in range(round((end - begin) * DECISIONS_A_SECOND)):
            await asyncio.sleep(max(0.0, begin + number / DECISIONS_A_SECOND - time.monotonic()))
            if not waiting:
                path = "/v1/queue?limit=200" + (f"&cursor={cursor}" if cursor else "")
                page = await self._ask("queue page", clients[0], "GET", path)
                waiting, cursor = (page["items"][::-1], page["next"]) if page else ([], cursor)
            if waiting:
                client = clients[number % len(clients)]
                under_way.append(asyncio.create_task(self._one(client, waiting.pop())))
        await asyncio.gather(*under_way)

    async def _one(self, client: httpx.AsyncClient, line: dict[str, Any]) -> None:
        """Open a call and decide it."""
        path = f"/v1/calls/{line['call_id']}"
        page = await self._ask("call page", client, "GET", path)
        if page is None:
            return
        accept = random.random() < 0.8 and not page["listen"]
        answer: dict[str, Any] = {"verdict": "accept"} if accept else {"verdict": "correct", "disposition": "ticket"}
        if not accept:
            answer["complaint_type"] = random.choice(["banjir", "sampah", "gangguan_air", "lpju_padam"])
        form = {**answer, "revision": page["revision"], "seconds": 5.0}
        if await self._ask("decision", client, "POST", f"{path}/decision", form):
            self.decided.append(line["call_id"])

    async def _listen(self, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/v1/events", timeout=None) as response:
            if response.status_code != 200:
                self.failures.append(f"events: {response.status_code}")
                return
            async for line in response.aiter_lines():
                if line.startswith("data:") and json.loads(line[5:]):
                    self.events += 1
        if not self._listening.is_set():
            self.failures.append("events: the stream ended")
