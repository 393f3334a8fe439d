"""Which routes that change something does the contract leave out? The app's own routing table knows them."""

from dataclasses import dataclass

from runner.evidence.contract.routes import Routes

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Hidden:
    """A method and a path that nobody can ask for by the contract."""

    method: str
    path: str

    @property
    def creates(self) -> bool:
        return self.method == "POST" and not self.path.rstrip("/").endswith("}")

    @property
    def changes_one(self) -> bool:
        return self.method in CHANGES - {"DELETE"} and "{" in self.path


def hidden_changes(routes: Routes) -> tuple[Hidden, ...]:
    """Routes with `include_in_schema=False`."""
    left_out = [one for one in routes.routes if one.kind != "mount" and not one.in_schema]
    return tuple(Hidden(method, one.path) for one in left_out for method in one.methods if method in CHANGES)
