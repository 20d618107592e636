// A Node application that writes down what it sees.

const fs = require("node:fs");
const http = require("node:http");

const server = http.createServer((request, response) => {
  request.on("end", () => {
    const headers = [];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      headers.push([request.rawHeaders[at], request.rawHeaders[at + 1]]);
    }
    const entry = { method: request.method, target: request.url, headers };
    // ASCII only, as the others write it.
    const escape = (letter) => "\\u" + letter.charCodeAt(0).toString(16).padStart(4, "0");
    fs.appendFileSync(process.env.SEEN, JSON.stringify(entry).replace(/[\u0080-\uffff]/g, escape) + "\n");
    response.setHeader("content-length", "3");
    response.end("ok\n");
  });
  request.resume();
});

server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));
