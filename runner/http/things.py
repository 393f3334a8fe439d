"""Which thing is an operation about, by the words of its path and the names of its parameters?"""

from runner.http.openapi import Operation
from runner.http.siblings import REFERS
from runner.vocabulary.people import PEOPLE
from runner.words import ones

PERSON_WORDS = frozenset(
    PEOPLE | {"author", "owner", "assignee"} | {"username", "user_name", "login", "handle", "profiles", "profile"}
)
ENDS = (*REFERS, "_guid", "_pk", "_slug", "_name", "_key", "_code")
CREATES = frozenset({"create", "add", "new", "save", "insert"})


def subject(name: str) -> str:
    """`post` of post_id, postId, post_slug."""
    for end in ENDS:
        if name.endswith(end) and name != end:
            return name.removesuffix(end).lower()
    return name.lower()


def is_person(word: str, name: str) -> bool:
    """Is it somebody, by the word of a collection or by the name of a parameter?"""
    return bool({word.lower(), subject(name)} & PERSON_WORDS)


def alike(word: str, several: str) -> bool:
    """`tag` and `tags`, `order_line` and `order-lines`."""
    return word.lower().replace("-", "_") in ones(several)


def collection(operation: Operation) -> str:
    """The word for what an operation is about: `items` of /items, /items/create and /create-item."""
    last = without_verb(operation).rpartition("/")[2]
    verb, _, rest = last.replace("-", "_").partition("_")
    return rest if verb in CREATES and rest else last


def collection_of(operation: Operation, name: str) -> str:
    """The word before a path parameter: `posts` of /posts/{post_id}; its own name where none is."""
    before = collection_path(operation, name).rpartition("/")[2]
    return before if before and not before.startswith("{") else subject(name)


def collection_path(operation: Operation, name: str) -> str:
    """What stands before a path parameter: `/posts` of /posts/{id}, /posts/slug/{slug} and /posts/by-slug/{slug}."""
    before = operation.path.partition("{" + name)[0].rstrip("/")
    outer, _, last = before.rpartition("/")
    said = last.lower().replace("-", "_").removeprefix("by_")
    told = outer.rpartition("/")[2]
    return outer if said == name.lower() and told and not told.startswith("{") else before


def object_path(operation: Operation) -> str:
    """The path up to its last parameter: that of the thing itself, without what is done with it."""
    return operation.path.rpartition("}")[0]


def makes(operation: Operation) -> bool:
    """May it make a thing: by POST, or by a PUT that answers 201?"""
    return operation.method == "POST" or (operation.method == "PUT" and "201" in operation.statuses)


def preferred(operation: Operation) -> tuple[int, bool, int]:
    """Few parents first, then what says that it creates: where /items/create is there, POST /items may be a search."""
    return len(operation.placeholders), not _says_so(operation), operation.path.count("/")


def _says_so(operation: Operation) -> bool:
    return operation.last.lower().replace("-", "_").partition("_")[0] in CREATES


def without_verb(operation: Operation) -> str:
    """`/items` of /items/create."""
    path = operation.path.rstrip("/")
    start, _, last = path.rpartition("/")
    return start if last.lower() in CREATES else path


def is_named_by_its_caller(operation: Operation, name: str) -> bool:
    """`PUT /files/{name}` with the file as its body makes what it names: any name will do."""
    at_its_end = operation.path.rstrip("/").endswith("{" + name + "}")
    schema = next((one.schema for one in operation.parameters if one.place == "path" and one.name == name), {})
    plain = schema.get("type") == "string" and not {"format", "enum", "const"} & set(schema)
    return (
        operation.method == "PUT" and at_its_end and plain and bool(operation.body_media) and not operation.takes_json
    )
