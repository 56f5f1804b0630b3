"""The colours of slots A and B, the same in the window and in reports."""

A = "#3f7fd9"
B = "#d9822b"
"""Blue and orange: apart for colour-blind people, on white and on black."""
