"""Runtimes, one file each, behind the contract of `engine.backends.base`."""
