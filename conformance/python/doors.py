"""The three places where a token is shown, and every way to sign one."""

import base64
import hashlib
import hmac
import itertools
import time

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import load_pem_x509_certificate

import tokens
from world import PROJECT

API = f"/v1/projects/{PROJECT}"
HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}


class Doors:
    """The three places where a token is shown, and a token that opens each."""

    def __init__(self, server, world, hello, caller, key):
        self.server = server
        self.world = world
        self.hello = hello
        self.caller = caller
        self.key = key
        world.bind_on_project("roles/viewer", caller.member)
        self.private = serialization.load_pem_private_key(key["private_key"].encode(), None)
        now = int(time.time())
        identity = {"iat": now, "exp": now + 3000}
        self.claims = {
            "gate": tokens.claims(caller.id_token(hello.uri)),
            "api": {**identity, "iss": caller.email, "sub": caller.email, "scope": tokens.CLOUD_PLATFORM},
            "token": {**identity, "iss": caller.email, "aud": tokens.TOKEN_ENDPOINT, "scope": tokens.CLOUD_PLATFORM},
        }
        certificates = requests.get(f"{server.url}/oauth2/v1/certs", timeout=20).json()
        self.published = load_pem_x509_certificate(next(iter(certificates.values())).encode()).public_key()
        self.key_ids = {"gate": list(certificates), "api": [key["private_key_id"]], "token": [key["private_key_id"]]}
        assert self.opens("api", self.signed("api")) and self.opens("token", self.signed("token"))

    def public(self, door):
        return self.published if door == "gate" else self.private.public_key()

    def signed(self, door, claims=None, key=None, **header):
        """A token with this payload, a text or claims, signed as RS256 by the account's key or another."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self.key_ids[door][0], **header}
        return assembled({k: v for k, v in header.items() if v is not None}, self.claims[door] if claims is None else claims, rs256(key or self.private))

    def show(self, door, token):
        if door == "gate":
            return self.hello.call(token)
        if door == "api":
            return self.world.call("GET", API, token=token)
        form = {"grant_type": tokens.JWT_BEARER, "assertion": token}
        return requests.post(f"{self.server.url}/token", data=form, timeout=20)

    def opens(self, door, token):
        answer = self.show(door, token)
        expected = 400 if door == "token" else 401
        assert answer.status_code in (200, expected), f"{door}: {answer.status_code} {answer.text}"
        return answer.status_code == 200


def assembled(header, payload, sign):
    segments = [tokens.encoded(part.encode() if isinstance(part, str) else part) for part in (header, payload)]
    body = ".".join(segments)
    return f"{body}.{tokens.encoded(sign(body.encode()))}"


def rs256(key):
    return lambda body: key.sign(body, padding.PKCS1v15(), hashes.SHA256())


def pem(public):
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def der(public):
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def number(value):
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def every_way_to_sign(doors, door):
    """`(alg, how)` for every algorithm with every key that an attacker, or the account itself, could use."""
    public, own = doors.public(door), doors.private
    stranger, curve = rsa.generate_private_key(public_exponent=65537, key_size=2048), ec.generate_private_key(ec.SECP256R1())
    for alg in ("none", "None", "NONE", "nOnE", "", "RS256 ", "rs256"):
        yield alg, lambda body: b""
        yield alg, rs256(own)
    secrets = [b"", b"\0", pem(public), pem(public).strip(), der(public), number(public.public_numbers().n).encode(), b"AQAB"]
    secrets.append(doors.key_ids[door][0].encode())
    for (size, digest), secret in itertools.product(HASHES.items(), secrets):
        yield f"HS{size}", lambda body, secret=secret, size=size: hmac.new(secret, body, f"sha{size}").digest()
    for size, digest in HASHES.items():
        pss = padding.PSS(padding.MGF1(digest()), digest().digest_size)
        for key in (own, stranger):
            yield f"PS{size}", lambda body, key=key, pss=pss, digest=digest: key.sign(body, pss, digest())
            if size != "256":
                yield f"RS{size}", lambda body, key=key, digest=digest: key.sign(body, padding.PKCS1v15(), digest())
        yield f"ES{size}", lambda body, digest=digest: curve.sign(body, ec.ECDSA(digest()))
    yield "RS256", rs256(stranger)
    yield "RS256", lambda body: b""
    yield "RS256", lambda body: b"\0" * 256
    yield "RS256", lambda body: hashlib.sha256(body).digest()
    yield "EdDSA", lambda body: b"\0" * 64
    yield "dir", rs256(own)
