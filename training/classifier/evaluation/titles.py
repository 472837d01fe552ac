"""What the figures are called on the report, in Indonesian."""

from __future__ import annotations

COLUMN_TITLES = {
    "model": "model",
    "shown": "yang dilihat operator",
    "mono": "model, mono",
    "misheard": "model, 20% kata salah dengar",
    "svm_calls": "SVM, panggilan saja",
    "svm_all": "SVM, teks yang sama",
}
MEASURE_TITLES = {
    "type_accuracy": "Jenis pertama benar",
    "type_macro_f1": "Macro-F1 jenis",
    "type_top3": "Jenis ada di tiga teratas",
    "type_ece": "Galat kalibrasi jenis (ECE)",
    "opd_accuracy": "OPD pertama benar",
    "priority_accuracy": "Prioritas benar",
    "p1_recall": "P1 yang ditemukan",
    "disposition_accuracy": "Disposisi benar",
    "ghost_recall": "Ghost call yang ditemukan",
    "false_ghost_rate": "Panggilan sungguhan yang disebut ghost",
    "safety_called_ghost": "Panggilan keselamatan yang disebut ghost (banyaknya)",
    "safety_suspected": "Pengecualian keselamatan yang dikenali",
    "safety_false_alarms": "Pengecualian keselamatan yang keliru",
    "ghost_kind_accuracy": "Macam ghost benar",
}
SLICE_TITLES = {
    "all": "Semua aduan dan informasi",
    "caller_only": "Tanpa ucapan operator",
    "long": "Panggilan panjang",
    "dialect": "Melayu Kendari",
    "hard_pair": "Menyebut kata jenis yang mudah tertukar",
    "two_incidents": "Menyebut kata jenis lain (dua kejadian)",
    "exception": "OPD bukan OPD utama jenisnya",
    "noisy": "20% kata salah dengar",
}
