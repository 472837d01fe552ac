"""Real telephone codecs: 8 kHz samples through an encoder and its decoder and back."""

from __future__ import annotations

import io

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

SAMPLE_RATE = 8_000
Samples = NDArray[np.float32]

SOUNDFILE = {"mulaw": "ULAW", "alaw": "ALAW", "gsm": "GSM610"}
"""libsndfile's names: G.711 mu-law and A-law (ITU-T G.711), GSM full rate (ETSI 06.10)."""
FFMPEG = {
    "amr": ("libopencore_amrnb", "amr", 8_000, 12_200),
    "amr_low": ("libopencore_amrnb", "amr", 8_000, 5_150),
    "opus": ("libopus", "ogg", 8_000, 12_000),
}
"""FFmpeg's encoder, container, rate in Hz and bit rate: AMR-NB (3GPP TS 26.071) as mobiles use it, Opus (RFC 6716)."""
CODECS = (*SOUNDFILE, *FFMPEG)


def through(samples: Samples, codec: str) -> Samples:
    """What is left of samples (n,) at 8 kHz after the codec; same length. Raises KeyError for an unknown one."""
    coded = _soundfile(samples, SOUNDFILE[codec]) if codec in SOUNDFILE else _ffmpeg(samples, *FFMPEG[codec])
    return np.pad(coded, (0, max(0, len(samples) - len(coded))))[: len(samples)].astype(np.float32)


def _soundfile(samples: Samples, subtype: str) -> Samples:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(samples, -1, 1), SAMPLE_RATE, format="WAV", subtype=subtype)
    buffer.seek(0)
    return np.asarray(soundfile.read(buffer, dtype="float32")[0])


def _ffmpeg(samples: Samples, encoder: str, container: str, rate: int, bit_rate: int) -> Samples:
    buffer = io.BytesIO()
    frame = av.AudioFrame.from_ndarray(
        (np.clip(samples, -1, 1) * 32767).astype(np.int16)[None], format="s16", layout="mono"
    )
    frame.sample_rate = SAMPLE_RATE
    with av.open(buffer, "w", format=container) as file:
        stream = file.add_stream(encoder, rate=rate, layout="mono", bit_rate=bit_rate)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    buffer.seek(0)
    resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
    with av.open(buffer) as file:
        decoded = [r.to_ndarray()[0] for f in file.decode(audio=0) for r in resampler.resample(f)]
        decoded += [r.to_ndarray()[0] for r in resampler.resample(None)]
    return np.concatenate(decoded)
