"""Tokens that no client makes by itself: wrong, old, torn."""

import base64
import json
import time

import jwt

TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token"
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def signed(key, claims, algorithm="RS256", **headers):
    """A JWT signed with a service account's key file; a header that is `None` is left out."""
    headers = _changed({"kid": key["private_key_id"]}, headers)
    return jwt.encode(claims, key["private_key"], algorithm=algorithm, headers=headers)


def assertion(key, **changes):
    """What a client sends to the token endpoint; a change to `None` takes the claim out."""
    now = int(time.time())
    claims = {"iss": key["client_email"], "aud": TOKEN_ENDPOINT, "iat": now, "exp": now + 3600, "scope": CLOUD_PLATFORM}
    return signed(key, _changed(claims, changes))


def self_signed(key, **changes):
    """What generated clients send to an API instead of an access token."""
    now = int(time.time())
    email = key["client_email"]
    claims = {"iss": email, "sub": email, "iat": now, "exp": now + 3600, "scope": CLOUD_PLATFORM}
    return signed(key, _changed(claims, changes))


def _changed(members, changes):
    merged = {**members, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def claims(token):
    """The payload, unverified."""
    return decoded(token.split(".")[1])


def decoded(segment):
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


def encoded(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def with_flipped_signature(token):
    """One bit of the signature is another."""
    header, payload, signature = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    raw[len(raw) // 2] ^= 1
    return ".".join([header, payload, encoded(bytes(raw))])


def with_claims(token, **changes):
    """Other claims under the old signature."""
    header, payload, signature = token.split(".")
    return ".".join([header, encoded({**decoded(payload), **changes}), signature])


def unsigned(token):
    """`alg: none`, and no signature."""
    header, payload, _ = token.split(".")
    return ".".join([encoded({**decoded(header), "alg": "none"}), payload, ""])
