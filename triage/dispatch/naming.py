"""What people read in a message beside its codes."""

from __future__ import annotations

from typing import Any

from triage.places import load_gazetteer
from triage.taxonomy import Taxonomy


class Naming:
    """Puts names to codes when a message is sent, and the link to the ticket."""

    def __init__(self, taxonomy: Taxonomy, public_url: str | None) -> None:
        """public_url: where OPDs reach this service, None: nowhere."""
        self._taxonomy = taxonomy
        self._url = public_url.rstrip("/") if public_url else None
        self._places = {place.id: place.name for place in load_gazetteer().places}

    def named(self, payload: dict[str, Any]) -> dict[str, object]:
        """The message with names; a code that the taxonomy no longer has stands for itself."""
        data = payload["data"]
        kind, opd = self._taxonomy.types.get(data["complaint_type"]), self._taxonomy.opds.get(data["target_opd"])
        names = {
            "complaint_name": kind.name if kind else data["complaint_type"],
            "opd_name": opd.name if opd else data["target_opd"],
            "place": data["place"] or self._places.get(data["place_id"]),
            "link": f"{self._url}/v1/tickets/{data['number']}" if self._url else None,
        }
        return {**payload, "data": {**data, **names}}
