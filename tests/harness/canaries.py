"""Secrets that are planted in requests, and the search for them in what the server tells of itself."""

import base64
import secrets
import urllib.parse

UNIQUE = 16  # characters that no two canaries share; also what a value cut short still has


def card_number():
    """A number that passes Luhn's check, as a payment form would take it."""
    digits = [4] + [secrets.randbelow(10) for _ in range(14)]
    total = sum(sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits))
    return "".join(map(str, digits)) + str(-total % 10)


class Canaries:
    """One secret of each kind, as callers send them in places where they should not."""

    def __init__(self):
        self.by_kind = {kind: "k" + secrets.token_hex(UNIQUE) for kind in
                        ("password", "bearer token", "cookie", "refresh token", "Idempotency-Key")}
        self.by_kind["mail address"] = f"m{secrets.token_hex(UNIQUE)}@canary.example"
        self.by_kind["card number"] = card_number()

    def __iter__(self):
        return iter(self.by_kind.values())

    def add(self, kind, secret):
        self.by_kind[kind] = secret

    @staticmethod
    def forms(secret):
        """How it may look by the time it is written: as it is, escaped, encoded, cut."""
        raw = secret.encode()
        front = raw[:UNIQUE]
        forms = {front, urllib.parse.quote(front, safe="").encode(), front.hex().encode()}
        for shift in range(3):  # inside a longer text base64 looks different at each of three places
            encoded = base64.b64encode(b"-" * shift + front)
            forms.add(encoded[4 if shift else 0:-4])
        return {form.lower() for form in forms}

    def found_in(self, place, data):
        """(kind, place) of each secret that is in `data`."""
        text = (data if isinstance(data, bytes) else data.encode()).lower()
        return [(kind, place) for kind, secret in self.by_kind.items()
                if any(form in text for form in self.forms(secret))]
