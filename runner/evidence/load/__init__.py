"""Load, statements, plans, and what monitoring shows of them."""
