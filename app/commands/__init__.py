"""Everything that can be done by menu, tool bar or key: the table, its actions, and what each does."""
