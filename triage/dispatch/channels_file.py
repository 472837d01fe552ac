"""Reading the channels file (TRIAGE_CHANNELS_FILE): what is wrong in it is named by line and key."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from triage.dispatch.channels import Channels
from triage.errors import InputError
from triage.taxonomy import Taxonomy

Key = tuple[int | str, ...]
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_KINDS = ("webhook", "email", "open311")
_FAULTS = {
    "missing": "wajib diisi",
    "extra_forbidden": "kunci ini tidak dikenal",
    "union_tag_invalid": "kind harus webhook, email atau open311",
    "union_tag_not_found": "kind wajib diisi: webhook, email atau open311",
    "url_parsing": "harus alamat http:// atau https://",
    "url_scheme": "harus alamat http:// atau https://",
    "string_pattern_mismatch": "bukan alamat surel",
    "too_short": "tidak boleh kosong",
    "list_type": "harus berupa daftar",
    "dict_type": "harus berupa pasangan kunci dan nilai",
    "model_type": "harus berupa pasangan kunci dan nilai",
    "webhook_secret": "harus whsec_ dan base64 dari 24 sampai 64 byte",
    "kind_twice": "satu OPD paling banyak punya satu kanal dari tiap jenis",
    "mail_server": "ada kanal email, tetapi mail_server belum diisi",
}
"""Pydantic's and our own kinds of error, in Indonesian."""


def load_channels(path: Path | None, taxonomy: Taxonomy) -> Channels:
    """Read the channels file; `${NAME}` in it is taken from the environment, so that secrets need not stand there.

    None: no channels. Raises InputError naming line and key of what is wrong, without the values that stand there.
    """
    if path is None:
        return Channels()
    try:
        text = path.read_text("utf-8")
        data, root = yaml.safe_load(text) or {}, yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(
            path, "tidak dapat dibaca sebagai teks UTF-8", f"cannot be read ({type(error).__name__})"
        ) from None
    except yaml.YAMLError as error:
        where = error.problem_mark.line + 1 if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark else 1
        raise _wrong(path, f"baris {where}: bukan YAML", f"line {where}: not YAML") from None
    try:
        channels = Channels.model_validate(_filled(data))
    except _UnsetError as error:
        said = f"variabel lingkungan {error.name} belum disetel", f"the environment variable {error.name} is not set"
        raise _faults(path, root, [(error.key, *said)]) from None
    except ValidationError as error:
        raise _faults(path, root, [_named(item) for item in error.errors()]) from None
    if unknown := _unknown(channels, taxonomy):
        faults = [(key, "kode ini tidak ada di taksonomi", "no such code in the taxonomy") for key in unknown]
        raise _faults(path, root, faults)
    return channels


class _UnsetError(Exception):
    """A variable that the environment lacks, and where the file wants it."""

    def __init__(self, name: str, key: Key) -> None:
        super().__init__(name)
        self.name, self.key = name, key


def _filled(value: Any, key: Key = ()) -> Any:
    """The value with the variables in its texts replaced: after parsing, so that a secret may hold any character."""
    if isinstance(value, dict):
        return {name: _filled(part, (*key, name)) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, (*key, number)) for number, part in enumerate(value)]
    if not isinstance(value, str):
        return value
    for name in _VARIABLE.findall(value):
        if name not in os.environ:
            raise _UnsetError(name, key)
    return _VARIABLE.sub(lambda match: os.environ[match[1]], value)


def _unknown(channels: Channels, taxonomy: Taxonomy) -> list[Key]:
    """Where codes stand that the taxonomy lacks."""
    found: list[Key] = [("opd", opd) for opd in channels.opd if opd not in taxonomy.opds]
    lists = [(("default",), channels.default), *((("opd", opd), one) for opd, one in channels.opd.items())]
    for key, channel_list in lists:
        for number, channel in enumerate(channel_list):
            if channel.kind == "open311":
                codes = (code for code in channel.service_codes if code not in taxonomy.types)
                found += [(*key, number, "service_codes", code) for code in codes]
    return found


def _named(item: ErrorDetails) -> tuple[Key, str, str]:
    return item["loc"], _FAULTS.get(item["type"], f"isian salah ({item['msg']})"), item["msg"]


def _faults(path: Path, root: yaml.Node | None, faults: Sequence[tuple[Key, str, str]]) -> InputError:
    """faults: key, and what is wrong there in both languages."""
    places = [_place(root, key) for key, _, _ in faults]
    return _wrong(
        path,
        "; ".join(f"baris {place}: {text}" for place, (_, text, _) in zip(places, faults, strict=True)),
        "; ".join(f"line {place}: {text}" for place, (_, _, text) in zip(places, faults, strict=True)),
    )


def _place(node: yaml.Node | None, key: Key) -> str:
    """Line of a key and the key, as they stand in the file; pydantic's key also holds the kind of channel."""
    line, name = 1, ""
    for part in key:
        child = _child(node, part)
        if child is not None:
            node, line = child
        if child is not None or part not in _KINDS:
            name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return f"{line}, {name.removeprefix('.')}" if name else str(line)


def _child(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node, int] | None:
    """The node under a key, and its line."""
    if isinstance(node, yaml.MappingNode):
        return next(((value, name.start_mark.line + 1) for name, value in node.value if name.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line + 1
    return None


def _wrong(path: Path, message_id: str, message_en: str) -> InputError:
    return InputError(
        "channels_invalid",
        f"Berkas kanal {path.name} salah: {message_id}. Lihat docs/dispatch.md.",
        f"The channels file {path.name} is wrong: {message_en}. See docs/dispatch.md.",
    )
