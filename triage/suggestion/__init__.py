"""All evidence of a call brought into one Suggestion."""
