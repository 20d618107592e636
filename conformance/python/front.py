"""What stands before a Doorward on a real network: names that lead to it, and TLS.

Names are resolved by a proxy, since no test has a DNS of its own: `CONNECT cloudscheduler.cloud.example.com:443` ends here, with
a certificate for that domain, and what is said inside goes to the API, or to the gate for hosts of services.
"""

import datetime
import socket
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Front:
    """TLS for everything below one domain."""

    def __init__(self, server, domain, folder):
        self.server = server
        self.domain = domain
        self.certificate, key = certificate(domain, folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.context.set_alpn_protocols(["h2", "http/1.1"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.hosts = set()
        self.strangers = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def variables(self):
        """What makes clients come through here."""
        certificate = str(self.certificate)
        return {
            "https_proxy": self.url, "HTTPS_PROXY": self.url, "no_proxy": "", "NO_PROXY": "",
            "REQUESTS_CA_BUNDLE": certificate, "SSL_CERT_FILE": certificate, "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": certificate,
        }

    def end(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                head = b""
                while b"\r\n\r\n" not in head and len(head) < 8192:
                    head += connection.recv(1)
                host = head.split()[1].decode().rsplit(":", 1)[0]
                if not host.endswith("." + self.domain):
                    self.strangers.add(host)
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                    return
                self.hosts.add(host)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                behind = self.server.gate if host.endswith(".run." + self.domain) else self.server.api
                with self.context.wrap_socket(connection, server_side=True) as inside:
                    address, port = behind.rsplit(":", 1)
                    with socket.create_connection((address, int(port))) as plain:
                        other = threading.Thread(target=pipe, args=(plain, inside), daemon=True)
                        other.start()
                        pipe(inside, plain)
                        other.join(30)
            except (OSError, IndexError):
                return


def pipe(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except (OSError, ValueError):
        return


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
