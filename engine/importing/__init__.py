"""Foreign model files, taken in: everything hostile happens in a child process."""
