"""Models written in another form: what is asked, how it goes, and what became of their masks."""
