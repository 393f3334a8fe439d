"""Which variables carry the service's database, Redis and secret, where `gonogo.toml` names none? Read, never run.

A proof must never reach a developer's own database. So the answer is all or nothing: unless a whole address of the
database was found (a URL, or a host with a port), nothing is filled in, and what needs a database says so.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from runner.discovery.engine_kind import found_engine
from runner.discovery.env_files import examples_in
from runner.discovery.invented import as_it_stands, fits, invented, kind_of_number, signs_tokens
from runner.discovery.other_machines import at_home
from runner.discovery.sync_urls import without_coroutines
from runner.discovery.variables_read import (
    demanded,
    left_empty,
    left_out,
    members_in,
    names_read,
    optional_in,
    reads_by_other_names,
)
from runner.vocabulary.issuers import belongs_to_issuer, leads_to_issuer, names_audience, takes_tokens_of_others
from runner.vocabulary.secrets import is_made_here, is_secret
from runner.vocabulary.variables import ENVIRONMENT, MACHINE, meaning_of

DEPLOYED = re.compile(r"prod(?:uction)?|live|staging", re.IGNORECASE)
FOR_US = "gonogo-api"  # for whom tokens are given out, where nobody says
MACHINE_ALONE = "{issuer_host}:{issuer_port}"
EMPTY: Mapping[str, str] = {}
LIMITED = re.compile(
    r"max_length|min_length|validator\(|\blen\(|constr\(|StringConstraints|AfterValidator|fromhex|b64decode"
)
SCHEME = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
REPLACED = re.compile(rf"""\.(?:replace|removeprefix|startswith)\(\s*['"]({SCHEME.pattern})['"]""")
PLAIN = re.compile(r"[\d.]*|true|false|yes|no|on|off", re.IGNORECASE)  # ACCESS_TOKEN_EXPIRE_MINUTES=30
DIRECT = re.compile(r"\b(?:asyncpg|psycopg2?)\.(?:connect|create_pool|\w*Connection\.connect)\(|\b\w*ConnectionPool\(")
ENGINE = re.compile(r"\bcreate_(?:async_)?engine\(|async_engine_from_config|\+(?:asyncpg|psycopg2?|pg8000)\b")


def found_settings(
    files: Iterable[Path], env_files: Iterable[Path] = (), named: Mapping[str, str] = EMPTY
) -> dict[str, str]:
    """Variable → what stands for it, for the names that the code reads; empty without a database's whole address.

    `named`: what gonogo.toml says already, which may be that address. What the settings demand, or leave empty, and
    `env_files` show is given as shown; the first file that shows it counts. What they demand and nobody shows gets a
    value of its kind. An address on another machine leads to this one, where nobody listens.
    """
    examples, files = examples_in(env_files), list(files)
    names = {*examples, *(name for path in files for name in names_read(path))}
    shown = scheme_in_code(files) or ("postgresql://" if _calls_a_driver(files) else "")
    found = {name: spelt(meaning, examples.get(name, shown)) for name in sorted(names) if (meaning := meaning_of(name))}
    for url, parts in (("{database_url}", "{database_"), ("{redis_url}", "{redis_")):
        if {f"{parts}host}}", f"{parts}port}}"} <= set(found.values()):  # a URL is put together from its parts
            found = {name: value for name, value in found.items() if meaning_of(name) != url or name in examples}
    plain = without_coroutines([name for name, value in found.items() if value == "{database_url}"], files)
    found |= dict.fromkeys(sorted(plain), "{database_url_sync}")
    found |= found_engine(names, files)
    found |= issuer_settings(files, names, examples)
    told = " ".join([*found.values(), *named.values()])
    whole = any(meaning_of(name) == "{database_url}" for name in found) or "{database_url" in told
    if not whole and not ("{database_host" in told and "{database_port" in told):
        return {}
    wanted = {
        name: kind for path in files for name, kind in left_empty(path) if examples.get(name) or is_made_here(name)
    }
    wanted |= {name: kind for path in files for name, kind in left_out(path) if signs_tokens(name)}
    wanted |= {name: kind for path in files for name, kind in demanded(path)}
    values = {name: given(name, kind, examples.get(name, "")) for name, kind in sorted(wanted.items())}
    values |= as_developers_run_it(files, examples)
    return {name: value for name, value in values.items() if value is not None} | found


def as_developers_run_it(files: Iterable[Path], examples: Mapping[str, str]) -> dict[str, str]:
    """Which environment it is, as the example shows it, where the code takes itself for production without it."""
    files = list(files)
    usual = optional_in(files) | members_in(files)
    return {
        name: example
        for name, example in examples.items()
        if ENVIRONMENT.search(name.upper()) and is_deployed(usual.get(name)) and example and not is_deployed(example)
    }


def is_deployed(word: str | None) -> bool:
    """Is it called production, or staging?"""
    return bool(word) and DEPLOYED.fullmatch(str(word)) is not None


def issuer_settings(files: Iterable[Path], names: Iterable[str], examples: Mapping[str, str]) -> dict[str, str]:
    """Those that lead to who signs people in, where the code takes tokens of another server; else empty."""
    files = list(files)
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    if not any(map(takes_tokens_of_others, texts)):
        return {}
    usual = {name.upper(): value for name, value in optional_in(files).items() if value}
    free = [name for name in sorted(names) if not meaning_of(name)]
    led = {name: to for name in free if (to := leads_to_issuer(name, examples.get(name) or usual.get(name, "")))}
    led = {name: "{issuer_url}" if to == MACHINE_ALONE and _begins(name, texts) else to for name, to in led.items()}
    beside = [name for name in free if led and name not in led and belongs_to_issuer(name)]
    shown = {name: _shown(name, at_home(name, examples[name])) for name in beside if examples.get(name)}
    return {name: FOR_US for name in beside if names_audience(name) and not usual.get(name)} | shown | led


def _begins(name: str, texts: Iterable[str]) -> bool:
    """Does an address in the code begin with this variable, so that its value has a scheme?"""
    begun = re.compile(rf"""\bf["']+\{{(?:\w+\.)*{re.escape(name)}\}}/""", re.IGNORECASE)
    return any(map(begun.search, texts))


def leaves_doubt(files: Iterable[Path], env_files: Iterable[Path], named: Mapping[str, str]) -> bool:
    """May its code ask for more than reading shows, or refuse what was found? Then only importing it tells.

    No doubt: every variable is read by its name in full, each that is demanded has a known meaning, an example or a
    value of gonogo.toml, and the address of the database is among them.
    """
    examples, files = examples_in(env_files), list(files)
    if not found_settings(files, env_files, named):
        return True
    known = {name.upper() for name, value in (*examples.items(), *named.items()) if value}
    wanted = (name for path in files for name, _ in demanded(path))
    if any(name.upper() not in known and not meaning_of(name) for name in wanted):
        return True
    return any(reads_by_other_names(path) or _limits_secrets(path) for path in files)


def given(name: str, kind: ast.expr | None, example: str) -> str | None:
    """What stands for a demanded setting: its example, else something of its kind; None where nobody can guess.

    An example that leads to another machine leads to a port of this one on which nobody listens.
    """
    if example and fits(name, kind, example):
        return _shown(name, at_home(name, example))
    if MACHINE.match(name):
        return None
    return "{secret}" if is_secret(name) and not kind_of_number(kind) else invented(name, kind)


def spelt(meaning: str, example: str) -> str:
    """A URL as the example spells it: with its scheme, since some want `postgresql+asyncpg://` and some must not."""
    scheme = re.match(r"(postgres(?:ql)?(?:\+\w+)?)://", example)
    if meaning != "{database_url}" or not scheme:
        return meaning
    return scheme[1] + "://{database_user}:{database_password}@{database_host}:{database_port}/{database_name}"


def scheme_in_code(files: Iterable[Path]) -> str:
    """The beginning of a PostgreSQL address as the code wants it; empty: with the driver that is installed.

    What it replaces is what it is given; a default without a driver shows that it adds its own, or takes the usual one.
    """
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    replaced = {found[1] for text in texts for found in REPLACED.finditer(text)}
    if len(replaced) == 1:
        return replaced.pop()
    named = {value for name, value in optional_in(files).items() if meaning_of(name) == "{database_url}"}
    schemes = {found[0] for value in named if (found := SCHEME.match(value))}
    return schemes.pop() if len(schemes) == 1 and not any("+" in one for one in schemes) else ""


def _limits_secrets(path: Path) -> bool:
    """Does a class of settings demand a secret, and may it refuse one for its length or its signs?"""
    secret = any(is_secret(name) and not kind_of_number(kind) for name, kind in demanded(path))
    return secret and LIMITED.search(path.read_text(encoding="utf-8", errors="replace")) is not None


def _shown(name: str, example: str) -> str:
    """As the example shows it; a secret that everybody can read is replaced."""
    secret = is_secret(name) and not PLAIN.fullmatch(example)
    return "{secret}" if secret else as_it_stands(example)


def _calls_a_driver(files: Iterable[Path]) -> bool:
    """Does its code connect by drivers alone, which take no `postgresql+asyncpg://`, and by no engine?"""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
    return any(map(DIRECT.search, texts)) and not any(map(ENGINE.search, texts))
