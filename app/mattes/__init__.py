"""How a matte is looked at: over which ground, made ready off the GUI thread."""
