"""What moves the clip: opening sources, loading the model, playing."""
