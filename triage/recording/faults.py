"""What can be wrong with a recording: one RecordingError a code, each saying what to do, in Indonesian and English."""

from __future__ import annotations

from triage.errors import RecordingError

_CONVERT_ID = "Ubah dulu ke WAV, mis. `ffmpeg -i masuk -ar 8000 -c:a pcm_s16le keluar.wav`."
_CONVERT_EN = "Convert it to WAV first, e.g. `ffmpeg -i in -ar 8000 -c:a pcm_s16le out.wav`."
_EXPORT_ID = "Ekspor ulang rekaman dari PBX."
_EXPORT_EN = "Export the recording from the PBX again."

_FAULTS: dict[str, tuple[int, str, str]] = {
    "recording_not_found": (
        404,
        "Berkas {file} tidak ada. Periksa nama dan foldernya.",
        "There is no file {file}. Check its name and folder.",
    ),
    "recording_not_a_file": (
        422,
        "{file} bukan berkas biasa (folder, tautan simbolik, atau perangkat). Beri berkas rekamannya sendiri.",
        "{file} is no regular file (a folder, symbolic link or device). Give the recording itself.",
    ),
    "recording_unreadable": (
        422,
        "{file} tidak dapat dibaca. Periksa izin berkas.",
        "{file} cannot be read. Check its permissions.",
    ),
    "recording_empty": (
        422,
        "{file} kosong (0 bita). " + _EXPORT_ID,
        "{file} is empty (0 bytes). " + _EXPORT_EN,
    ),
    "recording_too_large": (
        413,
        "{file} berukuran {size}, batasnya {limit}. Potong rekaman, atau naikkan TRIAGE_MAX_BYTES.",
        "{file} is {size}, the limit is {limit}. Cut the recording, or raise TRIAGE_MAX_BYTES.",
    ),
    "recording_archive": (
        422,
        "{file} adalah arsip terkompresi. Ekstrak dulu, lalu beri rekaman di dalamnya.",
        "{file} is a compressed archive. Extract it first and give the recordings in it.",
    ),
    "recording_not_audio": (
        422,
        "{file} bukan rekaman suara yang dikenal (WAV, MP3, Ogg, FLAC, M4A, AMR, WebM). " + _CONVERT_ID,
        "{file} is no audio of a known format (WAV, MP3, Ogg, FLAC, M4A, AMR, WebM). " + _CONVERT_EN,
    ),
    "recording_no_audio_stream": (
        422,
        "{file} tidak berisi jalur suara (video tanpa suara?). Beri berkas yang ada suaranya.",
        "{file} has no audio stream (a video without sound?). Give a file with sound.",
    ),
    "recording_codec_unknown": (
        422,
        "{file} memakai codec yang tidak didukung ({codec}). " + _CONVERT_ID,
        "{file} uses an unsupported codec ({codec}). " + _CONVERT_EN,
    ),
    "recording_sample_rate": (
        422,
        "Kepala berkas {file} menyebut laju cuplik {rate} Hz; yang sah 4000 sampai 192000. " + _EXPORT_ID,
        "The header of {file} gives a sample rate of {rate} Hz; valid are 4000 to 192000. " + _EXPORT_EN,
    ),
    "recording_channels": (
        422,
        "{file} berisi {channels} kanal; yang didukung 1 atau 2 (pelapor dan operator). " + _CONVERT_ID,
        "{file} has {channels} channels; 1 or 2 (caller and operator) are supported. " + _CONVERT_EN,
    ),
    "recording_damaged": (
        422,
        "{file} rusak: isinya tidak dapat didekode. " + _EXPORT_ID,
        "{file} is damaged: its content cannot be decoded. " + _EXPORT_EN,
    ),
    "recording_truncated": (
        422,
        "{file} terpotong: kepalanya menjanjikan {promised}, yang ada hanya {found}. " + _EXPORT_ID,
        "{file} is truncated: its header promises {promised}, only {found} is there. " + _EXPORT_EN,
    ),
    "recording_no_samples": (
        422,
        "{file} tidak berisi suara sama sekali (0 detik). " + _EXPORT_ID,
        "{file} holds no audio at all (0 seconds). " + _EXPORT_EN,
    ),
    "recording_bad_samples": (
        422,
        "{file} berisi cuplikan yang bukan bilangan wajar (NaN, tak hingga, atau jauh di luar skala). " + _EXPORT_ID,
        "{file} holds samples that are no sane numbers (NaN, infinite or far out of scale). " + _EXPORT_EN,
    ),
    "recording_too_short": (
        422,
        "{file} hanya {seconds:.2f} detik; paling pendek {limit:g} detik. Panggilan ini dinilai dengan "
        "didengar, bukan oleh mesin.",
        "{file} lasts only {seconds:.2f} s; the shortest accepted is {limit:g} s. Judge this call by "
        "listening, not by machine.",
    ),
    "recording_too_long": (
        422,
        "{file} lebih panjang dari batas {limit:g} detik. Potong rekaman, atau naikkan TRIAGE_MAX_SECONDS.",
        "{file} is longer than the limit of {limit:g} s. Cut the recording, or raise TRIAGE_MAX_SECONDS.",
    ),
}
"""code: (HTTP status, message in Indonesian, in English); {names} are filled by fault()."""


def fault(code: str, file: str, **details: object) -> RecordingError:
    """The error with this code about this file; details fill the message. Raises KeyError for an unknown code."""
    status, message_id, message_en = _FAULTS[code]
    details["file"] = file
    return RecordingError(code, message_id.format(**details), message_en.format(**details), status=status)
