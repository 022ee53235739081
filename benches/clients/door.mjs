// Puts load on the door of a server with the HTTP client that comes with Node: 64 clients at once, each with a connection
// that it keeps. `submit` ends a round with the acceptance, `follow` with the workflow's last event.
//
//   triad dev --listen 127.0.0.1:7000 &
//   node benches/clients/door.mjs http://127.0.0.1:7000 submit [SECONDS]
//   node benches/clients/door.mjs http://127.0.0.1:7000 follow [SECONDS]

import http from "node:http";

const CLIENTS = 64;
const WARM_UP_MS = 1_000;
const BODY = JSON.stringify({ name: "door", tasks: [{ id: "t", type: "NOOP" }] });

const [base, mode = "submit", seconds = "5"] = process.argv.slice(2);
if (!base || !["submit", "follow"].includes(mode) || !(Number(seconds) > 0)) {
  console.error("usage: node door.mjs http://HOST:PORT submit|follow [SECONDS]");
  process.exit(2);
}

const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });

function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body ? { "content-type": "application/json", "content-length": Buffer.byteLength(body) } : {};
    const request = http.request(new URL(path, base), { method, headers, agent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk) => (text += chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        if (answer.statusCode >= 200 && answer.statusCode < 300) resolve({ answer, text });
        else reject(new Error(`${method} ${path} was answered ${answer.statusCode}: ${text}`));
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function round() {
  const { answer } = await ask("POST", "/v1/workflows", BODY);
  if (mode === "submit") return;
  const { text } = await ask("GET", `${answer.headers.location}/events`);
  if (!text.includes("event: workflow.complete")) throw new Error(`a workflow did not complete: ${text}`);
}

const from = performance.now() + WARM_UP_MS;
const until = from + Number(seconds) * 1_000;
const latencies = [];

async function client() {
  for (let begun = performance.now(); begun < until; begun = performance.now()) {
    await round();
    const ended = performance.now();
    if (ended >= from && ended < until) latencies.push(ended - begun);
  }
}

await Promise.all(Array.from({ length: CLIENTS }, client));
latencies.sort((a, b) => a - b);
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))].toFixed(2);
const rate = Math.round(latencies.length / Number(seconds));
console.log(`${mode}: ${rate} workflows/s by ${CLIENTS} clients, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
process.exit(0);
