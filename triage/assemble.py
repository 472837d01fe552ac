"""From settings to a pipeline with its models loaded: what the CLI and the HTTP service both start with."""

from __future__ import annotations

from triage.pipeline import Pipeline, TextPipeline
from triage.places import hotwords, load_gazetteer
from triage.registry.load import load_classifier, load_transcriber
from triage.settings import Settings
from triage.taxonomy import load_taxonomy
from triage.transcribers import Transcriber


def load_recogniser(settings: Settings) -> Transcriber:
    """The transcriber, told which place and agency names to listen for. Raises ModelError or KnowledgeError."""
    return load_transcriber(settings, prompt=hotwords(load_gazetteer()))


def load_pipeline(settings: Settings) -> Pipeline:
    """Load the taxonomy and both models. Raises ModelError or KnowledgeError."""
    return Pipeline(load_recogniser(settings), load_classifier(settings), load_taxonomy())


def load_text_pipeline(settings: Settings) -> TextPipeline:
    """Load the taxonomy and the classifier alone. Raises ModelError or KnowledgeError."""
    return TextPipeline(load_classifier(settings), load_taxonomy())
