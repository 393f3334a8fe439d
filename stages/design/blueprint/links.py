"""Which code does a link between two resources become: a table of pairs, and who may make and end one?"""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.specification import FieldKind, Link, Resource
from stages.design.blueprint.resources import Made, Operation, plural_of

LINK_STATUSES = {"listed": (404, 422, 503), "link": (404, 422, 503), "unlink": (404, 422, 503)}


def as_resource(source: Resource, name: str, link: Link) -> Resource:
    """The pairs, as if they were a resource: two references that are unique together."""
    fields = {
        source.id: FieldKind(type="reference", to=source.id, on_delete="remove"),
        name: FieldKind(type="reference", to=link.to, on_delete=link.on_delete),
    }
    id = f"{source.id}_{name}"
    named = Resource(id=name, description="-", plural=link.plural)
    said = f"Which {plural_of(named)} go with which {plural_of(source)}.".replace("_", " ")
    return Resource(
        id=id, description=said, plural=f"{source.id}_{plural_of(named)}", fields=fields, unique=((source.id, name),)
    )


def link_endpoints(source: Resource, name: str, link: Link) -> dict[str, str]:
    """What can be made of a link: the kind of an operation → its endpoint."""
    below = plural_of(Resource(id=name, description="-", plural=link.plural)).replace("_", "-")
    path = f"/{plural_of(source).replace('_', '-')}/{{{source.id}_id}}/{below}"
    one = f"{path}/{{{name}_id}}"
    return {"listed": f"GET {path}", "link": f"PUT {one}", "unlink": f"DELETE {one}"}


def endpoints_of_links(resource: Resource) -> dict[tuple[str, str], str]:
    """All of a resource: name of the link and kind → endpoint."""
    return {
        (name, kind): endpoint
        for name, link in resource.links.items()
        for kind, endpoint in link_endpoints(resource, name, link).items()
    }


@dataclass(frozen=True)
class Linked(Made):
    """The pairs of a link."""

    name: str
    source: Made
    target: Made
    theirs: tuple[str, ...]  # roles to which one of another person, of what is linked, is as if it were not there

    @property
    def is_link(self) -> bool:
        return True

    @property
    def owned(self) -> bool:
        return False

    @property
    def with_itself(self) -> bool:
        """Both ends are of one resource."""
        return self.source.id == self.target.id

    @property
    def source_column(self) -> str:
        return f"{self.source.id}_id"

    @property
    def column(self) -> str:
        return f"{self.name}_id"

    @property
    def below(self) -> str:
        """The part of the path behind the id."""
        return self.plural.removeprefix(f"{self.source.id}_").replace("_", "-")

    @property
    def prefix(self) -> str:
        return f"{self.source.path}/{{{self.source_column}}}/{self.below}"

    @property
    def others(self) -> str:
        """What is linked, many of it."""
        return self.below.replace("-", " ")

    @property
    def one(self) -> str:
        """What is linked, one of it."""
        words = self.name.replace("_", " ")
        return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"

    @property
    def checks(self) -> tuple[tuple[str, str], ...]:
        return ((("two", f"{self.source_column} <> {self.column}"),)) if self.with_itself else ()

    @property
    def indexes(self) -> tuple[tuple[str, ...], ...]:
        """The key begins with the other column."""
        return ((self.column,),)

    @property
    def breaking(self) -> tuple[str, ...]:
        columns = (self.source_column, self.column)
        wrong = [f"{one} = {value}" for one in columns for value in ("NULL", "999999")]
        wrong += [f"{self.column} = {self.source_column}"] if self.with_itself else []
        return tuple(" ".join(("UPDATE", self.plural, "SET", one)) for one in wrong)

    @property
    def hidden(self) -> tuple[str, ...]:
        """Roles to which the source of another person is as if it were not there."""
        return self.source.hidden

    @property
    def item_ops(self) -> tuple[Operation, ...]:
        return self.ops

    @property
    def own_ops(self) -> tuple[Operation, ...]:
        """Those in which somebody may name only her own source."""
        return tuple(op for op in self.ops if op.own_roles or (self.hidden and set(self.hidden) & set(op.allowed)))

    @property
    def own_roles(self) -> tuple[str, ...]:
        found = (role for op in self.own_ops for role in op.allowed if role in (*op.own_roles, *self.hidden))
        return tuple(dict.fromkeys(found))

    @property
    def their_ops(self) -> tuple[Operation, ...]:
        """Those in which what is linked of another person is as if it were not there."""
        return tuple(op for op in self.ops if not op.is_open and set(self.theirs) & set(op.allowed))

    def statuses(self, op: Operation) -> tuple[int, ...]:
        found = {*LINK_STATUSES[op.kind], *self.refusing_statuses(op)}
        return tuple(sorted(found))

    def keeps_others_out(self, op: Operation) -> bool:
        return any(role not in self.hidden for role in op.own_roles)

    def uses(self, op: Operation) -> bool:
        return not op.is_open and bool(self.hidden or self.theirs or op.own_roles)

    def seeded(self, one: object) -> str:
        """Each pair once, and none of the same twice."""
        first, second = f'ids["{self.source.plural}"]', f'ids["{self.target.plural}"]'
        if getattr(one, "column", "") == self.source_column:
            return f"{first}[number % len({first})]"
        if self.with_itself:
            return f"{second}[(number + 1 + number // len({second})) % len({second})]"
        return f"{second}[number // len({first}) % len({second})]"

    def room(self, rows: Mapping[str, int]) -> int:
        first, second = rows[self.source.plural], rows[self.target.plural]
        return first * (first - 1) - 1 if self.with_itself else first * second
