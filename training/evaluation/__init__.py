"""What is measured of a recogniser, on what, and how it is reported."""
