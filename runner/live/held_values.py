"""Where is a value still held: in which columns of which tables, under which keys of Redis?"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from runner.errors import ProbeError
from runner.live.redis import Redis, tell
from runner.postgres.database import Database
from runner.postgres.driver import sql
from runner.postgres.tables import tables_of
from runner.said import say

MOST = 50  # rows of one table
# A text stands as it is, bytes in hexadecimal digits.
ROWS = """
SELECT to_jsonb(t) AS row FROM {} t
WHERE EXISTS (SELECT 1 FROM unnest(%s::text[]) v WHERE strpos(lower(t::text), v) > 0) LIMIT {}
"""
# Asks each key of the chosen database for all that it holds; answers lines of `value, where, seconds left, key`.
KEYS = """
redis.call('SELECT', ARGV[2])
local found, wanted = {}, cjson.decode(ARGV[1])
local function has(held, value)
  if type(held) == 'table' then
    for _, one in ipairs(held) do if has(one, value) then return true end end
    return false
  end
  return string.find(string.lower(tostring(held)), value, 1, true) ~= nil
end
local asks = {string={'GET'}, hash={'HGETALL'}, list={'LRANGE', 0, -1}, set={'SMEMBERS'}, zset={'ZRANGE', 0, -1},
  stream={'XRANGE', '-', '+'}}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local how = asks[redis.call('TYPE', key).ok]
  local held = how and redis.call(how[1], key, unpack(how, 2)) or ''
  for _, value in ipairs(wanted) do
    local where = has(held, value) and 'value' or has(key, value) and 'name' or nil
    if where then table.insert(found, value .. ' ' .. where .. ' ' .. redis.call('TTL', key) .. ' ' .. key) end
  end
end
return table.concat(found, '|')
"""
FOUND = re.compile(r"^(?P<value>.+?) (?P<where>value|name) (?P<left>-?\d+) (?P<key>.+)$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A value in a row of a table."""

    value: str  # as it was looked for
    table: str
    column: str
    row: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A value in Redis. `left`: seconds that the key still lives; negative: it has no end."""

    value: str
    key: str
    in_name: bool
    left: int


def held_in_tables(database: Database, values: Collection[str]) -> tuple[Held, ...]:
    """Each value in whatever spelling of its letters, also within a longer text, JSON or bytes."""
    wanted = {value: (_low(value), value.encode().hex()) for value in values}
    needles = sorted({one for both in wanted.values() for one in both})
    found = []
    for table in tables_of(database) if needles else ():
        query = sql.SQL(ROWS).format(table.place, sql.Literal(MOST))
        found_rows = [one["row"] for one in database.rows(query, needles)]
        cells = [(row, *cell) for row in found_rows for cell in row.items()]
        for held_by, column, content in cells:
            text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
            hits = [value for value, both in wanted.items() if any(one in _low(text) for one in both)]
            found += [Held(value=value, table=str(table), column=column, row=held_by) for value in hits]
    return tuple(found)


def row_of(database: Database, table: str, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """As JSON; None where there is none (any longer)."""
    same = sql.SQL(" AND ").join(sql.SQL("{}::text = %s").format(sql.Identifier(name)) for name in key)
    query = sql.SQL("SELECT to_jsonb(t) AS row FROM {} t WHERE {}").format(sql.Identifier(*table.split(".")), same)
    return next((one["row"] for one in database.rows(query, *map(str, key.values()))), None) if key else None


def held_in_redis(redis: Redis, values: Collection[str]) -> tuple[Kept, ...]:
    """In any database of the server. Values of ASCII without quotes; others are not looked for.

    Raises `ProbeError` where it does not answer.
    """
    known = {_low(value): value for value in values if value.isascii() and not set(value) & set("\"\\'")}
    script, wanted = " ".join(KEYS.split()), json.dumps(list(known)).replace('"', '\\"')
    found = []
    for number in re.findall(r"^db(\d+):", tell(redis, "INFO keyspace"), re.MULTILINE) if known else ():
        answer = tell(redis, f'EVAL "{script}" 0 "{wanted}" {number}')
        if not answer.startswith("$"):
            raise ProbeError(
                say("Redis did not tell what it holds: {answer}", answer=answer.strip()[:200] or say("no answer"))
            )
        said = answer.partition("\r\n")[2].removesuffix("\r\n")
        found += [one for one in map(FOUND.match, said.split("|")) if one and one["value"] in known]
    return tuple(
        Kept(value=known[one["value"]], key=one["key"], in_name=one["where"] == "name", left=int(one["left"]))
        for one in found
    )


def _low(text: str) -> str:
    return text.lower()
