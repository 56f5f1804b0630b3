"""A bundle as other files: our graph or plain logits, float32, float16 or int8, and what became of its masks.

`wanted` asks, `export` makes, `parity` judges, `child` does all of it in a process of its own.
"""
