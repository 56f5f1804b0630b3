"""Weights in files: checkpoints that a training goes on from, and encoders that it begins with."""
