import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** How a path answers, where it does not take everything at once. */
interface Answer {
  status?: number;
  /** How long it takes. */
  seconds?: number;
}

/** A backend that counts what it gets, by path. */
export interface CountingSink {
  port: number;
  /** Lines by path, with how often each came. */
  lines: (path: string) => Map<string, number>;
  /** Values of the Authorization header by path, in the order of their first request. */
  tokens: (path: string) => string[];
  close: () => void;
}

export async function countingSink(answers: Record<string, Answer> = {}, port = 0): Promise<CountingSink> {
  const lines = new Map<string, Map<string, number>>();
  const tokens = new Map<string, string[]>();
  const at = <T>(map: Map<string, T>, path: string, make: () => T): T => {
    const known = map.get(path) ?? make();
    map.set(path, known);
    return known;
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const records = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { log: string }[];
      const counts = at(lines, path, () => new Map<string, number>());
      for (const { log } of records) counts.set(log, (counts.get(log) ?? 0) + 1);
      const seen = at(tokens, path, () => [] as string[]);
      const token = request.headers.authorization ?? '';
      if (!seen.includes(token)) seen.push(token);
      const { status = 200, seconds } = answers[path] ?? {};
      if (seconds !== undefined) await wait(seconds * 1000, undefined, { ref: false });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lines: (path) => lines.get(path) ?? new Map(),
    tokens: (path) => tokens.get(path) ?? [],
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
