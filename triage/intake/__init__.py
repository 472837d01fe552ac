"""How calls come in: from the API or a PBX's folder, checked, kept and entered once."""
