"""What stands in slots A and B, and what of their difference is real."""
