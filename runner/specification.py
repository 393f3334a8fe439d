"""What is a specification? The shape of `spec.yaml`: requirements, roles, permissions, quality needs with numbers."""

from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# `REQ-POST-1`, `AC-5.2`, `US_12`, `R7`: as a team numbers them, in capitals so that no other word is taken for one.
Id = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*([-._][A-Z0-9]+)+$|^[A-Z]+[0-9]+$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Endpoint = Annotated[str, StringConstraints(pattern=r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /\S*$")]
ANONYMOUS = "anonymous"


class Part(BaseModel):
    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)


class ServiceHead(Part):
    """What the service is, who answers for it, and the business document it was derived from."""

    name: Text
    summary: Text
    owner: Text
    document: str | None = Field(None, description="path of the business document")


class Scope(Part):
    included: tuple[Text, ...] = ()
    excluded: tuple[Text, ...] = ()


class Constraint(Part):
    """What limits the choices. With a `kind`, `invoke decide` weighs the options by it."""

    id: Id
    text: Text
    kind: Literal["team", "platform", "load", "data", "budget", "compliance", "lifetime"] | None = Field(
        None, description="team: what people know; platform: what it must run on; lifetime: how long it stays unchanged"
    )
    names: tuple[Text, ...] = Field((), description="what a team knows or a platform has: postgresql, python, docker")
    limit: float | None = Field(None, gt=0, allow_inf_nan=False, description="of a load, of data, a budget, a lifetime")
    unit: Literal["req/s", "users", "rows", "GB", "EUR/month", "USD/month", "months", "years"] | None = None


class Choice(Part):
    """One decision, as people took it: what was chosen for what, and why. `invoke decide` writes its record."""

    about: Literal["python", "framework", "database", "cache", "queue", "image", "third-party"]
    choose: Text = Field(description="one of the options, as postgresql, valkey or stripe")
    version: str | None = Field(None, description='which versions of it: ">=16,<17"')
    because: Text
    instead: tuple[Text, ...] = Field((), description="what else was looked at, where gonogo knows no options")
    gets: Text | None = Field(None, description="of a third party: what data it is given")


class Role(Part):
    id: str = Field(description="as the service names it; `anonymous` is implied")
    description: Text


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]


class FieldKind(Part):
    """One field of a resource: what kind of value it holds, and within which bounds."""

    type: Literal["text", "integer", "money", "boolean", "email", "date", "datetime", "choice", "reference"] = Field(
        description="money: whole numbers of the smallest unit, cents; a datetime has a time zone"
    )
    min: int | None = Field(None, description="of an integer or an amount; of a text: its fewest characters")
    max: int | None = Field(None, description="of an integer or an amount; of a text: its most characters")
    pattern: str | None = Field(None, description="of a whole text: characters, classes, counts and groups")
    of: tuple[Name, ...] = Field((), description="the values of a choice")
    to: str | None = Field(None, description="the resource that a reference names")
    on_delete: Literal["refuse", "remove", "clear"] = Field(
        "refuse", description="when what a reference names is deleted: refuse that, remove this too, or clear the field"
    )
    when: tuple[Name, ...] = Field(
        (), description="of a reference: states of what it names in which this may be added, changed and deleted"
    )
    optional: bool = Field(default=False, description="may be left out")
    unique: bool = Field(default=False, description="no two have the same value")
    sensitive: bool = Field(default=False, description="stands in the answer about one, in no list")


class Apart(Part):
    """Two of them about the same thing may not overlap in time."""

    begins: Name = Field(description="the field with the first moment")
    ends: Name = Field(description="the field with the moment after the last")
    per: Name = Field(description="the reference that they share")
    unless: tuple[Name, ...] = Field((), description="states in which one takes no time")


class Link(Part):
    """Many of this resource go with many of another: a table of pairs, each pair once."""

    to: str = Field(description="the other resource, or this one")
    plural: Name | None = Field(None, description="of the link's name, where it is not made with s, es or ies")
    on_delete: Literal["refuse", "remove"] = Field(
        "remove", description="when what is linked is deleted: refuse that, or remove the link"
    )


class Retention(Part):
    """How long one is kept. `python -m PACKAGE.retention` erases what is older."""

    days: int = Field(gt=0, le=36_500)
    since: Name = Field("created_at", description="created_at, updated_at, or a field with a date or a moment")
    states: tuple[Name, ...] = Field((), description="only in these states; omitted: in any")


class Resource(Part):
    """A thing that the service keeps. One with `fields` can be made into code by `invoke new --spec`."""

    id: str
    description: Text
    owner: str | None = Field(None, description="the role that answers for it")
    plural: Name | None = Field(None, description="of its id, where it is not made with s, es or ies")
    fields: dict[Name, FieldKind] = Field({}, description="what one of them holds, beside id, version and times")
    unique: tuple[tuple[Name, ...], ...] = Field((), description="fields that are unique together")
    states: dict[Name, tuple[Name, ...]] = Field({}, description="each state, the first one first, with those after it")
    filter: tuple[Name, ...] = Field((), description="fields by which a list is narrowed")
    sort: tuple[Name, ...] = Field((), description="fields by which a list is ordered, beside the newest first")
    search: tuple[Name, ...] = Field(
        (), description="texts of which a list is searched for a beginning, as it is written"
    )
    apart: Apart | None = None
    links: dict[Name, Link] = Field({}, description="many of another resource that go with one of these")
    keep: Retention | None = None


class Example(Part):
    """A criterion as one call, from which `invoke new --spec` writes its test."""

    by: str = Field(description="a role, or anonymous")
    call: Endpoint
    whose: Literal["own", "other"] = Field("own", description="who made what is called: the caller, or somebody else")
    state: Name | None = Field(None, description="the state that it was in before")
    body: dict[str, str | int | bool | None] = Field({}, description="fields that differ from those of a good request")
    again: bool = Field(default=False, description="the same request was sent once before")
    answer: int = Field(ge=200, le=499, description="the status")
    shows: dict[str, str | int | bool | None] = Field({}, description="what the answer holds")


class Acceptance(Part):
    """One criterion that a test can prove."""

    id: Id
    text: Text
    example: Example | None = None


class Requirement(Part):
    """One thing the service shall do, worded so that it can be tested (EARS)."""

    id: Id
    title: Text
    text: Text
    priority: Literal["must", "should", "could"]
    resource: str | None = None
    roles: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    acceptance: tuple[Acceptance, ...] = ()
    rationale: str | None = None


class Permission(Part):
    """Who may call an operation: `any` object, or only their `own`. Roles that are not named are refused."""

    endpoint: Endpoint
    allow: dict[str, Literal["any", "own"]] = {}


class RateLimit(Part):
    """How many calls one caller may make: a user, or who is not signed in by her address."""

    id: Id
    endpoint: Endpoint | None = Field(None, description="omitted: all operations of resources together")
    role: str | None = Field(None, description="omitted: whoever calls")
    calls: int = Field(gt=0)
    seconds: int = Field(gt=0, le=86_400)


class LoadShape(Part):
    users: int = Field(gt=0, description="concurrent users")
    seconds: float = Field(gt=0, description="measured time after the warm-up")


class Quality(Part):
    """A quality need with its number, unit and load."""

    id: Id
    text: Text
    metric: Literal["latency", "throughput", "error_rate"]
    endpoint: Endpoint | None = Field(None, description="omitted: all requests together")
    percentile: float | None = Field(None, gt=0, lt=100)
    limit: float = Field(ge=0, allow_inf_nan=False, description="the number that must hold")
    unit: Literal["ms", "req/s", "%"] = Field(description="of the limit: a latency in ms, a throughput in req/s")
    load: LoadShape | None = None
    cache: int | None = Field(
        None, gt=0, le=3600, description="seconds that an answer may be kept in Redis; every write forgets it"
    )


class Question(Part):
    id: Id
    text: Text
    status: Literal["open", "answered"]
    answer: str | None = None
    owner: str | None = None
    about: tuple[Id, ...] = Field((), description="requirements that wait for the answer")


class Access(Protocol):
    """Who is there, and who may do what: the specification, or that part of it."""

    @property
    def roles(self) -> tuple[Role, ...]: ...

    @property
    def permissions(self) -> tuple[Permission, ...]: ...


class Specification(Part):
    """A whole `spec.yaml`, format 1."""

    gonogo: Literal[1] = Field(description="version of this format")
    service: ServiceHead
    scope: Scope = Scope()
    constraints: tuple[Constraint, ...] = ()
    decisions: tuple[Choice, ...] = ()
    roles: tuple[Role, ...] = ()
    resources: tuple[Resource, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    permissions: tuple[Permission, ...] = ()
    quality: tuple[Quality, ...] = ()
    limits: tuple[RateLimit, ...] = Field((), description="how often one caller may call")
    data: dict[str, Annotated[int, Field(ge=0)]] = Field(default={}, description="declared rows per table")
    questions: tuple[Question, ...] = ()

    def requirements_of(self, endpoint: str) -> tuple[str, ...]:
        """Ids of the requirements that name an endpoint."""
        return tuple(r.id for r in self.requirements if endpoint in r.endpoints)
