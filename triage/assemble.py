"""From settings to a pipeline with its models loaded: what the CLI and the HTTP service both start with."""

from __future__ import annotations

from triage.pipeline import Pipeline, TextPipeline
from triage.places import hotwords, load_gazetteer
from triage.registry.load import chosen_model, load_classifier, load_transcriber
from triage.settings import Settings
from triage.taxonomy import Taxonomy, load_taxonomy
from triage.transcribers import Transcriber


def load_recogniser(settings: Settings) -> Transcriber:
    """The transcriber, told which place and agency names to listen for. Raises ModelError or KnowledgeError."""
    return load_transcriber(settings, prompt=hotwords(load_gazetteer()))


def load_pipeline(settings: Settings) -> Pipeline:
    """Load both models; the taxonomy is the classifier's. Raises ModelError or KnowledgeError."""
    recogniser, classifier = load_recogniser(settings), load_classifier(settings)
    return Pipeline(recogniser, classifier, classifier.taxonomy)


def load_text_pipeline(settings: Settings) -> TextPipeline:
    """Load the classifier alone, with its taxonomy. Raises ModelError or KnowledgeError."""
    classifier = load_classifier(settings)
    return TextPipeline(classifier, classifier.taxonomy)


def load_taxonomy_in_use(settings: Settings) -> Taxonomy:
    """The classifier's taxonomy, without loading the classifier. Raises ModelError or KnowledgeError."""
    own = chosen_model(settings, "classifier").folder / "taxonomy"
    return load_taxonomy(own if own.is_dir() else None)
