"""What a run need not do again: evidence that an earlier run collected and that nothing has changed since."""
