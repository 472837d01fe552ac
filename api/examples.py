"""Example for the OpenAPI pages; a test holds it to the schema.

A wrong number, for a reason: FastAPI leaves nulls out of examples, and only a ghost call has none that are required.
"""

from __future__ import annotations

from typing import Any

SUGGESTION: dict[str, Any] = {
    "schema": 1,
    "call_id": "call-3f1c9a7be2d04c55",
    "decision": "suggest",
    "disposition": {"label": "ghost", "probability": 0.7612},
    "complaint_type": [
        {"code": "informasi_layanan", "name": "Informasi layanan", "probability": 0.2104},
        {"code": "permintaan_ambulans", "name": "Permintaan ambulans", "probability": 0.1012},
        {"code": "gangguan_listrik", "name": "Gangguan listrik", "probability": 0.0521},
    ],
    "sure_of": "opd",
    "pick_list": [
        {"code": "informasi_layanan", "name": "Informasi layanan", "probability": 0.2104},
        {"code": "permintaan_ambulans", "name": "Permintaan ambulans", "probability": 0.1012},
    ],
    "target_opd": [
        {"code": "KOMINFO", "name": "Dinas Komunikasi dan Informatika Kota Kendari", "probability": 0.7388},
        {"code": "PSC119", "name": "PSC 119 Kota Kendari", "probability": 0.1193},
        {"code": "PLN", "name": "PT PLN (Persero) UP3 Kendari", "probability": 0.0712},
    ],
    "supporting_opd": ["DISDUKCAPIL", "DIKBUD", "DPMPTSP", "DINKES", "BAPENDA", "KELURAHAN"],
    "priority": {"code": "P4", "probability": 1.0},
    "ghost": {
        "probability": 0.7612,
        "kind": "salah_sambung",
        "cap": 0.8,
        "evidence": [
            {"source": "text", "code": "salah_sambung", "text": "Penelepon bilang salah sambung.", "weight": 0.7612}
        ],
        "advice": "Dengarkan minimal 15 detik sebelum menutup; simpan cuplikan.",
    },
    "safety": [],
    "places": [
        {
            "id": "kel-7471031001",
            "name": "Baruga",
            "quote": "baruga",
            "score": 0.97,
            "ask_back": [],
            "start": 4.62,
            "end": 5.3,
        }
    ],
    "evidence": [
        {"quote": "salah", "supports": "informasi_layanan", "weight": 0.1133, "start": 2.1, "end": 2.54},
    ],
    "transcript": {
        "language": "id",
        "channels": ["caller"],
        "segments": [
            {
                "channel": "caller",
                "start": 1.2,
                "end": 5.3,
                "text": "aduh maaf salah pencet saya mau telepon orang di baruga",
                "words": [{"text": "aduh", "start": 1.2, "end": 1.5, "probability": 0.91}],
                "doubts": [],
            }
        ],
    },
    "audio": {
        "file": "0107.wav",
        "sha256": "3f1c9a7be2d04c55a1b0c9d8e7f6a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4",
        "duration": 6.4,
        "sample_rate": 8000,
        "codec": "pcm_mulaw",
        "container": "wav",
        "speech_seconds": 4.1,
        "level_dbfs": -24.3,
        "channels": [],
    },
    "warnings": [],
    "versions": {"recogniser": "large-v3-turbo 1", "classifier": "classifier-id 1", "taxonomy": "0.2+2026-01-01"},
}
