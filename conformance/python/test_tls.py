"""TLS on the API and the gate: which certificate, which protocol, new files, and Doorward's own commands over it."""

import os
import socket
import ssl
import stat

import pytest
import requests

from certificates import self_signed
from raw import Connection, ask
from server import Encrypted, command, until

ALL = "127.0.0.1:0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def encrypted(folder):
    """Two certificates from files, the second for one label below a name; hosts without one by the local authority."""
    one, two = self_signed(folder, "one.example", stem="one"), self_signed(folder, "*.two.example", stem="two")
    tables = "".join(f'[[tls.certificates]]\nchain = "{chain}"\nkey = "{key}"\n' for chain, key in (one, two))
    tls = f'[tls]\nlocal_ca = true\nhosts = ["doorward.lan"]\nredirect_from = "{free()}"\n{tables}'
    with Encrypted(folder / "data", configuration=tls) as started:
        yield started
        assert started.interrupt() == 0, started.output()
        assert "panicked" not in started.output()


def free():
    """An address that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        return f"127.0.0.1:{reserved.getsockname()[1]}"


def handshake(address, name, cafile=None, protocols=("h2", "http/1.1")):
    """The protocol that was agreed on, and the names in the certificate that the server showed."""
    host, port = address.rsplit(":", 1)
    context = ssl.create_default_context(cafile=cafile)
    context.set_alpn_protocols(list(protocols))
    with socket.create_connection((host, int(port)), 20) as stream, context.wrap_socket(stream, server_hostname=name) as inside:
        return inside.selected_alpn_protocol(), [value for _, value in inside.getpeercert()["subjectAltName"]]


def test_each_host_gets_its_own_certificate(encrypted, folder):
    for address in (encrypted.api, encrypted.gate):
        assert handshake(address, "one.example", folder / "one.pem") == ("h2", ["one.example"])
        assert handshake(address, "SHOP.two.example", folder / "two.pem")[1] == ["*.two.example"]
        assert handshake(address, "localhost", encrypted.ca)[1][0] == "localhost"
        assert handshake(address, "doorward.lan", encrypted.ca)[1] == ["doorward.lan"]
        assert handshake(address, "hello-1.us-central1.run.localhost", encrypted.ca)[1] == ["hello-1.us-central1.run.localhost"]


def test_a_client_chooses_its_protocol(encrypted):
    assert handshake(encrypted.gate, "localhost", encrypted.ca, ["http/1.1"])[0] == "http/1.1"
    assert handshake(encrypted.gate, "localhost", encrypted.ca, ["h2"])[0] == "h2"
    with pytest.raises((ssl.SSLError, OSError)):
        handshake(encrypted.gate, "localhost", encrypted.ca, ["smtp"])


@pytest.mark.parametrize("name", ["nobody.example", "two.example", "a.b.two.example", "xone.example"])
def test_a_host_without_a_certificate_gets_no_handshake(encrypted, name):
    with pytest.raises((ssl.SSLError, OSError)) as refused:
        handshake(encrypted.gate, name, encrypted.ca)
    # The server said so; nobody had to look at a certificate.
    assert not isinstance(refused.value, ssl.SSLCertVerificationError)


def test_who_is_not_told_of_the_authority_does_not_believe_it(encrypted):
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(encrypted.gate, "localhost")


def test_plain_http_gets_no_answer_where_tls_is_spoken(encrypted):
    for address in (encrypted.api, encrypted.gate):
        with Connection(address) as connection:
            connection.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"HTTP" not in connection.rest()


def test_the_api_and_its_commands_work_over_tls(encrypted):
    data = encrypted.data
    assert encrypted.addresses["api_tls"] == "one.example"
    url = f"https://localhost:{encrypted.api.rsplit(':', 1)[1]}"
    assert requests.get(f"{url}/healthz", verify=encrypted.ca, timeout=20).text == "ok\n"
    told = command("token", "access", "--data", data, variables={"SSL_CERT_FILE": data.parent / "one.pem"})
    assert told.returncode == 0 and told.stdout.startswith("ya29."), told.stderr
    bearer = {"Authorization": f"Bearer {told.stdout.strip()}"}
    assert requests.get(f"{url}/v1/projects/demo", headers=bearer, verify=encrypted.ca, timeout=20).json()["projectId"] == "demo"
    stranger = command("token", "access", "--data", data)
    assert stranger.returncode == 1 and "is not believed to be Doorward" in stranger.stderr and "--api-ca FILE" in stranger.stderr
    for how in ({"arguments": ["--api-ca", data.parent / "one.pem"]}, {"variables": {"DOORWARD_API_CA": data.parent / "one.pem"}}):
        told = command("token", "access", "--data", data, *how.get("arguments", []), variables=how.get("variables", {}))
        assert told.returncode == 0 and told.stdout.startswith("ya29."), told.stderr
    for file, said in ((data.parent / "nothing.pem", "cannot be read"), (data.parent / "doorward.toml", "TLS cannot be set up")):
        refused = command("token", "access", "--data", data, "--api-ca", file)
        assert refused.returncode == 1 and said in refused.stderr and "hint:" in refused.stderr, refused.stderr


def test_plain_requests_are_sent_on(encrypted, folder):
    configured = (folder / "doorward.toml").read_text().split('redirect_from = "')[1].split('"')[0]
    port = encrypted.gate.rsplit(":", 1)[1]
    answer = requests.post(f"http://{configured}/orders?x=1", headers={"Host": "shop.two.example"}, data="loaf", allow_redirects=False, timeout=20)
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://shop.two.example:{port}/orders?x=1")
    refused = ask(configured, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert refused.status == 400


def test_new_files_are_used_and_broken_ones_are_not(encrypted, folder):
    chain, key = folder / "one.pem", folder / "one.key"
    before = chain.read_text(), key.read_text()

    def shown():
        with socket.create_connection(encrypted.gate.rsplit(":", 1), 20) as stream:
            context = ssl._create_unverified_context()
            with context.wrap_socket(stream, server_hostname="one.example") as inside:
                return ssl.DER_cert_to_PEM_cert(inside.getpeercert(True)).strip()

    assert shown() == before[0].strip()
    mark = len(encrypted.output())
    chain.write_text("broken")
    until(lambda: "cannot be used" in encrypted.output()[mark:], "the log says that the new file is broken")
    assert shown() == before[0].strip()
    self_signed(folder, "one.example", stem="one")
    renewed = chain.read_text().strip()
    until(lambda: shown() == renewed, "the new certificate is used")
    key.chmod(0o644)
    os.utime(key)
    mark = len(encrypted.output())
    self_signed(folder, "one.example", stem="other")
    chain.write_text((folder / "other.pem").read_text())
    until(lambda: "cannot be used" in encrypted.output()[mark:], "a key that all may read is refused")
    assert shown() == renewed
    key.write_text((folder / "other.key").read_text())
    key.chmod(0o640)
    until(lambda: shown() == chain.read_text().strip(), "a group may read it")
    assert "PRIVATE" not in encrypted.output()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda chain, key: key.chmod(0o644), "chmod o="),
        (lambda chain, key: key.write_text(chain.read_text()), "does not hold a private key"),
        (lambda chain, key: chain.write_text("x"), "does not hold a certificate"),
        (lambda chain, key: chain.write_text(self_signed(chain.parent, "x.example", stem="x")[0].read_text()), "is not that of the certificate"),
        (lambda chain, key: chain.unlink(), "cannot be read"),
    ],
)
def test_files_that_cannot_be_used_are_refused_at_the_start(tmp_path, spoil, said):
    chain, key = self_signed(tmp_path, "one.example")
    spoil(chain, key)
    configuration = tmp_path / "doorward.toml"
    configuration.write_text(f'[[tls.certificates]]\nchain = "{chain}"\nkey = "{key}"\n')
    answer = command("up", "--config", configuration, "--data", tmp_path / "data", "--api", ALL, "--gate", ALL, "--intercept", "off")
    assert answer.returncode == 1 and said in answer.stderr and "hint:" in answer.stderr, answer.stderr


def test_by_the_local_authority_alone_everything_works_at_once(tmp_path):
    with Encrypted(tmp_path / "data", "--demo", configuration="[tls]\nlocal_ca = true\n") as server:
        assert stat.S_IMODE((server.data / "ca.key").stat().st_mode) == 0o600
        until(lambda: "Try next" in server.output(), "the demonstration is shown")
        assert f"https://localhost:{server.api.rsplit(':', 1)[1]}" in server.output()
        assert "answered 403 INVOKER_CREDENTIALS_MISSING" in server.output()
        told = command("token", "access", "--data", server.data)
        assert told.returncode == 0, told.stderr
        named = next(word for word in server.output().split() if word.startswith("https://hello-") and "run.localhost" in word)
        host, port = named.removeprefix("https://").strip("/").rsplit(":", 1)
        assert handshake(f"127.0.0.1:{port}", host, server.ca)[1] == [host]
        answer = requests.get(f"https://localhost:{port}/", headers={"Host": host}, verify=server.ca, timeout=20)
        assert (answer.status_code, answer.headers["x-doorward-reason"]) == (403, "INVOKER_CREDENTIALS_MISSING")
        assert server.interrupt() == 0
