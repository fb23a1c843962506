"""Who may ask the pager what. A browser on the same machine is on loopback too, so loopback is no authentication: the name
that was asked for, the page that asks and, for what pages people, a token decide."""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
OPEN_PATHS = frozenset({"/livez"})


@dataclass(frozen=True)
class Refusal:
    status: int
    text: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Access:
    """`authorities` are host or host:port of the external address. `password` is None on loopback: whoever asks there may read."""

    authorities: frozenset[str]
    webhook_token: str
    password: str | None = None

    def refusal(self, method: str, path: str, headers: Message, webhooks: Iterable[str]) -> Refusal | None:
        authority = self._authority(headers)
        if isinstance(authority, Refusal):
            return authority
        foreign = foreign_page(method, headers, {authority, *self.authorities})
        if foreign:
            return Refusal(403, f"{foreign}\n")
        if path in webhooks:
            return self._webhook_refusal(headers)
        if self.password is None or path in OPEN_PATHS or any(is_same(given, self.password) for given in secrets_in(headers)):
            return None
        return Refusal(401, "The pager's password, please: it is in the file that --password-file names.\n",
                       (("WWW-Authenticate", 'Basic realm="Vigie pager", charset="UTF-8"'),))

    def _webhook_refusal(self, headers: Message) -> Refusal | None:
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and is_same(token.strip(), self.webhook_token):
            return None
        return Refusal(401, "A receiver takes what Alertmanager sends with its token (authorization.credentials_file).\n",
                       (("WWW-Authenticate", 'Bearer realm="Vigie pager"'),))

    def _authority(self, headers: Message) -> str | Refusal:
        """The one Host that was asked for, when it is a name of ours: a name that others can point here is none."""
        given = [host.strip().lower() for host in headers.get_all("Host", [])]
        if len(given) != 1:
            return Refusal(400, "A request names one Host.\n")
        try:
            parts = urlsplit(f"//{given[0]}")
            name, port = parts.hostname, parts.port
        except ValueError:
            return Refusal(400, "Host is no name and port.\n")
        if not re.fullmatch(r"[\w.:\[\]-]+", given[0], re.ASCII) or parts.username is not None or name is None or port == 0:
            return Refusal(400, "Host is no name and port.\n")
        if name in LOOPBACK_NAMES or given[0] in self.authorities or name in self.authorities:
            return given[0]
        return Refusal(421, "This is not the address of this pager. Its external address is a setting (--external-url).\n")


def foreign_page(method: str, headers: Message, ours: set[str]) -> str:
    """Why a browser asks this for a page of somebody else, or nothing. Programs send none of these headers."""
    site = headers.get("Sec-Fetch-Site", "none").strip().lower()
    is_read = method in ("GET", "HEAD")
    # A link from a chat or a mail is followed; what a foreign page loads or sends is not.
    is_followed = is_read and headers.get("Sec-Fetch-Mode", "").strip().lower() == "navigate"
    if site not in ("same-origin", "none") and not is_followed:
        return f"Sec-Fetch-Site is {site[:20]}: the request of another page."
    origin = headers.get("Origin")
    if origin is None or is_followed:
        return ""
    return "" if authority_of(origin) in ours else "Origin is another page."


def authority_of(origin: str) -> str | None:
    try:
        return urlsplit(origin.strip().lower()).netloc or None
    except ValueError:
        return None


def secrets_in(headers: Message) -> list[str]:
    scheme, _, given = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return [given.strip()]
    if scheme.lower() != "basic":
        return []
    try:
        return [base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]]
    except (binascii.Error, UnicodeDecodeError):
        return []


def is_same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())
