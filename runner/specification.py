"""What is a specification? The shape of `spec.yaml`: requirements, roles, permissions, quality needs with numbers."""

from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# `REQ-POST-1`, `AC-5.2`, `US_12`, `R7`: as a team numbers them, in capitals so that no other word is taken for one.
Id = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*([-._][A-Z0-9]+)+$|^[A-Z]+[0-9]+$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Endpoint = Annotated[str, StringConstraints(pattern=r"^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /\S*$")]
ANONYMOUS = "anonymous"


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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
    id: Id
    text: Text


class Role(Part):
    id: str = Field(description="as the service names it; `anonymous` is implied")
    description: Text


class Resource(Part):
    id: str
    description: Text
    owner: str | None = Field(None, description="the role that answers for it")


class Acceptance(Part):
    """One criterion that a test can prove."""

    id: Id
    text: Text


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
    roles: tuple[Role, ...] = ()
    resources: tuple[Resource, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    permissions: tuple[Permission, ...] = ()
    quality: tuple[Quality, ...] = ()
    data: dict[str, Annotated[int, Field(ge=0)]] = Field(default={}, description="declared rows per table")
    questions: tuple[Question, ...] = ()

    def requirements_of(self, endpoint: str) -> tuple[str, ...]:
        """Ids of the requirements that name an endpoint."""
        return tuple(r.id for r in self.requirements if endpoint in r.endpoints)
