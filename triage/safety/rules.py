"""The safety exceptions as far as audio and text can show them, one function each.

Each returns the words that show it, SOUND when only the audio does, or None.
"""

from __future__ import annotations

import re
from itertools import pairwise

from triage.classifier.text import plain_text
from triage.recording import AcousticFacts
from triage.safety.words import Quote, Said, cues
from triage.speech.vocabulary import is_ordinary

SOUND = Quote(0, 0)
"""Shown by the audio, not by words."""

LITTLE_SPEECH_SECONDS, LITTLE_SPEECH_SHARE = 3.0, 0.10
CHILD_SIGNS = 1
FEW_WITH_A_NOTE = 6
SHOUTS, SHOUTS_WITH_BLOWS, FEW_WORDS = 0.2, 0.1, 40
STAMMERS, REGIONAL, UNKNOWN = 0.12, 0.12, 0.25
"""Shares of the caller's words; tuned on the training calls to fire on at most two ordinary calls of a hundred each."""
EARLY = 12
"""An order is what the call opens with: among the caller's first words."""
WHISPER_DBFS = -50.0
"""Thirty decibels under telephone speech (ITU-T P.56 active level near -20 dBFS): no line is that weak."""


def silent_distress(said: Said, caller: AcousticFacts | None) -> Quote | None:
    """S1: hardly any speech, but blows, cries or keys pressed; in text, only sobs and groans.

    Where a person wrote the transcript, his notes on sounds ("[benturan]") stand for the audio that is not there.
    """
    if caller is not None:
        little = caller.speech_seconds < LITTLE_SPEECH_SECONDS or caller.speech_share < LITTLE_SPEECH_SHARE
        signals = caller.distress_sounds or any(tone.kind == "dtmf" for tone in caller.tones)
        if little and signals:
            return SOUND
    elif len(said.words) <= FEW_WITH_A_NOTE and said.noted(cues()["distress_notes"]):
        return SOUND
    vocal = said.matching(cues()["vocal"])
    if len(vocal) >= 2 and len(vocal) >= 0.6 * len(said.words):
        return Quote(vocal[0], vocal[-1] + 1)
    return None


def whisper(said: Said, caller: AcousticFacts | None) -> Quote | None:
    """S2: the caller asks for quiet, says that he hides or may be overheard, or is too faint to be speaking aloud."""
    lists = cues()
    families = (said.pattern(lists[name]) for name in ("quiet", "overheard", "hides"))
    quote = next((found for found in families if found), None) or said.phrase(lists["whisper"])
    if quote is None and caller is not None and caller.speech_seconds >= 1.0 and caller.level_dbfs < WHISPER_DBFS:
        return SOUND
    return quote


def coded_order(said: Said, caller: AcousticFacts | None) -> Quote | None:
    """S3: an order for food, a parcel or a ride that goes on after "this is 112", or is urgent and has an address;
    or a caller who says the word that the operator offered for danger."""
    lists = cues()
    if _says_wrong_number(said):
        return None
    agreed = _agreed_word(said)
    if agreed:
        return agreed
    order = said.any(lists["ordered"])
    if order is None or order.first >= EARLY:
        return None
    turn = said.words[order.first].turn
    told = said.operator_said(lists["not_here"], turn) or said.operator_said(lists["danger"], turn)
    if told and said.any(lists["insists"], turn):
        return order
    has_operator = any(item.speaker == "operator" for item in said.turns)
    to_an_address = said.any(lists["address"]) and said.any(lists["insists"]) and said.phrase(lists["hurries"])
    return order if to_an_address and not has_operator and not said.matching(lists["laughter"]) else None


def _agreed_word(said: Said) -> Quote | None:
    """The word that the operator offered ("kalau ada yang menyakiti Ibu, bilang pedas"), where the caller says it."""
    lists = cues()
    for number, turn in enumerate(said.turns):
        asked = plain_text(turn.text) if turn.speaker == "operator" else ""
        offered = re.search(lists["offered_word"], asked)
        if offered and re.search(lists["asked_of_danger"], asked):
            found = said.any([offered["word"]], number)
            if found:
                return found
    return None


def _says_wrong_number(said: Said) -> bool:
    """Whether he says that he dialled wrongly; "bukan salah sambung" says the opposite."""
    wrong = said.phrase(cues()["wrong_number"])
    return wrong is not None and (wrong.first == 0 or said.words[wrong.first - 1].text != "bukan")


def child_and_unconscious(said: Said, caller: AcousticFacts | None) -> Quote | None:
    """S4: a child whose parent, grandparent or sibling does not wake, move or answer."""
    lists = cues()
    if said.any(lists["kin"]) is None:
        return None
    signs = (
        said.operator_said(lists["child_asked"]),
        said.operator_said(lists["child_asks_age"]),
        said.phrase(lists["child"]) is not None,
        said.any(lists["addressed"]) is not None,
    )
    opening = [word.text for word in said.words[:5]]
    childlike = any(word in lists["bare_kin"] for word in opening) and opening[0] in ("pak", *lists["addressed"])
    if not childlike and sum(signs) < CHILD_SIGNS:
        return None
    return said.pattern(lists["collapse"]) or said.phrase(lists["unconscious"])


def noise_and_shouts(said: Said, caller: AcousticFacts | None) -> Quote | None:
    """S6: broken speech that is mostly shouts, over noise or without a sentence in it."""
    lists = cues()
    known = set(lists["shouts"])
    shouts = [index for index, word in enumerate(said.words) if word.text in known]
    noise = said.matching(lists["noise"])
    spoken = len(said.words) - len(noise)
    if not shouts or not spoken:
        return None
    share = len(shouts) / spoken
    blows = caller is not None and bool(caller.distress_sounds)
    distinct = {said.words[index].text for index in shouts}
    mostly_shouts = len(shouts) >= 3 and len(distinct) >= 2 and share >= SHOUTS and spoken <= FEW_WORDS
    if len(noise) >= 2 or mostly_shouts or (blows and share >= SHOUTS_WITH_BLOWS):
        return Quote(shouts[0], shouts[0] + 1)
    return None


def forced_wrong_number(said: Said, caller: AcousticFacts | None) -> Quote | None:
    """S7: "wrong number" in fear, or with someone commanding in the background."""
    lists = cues()
    wrong = said.phrase(lists["wrong_number"])
    if wrong is None:
        return None
    blows = caller is not None and bool(caller.distress_sounds)
    if (
        blows
        or _agreed_word(said)
        or said.phrase(lists["coerced"])
        or said.pattern(lists["orders_from_another"])
        or said.operator_said(lists["heard_by_operator"])
    ):
        return wrong
    return None


def impaired_or_regional(said: Said, caller: AcousticFacts | None) -> Quote | None:
    """S8: a stammer, a remark on deafness or on not speaking Indonesian, or words of another language."""
    lists = cues()
    remark = said.phrase(lists["impaired"])
    if remark:
        return remark
    count = len(said.words)
    stammers = [index for index, (one, two) in enumerate(pairwise(said.words)) if _stammered(one.text, two.text)]
    if len(stammers) >= 3 and len(stammers) >= STAMMERS * count:
        return Quote(stammers[0], stammers[-1] + 2)
    regional = [index for index, word in enumerate(said.words) if word.text in lists["regional"]]
    distinct = {said.words[index].text for index in regional}
    if len(distinct) >= 3 and len(regional) >= REGIONAL * count:
        return Quote(regional[0], regional[-1] + 1)
    unknown = [index for index, word in enumerate(said.words) if len(word.text) > 1 and not is_ordinary(word.text)]
    if len(unknown) >= 4 and len(unknown) >= UNKNOWN * count:
        return Quote(unknown[0], unknown[-1] + 1)
    return None


def _stammered(fragment: str, word: str) -> bool:
    """The beginning of a word, then the word: "ka ... kabel"."""
    return len(fragment) <= 3 and len(word) > len(fragment) and word.startswith(fragment)
