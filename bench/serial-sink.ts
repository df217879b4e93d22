import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A backend that counts the serial numbers of records without reading the rest, which would cost more than to send it. */
export interface SerialSink {
  port: number;
  /** Records that came, by path. */
  count: (path: string) => number;
  /** Numbers below `serials` that never came, and those that came again. */
  faults: (path: string) => { lost: number; repeated: number };
  /** When the last record came, in milliseconds of performance.now(). */
  last: () => number;
  /** Counts from the beginning, and finds numbers behind another marker. */
  clear: (marker: string) => void;
  close: () => void;
}

const digits = 8;
const first = 10 ** (digits - 1);

/** A log line with a number, in JSON; a marker finds it again in what a pipeline made of it. */
export function serialLine(serial: number): string {
  return `{"serial":${first + serial},"level":"info","message":"GET /api/v1/orders/${serial} took 12 ms","user":{"id":"u-${serial % 97}","roles":["reader","writer"]},"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}`;
}

/** The line as a text: its own field, and not the copies that filters make of it. */
export const inText = '"log":"{\\"serial\\":';
/** The line taken apart into fields. */
export const inFields = '"serial":';

export async function serialSink(serials: number): Promise<SerialSink> {
  const seen = new Map<string, { counts: Uint8Array; records: number }>();
  let last = 0;
  let marker = inText;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const known = seen.get(path) ?? { counts: new Uint8Array(serials), records: 0 };
      seen.set(path, known);
      for (let at = body.indexOf(marker); at >= 0; at = body.indexOf(marker, at + marker.length)) {
        const start = at + marker.length;
        const serial = Number(body.toString('latin1', start, start + digits)) - first;
        known.counts[serial] = (known.counts[serial] ?? 0) + 1;
        known.records += 1;
      }
      last = performance.now();
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    count: (path) => seen.get(path)?.records ?? 0,
    faults: (path) => {
      const counts = seen.get(path)?.counts ?? new Uint8Array(serials);
      const lost = counts.reduce((sum, count) => sum + (count === 0 ? 1 : 0), 0);
      return { lost, repeated: (seen.get(path)?.records ?? 0) + lost - serials };
    },
    last: () => last,
    clear: (next) => {
      seen.clear();
      marker = next;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
