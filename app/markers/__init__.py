"""Places in a clip that a person marked: set, named, gone to, kept with the clip."""
