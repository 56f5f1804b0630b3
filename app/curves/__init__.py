"""The curves dock: what each slot measures, frame by frame."""
