"""Place names of the gazetteer in what a caller said."""

from triage.places.gazetteer import Gazetteer, Place, load_gazetteer
from triage.places.hotwords import hotwords
from triage.places.match import PlaceMatch, find_places

__all__ = ["Gazetteer", "Place", "PlaceMatch", "find_places", "hotwords", "load_gazetteer"]
