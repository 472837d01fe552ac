"""Corpora, speech synthesis, training and evaluation. Nothing imports it but the CLI's train commands, lazily."""
