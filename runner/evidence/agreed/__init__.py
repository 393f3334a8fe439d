"""What was agreed: the specification, decisions, an earlier load."""
