"""Training of the text classifier: pre-training, fine-tuning, linear branch, calibration, export, evaluation."""
