"""Whose files are in a folder that something is to be written to, and the right to write there."""
