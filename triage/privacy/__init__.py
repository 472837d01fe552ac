"""Personal data: what is masked, how long what is kept, what holds it, and how one call is erased."""
