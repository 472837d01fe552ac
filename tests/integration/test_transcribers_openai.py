"""OpenAICompatibleTranscriber against a real HTTP server on this machine."""

import io
import threading
import wave

import pytest
from support.servers import Reply, closed_port, serve
from support.speech import channel, recording_of

from triage.errors import TranscriberError
from triage.registry.load import load_transcriber
from triage.settings import Settings
from triage.transcribers.openai_compatible import OpenAICompatibleTranscriber

VERBOSE = {
    "task": "transcribe",
    "language": "indonesian",
    "duration": 3.4,
    "text": "Ada kebakaran. Di lorong Anawai.",
    "segments": [
        {"id": 0, "start": 0.2, "end": 1.4, "text": " Ada kebakaran.", "avg_logprob": -0.25, "no_speech_prob": 0.02,
         "compression_ratio": 0.9, "tokens": [1, 2]},
        {"id": 1, "start": 1.5, "end": 3.2, "text": " Di lorong Anawai.", "avg_logprob": -1.5, "no_speech_prob": 0.1,
         "compression_ratio": 1.0},
    ],
    "words": [
        {"word": "Ada", "start": 0.2, "end": 0.6},
        {"word": "kebakaran", "start": 0.6, "end": 1.4},
        {"word": "Di", "start": 1.5, "end": 1.7},
        {"word": "lorong", "start": 1.7, "end": 2.4},
        {"word": "Anawai", "start": 2.4, "end": 3.2},
    ],
}  # fmt: skip


def transcriber(url, *, key=None, timeout=10.0, language="id", prompt=None):
    return OpenAICompatibleTranscriber(url, key, "whisper-1", timeout, language, prompt=prompt, backoff=0.001)


@pytest.fixture
def call():
    """Caller at 2-5 s; operator at 10-13 s."""
    return recording_of(channel("caller", 30, (2, 5)), channel("operator", 30, (10, 13)))


@pytest.fixture
def one():
    return recording_of(channel("caller", 10, (2, 5)))


class Server:
    """Gives these replies in turn, the last one again and again, and remembers the requests."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class TestRequest:
    def test_is_one_wav_of_speech_for_each_window(self, call):
        server = Server(Reply(body=VERBOSE))
        with serve(server) as url:
            transcriber(url, key="rahasia", prompt="Anawai, Kadia").transcribe(call)
        assert [r.path for r in server.asked] == ["/v1/audio/transcriptions"] * 2
        fields = server.asked[0].fields()
        assert {name: values for name, values in fields.items() if name != "file"} == {
            "model": [b"whisper-1"],
            "response_format": [b"verbose_json"],
            "timestamp_granularities[]": [b"word", b"segment"],
            "temperature": [b"0"],
            "language": [b"id"],
            "prompt": [b"Anawai, Kadia"],
        }
        assert server.asked[0].headers["authorization"] == "Bearer rahasia"
        with wave.open(io.BytesIO(fields["file"][0])) as sent:
            assert (sent.getframerate(), sent.getnchannels(), sent.getsampwidth()) == (16000, 1, 2)
            assert sent.getnframes() == round(3.4 * 16000)
            assert max(sent.readframes(16000)) > 0

    @pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
    def test_base_url_with_or_without_version(self, one, suffix):
        server = Server(Reply(body=VERBOSE))
        with serve(server) as url:
            transcriber(url + suffix).transcribe(one)
        assert [r.path for r in server.asked] == ["/v1/audio/transcriptions"]

    def test_auto_sends_no_language_and_reads_the_answers(self, one):
        server = Server(Reply(body=VERBOSE))
        with serve(server) as url:
            assert transcriber(url, language="auto").transcribe(one).language == "id"
        assert "language" not in server.asked[0].fields()
        assert "authorization" not in server.asked[0].headers

    def test_silence_is_not_sent(self):
        shares = []
        transcript = transcriber(closed_port()).transcribe(recording_of(channel("caller", 5)), shares.append)
        assert (transcript.segments, shares) == ((), [1.0])


class TestAnswer:
    def test_segments_words_and_measures(self, call):
        shares = []
        with serve(Server(Reply(body=VERBOSE))) as url:
            one = transcriber(url)
            transcript = one.transcribe(call, shares.append)
        assert transcript.recogniser == one.name == "whisper-1 @ 127.0.0.1"
        assert shares == [pytest.approx(0.5), 1.0]
        first, second, third, _ = transcript.segments
        assert (first.channel, first.start, first.end, first.text) == ("caller", 2.0, 3.2, "Ada kebakaran.")
        assert (first.avg_logprob, first.no_speech_prob, first.compression_ratio) == (-0.25, 0.02, 0.9)
        assert [(w.text, w.start, w.end) for w in first.words] == [("Ada", 2.0, 2.4), ("kebakaran", 2.4, 3.2)]
        assert first.words[0].probability == pytest.approx(0.7788, abs=1e-4)
        assert [w.text for w in second.words] == ["Di", "lorong", "Anawai"]
        assert (third.channel, third.start) == ("operator", 10.0)

    def test_doubts_are_attached(self, one):
        with serve(Server(Reply(body=VERBOSE))) as url:
            first, second = transcriber(url).transcribe(one).segments
        assert first.doubts == ()
        assert [(d.kind, d.value) for d in second.doubts] == [("low_logprob", -1.5)]

    def test_words_inside_the_segments_with_probabilities(self, one):
        word = {"word": " Halo", "start": 0.2, "end": 0.9, "probability": 0.5}
        body = {"text": "Halo", "segments": [{"start": 0.2, "end": 0.9, "text": " Halo", "words": [word]}]}
        with serve(Server(Reply(body=body))) as url:
            [segment] = transcriber(url).transcribe(one).segments
        assert [(w.text, w.start, w.end, w.probability) for w in segment.words] == [("Halo", 2.0, 2.7, 0.5)]

    @pytest.mark.parametrize("extra", [{}, {"segments": None, "words": None}, {"segments": []}])
    def test_text_alone_is_placed_in_its_window(self, one, extra):
        with serve(Server(Reply(body={"text": " Ada kebakaran. ", **extra}))) as url:
            [segment] = transcriber(url).transcribe(one).segments
        assert (segment.text, segment.start, segment.end, segment.words) == ("Ada kebakaran.", 1.8, 5.2, ())
        assert (segment.avg_logprob, segment.doubts) == (None, ())

    def test_no_text_no_segment(self, one):
        with serve(Server(Reply(body={"text": ""}))) as url:
            assert transcriber(url).transcribe(one).segments == ()

    def test_a_server_that_refuses_verbose_json_is_asked_for_plain_json_from_then_on(self, call):
        server = Server(Reply(400, {"error": "unsupported response_format"}), Reply(body={"text": "halo"}))
        with serve(server) as url:
            segments = transcriber(url).transcribe(call).segments
        assert [s.text for s in segments] == ["halo", "halo"]
        formats = [r.fields()["response_format"] for r in server.asked]
        assert formats == [[b"verbose_json"], [b"json"], [b"json"]]
        assert "timestamp_granularities[]" not in server.asked[2].fields()


class TestFailure:
    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_a_busy_server_is_asked_again(self, one, status):
        server = Server(Reply(status), Reply(status), Reply(body=VERBOSE))
        with serve(server) as url:
            assert len(transcriber(url).transcribe(one).segments) == 2
        assert len(server.asked) == 3

    @pytest.mark.parametrize(
        ("status", "code", "asked", "message"),
        [
            (503, "transcriber_refused", 3, "menjawab 503"),
            (401, "transcriber_unauthorised", 1, "TRIAGE_TRANSCRIBER_API_KEY"),
            (403, "transcriber_unauthorised", 1, "TRIAGE_TRANSCRIBER_API_KEY"),
            (404, "transcriber_not_found", 1, "TRIAGE_TRANSCRIBER_MODEL"),
            (400, "transcriber_refused", 2, "menjawab 400"),
            (413, "transcriber_refused", 1, "menjawab 413"),
            (307, "transcriber_refused", 1, "menjawab 307"),
        ],
    )
    def test_refusals_say_what_to_check(self, one, status, code, asked, message):
        server = Server(Reply(status, {"error": {"message": "no"}}))
        with serve(server) as url, pytest.raises(TranscriberError, match=message) as caught:
            transcriber(url, key="rahasia").transcribe(one)
        assert (caught.value.code, caught.value.status, caught.value.exit_code) == (code, 502, 4)
        assert len(server.asked) == asked
        assert "rahasia" not in str(caught.value)

    @pytest.mark.parametrize(
        "body",
        [b"", b"halo", b"<html></html>", b"[]", b'{"text": null}', b'{"segments": []}', b'{"text": "a", "words": 3}'],
    )
    def test_an_answer_of_unknown_form(self, one, body):
        with serve(Server(Reply(body=body))) as url, pytest.raises(TranscriberError) as caught:
            transcriber(url).transcribe(one)
        assert caught.value.code == "transcriber_answer"

    def test_timeout_is_not_asked_again(self, one):
        release = threading.Event()
        server = Server(Reply(body=VERBOSE, wait=release))
        with serve(server) as url, pytest.raises(TranscriberError, match=r"0\.2 s") as caught:
            try:
                transcriber(url, timeout=0.2).transcribe(one)
            finally:
                release.set()
        assert caught.value.code == "transcriber_timeout"
        assert len(server.asked) == 1

    def test_nobody_listens(self, one):
        with pytest.raises(TranscriberError, match="TRIAGE_TRANSCRIBER_URL") as caught:
            transcriber(closed_port()).transcribe(one)
        assert caught.value.code == "transcriber_unreachable"

    @pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://server", "http://", "http://[::1"])
    def test_no_address(self, url):
        with pytest.raises(TranscriberError) as caught:
            transcriber(url)
        assert caught.value.code == "transcriber_url"


def test_settings_with_a_url_choose_the_server(one):
    server = Server(Reply(body=VERBOSE))
    with serve(server) as url:
        loaded = load_transcriber(
            Settings(transcriber_url=url, transcriber_api_key="k", transcriber_model="large", language="id"),
            prompt="Anawai",
        )
        assert loaded.transcribe(one).segments[0].text == "Ada kebakaran."
    assert loaded.name == "large @ 127.0.0.1"
    fields = server.asked[0].fields()
    assert (fields["model"], fields["prompt"]) == ([b"large"], [b"Anawai"])
