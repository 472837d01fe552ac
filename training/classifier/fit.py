"""What is fitted on the cross-fitted answers: share, temperatures, urgency bias, limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.classifier.calibrate import Calibration, calibrate, ghost_bias, urgency_bias
from training.classifier.crossfit import CrossFitted
from training.classifier.knowledge import build_labels
from training.classifier.limits import fit_limits, safety_limit
from training.corpus.bundled import Corpus
from training.corpus.split import all_round_writers
from triage.classifier.answer import Interpreter
from triage.classifier.labels import GHOST, Labels
from triage.classifier.model import Classification, Limits
from triage.classifier.pick import suspected


@dataclass(frozen=True, slots=True)
class Fitted:
    """Everything beside the branches that a model needs, and on how many calls it was fitted.

    answers: the calibrated cross-fitted answers, in the order of CrossFitted.calls.
    """

    labels: Labels
    calibration: Calibration
    interpreter: Interpreter
    limits: Limits
    fitted_on: int
    answers: list[Classification]


def fit_answers(crossed: CrossFitted, corpus: Corpus) -> Fitted:
    """Fit on the calls of writers who were held out whole, where there are any: the next caller is nobody's colleague.

    A writer avoids repeating himself, so the held-out stories of a writer in training are harder than a new caller's.
    """
    labels = build_labels(corpus.taxonomy, corpus.calls)
    writers = all_round_writers(crossed.calls)
    chosen = [n for n, call in enumerate(crossed.calls) if call.writer in writers] or list(range(len(crossed.calls)))
    examples = [crossed.examples[number] for number in chosen]
    calibration = calibrate(crossed.deep[chosen], crossed.wide[chosen], examples, labels)
    logits = crossed.deep + calibration.share * crossed.wide
    plain = Interpreter(labels, calibration.temperature, 0.0, 0.0)
    urgent = [(plain.distributions(logits[n]).priority, crossed.calls[n].priority) for n in chosen]
    known = [(shares, code) for shares, code in urgent if code is not None]
    bias = urgency_bias(
        np.log(np.asarray([shares for shares, _ in known])),
        np.asarray([code == labels.priority[0] for _, code in known]),
    )
    # Every writer's calls: those who write of danger in odd words are the ones to be lost.
    seen = [plain.distributions(row) for row in logits]
    unbiased = [plain.named(found) for found in seen]
    limit = safety_limit([crossed.calls[n] for n in chosen], [unbiased[n] for n in chosen])
    against_ghosts = ghost_bias(
        np.log(np.asarray([found.disposition for found in seen])),
        labels.disposition.index(GHOST),
        np.asarray([call.disposition != GHOST for call in crossed.calls]),
        np.asarray([suspected(answer.safety, limit) is not None for answer in unbiased]),
    )
    interpreter = Interpreter(labels, calibration.temperature, bias, against_ghosts)
    answers = [interpreter.named(interpreter.distributions(row)) for row in logits]
    limits = fit_limits([crossed.calls[n] for n in chosen], [answers[n] for n in chosen])
    interpreter = Interpreter(labels, calibration.temperature, bias, against_ghosts, limits)
    answers = [interpreter.named(interpreter.distributions(row)) for row in logits]
    return Fitted(labels, calibration, interpreter, limits, len(chosen), answers)
