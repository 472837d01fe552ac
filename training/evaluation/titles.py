"""Indonesian names of the slices and sounds, and which slices are shown together."""

from __future__ import annotations

import re
from collections.abc import Iterable

from training.evaluation.sets import RECORDED

_PARTS = {
    "turns": "Giliran tunggal, suara baru",
    "turns_known_voices": "Giliran tunggal, suara terlatih",
    "dialogues": "Percakapan 30-120 detik, stereo",
    "dialogues_mono": "Percakapan yang sama, mono",
    "recordings": "Rekaman sendiri",
    "clean": "Saluran bersih",
    "clipping": "Suara terpotong (clipping)",
    "echo": "Gema saluran",
    "room": "Ruangan bergaung",
    "children": "Anak",
    "slow": "Lambat",
    "fast": "Cepat",
    "codec_mulaw": "G.711 mu-law",
    "codec_alaw": "G.711 A-law",
    "codec_gsm": "GSM 06.10",
    "codec_amr": "AMR 12,2 kbit/s",
    "codec_amr_low": "AMR 5,15 kbit/s",
    "codec_opus": "Opus 12 kbit/s",
}
SOUNDS = {
    "line": "Derau saluran",
    "babble": "Orang-orang lain bicara",
    "music": "Musik",
    "fax": "Faks",
    "knock": "Ketukan",
    "hum": "Dengung listrik",
    "engine": "Mesin motor",
    "rain": "Hujan",
    "noise_white": "Derau putih",
    "noise_pink": "Derau merah muda",
    "noise_brown": "Derau cokelat",
    "dial_tone": "Nada pilih",
    "ringback": "Nada tunggu",
    "busy": "Nada sibuk",
    "dtmf": "Nada tombol (DTMF)",
}
NOISE = re.compile(r"noise_(.+)_(\d+)db")
"""A slice of speech over a noise: its name, and how many dB it lies under the speech."""
_LEVEL = re.compile(r"level_(-?\d+)dbfs")
_LOSS = re.compile(r"loss_(\d+)pct")

GROUPS = {
    "headline": re.compile(r"turns|turns_known_voices|dialogues|dialogues_mono|recordings"),
    "level": _LEVEL,
    "codec": re.compile(r"codec_.+"),
    "fault": re.compile(r"clean|loss_.+|clipping|echo|room"),
    "voice": re.compile(r"clean|children|slow|fast"),
}
"""What stands in one plot; `clean` is what the others of its plots are compared with."""


def title(name: str) -> str:
    """What a slice is called on the page; a name that is not known stays as it is."""
    if found := NOISE.fullmatch(name):
        return f"{sound(found[1])}, SNR {found[2]} dB"
    if found := _LEVEL.fullmatch(name):
        return f"{found[1]} dBFS"
    if found := _LOSS.fullmatch(name):
        return f"Paket hilang {found[1]}%"
    return _PARTS.get(name, name)


def sound(name: str) -> str:
    """What a noise or another sound is called; a recorded noise has the name of its file."""
    return SOUNDS.get(name, name.replace(RECORDED, "Rekaman: "))


def group(names: Iterable[str], key: str) -> list[str]:
    """Those of the slices that belong into the plot `key`, in their order."""
    return [name for name in names if GROUPS[key].fullmatch(name)]
