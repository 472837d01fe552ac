"""Stage tags such as [isak] or [DTMF]: a writer's note on sounds, which no recogniser ever writes."""

from __future__ import annotations

import re

STAGE_TAG = re.compile(r"\[[^\[\]]{0,60}\]")


def strip_stage_tags(text: str) -> str:
    """Remove stage tags and the white space they leave behind."""
    return " ".join(STAGE_TAG.sub(" ", text).split())
