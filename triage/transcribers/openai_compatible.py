"""Any server with OpenAI's `POST /v1/audio/transcriptions`: vLLM, speaches, whisper.cpp, or OpenAI's own.

Each speech window is posted by itself, not the whole channel: silence is what makes recognisers invent text; a server
that gives text alone still gets its text placed in time; size limits (25 MB at OpenAI, 13 minutes of PCM) are never
met; one lost answer is asked for again without the rest; and no more of a call leaves the house than was spoken.
"""

from __future__ import annotations

import io
import time
import wave
from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus

import httpx
import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from triage.errors import TranscriberError
from triage.recording import Channel, Recording, Span
from triage.recording.model import SAMPLE_RATE
from triage.speech import Segment, Transcript
from triage.speech.doubts import DoubtLimits
from triage.transcribers.base import Progress
from triage.transcribers.verbose_json import Answer, to_segments
from triage.transcribers.windows import samples_in, speech_windows, transcribe_windows

WINDOW_SECONDS = 28.0
JOIN_GAP_SECONDS = 5.0
ATTEMPTS = 3
RETRIED = frozenset({429, 500, 502, 503, 504})
_REFUSED_FORMAT = frozenset({400, 422})


class OpenAICompatibleTranscriber:
    """Posts speech to a server and reads what it gives: text, and segments, words and measures where it has them."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        model: str,
        timeout: float,
        language: str,
        *,
        prompt: str | None = None,
        backoff: float = 1.0,
    ) -> None:
        """Nothing is sent yet. Raises TranscriberError when base_url is no http address.

        base_url: with or without /v1. timeout: seconds for each window. language: a Whisper code, or "auto" (not sent).
        backoff: seconds before the second attempt; doubled after each.
        """
        base = base_url.rstrip("/")
        self._url = _checked(f"{base if base.endswith('/v1') else base + '/v1'}/audio/transcriptions")
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._model = model
        self._timeout = timeout
        self._language = language
        self._prompt = prompt
        self._backoff = backoff

    @property
    def name(self) -> str:
        """Model and host."""
        return f"{self._model} @ {self._url.host}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """None of its own: what the server runs is the site's choice."""
        return ()

    def transcribe(self, recording: Recording, progress: Progress | None = None) -> Transcript:
        """Transcribe the speech of each channel. Raises TranscriberError."""
        windows = speech_windows(recording, WINDOW_SECONDS, JOIN_GAP_SECONDS)
        languages: Counter[str] = Counter()
        with httpx.Client(headers=self._headers, timeout=self._timeout) as client:
            form = self._form()

            def hear(channel: Channel, window: Span) -> Iterable[Segment]:
                answer = self._ask(client, form, _wav(samples_in(channel, window)))
                languages[answer.language_code] += 1
                return to_segments(answer, channel.role, window)

            segments = transcribe_windows(recording, windows, hear, limits=DoubtLimits(), progress=progress)
        heard = languages.most_common(1)[0][0] if languages else "und"
        return Transcript(heard if self._language == "auto" else self._language, segments, self.name)

    def _form(self) -> dict[str, str | list[str]]:
        form: dict[str, str | list[str]] = {
            "model": self._model,
            "response_format": "verbose_json",
            "timestamp_granularities[]": ["word", "segment"],
            "temperature": "0",
        }
        if self._language != "auto":
            form["language"] = self._language
        if self._prompt:
            form["prompt"] = self._prompt
        return form

    def _ask(self, client: httpx.Client, form: dict[str, str | list[str]], wav: bytes) -> Answer:
        """One window's answer. A server that refuses verbose_json is asked for plain JSON, and `form` remembers it."""
        response = self._post(client, form, wav)
        if response.status_code in _REFUSED_FORMAT and form["response_format"] == "verbose_json":
            form["response_format"] = "json"
            del form["timestamp_granularities[]"]
            response = self._post(client, form, wav)
        if response.status_code != HTTPStatus.OK:
            raise self._refused(response)
        try:
            return Answer.model_validate_json(response.content)
        except ValidationError as error:
            raise self._error(
                "transcriber_answer", "menjawab dengan bentuk yang tidak dikenal", "gave an answer of unknown form"
            ) from error

    def _post(self, client: httpx.Client, form: dict[str, str | list[str]], wav: bytes) -> httpx.Response:
        """The server's last answer; a busy or failing one is asked again. Raises TranscriberError without an answer."""
        attempt = 1
        while True:
            try:
                response = client.post(self._url, data=form, files={"file": ("speech.wav", wav, "audio/wav")})
                if response.status_code not in RETRIED or attempt == ATTEMPTS:
                    return response
            except httpx.TimeoutException as error:  # not asked again: it may still be working on the first
                raise self._error(
                    "transcriber_timeout",
                    f"tidak menjawab dalam {self._timeout:g} s; naikkan TRIAGE_TRANSCRIBER_TIMEOUT bila perlu",
                    f"did not answer in {self._timeout:g} s; raise TRIAGE_TRANSCRIBER_TIMEOUT if need be",
                ) from error
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise self._error(
                        "transcriber_unreachable",
                        "tidak bisa dihubungi; periksa TRIAGE_TRANSCRIBER_URL dan jaringan",
                        f"cannot be reached ({error}); check TRIAGE_TRANSCRIBER_URL and the network",
                    ) from error
            time.sleep(self._backoff * 2 ** (attempt - 1))
            attempt += 1

    def _refused(self, response: httpx.Response) -> TranscriberError:
        status = response.status_code
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return self._error(
                "transcriber_unauthorised",
                f"menolak kunci ({status}); periksa TRIAGE_TRANSCRIBER_API_KEY",
                f"refuses the key ({status}); check TRIAGE_TRANSCRIBER_API_KEY",
            )
        if status == HTTPStatus.NOT_FOUND:
            return self._error(
                "transcriber_not_found",
                f"tidak punya {self._url.path} atau model '{self._model}' (404); "
                "periksa TRIAGE_TRANSCRIBER_URL dan TRIAGE_TRANSCRIBER_MODEL",
                f"has no {self._url.path} or no model '{self._model}' (404); "
                "check TRIAGE_TRANSCRIBER_URL and TRIAGE_TRANSCRIBER_MODEL",
            )
        return self._error(
            "transcriber_refused",
            f"menjawab {status}; coba lagi, atau tanyakan pengelola server",
            f"answered {status}; try again, or ask whoever runs the server",
        )

    def _error(self, code: str, what_id: str, what_en: str) -> TranscriberError:
        host = self._url.host
        return TranscriberError(
            code, f"Server transkripsi {host} {what_id}.", f"Transcription server {host} {what_en}."
        )


def _checked(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
        if url.scheme in ("http", "https") and url.host:
            return url
    except httpx.InvalidURL:
        pass
    raise TranscriberError(
        "transcriber_url",
        "TRIAGE_TRANSCRIBER_URL bukan alamat http(s) yang benar. Contoh: http://localhost:8000/v1",
        "TRIAGE_TRANSCRIBER_URL is no http(s) address. Example: http://localhost:8000/v1",
    )


def _wav(samples: NDArray[np.float32]) -> bytes:
    """16-bit PCM WAV, mono at SAMPLE_RATE."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes((np.clip(samples, -1, 1) * 32767).round().astype("<i2").tobytes())
    return file.getvalue()
