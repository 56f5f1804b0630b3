"""What surrounds a step of a training: memory that is short, numbers that are broken, checkpoints, other processes."""
