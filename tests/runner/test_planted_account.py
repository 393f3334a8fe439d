"""Where nobody signs up, an account is put into the database: of nobody special, and known by its name."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import runner.guest
from runner.errors import ProbeError
from runner.evidence.accounts.named_in_code import hashers_in, permissions_in, roles_in
from runner.evidence.accounts.planted_account import belongs, called, planted, take_away
from runner.evidence.accounts.planted_objects import PlantedObjects
from runner.evidence.accounts.raised_account import raised
from runner.evidence.accounts.stored_forms import AT_ONCE, CLEAR, StoredForms
from runner.http.callers import Callers
from runner.http.put_in import PutInto
from runner.http.requests import Requests
from runner.live.workshop import Workshop
from runner.postgres.database import Database

TABLES = """
CREATE TABLE teams (id serial PRIMARY KEY, title text NOT NULL);
CREATE TABLE staff_members (
    id serial PRIMARY KEY, email varchar(80) NOT NULL UNIQUE, username varchar(8),
    hashed_password varchar(200) NOT NULL,
    is_active boolean NOT NULL, is_superuser boolean NOT NULL, team_id int NOT NULL REFERENCES teams, boss_id int
);
"""
FIELDS = {name: {"type": "string"} for name in ("email", "password")}
LOGIN = {"type": "object", "required": ["email", "password"], "properties": FIELDS}
DOCUMENT = {
    "paths": {
        "/login": {"post": {"requestBody": {"content": {"application/json": {"schema": LOGIN}}}}},
        "/me": {"get": {"security": [{"b": []}]}},
    }
}


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop() as made:
        yield made


@pytest.fixture
def database(workshop: Workshop) -> Database:
    made = workshop.new_database()
    made.rows(TABLES)
    return made


@pytest.mark.parametrize(
    "columns",
    ["email text, name text NOT NULL, password text NOT NULL", "name varchar(99) NOT NULL, password text NOT NULL"],
)
def test_an_account_is_known_by_its_name_too(workshop: Workshop, columns: str) -> None:
    made = workshop.new_database()
    made.rows(f"CREATE TABLE networks (name text, password text); CREATE TABLE sys_user (id serial, {columns})")
    assert [table for table, _ in planted(made, "ann@example.com", ["$hash"])] == ["sys_user"]
    assert made.rows("SELECT name, password FROM sys_user") == [{"name": "ann@example.com", "password": "$hash"}]
    assert called(made, "sys_user", "ann@example.com")["name"] == "ann@example.com"


def test_an_account_is_made_with_what_the_table_demands(database: Database) -> None:
    turns = planted(database, "ann@example.com", ["$hash", "secret"])
    assert next(turns)[0] == "staff_members"
    assert called(database, "staff_members", "ann@example.com") == {"email": "ann@example.com"}
    (row,) = database.rows("SELECT * FROM staff_members")
    assert (row["email"], row["username"], row["hashed_password"]) == ("ann@example.com", None, "$hash")
    assert (row["is_active"], row["is_superuser"], row["boss_id"]) == (True, False, None)
    assert next(turns)[0] == "staff_members"
    assert database.rows("SELECT hashed_password AS p FROM staff_members")[0]["p"] == "secret", "as it is, at last"
    assert next(turns, None) is None


def test_an_account_that_nobody_gets_in_with_is_taken_away(database: Database) -> None:
    (table, _), *_ = planted(database, "ann@example.com", ["$hash", "secret"])
    take_away(database, table, "ann@example.com")
    assert database.rows("SELECT 1 AS one FROM staff_members") == []


def test_without_a_table_of_people_there_is_nobody(database: Database) -> None:
    database.rows("DROP TABLE staff_members")
    assert list(planted(database, "ann@example.com", ["$hash", "secret"])) == []


@pytest.mark.parametrize("taken", [0, 2])
def test_the_way_of_storing_passwords_that_lets_her_in_is_taken(taken: int) -> None:
    tried: list[str] = []

    def service(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/me":
            return httpx.Response(200, json={"id": 7})
        good = len(tried) == taken + 1
        return httpx.Response(200, json={"access_token": json.loads(request.content)["email"]}) if good else NO

    def put_in(name: str) -> Iterator[PutInto]:
        for _ in range(3):
            tried.append(name)
            yield PutInto(table="people", password="known")

    client = httpx.Client(transport=httpx.MockTransport(service), base_url="http://service")
    people = Callers(Requests(DOCUMENT), client, Database(port=1, name="nowhere"), planted=put_in)
    assert people.one().user_id == 7
    with pytest.raises(ProbeError, match="an account put into the database could not sign in"):
        people.one()


def test_the_form_that_broke_the_sign_in_is_told_before_those_that_it_refused() -> None:
    answers = iter([500, 401])  # the service's own form, then the others

    def service(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401 if request.url.path == "/me" else next(answers, 401))

    client = httpx.Client(transport=httpx.MockTransport(service), base_url="http://service")
    forms = [PutInto(table="people", password=one) for one in ("own", "bcrypt", "clear")]
    people = Callers(Requests(DOCUMENT), client, Database(port=1, name="nowhere"), planted=lambda _: iter(forms))
    with pytest.raises(ProbeError, match=r"could not sign in \(POST /login: 500\)"):
        people.one()


def test_a_page_that_answers_200_and_gives_nothing_is_no_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"requestBody": {"content": {"application/json": {"schema": LOGIN}}}}
    document = {"paths": {"/login": {"post": body}, "/api/token": {"post": body}, "/me": DOCUMENT["paths"]["/me"]}}

    def service(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/token":
            return httpx.Response(200, json={"access_token": "t"})
        return httpx.Response(200 if "authorization" in request.headers or request.url.path == "/login" else 401)

    client = httpx.Client(transport=httpx.MockTransport(service), base_url="http://service")
    notes: list[str] = []
    forms = [PutInto(table="people", password="own")]
    put_in = Callers(
        Requests(document), client, Database(port=1, name="nowhere"), note=notes.append, planted=lambda _: iter(forms)
    )
    monkeypatch.setattr(put_in.sign_ups, "confirmed", lambda _: False)  # nothing of the database is asked
    assert put_in.one().access_token == "t"
    assert any(note.startswith("accounts sign in at POST /api/token") for note in notes)


NO = httpx.Response(400, json={"detail": "no"})


def test_a_hash_that_is_too_long_for_its_column_is_left_out(database: Database) -> None:
    database.rows("ALTER TABLE staff_members ALTER hashed_password TYPE varchar(60)")
    turns = planted(database, "ann@example.com", ["x" * 97, "$hash"])
    assert next(turns)[0] == "staff_members"
    assert database.rows("SELECT hashed_password AS p FROM staff_members")[0]["p"] == "$hash"


def test_what_can_not_be_set_is_no_problem(database: Database) -> None:
    database.rows("ALTER TABLE staff_members ADD confirmed boolean GENERATED ALWAYS AS (is_active) STORED")
    database.rows("ALTER TABLE staff_members ADD is_admin boolean GENERATED ALWAYS AS (is_superuser) STORED")
    assert next(planted(database, "ann@example.com", ["$hash", "secret"]))[0] == "staff_members"


ROLE_COLUMNS = {
    "an enumeration": ("role kind NOT NULL", (), "clerk"),
    "an enumeration whose first role the code gives": ("role kind NOT NULL", ("auditor",), "auditor"),
    "a check": ("user_role text NOT NULL CHECK (user_role IN ('root', 'buyer', 'seller'))", (), "buyer"),
    "a text whose roles the code names": ("role text NOT NULL", ("reader", "admin"), "reader"),
    "a text that may be empty": ("role text", ("reader", "admin"), "reader"),
    "a default": ("role text NOT NULL DEFAULT 'trainee'", ("reader",), "trainee"),
    "several": ("roles kind[] NOT NULL", (), "{clerk}"),
    "a reference": ("role_id int NOT NULL REFERENCES roles", (), "3"),
}


@pytest.mark.parametrize("what", ROLE_COLUMNS)
def test_an_account_gets_a_role_of_the_service_with_the_least_power(database: Database, what: str) -> None:
    column, roles, given = ROLE_COLUMNS[what]
    database.rows("CREATE TYPE kind AS ENUM ('admin', 'auditor', 'clerk')")
    database.rows("CREATE TABLE roles (id serial PRIMARY KEY, name text NOT NULL UNIQUE)")
    database.rows("INSERT INTO roles (name) VALUES ('administrator'), ('manager'), ('member')")
    database.rows(f"CREATE TABLE aaa_people (email text UNIQUE, password_hash text NOT NULL, {column})")
    assert next(planted(database, "ann@example.com", ["$hash", "secret"], roles))[0] == "aaa_people"
    (row,) = database.rows(f"SELECT {column.split()[0]}::text AS role FROM aaa_people")
    assert row["role"] == given


MOST = {
    "an enumeration": ("role kind NOT NULL DEFAULT 'clerk'", (), "admin"),
    "a check": ("user_role text DEFAULT 'buyer' CHECK (user_role IN ('buyer', 'root', 'admin'))", (), "root"),
    "a text whose roles the code names": ("role text NOT NULL DEFAULT 'guest'", ("guest", "chef", "customer"), "chef"),
    "a text of which the code names plain ones alone": ("role text DEFAULT 'guest'", ("guest", "customer"), "guest"),
    "several": ("roles kind[]", (), "{admin}"),
    "a reference": ("role_id int REFERENCES roles", (), "1"),
    "a flag": ("is_admin boolean NOT NULL DEFAULT false", (), "true"),
    "a flag of the other kind": ("is_deleted boolean NOT NULL DEFAULT false", (), "false"),
}


@pytest.mark.parametrize("what", MOST)
def test_an_account_is_given_the_most_power_that_the_service_knows(database: Database, what: str) -> None:
    column, roles, given = MOST[what]
    database.rows("CREATE TYPE kind AS ENUM ('admin', 'auditor', 'clerk')")
    database.rows("CREATE TABLE roles (id serial PRIMARY KEY, name text NOT NULL UNIQUE)")
    database.rows("INSERT INTO roles (name) VALUES ('administrator'), ('manager'), ('member')")
    database.rows(f"CREATE TABLE people (username text, password_hash text NOT NULL, {column})")
    database.rows("INSERT INTO people (username, password_hash) VALUES ('ann', 'x'), ('bob', 'x')")
    told = raised(database, ["ann@example.com", "ann"], roles)
    ann, bob = database.rows(f"SELECT {column.split()[0]}::text AS role FROM people ORDER BY username")
    assert (ann["role"], bool(told)) == (given, ann["role"] != bob["role"])


def test_roles_in_a_table_of_their_own_are_given_as_well(database: Database) -> None:
    database.rows("CREATE TABLE roles (id serial PRIMARY KEY, name text)")
    database.rows("INSERT INTO roles (name) VALUES ('member'), ('super_admin'), ('admin')")
    database.rows("CREATE TABLE people (id serial PRIMARY KEY, email text)")
    database.rows("INSERT INTO people (email) VALUES ('bob@example.com'), ('ann@example.com')")
    database.rows("CREATE TABLE people_roles (person_id int REFERENCES people, role_id int REFERENCES roles)")
    assert raised(database, ["ann@example.com"], ()) == ("people_roles = super_admin",)
    assert database.rows("SELECT person_id AS p, role_id AS r FROM people_roles") == [{"p": 2, "r": 2}]


RIGHTS = """
CREATE TABLE sys_user (id text PRIMARY KEY, username text NOT NULL, is_superuser int NOT NULL DEFAULT 0, rank_id int);
CREATE TABLE sys_role (id text PRIMARY KEY, role_key text NOT NULL UNIQUE, is_active int NOT NULL, scopes jsonb);
CREATE TABLE sys_perms (id text PRIMARY KEY, code text NOT NULL UNIQUE);
CREATE TABLE sys_user_role (id text PRIMARY KEY, given_by text REFERENCES sys_user,
    user_id text NOT NULL REFERENCES sys_user, role_id text NOT NULL REFERENCES sys_role);
CREATE TABLE sys_role_menu (role_id text REFERENCES sys_role, menu_id text REFERENCES sys_perms,
    PRIMARY KEY (role_id, menu_id));
CREATE TABLE grants (role_id text REFERENCES sys_role, permission text);
CREATE TABLE permissions (id serial PRIMARY KEY, resource text NOT NULL, action text NOT NULL);
CREATE TABLE user_permissions (user_id text REFERENCES sys_user, permission_id int REFERENCES permissions);
CREATE TABLE team_members (team_id int NOT NULL REFERENCES teams, user_id text NOT NULL REFERENCES sys_user,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'owner')), PRIMARY KEY (team_id, user_id));
CREATE TABLE visits (user_id text REFERENCES sys_user, page text);
INSERT INTO sys_user VALUES ('u1', 'bob'), ('u2', 'ann');
INSERT INTO sys_perms VALUES ('p1', 'user:list');
INSERT INTO permissions (resource, action) VALUES ('user', 'list');
"""


def test_all_that_roles_are_permitted_is_given_through_each_kind_of_table(database: Database) -> None:
    database.rows(RIGHTS)
    told = raised(database, ["ann"], ("clerk", "super_admin"), ("user:list", "user:view"))
    assert told[0] == "sys_user.is_superuser"
    roles = (
        "SELECT u.user_id, r.role_key, r.is_active, r.scopes FROM sys_user_role u JOIN sys_role r ON r.id = u.role_id"
    )
    codes = ["user:list", "user:view"]
    assert database.rows(roles) == [{"user_id": "u2", "role_key": "super_admin", "is_active": 1, "scopes": codes}]
    through = "SELECT p.code FROM sys_role_menu m JOIN sys_perms p ON p.id = m.menu_id ORDER BY 1"
    assert [row["code"] for row in database.rows(through)] == codes
    assert [row["permission"] for row in database.rows("SELECT permission FROM grants ORDER BY 1")] == codes
    direct = "SELECT resource, action FROM user_permissions u JOIN permissions p ON p.id = u.permission_id ORDER BY 2"
    assert [tuple(row.values()) for row in database.rows(direct)] == [("user", "list"), ("user", "view")]
    assert database.rows("SELECT user_id, role FROM team_members") == [{"user_id": "u2", "role": "owner"}]
    assert database.rows("SELECT 1 FROM visits") == []
    assert database.rows("SELECT is_superuser FROM sys_user WHERE id = 'u1'") == [{"is_superuser": 0}]


MENUS = """
CREATE TABLE sys_user (id serial PRIMARY KEY, name text NOT NULL, password text NOT NULL);
CREATE TABLE sys_role (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE sys_user_role (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES sys_user, role_id int NOT NULL REFERENCES sys_role);
CREATE TABLE sys_menu (id serial PRIMARY KEY, menu_name text NOT NULL, icon text, permission text);
CREATE TABLE sys_menu_role (id serial PRIMARY KEY, role_id int NOT NULL REFERENCES sys_role, menu_id int NOT NULL REFERENCES sys_menu);
INSERT INTO sys_user (name, password) VALUES ('ann', 'x');
INSERT INTO sys_menu (menu_name, permission) VALUES ('Blogs', 'blog:read'), ('Home', NULL);
"""  # noqa: E501 - tables


def test_a_menu_that_names_a_permission_is_one(database: Database) -> None:
    database.rows(MENUS)
    raised(database, ["ann"], (), ("blog:read", "blog:create"))
    through = "SELECT DISTINCT m.permission FROM sys_menu_role r JOIN sys_menu m ON m.id = r.menu_id ORDER BY 1"
    assert [row["permission"] for row in database.rows(through)] == ["blog:create", "blog:read", None]
    assert len(database.rows("SELECT 1 FROM sys_menu WHERE permission = 'blog:read'")) == 1


def test_permissions_that_a_module_of_them_names_are_known(tmp_path: Path) -> None:
    (tmp_path / "permission.py").write_text(
        'READ = "blog:read"\nALL: str = "blog:*"\nNAME = "Blogs"\n', encoding="utf-8"
    )
    (tmp_path / "keys.py").write_text('KEY = "blog:read:cached"\n', encoding="utf-8")
    assert sorted(permissions_in(tmp_path)) == ["blog:*", "blog:read"]


def test_roles_that_are_all_plain_are_not_given(database: Database) -> None:
    database.rows("CREATE TABLE roles (id serial PRIMARY KEY, name text)")
    database.rows("INSERT INTO roles (name) VALUES ('member'), ('guest')")
    database.rows("CREATE TABLE people (id serial PRIMARY KEY, email text, role_id int REFERENCES roles)")
    database.rows("INSERT INTO people (email) VALUES ('ann@example.com')")
    assert raised(database, ["ann@example.com"], ("admin",)) == ()


GUARDS = """
class Permission(str, Enum):
    ALL = "*"
    READ = "order.read"
@router.get("/a", dependencies=[Depends(require_permission("user:view"))])
def a(b=Security(me, scopes=["items:read", "audit"]), c=Depends(CheckInterfaceAuth("system:user:list"))):
    return has_permissions("users", "delete") or "post:edit" in user.permissions
class Checks:
    guard = PermissionChecker(["role:manage"])
session = fixture(scope="function")
require("only letters and spaces")
open_access("some_file.txt")
"""


def test_permissions_are_read_from_guards_enumerations_and_comparisons(tmp_path: Path) -> None:
    (tmp_path / "guards.py").write_text(GUARDS, encoding="utf-8")
    assert sorted(permissions_in(tmp_path)) == [
        *("*", "audit", "items:read", "order.read", "post:edit", "role:manage", "system:user:list"),
        *("user:view", "users:delete"),
    ]


def test_a_role_that_has_to_be_made_is_called_as_the_code_calls_one(database: Database) -> None:
    database.rows("CREATE TABLE roles (id serial PRIMARY KEY, name text NOT NULL UNIQUE)")
    database.rows(
        "CREATE TABLE aaa_people (email text UNIQUE, password text NOT NULL, role_id int NOT NULL REFERENCES roles)"
    )
    assert next(planted(database, "ann@example.com", ["$hash", "secret"], ["reader", "admin"]))[0] == "aaa_people"
    (row,) = database.rows("SELECT r.name FROM aaa_people p JOIN roles r ON r.id = p.role_id")
    assert row["name"] == "reader"


CODE = """
class UserRole(str, Enum):
    ADMIN = "admin"
    CLERK = "clerk"
class User(Base):
    role: Mapped[str] = mapped_column(String(20), default=UserRole.CLERK)
def guard(user):
    if user.role not in ("auditor", "owner"):
        raise HTTPException(403, "only for an auditor")
    return require_role("supervisor")
pwd_context = CryptContext(schemes=["bcrypt"])
def get_password_hash(password): return pwd_context.hash(password)
def verify_password_hash(password, hashed): ...
class Hasher:
    @staticmethod
    def hash_password(password): ...
    def __hash__(self): return hash(self.name)
"""


def test_roles_and_hashing_are_read_from_the_code(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "users.py").write_text(CODE, encoding="utf-8")
    assert roles_in(tmp_path) == ("clerk", "auditor", "supervisor", "owner", "admin")
    assert set(hashers_in(tmp_path)) == {
        *("app.users:get_password_hash", "app.users:Hasher.hash_password", "app.users:pwd_context.hash")
    }


def test_the_services_own_hashing_comes_first(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "safe.py").write_text(
        "def hash_password(password): return 'salted ' + password[::-1]\n"
        "class Box:\n    def hash(self, password): return b'boxed'\n"
        "def hash_password_command(password): raise SystemExit(2)\n",
        encoding="utf-8",
    )
    guest = Path(runner.guest.__file__).with_name("password_hashes.py")
    own = ["backend.core.safe:hash_password", "core.safe:Box.hash", "core.safe:missing", "nowhere:hash"]
    own += ["core.safe:hash_password_command"]
    asked: list[dict[str, Any]] = []

    def ask(what: str) -> dict[str, Any]:
        asked.append(json.loads(what))
        argv = [sys.executable, str(guest), str(tmp_path / "answer"), what]
        subprocess.run(argv, cwd=tmp_path, check=True)
        found: dict[str, Any] = json.loads((tmp_path / "answer").read_text())
        return found

    numbers = iter(range(100))
    forms = StoredForms(ask, lambda: f"secret {next(numbers)}", own)
    password, found = forms.one()
    assert list(found.items())[:2] == [(own[0], f"salted {password[::-1]}"), (own[1], "boxed")]
    assert list(found.items())[-1] == (CLEAR, password)

    turns = forms.tried(found, iter([("people", "salted 0 terces"), ("people", "boxed")]))
    assert [next(turns), next(turns)] == ["people", "people"]
    assert forms.taken == own[1], "nobody went on: it signs in"
    more = [forms.one() for _ in range(AT_ONCE)]
    assert {tuple(found) for _, found in more} == {(own[1],)}
    assert len({password for password, _ in more}) == AT_ONCE
    assert [len(one["passwords"]) for one in asked] == [1, AT_ONCE]


SHOP = """
INSERT INTO teams (title) VALUES ('first');
INSERT INTO staff_members (email, hashed_password, is_active, is_superuser, team_id)
    VALUES ('a@b.de', 'x', true, false, 1);
CREATE TABLE vats (id serial PRIMARY KEY, percent int NOT NULL CHECK (percent > 0));
CREATE TABLE shop_carts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), member_id int UNIQUE REFERENCES staff_members,
    vat_id int NOT NULL REFERENCES vats);
CREATE TABLE cart_items (cart_id uuid NOT NULL REFERENCES shop_carts, sku text NOT NULL, PRIMARY KEY (cart_id, sku));
CREATE TABLE order_items (id serial PRIMARY KEY, count int NOT NULL);
CREATE TABLE notices (id serial PRIMARY KEY, slug varchar(20) UNIQUE NOT NULL, user_id int NOT NULL);
"""


def test_a_row_is_the_owners_and_stands_under_what_is_above_it(database: Database) -> None:
    database.rows(SHOP)
    rows = PlantedObjects(database)
    cart = rows("carts", "cart_id", {}, 1)
    assert cart is not None
    assert cart.owned
    assert [row["member_id"] for row in database.rows("SELECT * FROM shop_carts")] == [1]
    assert rows("carts", "cart_id", {}, 1) is None, "the owner has one, and may have no second one"
    item = rows("items", "sku", {"cart_id": cart.value}, 1)
    assert item is not None
    assert item.owned, "by its cart"
    assert [str(row["cart_id"]) for row in database.rows("SELECT * FROM cart_items")] == [cart.value]
    item.remove()
    assert database.rows("SELECT * FROM cart_items") == []
    notice = rows("notices", "slug", {}, 1)
    assert notice is not None
    assert database.rows("SELECT user_id FROM notices WHERE slug = %s", notice.value) == [{"user_id": 1}]


def test_a_thing_is_shared_where_no_table_says_whose_it_is(database: Database) -> None:
    database.rows(SHOP)
    database.rows("CREATE TABLE pages (id int PRIMARY KEY, vat_id int REFERENCES vats, uploaded_by text)")
    database.rows("CREATE TABLE lines (id int PRIMARY KEY, page_id int REFERENCES pages)")
    rows = PlantedObjects(database)
    shared = [word for word in ("vats", "carts", "notices", "pages", "lines", "planets") if rows.is_shared(word)]
    assert shared == ["vats"]


def test_no_row_is_put_where_nobody_can_say_of_what_or_whose(database: Database) -> None:
    database.rows(SHOP)
    rows = PlantedObjects(database)
    assert rows("items", "item_id", {}, 1) is None, "of a cart or of an order?"
    assert rows("planets", "planet_id", {}, 1) is None
    assert rows("staff_members", "id", {}, 1) is None, "people are signed up"
    assert rows("notices", "id", {}, "nobody") is None, "no such owner"
    others = rows("vats", "vat_id", {}, 1)
    assert others is not None
    assert not others.owned
    assert (database.rows("SELECT 1 FROM notices"), len(database.rows("SELECT 1 FROM vats"))) == ([], 1)


def test_what_an_account_belongs_to_is_known(database: Database) -> None:
    assert next(planted(database, "eve@example.com", ["$hash"]))[0] == "staff_members"
    (known,) = database.rows("SELECT team_id FROM staff_members WHERE email = 'eve@example.com'")
    assert belongs(database, "staff_members", "eve@example.com") == {"team_id": known["team_id"]}
