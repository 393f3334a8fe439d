"""One request of the access matrix: who asked for whose object, what was declared, and what was seen."""

from dataclasses import dataclass

from runner.said import say

OWN, ANOTHERS, NONE = "own", "another's", ""
SUCCESS, ERRORS = range(200, 300), range(500, 600)
CREATED, CONFLICT = 201, 409
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One operation asked by one role for one kind of object: what was declared, and what was seen."""

    endpoint: str
    role: str
    owner: str  # OWN, ANOTHERS or NONE: the operation works on no single object
    declared: bool | None  # may the caller? None: nobody said
    by: str = ""  # how it was declared: "any", "own", "security"
    status: int | None = None
    problem: str = ""  # why it was not asked
    impossible: bool = False  # a caller of this role can own no such object
    written: tuple[str, ...] = ()  # tables that changed although the caller was refused, or is nobody
    unseen: bool = False  # it takes a role that could not sign in: counted, and not judged
    forged: bool = False  # with a token that nobody gave out
    gone: bool = False  # the object's own owner does not find it either
    shared: bool = False  # nothing in the database says whose the object is
    leaked: bool = False  # a list showed another's object
    counted: bool = False  # … in the total beside it alone
    filtered: str = ""  # … asked by this filter alone
    way: str = ""  # it got in by this parameter, or by this field alone
    kept_back: bool = False  # its list shows the object to its owner, and not to this caller
    curl: str = ""

    @property
    def got_in(self) -> bool:
        return self.status in SUCCESS

    @property
    def let_in(self) -> bool:
        """The handler was reached: it did what was asked, or found that it can't be done twice."""
        return self.got_in or self.status == CONFLICT

    @property
    def refused(self) -> bool:
        return self.status in {401, 403, 404} or (self.status is not None and 300 <= self.status < 400)  # noqa: PLR2004

    @property
    def open(self) -> bool:
        """The caller got in, or changed or saw something, and should not have."""
        return self.declared is False and (self.leaked or (self.got_in and self.by != "list") or bool(self.written))

    @property
    def changed(self) -> bool:
        """A changing request did what it asked for: something was made, or stored. A search by POST is none."""
        method = self.endpoint.split()[0]
        done = method in {"PUT", "PATCH", "DELETE"} or self.status == CREATED
        return method in CHANGING and self.got_in and (done or bool(self.written))

    @property
    def undecided(self) -> bool:
        """The caller should be refused, and the answer does not tell whether it was."""
        unclear = bool(self.problem) if self.by == "list" else not self.refused or self.gone
        return self.declared is False and not (self.impossible or self.unseen or self.open) and unclear

    @property
    def shut(self) -> bool:
        """The caller may, and was refused."""
        return self.declared is True and self.status in {401, 403}

    @property
    def who(self) -> str:
        role = say("{role} with a made-up token", role=self.role) if self.forged else self.role
        return say("{role}, {owner} object", role=role, owner=self.owner) if self.owner else role
