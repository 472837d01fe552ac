"""Place names of the gazetteer in what a caller said."""
