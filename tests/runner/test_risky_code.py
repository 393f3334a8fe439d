"""Is SQL that is put together told from SQL that is bound, and a secret from what looks like one?"""

import ast
import sys
from pathlib import Path

import pytest

from runner.discovery.target import find_target
from runner.errors import ProbeError
from runner.evidence.code.built_sql import plain_lines
from runner.evidence.code.code_names import Module
from runner.evidence.code.committed_secrets import (
    CommittedSecrets,
    compared_lines,
    example_lines,
    in_defaults,
    in_settings,
    is_meant,
)
from runner.evidence.code.made_keys import made_keys
from runner.evidence.code.risky_code import RiskyCode, built_sql, unsafe
from runner.live.workshop import Workshop
from runner.probe import Probe

HEAD = "from sqlalchemy import text\n"


def lines(tmp_path: Path, code: str) -> list[int]:
    file = tmp_path / "q.py"
    file.write_text(code, encoding="utf-8")
    return [risk.line for risk in built_sql(file, tmp_path)]


@pytest.mark.parametrize(
    "code",
    [
        "session.execute(text(f\"SELECT * FROM users WHERE name = '{name}'\"))",
        "db.execute('DELETE FROM users WHERE id = ' + id)",
        "db.execute('DELETE FROM users WHERE id = %s' % id)",
        "db.execute('DELETE FROM users WHERE id = {}'.format(id))",
        'query.where(text(f"{column} = 1"))',
    ],
)
def test_sql_that_is_put_together_is_found(tmp_path: Path, code: str) -> None:
    assert set(lines(tmp_path, HEAD + code)) == {2}


HELPERS = (
    "def begins(column, what):\n    return f\"{column} LIKE '{what}%'\"\n",
    "def begins(column, what):\n    clause = column + ' LIKE ' + what\n    return clause\n",
    "class Words:\n    def begins(self, column, what):\n        return '%s LIKE %s' % (column, what)\n",
    "def begins(column, what):\n    clean = what.strip()\n    form = 'name LIKE \\'%s\\''\n    return form % clean\n",
    "def begins(column, what):\n    return \"name = '{what}'\".replace('{what}', what)\n",
    "def begins(column, what):\n    return ' OR '.join(f\"name = '{one}'\" for one in what.split())\n",
)


@pytest.mark.parametrize("helper", HELPERS)
def test_sql_that_a_helper_puts_together_is_found(tmp_path: Path, helper: str) -> None:
    called = "Words().begins" if helper.startswith("class") else "begins"
    used = f"def find(db, word):\n    clause = {called}('name', word)\n    return db.execute(text(clause))\n"
    assert lines(tmp_path, HEAD + helper + used) == [1 + helper.count("\n") + 3]


def test_sql_that_a_helper_of_another_module_puts_together_is_found(tmp_path: Path) -> None:
    file = tmp_path / "q.py"
    file.write_text(
        f"{HEAD}from parts import begins as starts\nwanted = text(starts('name', word))\n", encoding="utf-8"
    )
    assert [risk.line for risk in built_sql(file, tmp_path, frozenset({"begins"}))] == [3]


@pytest.mark.parametrize("order", ["f'{sort} desc'", "sort + ' nulls last'", "f'{wanted.sort} {wanted.way}'"])
def test_text_of_a_parameter_is_sql_whatever_it_says(tmp_path: Path, order: str) -> None:
    assert lines(tmp_path, f"{HEAD}def page(query, sort, wanted):\n    return query.order_by(text({order}))\n") == [3]


@pytest.mark.parametrize(
    "code",
    [
        "def alive(column):\n    return f'{column} IS NOT NULL AND left(x) = 1'\nwanted = text(alive('name'))\n",
        "default = text(f\"'{Role.USER.value}'\")\n",
        "def draw(axes, label):\n    axes.say(f'{label} today')\n",
        "def order(query, way: Literal['asc', 'desc']):\n    return query.order_by(text(f'name {way}'))\n",
        "def rows(db, name):\n    return db.execute(text(fixed()), {'n': name})\ndef fixed():\n    return 'SELECT 1'\n",
    ],
)
def test_text_that_no_client_chooses_is_left_alone(tmp_path: Path, code: str) -> None:
    assert not lines(tmp_path, HEAD + code)


@pytest.mark.parametrize(
    "body",
    [
        "    query = 'SELECT * FROM posts'\n    query += ' ORDER BY %s' % sort\n    return db.execute(text(query))",
        "    query = f'SELECT * FROM posts WHERE title = {sort}'\n    return db.execute(query)",
        "    wanted = [f'title = {sort}']\n    return db.execute(text('WHERE ' + ' AND '.join(wanted)))",
        "    wanted = [f'title = {sort}']\n    return db.execute(text(' AND '.join(wanted)))",
        "    return db.execute(text(FIND.replace('?', sort.replace(\"'\", ''))))",
        "    return db.execute(text(string.Template(FIND).substitute(title=sort)))",
    ],
)
def test_sql_that_is_put_together_before_is_found(tmp_path: Path, body: str) -> None:
    find = "FIND = 'SELECT id FROM posts WHERE title = ?'\n"
    assert lines(tmp_path, f"{HEAD}{find}def find(db, sort):\n{body}") == [3 + body.count("\n") + 1]


@pytest.mark.parametrize(
    "body",
    [
        "    query = 'SELECT * FROM posts'\n    query += ' ORDER BY id'\n    return db.execute(text(query))",
        "    return db.execute(text('SELECT * FROM posts ORDER BY ' + SORTS[sort]))",
        "    by = SORTS.get(sort, 'id')\n    return db.execute(text(f'SELECT * FROM posts ORDER BY {by}'))",
        "    ask = ['a = :a']\n    ask.append('b = :b')\n    return db.execute(text('WHERE ' + ' AND '.join(ask)))",
        "    return db.execute(text(f'SELECT * FROM posts LIMIT {int(sort)}'))",
        "    return db.execute(text('SELECT * FROM posts WHERE ?'.replace('?', 'id = 1').strip()))",
    ],
)
def test_sql_of_fixed_parts_is_left_alone(tmp_path: Path, body: str) -> None:
    sorts = "SORTS = {'new': 'created_at DESC', 'old': 'created_at'}\n"
    assert lines(tmp_path, f"{HEAD}{sorts}def find(db, sort):\n{body}") == []


@pytest.mark.parametrize(
    "body",
    [
        "query = 'SELECT * FROM users WHERE 1=1'\n    query = query + ' AND name = :name'",
        "query = 'SELECT * FROM users WHERE 1=1'\n    query = f'{query} AND name = :name'",
        "marks = ', '.join(f':id{i}' for i in range(len(ids)))\n    query = f'DELETE FROM u WHERE id IN ({marks})'",
        "marks = ', '.join([f':id{i}' for i, _ in enumerate(ids)])\n    query = f'DELETE FROM u WHERE id IN ({marks})'",
        "marks = ', '.join('%s' for _ in ids)\n    query = f'SELECT * FROM users WHERE id IN ({marks})'",
        "query = f'SELECT * FROM {self.TABLE} WHERE id = :id'",
        "query = f'SELECT * FROM {User.__tablename__} WHERE id = :id'",
    ],
)
def test_sql_that_is_put_together_from_bound_parameters_is_left_alone(tmp_path: Path, body: str) -> None:
    assert lines(tmp_path, f"{HEAD}def find(self, db, ids):\n    {body}\n    return db.execute(text(query), ids)") == []


@pytest.mark.parametrize(
    "body",
    [
        "query = 'SELECT * FROM users WHERE 1=1'\n    query = query + ' AND name = ' + name",
        "query = f'SELECT * FROM users WHERE name = {name}'\n    query = f'{query} AND id = :id'",
        "query = f'{query} AND name = :name'\n    query = f'{query} AND id = {ids}'",
        "marks = ', '.join(f'{one}' for one in ids)\n    query = f'SELECT * FROM users WHERE id IN ({marks})'",
        "marks = ', '.join(f'{one}' for i, one in enumerate(ids))\n    query = f'DELETE FROM u WHERE id IN ({marks})'",
        "one = 1\n    marks = ', '.join(f'{one}' for one in ids)\n    query = f'DELETE FROM u WHERE id IN ({marks})'",
        "part = ', '.join(f'{part}' for part in ids)\n    query = f'DELETE FROM users WHERE id IN ({part})'",
        "query = f'SELECT * FROM {self.table} WHERE id = :id'",
        "query = f'SELECT * FROM {ids.TABLE} WHERE id = :id'",
    ],
)
def test_a_value_in_what_is_put_together_step_by_step_is_found(tmp_path: Path, body: str) -> None:
    code = f"{HEAD}def find(self, db, ids, name):\n    {body}\n    return db.execute(text(query))"
    assert lines(tmp_path, code) == [code.count("\n") + 1]


@pytest.mark.parametrize(
    "code",
    [
        'session.execute(text("SELECT * FROM users WHERE name = :name"), {"name": name})',
        'session.execute("SELECT 1 " + "FROM users")',
        'page.text(f"Hello {name}")',
        "executor.execute(f'{task}')",
        "session.execute(select(User).where(User.name == name))",
    ],
)
def test_sql_that_is_bound_is_left_alone(tmp_path: Path, code: str) -> None:
    assert lines(tmp_path, HEAD + code) == []


def test_what_is_no_python_is_named_instead_of_breaking(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="is not Python that can be read"):
        lines(tmp_path, HEAD + "this is surely no python")


def test_files_without_a_database_are_left_alone(tmp_path: Path) -> None:
    assert lines(tmp_path, 'page.text(f"x = {x}")') == []


@pytest.mark.parametrize(
    ("path", "kind", "line", "meant"),
    [
        ("app/settings.py", "Secret Keyword", 'SECRET_KEY = "8d7f0a"', True),
        (".env", "Secret Keyword", "API_KEY=8d7f0a", True),
        ("app/settings.py", "Secret Keyword", 'key = os.environ["SECRET"]', False),
        ("app/ids.py", "Hex High Entropy String", 'revision = "8d7f0a"', False),
        ("tests/test_login.py", "Secret Keyword", 'password = "hunter2"', False),
        ("tests/key.pem", "Private Key", "-----BEGIN PRIVATE KEY-----", True),
        (".env.example", "Secret Keyword", "SECRET_KEY=changeme", False),
        (".github/workflows/ci.yml", "Secret Keyword", "POSTGRES_PASSWORD: postgres", False),
        (".github/workflows/ci.yml", "AWS Access Key", "key: AKIA…", True),
        ("alembic.ini", "Basic Auth Credentials", "sqlalchemy.url = driver://user:pass@localhost/dbname", False),
        ("alembic.ini", "Basic Auth Credentials", "sqlalchemy.url = postgresql://app:Zk82hq@db/app", True),
        (
            "alembic.ini",
            "Basic Auth Credentials",
            "sqlalchemy.url = postgresql://shop_dev:shop_dev@localhost/shop",
            False,
        ),
        ("app/settings.py", "Basic Auth Credentials", 'URL = "postgresql://postgres:password@localhost:5432/x"', False),
        ("app/settings.py", "Basic Auth Credentials", 'URL = "postgresql://postgres:Zk82hq@localhost:5432/x"', True),
        ("app/settings.py", "Basic Auth Credentials", 'URL = "postgresql://app:password@localhost.shop.com/x"', True),
        ("app/settings.py", "Basic Auth Credentials", 'URL = "postgresql://postgres:password@db:5432/x"', True),
        ("app/auth.py", "Secret Keyword", '#     client_secret="secret",', False),
        ("app/auth.py", "Secret Keyword", '#     client_secret="8d7f0a9922",', True),
        ("app/messages.py", "Secret Keyword", 'PASSWORD_INVALID = "Incorrect email or password"', False),
        ("app/settings.py", "Secret Keyword", 'PASSWORD = "correct horse battery staple"', True),
        ("app/cache.py", "Secret Keyword", 'API_KEYS_LIST = "apikeys"  # of a user', False),
        ("app/cache.py", "Secret Keyword", 'API_KEY_FORMAT: Final = "key:{user_id}:{key_id}"', False),
        ("app/admin.py", "Secret Keyword", '    "api_keys": "API Keys",', False),
        ("app/settings.py", "Secret Keyword", 'db_password: str = "password"', True),
        ("app/settings.py", "Secret Keyword", 'api_key = "apikey8d7f0a"', True),
        ("frontend/lang/messages/en-US.json", "Secret Keyword", '"change-password": "Change Password"', False),
        ("web/types.ts", "Secret Keyword", "PASSWORD: 'password',", False),
        ("web/client.ts", "Secret Keyword", "const apiKey = 'sk8d7f0a9922'", True),
        ("db/1.py", "Secret Keyword", """op.execute("UPDATE u SET a = 'X' WHERE password = 'LDAP'")""", False),
        ("pgadmin.yml", "Secret Keyword", '  PGADMIN_CONFIG_MASTER_PASSWORD_REQUIRED: "False"', False),
        ("pgadmin.yml", "Secret Keyword", "  PGADMIN_DEFAULT_PASSWORD: password", True),
        ("app/c.py", "Secret Keyword", '    "PASSWORD_RESET_URL": "http://localhost:3000/reset-password",', False),
        ("app/c.py", "Secret Keyword", 'DB_PASSWORD_URL = "https://app:Zk82hq@vault.shop.com/x"', True),
        ("app/c.py", "Secret Keyword", 'PASSWORD = "1234"', True),
        ("openssl.cnf", "Secret Keyword", "challengePassword\t\t= A challenge password", False),
        ("openssl.cnf", "Secret Keyword", "output_password = Zk82hq", True),
        ("app/schemas/examples.py", "Secret Keyword", 'password = "My S3cur3 P@ssw0rd"', False),
        (".env_example", "Secret Keyword", "DB_PASS=your_user_pass", False),
        ("conf/env-sample", "Secret Keyword", "DB_PASS=your_user_pass", False),
        (".env_live", "Secret Keyword", "DB_PASS=your_user_pass", True),
    ],
)
def test_what_only_looks_like_a_secret_is_left_out(path: str, kind: str, line: str, meant: bool) -> None:  # noqa: FBT001
    assert is_meant(path, kind, line) is meant


@pytest.mark.parametrize(
    "line",
    [
        'SECRET_KEY = "supersecretkey"',
        'SECRET_KEY: str = "mysecretkey"',
        'secret_key = "secretkey"',
        'SECRET_KEY = "your-secret-key"',
        'JWT_SECRET_KEY="jwtsecret"',
        'JWT_SECRET = "super-jwt-secret"',
        'JWT_SIGNING_KEY = "jwtsigningkey"',
        'ADMIN_PASSWORD = "admin"',
        'DB_PASSWORD = "dbpassword"',
        'POSTGRES_PASSWORD="postgres"',
        '"SECRET_KEY": "secretkey",',
        'DB_PASSWORD = "Zk82{tenant}hq"',
        'SECRET_NAME = "aB3dE5fG7hI9jK1l"',
        'PASSWORD_V2 = "hunter-hunter"',
    ],
)
def test_a_secret_that_says_its_name_is_still_one(line: str) -> None:
    assert is_meant("app/settings.py", "Secret Keyword", line)


@pytest.mark.parametrize(
    "line",
    [
        'API_KEYS = "apikeys"',
        'SECRETS = "secrets"',
        'PASSWORDS_TABLE = "passwords"',
        'SECRET_NAME = "secret-name"',
        'SECRET_TYPE = "secrettype"',
        'SECRET_KEY_HEADER = "X-Secret-Key"',
        'PASSWORD_FIELD = "passwordfield"',
        'DB_PASSWORD = "DB password"',
        'RESET_PASSWORD = "reset-password"',
        'FORGOT_USER_PASSWORD = "forgot_user_password"',
        'DB_PASSWORD = f"{password}"',
        'API_KEY_FORMAT = "key:{user_id}"',
        'PASSWORD_HINT = "At least twelve letters, not your name."',
        'SECRET_NAME = "projects/press/secrets/signing"',
        'TOKEN_TYPE = "bearer"',
        'PASSWORD_RESET_PATH = "/auth/new-one"',
    ],
)
def test_a_name_that_keeps_no_secret_is_left_out(line: str) -> None:
    assert not is_meant("app/settings.py", "Secret Keyword", line)


def test_what_the_apis_documentation_shows_is_no_secret() -> None:
    text = (
        "class New(BaseModel):\n    password: str = Field(example='testpass123')\n"
        "    model_config = {\n        'json_schema_extra': {\n            'example': {'password': 'testpass123'}\n"
        "        }\n    }\n"
        "KEY = 'sk-abc'\n"
    )
    assert example_lines(text) == {2, 4, 5, 6}
    assert example_lines("def broken(example") == frozenset()


def test_secrets_are_seen_in_env_files_whatever_else_stands_there() -> None:
    text = (
        "SHOP_SECRET_KEY=Zk3vQ9xLw2Rt7Yb5Nm8\nTOKEN_URL=https://id.example/oauth2/token\nACCESS_TOKEN_MINUTES=15\n"
        "export API_KEY='8d7f0a11c0ffee42'\nDB_PASSWORD=${DB_PASSWORD}\nJWT_SECRET=change-me-please\n"
    )
    found = [(one.line, one.name) for one in in_settings(".env.production", text)]
    assert found == [(1, "SHOP_SECRET_KEY"), (4, "API_KEY")]
    assert not list(in_settings(".env.example", text))


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import yaml\nyaml.unsafe_load(x)", "S506"),
        ("from yaml import Loader as L, load_all\nload_all(x, Loader=L)", "S506"),
        ("import ssl\ncontext.verify_mode = ssl.CERT_NONE", "S501"),
        ("import ssl\ncontext.check_hostname = False", "S501"),
        ("import asyncio as a\nawait a.create_subprocess_shell(f'ls {x}')", "S605"),
        ("import requests\nsession.get(x, verify=False)", "S501"),
        ("import requests\nsession.verify = False", "S501"),
        ("import aiohttp\naiohttp.TCPConnector(ssl=False)", "S501"),
        ("import redis\nredis.Redis(ssl_cert_reqs=None)", "S501"),
        ("from marshal import loads as read\nread(x)", "S302"),
        ("import pickle\nread = pickle.loads", "S301"),
        ("import sqlalchemy as sa\nextra = sa.Column(sa.PickleType())", "S301"),
        ("from sqlalchemy.types import PickleType as Any\nextra = mapped_column(Any)", "S301"),
        ("import builtins\nbuiltins.eval(x)", "S307"),
        ("import uvicorn\nuvicorn.run(app, forwarded_allow_ips='*')", "proxies"),
        (
            "from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware as P\nP(app, trusted_hosts=['*'])",
            "proxies",
        ),
        ("import jwt\njwt.decode(t, options={'verify_signature': False})", "unsigned"),
        (
            "from jose import jwt as j\nj.decode(t, KEY, options={'verify_signature': False, 'verify_aud': False})",
            "unsigned",
        ),
        ("from jwt import decode\ndecode(t, verify=False)", "unsigned"),
        ("import random\ndef reset_token(): return ''.join(random.choices(LETTERS, k=32))", "guessed"),
        ("from random import randint\nself.invite_token = randint(1000, 9999)", "guessed"),
        ("from random import choice as c\ndef generate_password(): return [c(ALL) for _ in range(9)]", "guessed"),
        ("import random as r\ndef make_otp_token(t=''): t += r.choice(ALL); return t", "guessed"),
        ("from lxml import etree\nP = etree.XMLParser(resolve_entities=True)", "entities"),
        ("from lxml.etree import XMLParser\nP = XMLParser(no_network=False)", "entities"),
    ],
)
def test_what_ruff_leaves_out_is_found_by_what_a_name_means(tmp_path: Path, code: str, rule: str) -> None:
    file = tmp_path / "c.py"
    file.write_text(code, encoding="utf-8")
    assert {(risk.rule, risk.line) for risk in unsafe(file, tmp_path)} == {(rule, 2)}


@pytest.mark.parametrize(
    "code",
    [
        "import yaml\nyaml.safe_load(x)",
        "import ssl\nassert context.verify_mode != ssl.CERT_NONE",
        "import asyncio\nawait asyncio.create_subprocess_shell('ls')",
        "import requests\nrequests.get(x, verify=True, timeout=3)",
        "token.get(x, verify=False)",
        "pickle = Jar()\npickle.load(x)",
        "import uvicorn\nuvicorn.run(app, forwarded_allow_ips='10.0.0.1')",
        "import app\napp.add_middleware(TrustedHostMiddleware, allowed_hosts=['*'])",
        "'yaml.unsafe_load(x)'",
        "import jwt\nby = jwt.decode(t, options={'verify_signature': False})['iss']\njwt.decode(t, ALL[by], ['RS256'])",
        "import jwt\njwt.decode(t, KEY, ['HS256'], options={'verify_aud': False})",
        "import random\ndelay = random.uniform(0, 1) + random.randint(1, 3)",
        "import random\ndef token_ttl(): return 60 + random.randint(0, 9)",
        "import random\nrng = random.SystemRandom()\ndef make_token(): return rng.choice(ALL)",
        "import random\ndef refresh_token(c): time.sleep(random.random()); return c.post('/x')",
        "import secrets\ndef reset_token(): return secrets.token_urlsafe(32)",
        "from lxml import etree\nP = etree.XMLParser(resolve_entities=False, no_network=True)",
    ],
)
def test_what_only_looks_unsafe_is_left_alone(tmp_path: Path, code: str) -> None:
    file = tmp_path / "c.py"
    file.write_text(code, encoding="utf-8")
    assert list(unsafe(file, tmp_path)) == []


def look(root: Path, workshop: Workshop, code: str) -> RiskyCode:
    (root / "app").mkdir()
    (root / "app" / "q.py").write_text(code, encoding="utf-8")
    (root / ".gitignore").write_text("q.py\n", encoding="utf-8")
    (root / "pyproject.toml").write_text(
        '[tool.ruff]\nextend-exclude = ["app"]\nforce-exclude = true\n', encoding="utf-8"
    )
    (root / "gonogo.toml").write_text(f'[service]\npython = "{sys.executable}"\nsources = ["app"]\n', encoding="utf-8")
    target = find_target(root)
    return RiskyCode.collect(Probe(target, workshop))


def test_a_file_that_git_and_ruff_are_told_to_pass_over_is_read(tmp_path: Path, workshop: Workshop) -> None:
    (tmp_path / ".git").mkdir()
    found = look(tmp_path, workshop, "x = eval(input())\n")
    assert [(risk.rule, risk.path) for risk in found.others] == [("S307", "app/q.py")]


PUT_TOGETHER = """
def listed(db, mine: bool, name, way: Literal["ASC", "DESC"]):
    only = "AND owner = :owner" if mine else ""
    a = f"SELECT * FROM posts WHERE TRUE {only}"
    b = f"SELECT * FROM posts ORDER BY title {way}"
    c = f"SELECT * FROM posts WHERE name = {name}"
    only = f"AND name = {name}"
"""


def test_what_ruff_takes_for_a_value_and_stands_in_the_code_is_left_out(tmp_path: Path, workshop: Workshop) -> None:
    found = look(tmp_path, workshop, PUT_TOGETHER.replace('    only = f"AND name = {name}"\n', ""))
    assert [risk.line for risk in found.sql] == [6]


def test_a_part_that_is_given_a_value_elsewhere_is_none_of_the_codes_own(tmp_path: Path, workshop: Workshop) -> None:
    assert [risk.line for risk in look(tmp_path, workshop, PUT_TOGETHER).sql] == [4, 6]


def test_only_a_comment_that_names_the_rule_accepts_a_line(tmp_path: Path, workshop: Workshop) -> None:
    code = (
        "a = eval(b)  # noqa: S307 - a constant\n"
        "a = eval('# noqa: S307' + b)\n"
        "a = eval(b)  # noqa\n"
        "a = eval(b)  # noqa: S301\n"
        "from sqlalchemy import text\n"
        "q = text(f'SELECT {noqa} FROM t WHERE a = {b}')\n"
        "session.execute(text(f'LOCK TABLE {TABLE}'))  # noqa: S608 - a constant\n"
    )
    found = look(tmp_path, workshop, code)
    assert [risk.line for risk in found.others] == [2, 3, 4]
    assert [risk.line for risk in found.sql] == [6]
    assert found.silenced == (("S307", "app/q.py:1"), ("S608", "app/q.py:7"))


def test_no_name_of_a_file_keeps_a_key_from_being_seen_and_what_can_not_be_read_is_counted(
    tmp_path: Path, workshop: Workshop
) -> None:
    key = "-----BEGIN RSA " + "PRIVATE KEY-----"
    for name in ("swagger.py", "yarn.lock", "key.png"):
        (tmp_path / name).write_text(f"KEY = '{key}'\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("in another encoding", encoding="utf-16")
    (tmp_path / "picture.bin").write_bytes(b"\0\1\2")
    (tmp_path / "gonogo.toml").write_text(f'[service]\npython = "{sys.executable}"\n', encoding="utf-8")
    target = find_target(tmp_path)
    found = CommittedSecrets.collect(Probe(target, workshop))
    assert [one.path for one in found.found] == ["key.png", "swagger.py", "yarn.lock"]
    assert (found.files, found.there) == (4, 5)


@pytest.mark.parametrize(
    "line",
    [
        'if settings.secret_key == "changethis": stop()',
        'weak = password != "letmein"',
        'assert self.SECRET_KEY != "development_secret", "Change the SECRET_KEY for production"',
        'if "none" == token: stop()',
        'if token in ("anonymous", "guest"): stop()',
        'match password:\n    case "hunter": stop()',
    ],
)
def test_a_text_that_is_compared_with_is_no_secret(line: str) -> None:
    assert len(line.splitlines()) in compared_lines(line)


@pytest.mark.parametrize(
    "line",
    [
        'secret_key = "changethis"',
        'if api_key == "k3ys1nc0de4ever": let_in()',
        'password = "letmein" if mode == "local" else None',
        'password: str = "letmein"  # == "x"',
    ],
)
def test_one_that_is_kept_or_looks_like_a_key_is_one(line: str) -> None:
    assert 1 not in compared_lines(line)


@pytest.mark.parametrize(
    "code",
    [
        'key = os.environ.get("SECRET_KEY", "dev-only")',
        'key = os.getenv(\n    "JWT_SECRET",\n    "change-me-please",\n)',
        'key = getattr(settings, "jwt_secret", "fallback")',
        'key = config("SIGNING_KEY", default="insecure")',
        'key = env.str("APP_SECRET", "unsafe")',
        'key = os.getenv("API_KEY", "a8f3k29fj3kd02")',
    ],
)
def test_a_default_that_everybody_reads_is_a_secret_in_the_code(code: str) -> None:
    found = list(in_defaults("app/settings.py", code))
    assert [(one.line, one.kind) for one in found] == [(1, "Secret as a default")]
    assert not list(in_defaults("tests/test_settings.py", code))


@pytest.mark.parametrize(
    "code",
    [
        'key = os.environ.get("SECRET_KEY", "")',
        'key = os.environ.get("SECRET_KEY")',
        'key = os.getenv("API_KEY", "test")',
        'key = os.getenv("SECRET_KEY_HEADER", "X-Key")',
        'minutes = os.getenv("ACCESS_TOKEN_EXPIRE_MINUTES", "30")',
        'word = body.get("password", "no password given")',
        'word = getattr(settings, "password", None)',
    ],
)
def test_a_default_that_lets_nobody_in_is_none(code: str) -> None:
    assert not list(in_defaults("app/settings.py", code))


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ('SECRET_KEY = "123456"', True),
        ('class Settings:\n    jwt_secret: str = "aaaaaaaa"', True),
        ('class Mail(BaseSettings):\n    smtp_password: str = "Tulip-Harbor-92!"', True),
        ('POSTGRES_PASSWORD: str | None = "postgres"', True),
        ('SECRET_KEY = ""', False),
        ("SECRET_KEY: str", False),
        ('smtp_password: str = ""', False),
        ('PASSWORD_HINT: str = "twelve-letters"', False),
        ('password_field: str = "password"', False),
        ('SECRET_KEY_HEADER = "X-Key"', False),
        ('sort_key = "created"', False),
        ('SECRET_KEY = os.environ["SECRET_KEY"]', False),
    ],
)
def test_a_key_that_signs_is_one_whatever_it_looks_like(code: str, *, named: bool) -> None:
    assert bool(list(in_defaults("app/settings.py", code))) == named
    assert not list(in_defaults("tests/test_settings.py", code))


KEYED = "import secrets\nclass S:\n    secret_key: str = Field(default_factory=secrets.token_hex)\n"
REFUSES = "    def check(self):\n        if {}:\n            raise ValueError\n"
NEW = "import secrets as s\ndef new():\n    return s.token_hex()\n"


@pytest.mark.parametrize(
    "code",
    [
        "import secrets\nSECRET_KEY = secrets.token_urlsafe(32)",
        "import os, secrets\nSECRET_KEY = os.getenv('SECRET_KEY') or secrets.token_hex(32)",
        "import os\nJWT_SECRET: str = os.environ.get('JWT_SECRET', os.urandom(32).hex())",
        "from secrets import token_hex as made\nclass S:\n    secret_key: str = made(32)",
        "import secrets\nclass S:\n    signing_key: str = Field(default_factory=lambda: secrets.token_hex())",
        f"{NEW}class S:\n    secret_key = Field(default_factory=new)",
        KEYED + REFUSES.format("not self.secret_key"),
        "from cryptography.fernet import Fernet\nENCRYPTION_SECRET = Fernet.generate_key()",
    ],
)
def test_keys_that_each_process_makes_for_itself_are_found(code: str) -> None:
    assert len(list(made_keys(Module("a", "a.py", ast.parse(code))))) == 1


@pytest.mark.parametrize(
    "code",
    [
        "import os\nSECRET_KEY = os.environ['SECRET_KEY']",
        "import secrets\ndef new_token():\n    secret = secrets.token_hex()\n    return secret",
        "import secrets\nREQUEST_ID = secrets.token_hex()",
        KEYED + REFUSES.format("'secret_key' not in self.model_fields_set"),
    ],
)
def test_keys_from_outside_and_those_that_production_refuses_are_fine(code: str) -> None:
    assert not list(made_keys(Module("a", "a.py", ast.parse(code))))


IN = """
def titles(session, ids, word):
    names = ", ".join(f":id{n}" for n in range(len(ids)))
    return session.execute(text(f"SELECT title FROM posts WHERE id IN ({names})"), GIVEN)
"""


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ('{f"id{n}": one for n, one in enumerate(ids)}', True),
        ('{f"id{one}": 1 for one in ids}', True),
        ('{"q": f"%{word}%"}', True),
        ('{"q": f"SELECT {word}"}', False),
    ],
)
def test_the_names_of_parameters_on_a_line_make_its_statement_no_other(given: str, plain: object) -> None:
    assert (4 in plain_lines(ast.parse(IN.replace("GIVEN", given)))) is plain
