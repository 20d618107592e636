// WebSockets over HTTP/2 (RFC 8441) with Node's `http2` module, as a program that takes them and as a client.
//
//   node websocket_http2.js serve
//   node websocket_http2.js call GATE URL TOKEN: prints the status; where that is 200, what came back of "bread", and
//   then how the WebSocket was closed, each as a line of JSON.

const http2 = require("node:http2");

const frame = (opcode, payload, masked) =>
  Buffer.concat([Buffer.from([0x80 | opcode, (masked ? 0x80 : 0) | payload.length]), Buffer.alloc(masked ? 4 : 0), payload]);

// Short frames, whole in one piece: the tests send no others.
function unframe(bytes) {
  const length = bytes[1] & 0x7f;
  const mask = bytes[1] & 0x80 ? bytes.subarray(2, 6) : Buffer.alloc(4);
  const start = bytes[1] & 0x80 ? 6 : 2;
  const payload = Buffer.from(bytes.subarray(start, start + length).map((byte, at) => byte ^ mask[at % 4]));
  return { opcode: bytes[0] & 0xf, payload };
}

function serve() {
  const server = http2.createServer({ settings: { enableConnectProtocol: true } });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    if (headers[":method"] !== "CONNECT" || headers[":protocol"] !== "websocket") {
      stream.respond({ ":status": 200 });
      stream.end("no WebSocket\n");
      return;
    }
    stream.respond({ ":status": 200 });
    stream.on("data", (bytes) => {
      const { opcode, payload } = unframe(bytes);
      stream.write(frame(opcode, payload, false));
      if (opcode === 8) stream.end();
    });
  });
  server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
}

function call(gate, url, token) {
  const { host, pathname } = new URL(url);
  const session = http2.connect(`http://${gate}`);
  const say = (what) => console.log(JSON.stringify(what));
  session.on("remoteSettings", (settings) => {
    if (!settings.enableConnectProtocol) throw new Error("WebSockets are not offered");
    const stream = session.request({
      ":method": "CONNECT", ":protocol": "websocket", ":scheme": "http", ":path": pathname, ":authority": host,
      "sec-websocket-version": "13", ...(token ? { authorization: `Bearer ${token}` } : {}),
    });
    stream.on("response", (headers) => {
      say({ status: headers[":status"], reason: headers["x-doorward-reason"], id: headers["x-doorward-request-id"] });
      if (headers[":status"] === 200) stream.write(frame(1, Buffer.from("bread"), true));
    });
    stream.on("data", (bytes) => {
      if (bytes[0] === 0x81) say({ echo: unframe(bytes).payload.toString() });
      if (bytes[0] === 0x88) {
        const { payload } = unframe(bytes);
        say({ code: payload.readUInt16BE(0), why: payload.subarray(2).toString() });
      }
    });
    stream.on("close", () => session.close());
    stream.resume();
  });
}

const [what, ...rest] = process.argv.slice(2);
what === "serve" ? serve() : call(...rest);
