"""The colours of slots A and B, the same in the window and in reports."""

A = "#3f7fd9"
B = "#bf6a12"
"""Blue and orange: apart for colour-blind people, on every ground of the dark and of the light."""
