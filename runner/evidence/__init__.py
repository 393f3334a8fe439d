"""One file per kind of fact: what it holds and how it is collected."""
