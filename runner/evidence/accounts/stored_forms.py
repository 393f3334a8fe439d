"""Passwords for accounts that are put in, each in the forms in which the service may store it. Not evidence itself."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

AT_ONCE = 8  # passwords, once it is known which form lets people in
CLEAR = "in clear"

Ask = Callable[[str], dict[str, Any]]


class StoredForms:
    """One for each run: the service's interpreter is asked for all kinds until one is taken, then for that alone."""

    def __init__(self, ask: Ask, password: Callable[[], str], own: Sequence[str]) -> None:
        """`ask` asks the guest `password_hashes`; `own`: the service's functions that hash, `module:attribute`."""
        self._ask, self._password, self._own = ask, password, list(own)
        self._ready: list[tuple[str, dict[str, str]]] = []
        self.taken: str | None = None  # the kind that let an account in

    def one(self) -> tuple[str, dict[str, str]]:
        """A password of its own, and kind → form, likeliest first."""
        if self.taken == CLEAR:
            password = self._password()
            return password, {CLEAR: password}
        if not self._ready:
            passwords = [self._password() for _ in range(AT_ONCE if self.taken else 1)]
            answer = self._ask(json.dumps({"passwords": passwords, "own": self._own, "only": self.taken}))
            clear = {} if self.taken else {CLEAR: ""}
            self._ready = [
                (one["password"], {**one["forms"], **dict.fromkeys(clear, one["password"])}) for one in answer["stored"]
            ]
        return self._ready.pop()

    def tried(self, forms: dict[str, str], turns: Iterator[tuple[str, str]]) -> Iterator[str]:
        """The tables of an account while it has one form after the other; at which nobody goes on, that was taken."""
        kinds = {form: kind for kind, form in forms.items()}
        for table, form in turns:
            self.taken = kinds[form]
            yield table
            self.taken = None
            self._ready = []
