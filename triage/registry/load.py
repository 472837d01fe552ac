"""From settings to loaded models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.registry.aliases import CHAMPION, champion
from triage.registry.folders import InstalledModel, find_model
from triage.registry.manifest import Kind, verify
from triage.settings import Settings

if TYPE_CHECKING:
    from triage.classifier import Classifier
    from triage.transcribers import Transcriber


def chosen_model(settings: Settings, kind: Kind) -> InstalledModel:
    """The model of a kind that the settings name, or the champion. Raises ModelError."""
    name = settings.recogniser if kind == "recogniser" else settings.classifier
    return find_model(settings.models_dir, champion(settings.models_dir, kind) if name == CHAMPION else name, kind)


def load_transcriber(settings: Settings, prompt: str | None = None) -> Transcriber:
    """The remote transcriber when settings.transcriber_url is set, else the local model, its checksums verified.

    prompt: names to listen for (places, agencies); a model that was not trained with prompts gets none.
    Raises ModelError. The local model's weights are loaded on first use.
    """
    if settings.transcriber_url:
        from triage.transcribers.openai_compatible import OpenAICompatibleTranscriber

        return OpenAICompatibleTranscriber(
            settings.transcriber_url,
            settings.transcriber_api_key,
            settings.transcriber_model,
            timeout=settings.transcriber_timeout,
            language=settings.language,
            prompt=prompt,
        )
    from triage.transcribers.local import FasterWhisperTranscriber

    folder = chosen_model(settings, "recogniser").folder
    return FasterWhisperTranscriber(
        folder,
        manifest=verify(folder),
        language=settings.language,
        beam_size=settings.beam_size,
        threads=settings.threads,
        prompt=prompt,
    )


def load_classifier(settings: Settings) -> Classifier:
    """The classifier, its checksums verified. Raises ModelError."""
    from triage.classifier.onnx import OnnxClassifier

    folder = chosen_model(settings, "classifier").folder
    verify(folder)
    # One call is a few milliseconds of work: a second thread costs more to wake than it brings.
    return OnnxClassifier(folder, threads=1)
