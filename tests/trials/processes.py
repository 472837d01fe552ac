"""Real processes of the service for trials: `triage serve`, `triage worker` and what else runs beside them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
from support.databases import new_url

from triage.accounts.rights import Right, Role
from triage.accounts.tokens import PEOPLE_ONLY

PASSWORD = "kuda laut terbang"


class Site:
    """An installation in a folder of its own on a new database, and the commands that run on it."""

    def __init__(self, database: str, folder: Path, **settings: object) -> None:
        """database: "sqlite" or "postgresql"; settings: fields of Settings."""
        self.folder = folder
        values: dict[str, object] = {
            "data_dir": folder / "data",
            "database_url": new_url(database, folder),
            "rate_limit": "1000000/second",
            "login_rate_limit": "1000000/second",
            **settings,
        }
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")},
            **{f"TRIAGE_{name.upper()}": str(value) for name, value in values.items()},
        }

    def start(self, *command: str, log: str) -> subprocess.Popen[bytes]:
        """Start `triage COMMAND...` in a process group of its own; its output goes to a file of the folder."""
        with (self.folder / log).open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "triage", *command],
                env=self.environment,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                start_new_session=True,
            )

    def run(self, *command: str, stdin: str = "") -> str:
        """Run `triage COMMAND...` to its end; its standard output."""
        return subprocess.run(
            [sys.executable, "-m", "triage", *command],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
            cwd=self.folder,
        ).stdout

    def add_token(self, name: str, *scopes: Right) -> str:
        """A token with these scopes, by default with all that a machine may have."""
        wanted = scopes or tuple(right for right in Right if right not in PEOPLE_ONLY)
        options = [option for scope in wanted for option in ("--scope", scope.value)]
        return self.run("tokens", "add", name, *options).strip()

    def add_user(self, name: str, role: Role) -> None:
        """A user with the password PASSWORD."""
        self.run("users", "add", name, "--role", role.value, "--password-stdin", stdin=f"{PASSWORD}\n")


class Server:
    """`triage serve` on a free port."""

    def __init__(self, site: Site, *options: str) -> None:
        self.site = site
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._options = options
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return self.site.start("serve", "--port", str(self.port), *self._options, log="serve.log")

    def wait(self, seconds: float = 120.0) -> None:
        """Until it answers. Raises TimeoutError with the end of its log."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if httpx.get(f"{self.url}/ready", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise TimeoutError((self.site.folder / "serve.log").read_text(errors="replace")[-3000:])

    def log_in(self, name: str) -> httpx.Client:
        """A client with the session of a user."""
        client = httpx.Client(base_url=self.url, timeout=30)
        answer = client.post("/login", json={"name": name, "password": PASSWORD})
        answer.raise_for_status()
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def kill(self) -> None:
        """SIGKILL the process and those it has started."""
        kill(self.process)

    def restart(self) -> None:
        """Start it again on the same port."""
        self.process = self._start()

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL a process group and wait for its end."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
