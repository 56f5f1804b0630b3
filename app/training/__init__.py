"""Steadying in the window: the button, its sheet, the jobs, and what came of them."""
