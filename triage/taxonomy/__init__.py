"""Types, OPDs, ghost kinds and safety exceptions: loaded from data, versioned, checked at load."""
