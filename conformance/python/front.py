"""What stands before a Doorward on a real network: names that lead to it, and TLS.

Names are resolved by a proxy, since no test has a DNS of its own: `CONNECT cloudscheduler.cloud.example.com:443` ends here, with
a certificate for that domain, and what is said inside goes to the API, or to the gate for hosts of services.
"""

import asyncio
import datetime
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Front:
    """TLS for everything below one domain."""

    def __init__(self, server, domain, folder):
        self.domain = domain
        self.certificate, key = certificate(domain, folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.context.set_alpn_protocols(["h2", "http/1.1"])
        self.hosts = set()
        self.strangers = set()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.api = self._listen(lambda *ends: self._pass_on(server.api, *ends), ssl=self.context)
        self.gate = self._listen(lambda *ends: self._pass_on(server.gate, *ends), ssl=self.context)
        self.url = f"http://{self._listen(self._lead)}"

    def variables(self):
        """What makes clients come through here."""
        certificate = str(self.certificate)
        return {
            "https_proxy": self.url, "HTTPS_PROXY": self.url, "no_proxy": "", "NO_PROXY": "",
            "REQUESTS_CA_BUNDLE": certificate, "SSL_CERT_FILE": certificate, "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": certificate,
        }

    def end(self):
        self.loop.call_soon_threadsafe(self.loop.stop)

    def _listen(self, serve, **options):
        starting = asyncio.start_server(serve, "127.0.0.1", 0, **options)
        listening = asyncio.run_coroutine_threadsafe(starting, self.loop).result(10)
        return f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"

    async def _lead(self, reader, writer):
        """The proxy: what a DNS would do."""
        head = await reader.readuntil(b"\r\n\r\n")
        host = head.split()[1].decode().rsplit(":", 1)[0]
        if not host.endswith("." + self.domain):
            self.strangers.add(host)
            writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            return writer.close()
        self.hosts.add(host)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await self._pass_on(self.gate if host.endswith(".run." + self.domain) else self.api, reader, writer)

    async def _pass_on(self, address, reader, writer):
        host, port = address.rsplit(":", 1)
        beyond, to_beyond = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pipe(reader, to_beyond), pipe(beyond, writer))


async def pipe(source, target):
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()


def certificate(domain, folder):
    """A certificate that signed itself, good for a domain and what services have below it; the files of it and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [f"*.{domain}", f"*.us-central1.run.{domain}"]
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "front.pem").write_bytes(made.public_bytes(pem))
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "front-key.pem").write_bytes(plain)
    return folder / "front.pem", folder / "front-key.pem"
