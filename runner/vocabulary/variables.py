"""What does an environment variable carry, by its name: an address of a server, a secret, which environment this is?"""

import re

# One of several databases of one kind: POSTGRES_HOST_TEST.
SUFFIX = (
    r"(?:_(?:TESTS?|TESTING|DEV|DEVELOPMENT|LOCAL|PROD|PRODUCTION|MAIN|PRIMARY|MASTER|REPLICA|READ|WRITE|ASYNC|SYNC))?"
)
# What the machine itself says, so nothing is to be put in its place.
MACHINE = re.compile(r"(?:PATH|HOME|USER|SHELL|LANG|LC_\w+|PWD|TZ|TERM|TMPDIR|VIRTUAL_ENV|PYTHON\w+|\w+_PROXY)$")
ENVIRONMENT = re.compile(r"(?:^|_)(?:ENV|ENVIRONMENT|APP_ENV|STAGE)$")
DATABASE = r"(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|SQLALCHEMY|SQLALCHEMY_DATABASE|ASYNC_DATABASE|SYNC_DATABASE)"
REDIS = r"(?:REDIS|CACHE|BROKER|CELERY|RATE_LIMIT\w*)"
MAIL = r"(?:SMTP|E?MAILS?)"
# Most telling first. Each is matched against the end of a variable's name, at the start of a word.
MEANINGS = (
    (rf"REDIS(?:_\w+)?_(?:URL|URI|DSN)|{REDIS}_(?:URL|URI)", "{redis_url}"),
    (r"REDIS(?:_\w+)?_(?:HOST|SERVER|HOSTNAME)", "{redis_host}"),
    (r"REDIS(?:_\w+)?_PORT", "{redis_port}"),
    (r"REDIS(?:_\w+)?_(?:DB|DATABASE|DB_INDEX|DB_NUMBER|INDEX)", "{redis_db}"),
    (rf"{DATABASE}_(?:A?SYNC_)?(?:URL|URI|DSN)", "{database_url}"),
    (rf"{DATABASE}_(?:HOST|SERVER|HOSTNAME|ADDRESS)|PGHOST", "{database_host}"),
    (rf"{DATABASE}_PORT|PGPORT", "{database_port}"),
    (rf"{DATABASE}_(?:USER|USERNAME)|PGUSER", "{database_user}"),
    (rf"{DATABASE}_(?:PASS|PASSWORD|PWD)|PGPASSWORD", "{database_password}"),
    (rf"{DATABASE}_(?:NAME|DB|BASE|DATABASE|DATABASE_NAME)|PGDATABASE", "{database_name}"),
    (rf"{MAIL}_(?:HOST|SERVER|HOSTNAME)", "{mail_host}"),
    (rf"{MAIL}_(?:SERVER_)?PORT", "{mail_port}"),
    (rf"{MAIL}_(?:USE_|ENABLE_)?(?:START_?TLS|SSL_TLS|TLS|SSL)(?:_ENABLED)?", "false"),  # ours has no certificate
    (r"SECRET(?:_KEY)?|SECRET_KEY_\w+|SECRET_(?:AUTH|JWT|TOKENS?)|JWT_(?:SECRET_)?KEY", "{secret}"),
)


def meaning_of(name: str) -> str:
    """The placeholder of gonogo.toml that stands for its value: `{database_url}` of `DATABASE_URL`; else empty."""
    flat = name.replace("__", "_")  # a nested settings class: DATABASE__PORT
    return next((filled for ending, filled in MEANINGS if re.search(rf"(?:^|_)(?:{ending}){SUFFIX}$", flat)), "")
