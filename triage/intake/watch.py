"""Following a PBX's recording folder: every complete file becomes a call, once, whatever happens in between."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Event

from watchfiles import watch

from triage.errors import InputError, RecordingError, StoreError
from triage.intake import folder
from triage.intake.accept import Intake, Offered
from triage.intake.folder import FileState
from triage.intake.names import read_name
from triage.recording.load import file_label, read_file
from triage.secret import keyed_hash
from triage.settings import Settings
from triage.store import Database
from triage.store.repositories import intake as repository
from triage.store.tables import WatchedFile

_TICK_MS = 500
_RESCAN_SECONDS = 30.0
"""A network share tells nothing of what others write, and events can be lost."""
_RESCAN_SHARE = 20
"""A scan that took long is repeated after so many times its own duration."""
_PATIENCE = 30
"""Settle times that a file with an unfinished header is waited for: then its recorder has died, and it is taken."""
_LONGEST_PAUSE = 60.0
_BATCH = 500
_CURABLE = frozenset({"recording_unreadable"})
"""Refusals that may end without the file changing: its permissions, its disk."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What became of the files of this run."""

    created: int = 0
    known: int = 0
    refused: int = 0


class Watcher:
    """Follows one folder. Several may follow the same: a recording is still one call.

    Nothing is kept but the rows in `watched_files`, each written after its call: who is killed in between reads the
    file again and finds the call.
    """

    def __init__(
        self,
        root: Path,
        intake: Intake,
        database: Database,
        settings: Settings,
        key: bytes,
        report: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """report: takes a line for the person at the terminal. Raises InputError where root is no folder."""
        if not root.is_dir():
            raise InputError(
                "folder_missing",
                f"Folder {root} tidak ada. Periksa namanya, dan apakah sudah terpasang (mount).",
                f"There is no folder {root}. Check its name, and whether it is mounted.",
            )
        self.counts = Counts()
        self._root = root.resolve()
        self._intake = intake
        self._database = database
        self._settings = settings
        self._key = key
        self._report = report
        self._clock = clock
        self._settling = folder.Settling(settings.watch_settle_seconds, settings.watch_settle_seconds * _PATIENCE)
        self._waiting: dict[Path, None] = {}
        self._done: set[bytes] = set()
        self._refused: set[bytes] = set()
        self._next_scan = -1.0

    def run(self, stop: Event) -> None:
        """Follow the folder until `stop` is set. Where folder, database or storage are away, wait for them."""
        pause = 1.0
        while not stop.is_set():
            try:
                changes = watch(
                    self._root,
                    watch_filter=None,
                    debounce=_TICK_MS,
                    stop_event=stop,
                    rust_timeout=_TICK_MS,
                    yield_on_timeout=True,
                    raise_interrupt=False,
                    ignore_permission_denied=True,
                )
                for change in changes:
                    self._notice(Path(path) for _, path in change)
                    self.work(stop)
                    pause = 1.0
            except (StoreError, OSError) as error:
                reason = error.message_id if isinstance(error, StoreError) else f"Folder: {error.strerror}."
                self._next_scan = -1.0  # what happens meanwhile, no event will tell
                self._report(f"Menunggu {pause:.0f} detik: {reason}")
                stop.wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    def run_once(self, stop: Event) -> None:
        """Take what is there, wait for what is still being written, and end. Raises StoreError, OSError."""
        self.work(stop)
        while self._waiting and not stop.wait(_TICK_MS / 1000):
            self.work(stop)

    def work(self, stop: Event) -> None:
        """Look around if it is time, and take every file that is complete. Raises StoreError, OSError."""
        if self._clock() >= self._next_scan:
            self._scan()
        for path in list(self._waiting):
            if stop.is_set():
                return
            self._consider(path)

    def _scan(self) -> None:
        began = self._clock()
        states = folder.walk(self._root)
        while batch := list(islice(states, _BATCH)):
            self._add(batch)
        took = self._clock() - began
        self._next_scan = self._clock() + max(_RESCAN_SECONDS, _RESCAN_SHARE * took)

    def _notice(self, paths: Iterable[Path]) -> None:
        """What events tell of; a folder that was moved in tells only of itself, so it is looked through."""
        for path in paths:
            if path.is_dir() and not path.is_symlink():
                with suppress(OSError):  # gone again
                    self._add([state for state in folder.walk(path) if folder.is_candidate(self._root, state.path)])
            elif folder.is_candidate(self._root, path) and (state := folder.look_at(path)):
                self._add([state])

    def _add(self, states: list[FileState]) -> None:
        """Put files that are not yet dealt with on the waiting list."""
        states = [state for state in states if state.path not in self._waiting and state.digest not in self._done]
        if not states:
            return
        keys = {self._path_key(state): state for state in states}
        with self._database.read() as session:
            rows = repository.known_files(session, keys)
        for row in rows:
            state = keys[row.path_key]
            same = (row.size, row.modified_ns) == (state.size, state.modified_ns)
            if same and row.error_code not in _CURABLE:
                self._done.add(state.digest)
        self._waiting.update((state.path, None) for state in states if state.digest not in self._done)

    def _consider(self, path: Path) -> None:
        state = folder.look_at(path)
        if state is not None and state.digest not in self._done:
            if not self._settling.is_complete(state, self._clock()):
                return
            try:
                if not self._take(state):
                    return
            except (StoreError, OSError):
                raise
            except Exception:  # one file must not stop the others; the next scan finds it again
                _log.exception("a file of the watched folder could not be worked on")
        self._settling.forget(path)
        del self._waiting[path]

    def _take(self, state: FileState) -> bool:
        """Make the call, then remember the file; False where it changed or went meanwhile. Raises StoreError."""
        now = datetime.now(UTC)
        masked = folder.shown(self._root, state.path)
        row = WatchedFile(
            path_key=self._path_key(state),
            path=masked[-1024:],
            size=state.size,
            modified_ns=state.modified_ns,
            seen_at=now,
            call_pk=None,  # said, so that they replace what an earlier look at the file left
            error_code=None,
            error_message=None,
        )
        try:
            data = self._read(state)
            if data is None:
                return False
            modified = datetime.fromtimestamp(state.modified_ns / 1e9, UTC)
            accepted = self._intake.accept(
                Offered(data, state.path.name, "watch", fallback_start=min(modified, now)), now
            )
        except RecordingError as error:
            row.error_code, row.error_message = error.code, error.message_id
            if state.digest not in self._refused:
                self.counts.refused += 1
                self._report(f"Ditolak    {masked}: {error.message_id}")
            self._refused.add(state.digest)
        else:
            row.call_pk = accepted.call_pk
            self.counts.created += accepted.created
            self.counts.known += not accepted.created
            self._report(f"{'Diterima  ' if accepted.created else 'Sudah ada '} {masked}: {accepted.call_id}")
        with self._database.write() as session:
            repository.remember_file(session, row)
        if row.error_code not in _CURABLE:
            self._done.add(state.digest)
        return True

    def _read(self, state: FileState) -> bytes | None:
        """The bytes, or None where the file changed or went meanwhile. Raises RecordingError."""
        label = read_name(file_label(state.path.name), self._intake.zone).masked
        try:
            data = read_file(state.path, label, self._settings)
        except RecordingError as error:
            if error.code == "recording_not_found":
                return None
            raise
        return data if folder.look_at(state.path) == state else None

    def _path_key(self, state: FileState) -> str:
        return keyed_hash(self._key, "path", os.fsencode(state.path).decode("latin-1"))
