"""Models on disk: manifest, checksums, metrics."""
