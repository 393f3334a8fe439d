"""Which requirements does a business document hold, and what is unclear in each? Deterministic, English and Chinese."""
