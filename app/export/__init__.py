"""Writing masks and overlay to files from the window: exports, recordings, and the bar that follows them."""
