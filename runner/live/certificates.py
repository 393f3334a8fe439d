"""Certificates of the run's own: one authority, which its processes trust, and one for each host that they ask for."""

import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

OWN = "gonogo"
HERE = (x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost"))
WRITES = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=True,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


class Certificates:
    """`file`: the authority's, in PEM; it stands for this machine as well."""

    def __init__(self, folder: Path, key: rsa.RSAPrivateKey) -> None:
        self._folder, self._key = folder, key
        self.file = folder / "issuer.pem"
        self._made: dict[str, ssl.SSLContext] = {}
        self.pem = self._certificate(OWN, HERE)
        self.file.write_bytes(self.pem)
        self.file.chmod(0o644)
        self.context = self._context(self.pem)
        self.context.sni_callback = self._named

    def _named(self, line: ssl.SSLObject | ssl.SSLSocket, host: str | None, _: ssl.SSLContext) -> None:
        """Who is asked for by a name shows a certificate of that name."""
        if host and host != "localhost":
            if host not in self._made:
                self._made[host] = self._context(self._certificate(host, [x509.DNSName(host)]) + self.pem)
            line.context = self._made[host]

    def _certificate(self, name: str, stands_for: Sequence[x509.GeneralName]) -> bytes:
        now, key = datetime.now(UTC), self._key.public_key()
        own = name == OWN
        made = (
            x509.CertificateBuilder(subject_name=_called(name), issuer_name=_called(OWN), public_key=key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.SubjectAlternativeName(stands_for), critical=False)
            .add_extension(x509.BasicConstraints(ca=own, path_length=0 if own else None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False)
        )
        made = made.add_extension(WRITES, critical=True) if own else made
        return made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _context(self, chain: bytes) -> ssl.SSLContext:
        private, certificate = self._folder / "issuer.key", self._folder / "shown.pem"
        private.touch(mode=0o600)
        private.write_bytes(self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        certificate.write_bytes(chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, private)
        private.unlink()
        certificate.unlink()
        return context


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
