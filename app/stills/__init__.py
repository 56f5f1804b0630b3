"""One frame as a picture of its own: copied, or saved as a file."""
