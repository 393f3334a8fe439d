"""An OpenID Connect provider of our own on loopback: it gives out the tokens that a service takes of another server."""

import base64
import contextlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socket import MSG_PEEK, socket
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from runner.live.certificates import Certificates
from runner.live.cognito import LIFETIME, TARGET, UserPool
from runner.live.listener import Listener
from runner.live.names import Names
from runner.processes.fence import HOST, Fence

QUIET = 10  # seconds without a word, after which a connection is closed
TLS_HELLO = b"\x16"
HTTPS, BESIDE = 443, "127.0.0.2"  # where it is found by name
KEY_ID, ALGORITHM = "gonogo", "RS256"
WELL_KNOWN = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
KEYS = ("/jwks", "/jwks.json", "/certs", "/keys", "/jwk", "/v1/certs")
INTROSPECTION, USERINFO, TOKEN = ("/introspect", "/introspection"), ("/userinfo", "/me"), ("/token",)
REALM = re.compile(r"/realms/[^/]+$")  # which Keycloak tells the public key of
# What stands behind an issuer's own address in the address of its keys, the longest first.
BEHIND = (
    "/protocol/openid-connect/certs", *WELL_KNOWN, "/.well-known/jwks.json", "/.well-known/jwks", "/oauth2/v1/keys",
    "/oauth/v2/keys", "/oauth2/v3/certs", "/discovery/v2.0/keys", "/oauth/discovery/keys", "/v1/keys", "/jwks.json",
    "/jwks/", "/jwks", "/certs", "/keys", "/introspect", "/protocol/openid-connect/token/introspect",
)  # fmt: skip


class Issuer:
    """Speaks HTTP and TLS on one port. `asked`: the addresses that it was asked for."""

    def __init__(self, folder: Path, fence: Fence = HOST) -> None:
        """`folder`: for its certificate, which the service's processes have to trust."""
        self._key, self._other = _new_key(), _new_key()
        self.asked: list[str] = []
        self.given: dict[str, dict[str, Any]] = {}  # token → its claims
        self._certificates = Certificates(folder, self._key)
        self.certificate = self._certificates.file
        self._fence = fence
        self._listener = Listener("issuer", self._talk, fence)
        self._named: list[Listener | Names] = []
        self.pool = UserPool(self._for_person)
        self.port = self._listener.port
        self.host = "127.0.0.1"
        self.url = f"http://{self.host}:{self.port}"

    def close(self) -> None:
        for one in (self._listener, *self._named):
            one.close()

    def stand_in(self, hosts: Sequence[re.Pattern[str]]) -> str:
        """Be found under these names, at the port of TLS; gives the address of the name server that knows them.

        Raises `OSError` where the ports are not to be had.
        """
        self._named.append(Listener("named issuer", self._talk, self._fence, at=(BESIDE, HTTPS)))
        self._named.append(Names(self._fence, BESIDE, hosts, BESIDE))
        return BESIDE

    def token(self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
        """Signed with the key that it shows to everybody who asks."""
        made = jwt.encode(dict(claims), self._key, algorithm=ALGORITHM, headers={"kid": KEY_ID, **(header or {})})
        self.given[made] = dict(claims)
        return made

    def forged(self, claims: Mapping[str, Any]) -> str:
        """As `token`, and signed with a key that it shows to nobody."""
        return jwt.encode(dict(claims), self._other, algorithm=ALGORITHM, headers={"kid": KEY_ID})

    @property
    def public_key(self) -> str:
        """In PEM, as everybody can make it of what it shows."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def names(self) -> list[str]:
        """By which it may be known as who gave a token out, likeliest first: by the addresses that it was asked for."""
        found = [name for url in reversed(self.asked) for name in names_behind(url)]
        return list(dict.fromkeys([*found, self.url, f"{self.url}/"]))

    def answer(self, url: str, sent: Mapping[str, str], bearer: str) -> tuple[int, dict[str, Any]]:
        """Status and body for a request to this address. `sent`: the fields of its body."""
        path = url.partition("?")[0].rstrip("/")
        if known := next((one for one in WELL_KNOWN if path.endswith(one)), ""):
            return 200, _discovery(path.removesuffix(known))
        told: dict[str, Any] | None = None
        if "/x509/" in path:
            told = {KEY_ID: self._certificates.pem.decode()}
        elif path.endswith(KEYS) or "/jwk/" in path:
            told = {"keys": [self._shown()]}
        elif path.endswith(INTROSPECTION):
            told = self._told_of(sent.get("token", ""))
        elif path.endswith(USERINFO):
            claims = self._told_of(bearer)
            return (200, claims) if claims["active"] else (401, {"error": "invalid_token"})
        elif path.endswith(TOKEN) and sent.get("grant_type") == "client_credentials":
            told = self._for_client(url, sent.get("client_id", "service"))
        elif REALM.search(path):
            told = {"realm": path.rpartition("/")[2], "public_key": self._der(), "token-service": f"{path}/token"}
        return (200, told) if told is not None else (404, {"error": "not_found"})

    def _told_of(self, token: str) -> dict[str, Any]:
        claims = self.given.get(token)
        if claims is None or claims.get("exp", 0) < time.time():
            return {"active": False}
        return {"active": True, "token_type": "Bearer", "username": claims.get("preferred_username"), **claims}

    def _for_client(self, url: str, client: str) -> dict[str, Any]:
        now = int(time.time())
        claims = {"iss": url.removesuffix("/protocol/openid-connect/token"), "sub": client, "azp": client, "iat": now}
        return {"access_token": self.token({**claims, "exp": now + 300}), "token_type": "Bearer", "expires_in": 300}

    def _for_person(self, subject: str, email: str, client: str) -> str:
        now = int(time.time())
        about = {"iss": self.names()[0], "sub": subject, "aud": client, "client_id": client, "email": email}
        return self.token({**about, "token_use": "id", "iat": now, "auth_time": now, "exp": now + LIFETIME})

    def _shown(self) -> dict[str, Any]:
        numbers = self._key.public_key().public_numbers()
        modulus, exponent = _base64(numbers.n), _base64(numbers.e)
        return {"kty": "RSA", "use": "sig", "alg": ALGORITHM, "kid": KEY_ID, "n": modulus, "e": exponent}

    def _der(self) -> str:
        whole = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(whole).decode()

    def _talk(self, caller: socket) -> None:
        caller.settimeout(QUIET)
        with contextlib.suppress(OSError, ValueError), caller:
            secure = caller.recv(1, MSG_PEEK) == TLS_HELLO
            line = self._certificates.context.wrap_socket(caller, server_side=True) if secure else caller
            with line:
                _Answering(self, line, "https" if secure else "http")


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, issuer: Issuer, line: socket, scheme: str) -> None:
        self.issuer, self.scheme = issuer, scheme
        super().__init__(line, (issuer.host, 0), None)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        url = f"{self.scheme}://{self.headers.get('host', '')}{self.path}"
        self.issuer.asked.append(url.partition("?")[0])
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("utf-8", errors="replace")
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        bearer = self.headers.get("authorization", "").partition(" ")[2]
        action = self.headers.get("x-amz-target", "").removeprefix(TARGET)
        if action:
            status, answer = self.issuer.pool.answer(action, json.loads(body or "{}"))
        else:
            status, answer = self.issuer.answer(url, fields, bearer)
        said = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """To nobody."""


def names_behind(url: str) -> list[str]:
    """As what an issuer gives its tokens out, by the address at which it is asked for its keys."""
    end = next((one for one in BEHIND if url.endswith(one)), "")
    own = url.removesuffix(end) if end else ""
    if not own:
        return []
    _, _, tenant = own.rpartition("/")
    others = {
        "/discovery/v2.0/keys": (f"{own}/v2.0", f"https://sts.windows.net/{tenant}/"),
        "/oauth2/v3/certs": ("https://accounts.google.com", "accounts.google.com"),
    }
    return [own, f"{own}/", *others.get(end, ())]


def _discovery(issuer: str) -> dict[str, Any]:
    base = f"{issuer}/protocol/openid-connect"
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{base}/auth",
        "token_endpoint": f"{base}/token",
        "introspection_endpoint": f"{base}/token/introspect",
        "userinfo_endpoint": f"{base}/userinfo",
        "end_session_endpoint": f"{base}/logout",
        "jwks_uri": f"{base}/certs",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
    }


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _base64(number: int) -> str:
    whole = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()
