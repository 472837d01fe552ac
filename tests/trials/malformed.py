"""Uploads of 200 malformed files to a running `triage serve`: each a clear 4xx, disk and database as before."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx
from sqlalchemy import select
from support.bad_recordings import MAX_BYTES, MAX_SECONDS
from support.intake import take
from support.malformed import malformed_files

from triage.accounts.rights import Right
from triage.settings import Settings
from triage.store import Database
from triage.store.tables import Base
from trials.common import Figures, arguments, scratch
from trials.processes import Server, Site

_PROBLEM = {"type", "title", "status", "detail", "detail_en", "code"}
_OWN = {"api_tokens": {"used_at"}}
"""Columns that say when somebody asked, whatever he asked."""


def main() -> None:
    """Run the trial."""
    chosen = arguments(__doc__)
    figures = Figures(f"200 malformed uploads, {chosen.database}")
    with scratch() as folder:
        temporary = folder / "tmp"
        temporary.mkdir()
        site = Site(chosen.database, folder, max_bytes=MAX_BYTES, max_seconds=MAX_SECONDS)
        site.environment["TMPDIR"] = str(temporary)
        server = Server(site)
        client = httpx.Client(base_url=server.url, timeout=60)
        client.headers["Authorization"] = f"Bearer {site.add_token('pbx', Right.calls_ingest)}"
        server.wait()
        good = client.post("/v1/calls", files={"file": ("a.wav", take(1))})
        figures.add("a good recording before", good.status_code, "202", good=good.status_code == 202)
        before = rows(site), files(site), files_below(temporary)
        answers = [client.post("/v1/calls", files={"file": file}) for file in malformed_files()]
        after = rows(site), files(site), files_below(temporary)
        report(figures, answers)
        for name, first, second in zip(("database rows", "recordings", "temporary files"), before, after, strict=True):
            figures.add(f"{name} as before", len(second), str(len(first)), good=first == second)
        good = client.post("/v1/calls", files={"file": ("b.wav", take(2))})
        figures.add("a good recording afterwards", good.status_code, "202", good=good.status_code == 202)
        server.stop()
    figures.finish()


def report(figures: Figures, answers: list[httpx.Response]) -> None:
    """Count what the files were answered with."""
    clear = [answer for answer in answers if is_clear(answer)]
    figures.add("files sent", len(answers), "200", good=len(answers) == 200)
    figures.add("answered with a clear 4xx", len(clear), "200", good=len(clear) == 200)
    for code, count in Counter(answer.json().get("code", answer.status_code) for answer in answers).most_common():
        figures.add(f"  {code}", count)


def is_clear(answer: httpx.Response) -> bool:
    """Whether it is a 4xx with a whole problem document about the recording."""
    if not 400 <= answer.status_code < 500 or answer.headers["content-type"] != "application/problem+json":
        return False
    document = answer.json()
    return set(document) == _PROBLEM and all(document.values()) and document["code"].startswith("recording_")


def rows(site: Site) -> set[str]:
    """Every row of every table."""
    database = Database(Settings(_env_file=None, database_url=site.environment["TRIAGE_DATABASE_URL"]).store_url)
    found = set()
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.columns if column.name not in _OWN.get(table.name, set())]
            found |= {f"{table.name} {row}" for row in session.execute(select(*columns))}
    database.close()
    return found


def files(site: Site) -> set[str]:
    """Recordings, drafts included, with their sizes."""
    return files_below(Path(site.environment["TRIAGE_DATA_DIR"]) / "audio")


def files_below(folder: Path) -> set[str]:
    """Paths and sizes of all files below a folder."""
    return {f"{path} {path.stat().st_size}" for path in folder.rglob("*") if path.is_file()}


if __name__ == "__main__":
    main()
