"""Text classifier: tokeniser, ONNX model, calibration. Gives distributions, takes no decision."""

from triage.classifier.model import Classification, Classifier, EvidenceSpan, Turn

__all__ = ["Classification", "Classifier", "EvidenceSpan", "Turn"]
