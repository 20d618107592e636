"""The names of a real network: a proxy that leads them to a Doorward, as no test has a DNS of its own.

`CONNECT cloudscheduler.cloud.example.com:443` leads to the API, and one for the host of a service to the gate. What is said inside,
TLS and all, is between the client and Doorward.
"""

import asyncio
import threading


class Front:
    """Leads every host below one domain to a server."""

    def __init__(self, server, domain):
        self.server = server
        self.domain = domain
        self.hosts = set()
        self.strangers = set()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        starting = asyncio.start_server(self._lead, "127.0.0.1", 0)
        listening = asyncio.run_coroutine_threadsafe(starting, self.loop).result(10)
        self.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"

    def variables(self, certificate):
        """What makes clients come through here, and believe that certificate."""
        certificate = str(certificate)
        return {
            "https_proxy": self.url, "HTTPS_PROXY": self.url, "no_proxy": "", "NO_PROXY": "",
            "REQUESTS_CA_BUNDLE": certificate, "SSL_CERT_FILE": certificate, "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": certificate,
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def _lead(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        host = head.split()[1].decode().rsplit(":", 1)[0]
        if not host.endswith("." + self.domain):
            self.strangers.add(host)
            writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            return writer.close()
        self.hosts.add(host)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        services = (".run." + self.domain, ".cloudfunctions." + self.domain)
        address = self.server.gate if host.endswith(services) else self.server.api
        beyond, to_beyond = await asyncio.open_connection(*address.rsplit(":", 1))
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
