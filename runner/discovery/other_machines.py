"""Does the value of a setting lead to another machine, and what stands for it then?"""

import re

LOOPBACK = frozenset({"localhost", "0.0.0.0", "[::1]", "::1"})  # noqa: S104 - compared with, never bound
ADDRESS = re.compile(r"(://(?:[^/@\s]*@)?)(\[[^\]]*\]|[^/:?#\s,]*)(?::\d+)?")


def leads_away(name: str, value: str) -> bool:
    """Does a setting name another machine: in an address, or as a host?"""
    hosts = [host for host in re.findall(r"://(?:[^/@\s]*@)?(\[[^\]]*\]|[^/:?#\s,]*)", value) if host]
    if not hosts and re.search(r"(?:^|_)(?:HOST|SERVER|HOSTNAME|ENDPOINT)$", name):
        hosts = [value.partition(":")[0]] if "." in value else []
    return any(host not in LOOPBACK and not host.startswith("127.") for host in hosts)


def at_home(name: str, value: str) -> str:
    """The value of a setting with this machine's closed port in place of any other machine."""
    if not leads_away(name, value):
        return value
    return ADDRESS.sub(r"\g<1>127.0.0.1:1", value) if "://" in value else "nowhere.invalid"
