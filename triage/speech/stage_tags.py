"""Stage tags such as [isak] or [DTMF]: a writer's note on sounds, which no recogniser ever writes."""

from __future__ import annotations

import re

STAGE_TAG = re.compile(r"\[[^\[\]]{0,60}\]")
