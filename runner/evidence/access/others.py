"""Who is somebody else? A second caller of each role, kept, with objects of its own."""

from runner.errors import ProbeError, first_line
from runner.evidence.accounts.visit import Visit, on_person
from runner.http.identities import ADMINISTRATOR, Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.postgres.driver import PostgresError
from runner.said import say


class Others:
    """One more caller of each role, made when it is asked for. All methods but `forget` raise `CannotMake`."""

    def __init__(self, here: Visit) -> None:
        self.here = here
        self._kept: dict[str, Identity] = {}
        self._owner_of: dict[str, str] = {}  # which role can make the object of a path

    def owner(self, operation: Operation, caller: Identity) -> Identity:
        """Who owns an object of this kind: of the least powerful role that can make one."""
        path = operation.path.rpartition("}")[0]
        if on_person(operation):
            return self.kept(next(iter(self.here.present), self.here.roles[0]))
        known = self._owner_of.get(path)
        problem: CannotMake | None = None
        for role in (known,) if known else (*self.here.present, *self._mighty(operation)):
            try:
                self.here.objects.kept(operation, self.kept(role))
            except CannotMake as caught:
                problem = caught
            else:
                self._owner_of[path] = role
                return self.kept(role)
        raise problem or CannotMake(
            say("nobody can make the object of {endpoint} for {role}", endpoint=operation.endpoint, role=caller.role)
        )

    def _mighty(self, operation: Operation) -> tuple[str, ...]:
        """Where nobody else may make the very thing that the operation works on, in the collection before its id."""
        creator = self.here.objects.creator(operation, operation.placeholders[-1]) if operation.placeholders else None
        own = creator is not None and operation.path.startswith(f"{creator.path.rstrip('/')}/{{")
        return (ADMINISTRATOR,) if own and self.here.administrator is not None else ()

    def kept(self, role: str) -> Identity:
        """The same one of this role each time."""
        if role not in self._kept:
            self._kept[role] = self.fresh(role)
        return self._kept[role]

    def forget(self, role: str) -> None:
        """Take another one from now on."""
        self._kept.pop(role, None)

    def fresh(self, role: str) -> Identity:
        """One more of this role. Not to be had where nobody of it can be signed in (any longer)."""
        if role in self.here.missing:
            raise CannotMake(no_sign_in(self.here, role))
        try:
            return self.here.fresh(role)
        except (ProbeError, PostgresError) as error:
            raise CannotMake(
                say("no other {role} could sign in: {error}", role=role, error=first_line(error))
            ) from error


def no_sign_in(here: Visit, role: str) -> str:
    return say("{role} could not sign in: {missing}", role=role, missing=here.missing[role])
