import { describe, expect, it } from 'vitest';
import { causeOfStatus, EvidenceReader, type KnownOutput } from '../../../../hooks/sidecar/delivery/evidence.ts';

const [mine, theirs] = ['p0000000000000001', 'p0000000000000002'];
/** A backend that is another than that of the output. */
const elsewhere = '192.0.2.99:80';
const start = Date.parse('2026-06-01T10:00:00Z');

/** Lines as a runtime writes them: texts at once, numbers are pauses in milliseconds. */
function read(...parts: (string | number)[]) {
  // Of whatever plugin the last line about them is, with the backend that it names where nothing else is said.
  const outputs = new Map<string, KnownOutput>();
  for (const part of parts) {
    const [, plugin = '', alias = '', rest = ''] = /\[output:([\w-]+):(\w+)\] (.*)/.exec(String(part)) ?? [];
    const address = /([\w.]+:\d+)[, ]/.exec(rest)?.[1];
    outputs.set(alias, { plugin, address: rest.includes(elsewhere) ? 'mine:80' : address });
  }
  const reader = new EvidenceReader(outputs);
  let now = start;
  for (const part of parts)
    if (typeof part === 'number') now += part;
    else reader.take(`${new Date(now).toISOString().replace('Z', '000000Z')} stderr F ${part}`);
  const { plain, doubtful, late } = reader.evidence;
  const table = (counts: typeof plain) =>
    Object.fromEntries([...counts].map(([alias, of]) => [alias, Object.fromEntries(of)]));
  return { plain: table(plain), doubtful: table(doubtful), late: [...late] };
}

const line = (text: string, level = 'error') => `[2026/06/01 10:00:00.000] [${level}] ${text}`;
const of = (plugin: string, alias: string, text: string, level?: string) =>
  line(`[output:${plugin}:${alias}] ${text}`, level);

describe('a line', () => {
  it.each([
    ['http', '192.0.2.1:8080, HTTP status=401', 'Unauthorized'],
    ['http', 'logs.example.com:443, HTTP status=503', 'BackendError'],
    ['opentelemetry', 'logs.example.com:443, HTTP status=403', 'Forbidden'],
    ['es', 'HTTP status=429 URI=/_bulk', 'RateLimited'],
    ['es', 'HTTP status=413 URI=/_bulk, response:', 'TooLarge'],
    ['opensearch', 'HTTP status=400 URI=/_bulk, response:', 'RejectedByBackend'],
    ['splunk', 'http_status=403:', 'Forbidden'],
    ['splunk', 'http_status=503', 'BackendError'],
    ['loki', 'logs:3100, HTTP status=400 Not retrying.', 'RejectedByBackend'],
    ['loki', 'logs:3100, HTTP status=429', 'RateLimited'],
    ['loki', 'could not flush records to logs:3100 HTTP status=502', 'BackendError'],
  ])('of %s tells by its status: %s', (plugin, text, cause) => {
    expect(read(of(plugin, mine, text)).plain).toEqual({ [mine]: { [cause]: 1 } });
  });

  it.each([
    ['of an answer that is good', of('http', mine, '192.0.2.1:80, HTTP status=200')],
    ['of another level', of('http', mine, '192.0.2.1:80, HTTP status=401', ' info')],
    ['with more behind it', of('http', mine, '192.0.2.1:80, HTTP status=401 and so on')],
    ['of another form', of('es', mine, 'http_status=401')],
    ['of no output', line('[engine] HTTP status=401')],
    ['without time', `[error] [output:http:${mine}] 192.0.2.1:80, HTTP status=401`],
  ])('%s tells nothing', (_, text) => {
    expect(read(text)).toEqual({ plain: {}, doubtful: {}, late: [] });
  });

  it('counts only where Fluent Bit writes its log', () => {
    const reader = new EvidenceReader(new Map([[mine, { plugin: 'http', address: '192.0.2.1:80' }]]));
    const text = of('http', mine, '192.0.2.1:80, HTTP status=401');
    for (const head of ['stdout F', 'stderr P']) reader.take(`2026-06-01T10:00:00.000000000Z ${head} ${text}`);
    reader.take(text);
    expect(reader.evidence.plain.size).toBe(0);
  });

  it.each([
    [302, 'RejectedByBackend'],
    [404, 'RejectedByBackend'],
    [408, 'Timeout'],
    [500, 'BackendError'],
    [204, undefined],
  ])('of status %i means %s', (status, cause) => {
    expect(causeOfStatus(status)).toBe(cause);
  });

  it('names the destination of a connection that takes too long', () => {
    expect(
      read(
        line('[upstream] connection #12 to tcp://192.0.2.1:80 timed out after 10 seconds (IO timeout)'),
        line('[upstream] connection #-1 to tcp://logs:443 timed out after 10 seconds (connection timeout)'),
        line('[http_client] upstream I/O timeout reached while waiting for response from other:80'),
      ).late,
    ).toEqual(['192.0.2.1:80', 'logs:443', 'other:80']);
  });

  it('tells of a late answer whose output comes next, and of no other', () => {
    const late = line('[http_client] response timeout reached (elapsed=10s, limit=10s)');
    const unanswered = (alias: string) => of('http', alias, 'could not flush records to 192.0.2.1:80 (http_do=-1)');
    expect(read(late, unanswered(mine), unanswered(theirs)).plain).toEqual({ [mine]: { Timeout: 1 } });
    expect(read(late, line('a'), line('b'), line('c'), unanswered(mine)).plain).toEqual({});
  });
});

describe('the answer of a backend', () => {
  const forged = of('splunk', theirs, 'http_status=401');
  const answered = of('es', mine, 'HTTP status=503 URI=/_bulk, response:');

  it('is not believed of another output', () => {
    expect(read(answered, 'text', forged)).toEqual({
      plain: { [mine]: { BackendError: 1 } },
      doubtful: { [theirs]: { Unauthorized: 1 } },
      late: [],
    });
  });

  it.each([
    ['splunk', 'http_status=503:'],
    ['loki', 'logs:3100, HTTP status=429'],
    ['loki', 'logs:3100, HTTP status=400 Not retrying.'],
    ['azure', 'http_status=503:'],
    ['nrlogs', 'logs:443, HTTP status=429'],
    ['some-other', 'the status is 503'],
  ])('of %s is not believed either: %s', (plugin, text) => {
    expect(read(of(plugin, mine, text), forged).plain[theirs]).toBeUndefined();
  });

  it.each([
    ['http', '192.0.2.1:80, HTTP status=503'],
    ['opentelemetry', '192.0.2.1:80, HTTP status=503'],
    ['es', 'HTTP status=503 URI=/_bulk'],
    ['splunk', 'http_status=503'],
    ['loki', 'could not flush records to logs:3100 HTTP status=503'],
  ])('is not there where %s prints none: %s', (plugin, text) => {
    expect(read(of(plugin, mine, text), forged).plain[theirs]).toEqual({ Unauthorized: 1 });
  });

  it('does not end by lines that look as if it had', () => {
    const end = of('es', mine, 'http_do=0 URI=/_bulk', ' warn');
    const own = of('es', theirs, 'HTTP status=401 URI=/_bulk, response:');
    expect(read(answered, end, own, forged).plain).toEqual({ [mine]: { BackendError: 1 } });
  });

  it('ends by a pause, and after the longest message', () => {
    expect(read(answered, 6, forged).plain[theirs]).toEqual({ Unauthorized: 1 });
    expect(read(answered, 'x'.repeat(4096), forged).plain[theirs]).toEqual({ Unauthorized: 1 });
    expect(read(answered, 'x'.repeat(3000), forged).plain[theirs]).toBeUndefined();
  });

  it('is not believed behind another one either', () => {
    const [one, another] = [
      of('es', mine, 'HTTP status=503 URI=/, response:'),
      of('loki', 'p03', 'a:1, HTTP status=429'),
    ];
    expect(read(one, 'text', another, 'x'.repeat(3900), forged).plain[theirs]).toBeUndefined();
    expect(read(one, another, 'x'.repeat(3000), forged).plain[theirs]).toBeUndefined();
  });

  it('is believed where it names a backend that nobody else knows, and nowhere if it names another', () => {
    const named = (address: string) => of('http', theirs, `${address}, HTTP status=401`);
    expect(read(answered, named('192.0.2.1:80')).plain[theirs]).toEqual({ Unauthorized: 1 });
    expect(read(answered, named(elsewhere))).toMatchObject({ plain: { [mine]: { BackendError: 1 } }, doubtful: {} });
    expect(read(named(elsewhere)).plain).toEqual({});
  });

  it('names no destination', () => {
    const late = line('[upstream] connection #12 to tcp://192.0.2.1:80 timed out after 10 seconds (IO timeout)');
    expect(read(answered, late).late).toEqual([]);
  });
});
