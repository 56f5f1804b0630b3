"""What came of a training: its verdict in words, and what can be done with the new model."""
