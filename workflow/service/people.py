"""Who asks, and what may they decide? Roles stand in gonogo.toml, [people]."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from runner.discovery.config import NAME
from runner.discovery.config_file import read_config
from runner.discovery.target import Target
from runner.errors import WorkflowError
from runner.processes.process import quick
from runner.said import say, together
from stages.catalogue import Catalogue


class Role(StrEnum):
    VIEWER = "viewer"  # reads
    DEVELOPER = "developer"  # starts runs, comments, assigns, asks for waivers
    LEAD = "lead"  # approves waivers, signs


ORDER = tuple(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person who asks for something. `known`: how we know who it is."""

    name: str
    email: str
    role: Role
    known: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.email else self.name


def local_actor(target: Target) -> Actor:
    """Who types here, as git's settings say. Nobody proves it: who is at this machine may change those.

    Without a role in [people] a developer, as the files can be changed here anyway.
    """
    name, email = (_git(target.root, key) for key in ("user.name", "user.email"))
    role = role_of(email, target, Role.DEVELOPER)
    return Actor(
        name=name or email or "somebody", email=email.lower(), role=role, known=say("git's settings, no login")
    )


def maker_at(folder: Path) -> Actor:
    """Who types here and makes files in a folder; the roles are those of the service that stands there already."""
    if (folder / NAME).is_file():
        return local_actor(Target(root=folder, python=Path(), config=read_config(folder)))  # it needs no environment
    name, email = (_git(folder, key) for key in ("user.name", "user.email"))
    known = say("git's settings, no login")
    return Actor(name=name or email or "somebody", email=email.lower(), role=Role.DEVELOPER, known=known)


def signed_in(target: Target, user: Mapping[str, object]) -> Actor:
    """Who has signed in, as the provider says. Without a role in [people] a viewer. An address must be verified."""
    email = str(user.get("email") or "").lower()
    verified = user.get("email_verified", True) in {True, "true"}
    role = role_of(email, target, Role.VIEWER) if verified else Role.VIEWER
    return Actor(name=str(user.get("name") or email or "somebody"), email=email, role=role, known=say("sign-in"))


def role_of(email: str, target: Target, otherwise: Role) -> Role:
    told = target.config.people.get(email.lower()) if email else None
    return Role(told) if told else otherwise


def require(actor: Actor, role: Role, what: str, target: Target) -> None:
    """Raises `WorkflowError`, with who may, where somebody may not."""
    if not actor.email and actor.role is not Role.VIEWER:
        raise WorkflowError(
            say(
                "To {what} somebody must be known by an e-mail address, and git's settings name "
                "none. Type: git config user.email YOU@EXAMPLE.ORG",
                what=what,
            )
        )
    if ORDER.index(actor.role) >= ORDER.index(role):
        return
    others = [email for email, told in target.config.people.items() if ORDER.index(Role(told)) >= ORDER.index(role)]
    may = (
        say("It may: {others}.", others=together(others)) if others else say("{name} names nobody who may.", name=NAME)
    )
    raise WorkflowError(
        say(
            "To {what} takes a {role}, and {actor} is a {role2} ({known}). {may} Roles stand in "
            '{name}, [people]: "{email}" = "{role}"',
            what=what,
            role=role,
            actor=actor,
            role2=actor.role,
            known=actor.known,
            may=may,
            name=NAME,
            email=actor.email,
        )
    )


def demands_of(target: Target, catalogue: Catalogue) -> dict[str, Role]:
    """Stage → who must sign it before its GO is one, as gonogo.toml says. Raises `WorkflowError` for no such stage."""
    try:
        return {catalogue.stage(name).slug: Role(role) for name, role in target.config.sign.items()}
    except WorkflowError as error:
        raise WorkflowError(say("{root}, section [sign]: {error}", root=target.root / NAME, error=error)) from error


def may_run(actor: Actor, what: str, target: Target) -> None:
    """Raises `WorkflowError` for a viewer. Who types here may, also without an address: nothing is decided by it."""
    if actor.role is Role.VIEWER:
        require(actor, Role.DEVELOPER, what, target)


def may_make(actor: Actor, what: str) -> None:
    """Raises `WorkflowError` for a viewer, of files that belong to no service yet."""
    if actor.role is Role.VIEWER:
        raise WorkflowError(
            say(
                "To {what} takes a {developer}, and {actor} is a {role} ({known}).",
                what=what,
                developer=Role.DEVELOPER,
                actor=actor,
                role=actor.role,
                known=actor.known,
            )
        )


def _git(folder: Path, key: str) -> str:
    """What git's settings say in a folder, or where it will stand; nothing where they say nothing."""
    there = next((one for one in (folder, *folder.parents) if one.is_dir()), Path("/"))
    try:
        ran = quick(["git", "config", "--get", key], cwd=there)
    except OSError:
        return ""
    return ran.out.strip() if ran.code == 0 else ""
