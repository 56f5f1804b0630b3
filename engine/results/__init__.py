"""What is written: masks, overlays, recordings, and whose files are in a folder."""
