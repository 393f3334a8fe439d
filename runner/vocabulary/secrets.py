"""Is this the name of a secret: of a variable, a field, a header, a column, a build argument?

The last secret thing in a name counts, and what is said of it: `ACCESS_TOKEN_EXPIRE_MINUTES` is a number of minutes,
`SECRET_KEY_FILE` a path, `RESET_TOKEN` a token. What stands behind it and means nothing known (`SECRET_KEY_BASE`,
`TOKEN_GITHUB`) changes nothing.
"""

import re
from enum import Enum

from runner.vocabulary.names import set_of, words_of

PASSWORDS = ("password", "passwd", "passphrase", "passcode")  # also at the end of a word: `PGPASSWORD`
SHORT_PASSWORDS = frozenset({"pwd", "pw", "mima", "kouling"})
# `pass` alone may be a ticket, or a test that passed.
PASSES_OF = set_of(
    "db database smtp mail email user admin redis postgres pg mysql mongo broker",
    "rabbitmq amqp root auth login ftp ldap proxy basic superuser account system",
)
KEYS_OF = set_of(
    "api secret private signing sign signature encryption encrypt jwt access master",
    "ssh hmac aes fernet session auth webhook token crypto cookie license",
)
SIGNING_KEYS_OF = frozenset({"secret", "private", "signing", "sign", "signature", "jwt", "token", "hmac"})
# Other tokens are counted.
TOKENS_OF = frozenset({"api", "access", "auth", "bearer", "refresh", "admin", "service", "secret"})
# What is said of a secret, and is none.
SAID_OF_IT = set_of(
    # where it is
    "file path dir directory folder location url uri endpoint host port route",
    "manager provider backend storage cookie header headers param",
    # what it is called, what kind it is, what it looks like
    "name names field label title id ids arn version type kind class model",
    "algorithm algorithms alg scheme schemes prefix suffix format pattern regex",
    "policy strength hint placeholder issuer audience scope scopes context hasher",
    "hashers validator validators rule rules error message description form grant",
    # how long, how many
    "length len min max size bytes bits limit limits count number rounds",
    "iterations cost attempts tries usage used entropy rate ttl age lifetime",
    "seconds minutes hours days weeks ms expire expires expiry expiration expired",
    "timeout duration interval rotation leeway validity",
    # when, whether
    "at on date time changed updated created set required enabled disabled allowed",
    "valid verified status state reset recovery change update flow check checks rotate revoke",
)
WHETHER = set_of(
    "is has have had allow allows use uses enable disable require requires must",
    "should can needs need skip hide log show enforce disallow",
)
MADE_HERE = set_of("pepper salt signing jwt session cookie csrf hmac encryption fernet")
CHINESE = re.compile(r"密码|口令|密钥|私钥|令牌|凭证")
SAID_IN_CHINESE = re.compile(r"长度|类型|有效期|过期|名称|路径|文件|次数|时间|地址|算法|提示|强度")
HASHES = frozenset({"hash", "hashed", "digest", "salt"})
# A secret that is no secret before its owner: the answer of a sign-in is a token, and a new key is shown once.
FOR_A_PERSON = frozenset({"reset", "verification", "confirmation", "invite", "invitation", "activation"})
SECRETS_OF_A_PERSON = frozenset({"totp", "otp", "mfa", "client"})
HASHED_THINGS = frozenset({"token", "key", "code", "otp", "pin"})
CARD_OR_PERSON = re.compile(r"(?:credit_)?card_?number|cvv|cvc|ssn")
BROAD = re.compile(
    r"secret|token|passw|pwd|(^|_)pass($|_)|key|credential|private|salt|signing|webhook|dsn|mima|miyao|kouling"
    rf"|{CHINESE.pattern}",
    re.IGNORECASE,
)


class Thing(Enum):
    """What kind of secret a name ends with."""

    PASSWORD = "password"  # noqa: S105 - a kind
    SECRET = "secret"  # noqa: S105 - a kind
    SIGNING_KEY = "signing key"
    KEY = "key"
    TOKEN = "token"  # noqa: S105 - a kind
    CREDENTIAL = "credential"


def is_secret(name: str) -> bool:
    """Is its value one that nobody else may know? As a setting, a build argument, a variable of the code."""
    return _thing(name) is not None


def speaks_of_one(name: str) -> bool:
    """Is it what is said of a secret, and none itself: `PASSWORD_HINT`, `SECRET_NAME`, `TOKEN_TYPE`?"""
    return bool(BROAD.search(name)) and not is_secret(name)


def is_password(name: str) -> bool:
    """Is it a field or a column with somebody's password, also the second time, in clear or as a hash?"""
    return _thing(name) is Thing.PASSWORD


def signs(name: str) -> bool:
    """Is it a key that a service signs or encrypts with, which nothing but its being unknown makes worth anything?"""
    return _thing(name) in {Thing.SECRET, Thing.SIGNING_KEY}


def is_made_here(name: str) -> bool:
    """Is it a secret that a service makes up for itself, so that any will do? No other server gave it out."""
    return (
        signs(name) or (is_secret(name) and bool(MADE_HERE & set(words_of(name)))) or words_of(name)[-1:] == ("pepper",)
    )


def never_excused(name: str) -> bool:
    """Is a value in the code a hole whatever it says, as `SECRET_KEY = "supersecretkey"`?

    Only where the name ends so: `PASSWORD_PAGE = "password-page"`. And a text called token, token key or API key is as
    often its label, and several are a list of names.
    """
    words = words_of(name)
    several = words[-1:] != ("pass",) and name.lower().endswith("s")
    label = not is_secret(name) or several or words[-2:] == ("token", "key")
    return not label and _thing_at(words, len(words) - 1) in {Thing.PASSWORD, Thing.SECRET, Thing.SIGNING_KEY}


def never_answered(name: str) -> bool:
    """Is it a field that no answer may have, whoever asks?

    Also the number of a card. Not what is given to its owner: the tokens of a sign-in, a new API key.
    """
    words = words_of(name)
    if _only_speaks_of_it(words, len(words) - 1):
        return False
    if _thing(name) is Thing.PASSWORD or CARD_OR_PERSON.fullmatch("_".join(words)) or words == ("salt",):
        return True
    for at, word in enumerate(words):
        before, after = words[at - 1] if at else "", words[at + 1 :]
        hashed = word in HASHED_THINGS and bool(after) and after[0] in HASHES
        key = word == "key" and (before in {"secret", "private"} or words[at - 2 : at] == ("secret", "access"))
        token = word == "token" and before in FOR_A_PERSON
        secret = word == "secret" and (before in SECRETS_OF_A_PERSON or len(words) == 1)
        if (hashed or key or token or secret) and not _only_speaks_of_it(words, at):
            return True
    return False


def may_be_secret(name: str) -> bool:
    """Should a record blank its value, as long as that is no plain word? Better one too many."""
    return bool(BROAD.search(name))


def _thing(name: str) -> Thing | None:
    """The last secret thing in a name, where the name means that and not something about it."""
    if found := CHINESE.search(name):
        chinese = Thing.PASSWORD if found[0] in {"密码", "口令"} else Thing.SECRET
        return None if SAID_IN_CHINESE.search(name) else chinese
    words = words_of(name)
    things = [(at, thing) for at in range(len(words)) if (thing := _thing_at(words, at))]
    if not things or _only_speaks_of_it(words, things[-1][0]):
        return None
    return things[-1][1]


def _thing_at(words: tuple[str, ...], at: int) -> Thing | None:
    word, before = words[at], words[at - 1] if at else ""
    one = word.removesuffix("s")
    if one.endswith(PASSWORDS) or word in SHORT_PASSWORDS or _is_pass(words, at):
        return Thing.PASSWORD
    if one == "secret" or word == "miyao":
        return Thing.SECRET
    if one == "key":
        return Thing.SIGNING_KEY if before in SIGNING_KEYS_OF else Thing.KEY if before in KEYS_OF else None
    if one == "token" or word == "lingpai":
        return None if word == "tokens" and before not in TOKENS_OF else Thing.TOKEN
    salt = word in {"salt", "pepper"} and not before.endswith(PASSWORDS)
    return Thing.CREDENTIAL if salt or one == "credential" else None


def _is_pass(words: tuple[str, ...], at: int) -> bool:
    return words[at] == "pass" and at == len(words) - 1 and (at == 0 or words[at - 1] in PASSES_OF)


def _only_speaks_of_it(words: tuple[str, ...], at: int) -> bool:
    """Is it whether there is one, or something about it? `VAULT_SECRET_ID` is what Vault calls the secret itself."""
    if words[at:] == ("secret", "id"):
        return False
    return bool(words) and (words[0] in WHETHER or bool(SAID_OF_IT & set(words[at + 1 :])))
