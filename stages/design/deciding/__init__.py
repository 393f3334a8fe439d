"""What can be chosen, weighed by the specification's constraints, as decision records. Pure: data in, texts out."""
