/** Load on an HTTP server, over loopback and connections that stay open, and what it took. */
import { Agent, request } from "node:http";

/** What a load took. */
export interface Taken {
  /** Of each request, in milliseconds, in the order in which they ended. */
  readonly latencies: readonly number[];
  /** All of it, in milliseconds. */
  readonly wall: number;
}

/**
 * Posts bodies, so many at a time, each connection the next as soon as it has its answer.
 * @throws Error where the server answers anything but 200
 */
export async function load(url: string, bodies: readonly string[], atOnce: number): Promise<Taken> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const latencies: number[] = [];
  let next = 0;
  const begun = performance.now();
  const row = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
      const sent = performance.now();
      await post(url, body, agent);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, row));
  const wall = performance.now() - begun;
  agent.destroy();
  return { latencies, wall };
}

function post(url: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sending = request(url, { method: "POST", agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url} answers ${response.statusCode}: ${Buffer.concat(parts).toString()}`));
      });
    });
    sending.once("error", reject);
    sending.end(body);
  });
}
