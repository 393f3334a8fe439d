"""Policy: what each stage claims, judges and writes. `built_in` is the table of contents."""
