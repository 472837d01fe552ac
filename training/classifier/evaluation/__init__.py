"""What is measured of a classifier, on what, and how it is reported."""
