"""Disk space: what results will take, what is kept where, and how much of it there is."""
