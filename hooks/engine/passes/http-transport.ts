import type { HookTransport } from './hook-client.ts';

/** Hooks over HTTP, as Metacontroller calls them. Redirects are answers like others, and so failures. */
export function httpTransport(now: () => number = Date.now): HookTransport {
  return async (url, body, timeoutMilliseconds) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    return {
      status: response.status,
      body: await response.text(),
      retryAfter: response.status === 429 ? retryAfter(response.headers.get('Retry-After'), now()) : undefined,
    };
  };
}

/** Seconds, given as an integer or as a date; without one of them Metacontroller calls again at once. */
export function retryAfter(header: string | null, now: number): number {
  if (header === null) return 0;
  if (/^[+-]?\d+$/.test(header)) return Math.max(0, Number(header));
  const date = /^[A-Z][a-z]{2}, \d/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? 0 : Math.max(0, Math.ceil((date - now) / 1000));
}
