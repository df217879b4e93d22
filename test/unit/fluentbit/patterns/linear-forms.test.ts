import { describe, expect, it } from 'vitest';
import { OnigScanner } from 'vscode-oniguruma';
import { growthOf } from '../../../../hooks/fluentbit/patterns/growth.ts';
import { compileRegex } from '../../../../hooks/fluentbit/version/checks/regex/regex.ts';
import { realPatterns } from '../../../corpus/patterns/patterns.ts';
import { textOf } from '../../../support/repository.ts';

/** The forms of docs/patterns.md by heading. */
const forms = new Map(
  [...textOf('docs/patterns.md').matchAll(/^### (.+)\n[^#]*?```text\n(.+)\n```/gm)].map(([, name = '', form = '']) => [
    name,
    form,
  ]),
);
const from = (source: string, start: string) =>
  realPatterns[source]?.find((pattern) => pattern.startsWith(start)) ?? '';
const ours = 'fluent/fluent-bit parsers.conf';

/** What each stands for, and lines of which both make the same fields. */
const known: Record<string, { original: string; lines: string[] }> = {
  'nginx (Fluent Bit)': {
    original: from(ours, '^(?<remote>[^ ]*) (?<host>'),
    lines: [
      '1.2.3.4 - - [25/Apr/2023:03:53:22 +0000] "GET /x/y?z=1 HTTP/1.1" 200 612 "-" "curl/7.68.0"',
      '1.2.3.4 - bob [t] "PUT /a HTTP/2.0" 499 0 "https://q/" "Mozilla/5.0 (a; b) c"',
    ],
  },
  'k8s-nginx-ingress (Fluent Bit)': {
    original: from(ours, '^(?<host>[^ ]*) - (?<user>'),
    lines: [
      '10.0.0.1 - - [16/Mar/2019:19:50:51 +0000] "GET /s.json HTTP/2.0" 200 765 "https://a/" "M (M)" 86 0.010 [api-80] [] 10.2.0.2:80 2740 0.008 200 de00',
      '10.0.0.1 - u [t] "GET /s HTTP/1.1" 200 765 "-" "c" 86 0.010 [n] 10.2.0.2:80 2740 0.008 200 de0',
    ],
  },
  'apache (Fluent Bit)': {
    original: from(
      ours,
      '^(?<host>[^ ]*) [^ ]* (?<user>[^ ]*) \\[(?<time>[^\\]]*)\\] "(?<method>\\S+)(?: +(?<path>[^\\"]*?)',
    ),
    lines: [
      '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326',
      '::1 - - [t] "POST /a?b=c HTTP/1.1" 200 2326 "http://x/" "Mozilla/5.0 (X11)"',
      '1.2.3.4 - - [t] "-" 400 0 "-" "-"',
    ],
  },
  'apache2 (Fluent Bit)': {
    original: from(
      ours,
      '^(?<host>[^ ]*) [^ ]* (?<user>[^ ]*) \\[(?<time>[^\\]]*)\\] "(?<method>\\S+)(?: +(?<path>[^ ]*) +',
    ),
    lines: ['127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326 "http://x/" "M"'],
  },
  'mongodb (Fluent Bit)': {
    original: from(ours, '^(?<time>[^ ]*)\\s+(?<severity>'),
    lines: [
      '2019-01-01T00:00:00.000+0000 I COMMAND  [conn1] command a.b command: find 102ms',
      '2019-01-01T00:00:00.000+0000 I NETWORK  [listener] connection accepted from 1.2.3.4:5 #1 (1 open)',
    ],
  },
  'ambassador (Fluent Bit): refused': {
    original: from('fluent/fluent-bit parsers_ambassador.conf', '^(?<type>'),
    lines: [
      'ACCESS [2019-01-01T00:00:00.000Z] "GET /a?b=c HTTP/1.1" 200 - 0 10 5 4 "1.2.3.4" "curl/7 (x)" "id-1" "host:80" "1.1.1.1:80"',
    ],
  },
  'apache2 (docs of Fluentd): refused': {
    original: from('fluent/fluentd-docs-gitbook apache2.md', '^(?<host>'),
    lines: [
      '192.168.0.1 - - [28/Feb/2013:12:00:00 +0900] "GET / HTTP/1.1" 200 777 "-" "Opera \\"x\\" (12.0)"',
      '192.168.0.1 - u [t] "GET /a HTTP/1.1" 200 777',
    ],
  },
  'syslog, RFC 5424 (docs of Fluentd): refused': {
    original: from('fluent/fluentd-docs-gitbook syslog.md', '\\A\\<(?<pri>'),
    lines: [
      '<16>1 2013-02-28T12:00:00.003Z 192.168.0.1 fluentd 11111 ID24224 [ex@20224 a="Be \\] b" c="1"][d@1 e="f"] Hello',
      '<6>1 2013-02-28T12:00:00.003Z h f - - - text of it',
    ],
  },
  'Stack traces of C# (Docker-Provider): refused': {
    original: from('microsoft/Docker-Provider azm-containers-parser-multiline.conf', '/^( *)at (['),
    lines: [
      '   at System.IO.File.ReadAllText(String path, Encoding encoding) in /src/File.cs:line 12',
      'at Program.<Main>(String[] args)',
      'Unhandled exception. System.Exception: x',
    ],
  },
  'Spring Boot (an issue of Fluent Bit): refused': {
    original: from('fluent/fluent-bit#2292', '^\\s*(?<date>'),
    lines: ['2020-07-01 12:00:00.123   INFO 1 --- [           main] com.example.App : Started'],
  },
};

/** The fields that a pattern makes of a line; undefined where it does not match. */
function fields(source: string, line: string): Record<string, string> | boolean {
  const pattern = /^\/(.*)\/$/.exec(source)?.[1] ?? source;
  const scanner = new OnigScanner([pattern], { options: [1], syntax: 10 });
  const match = scanner.findNextMatchSync(line, 0);
  scanner.dispose();
  const { names } = compileRegex(source);
  if (match === null || names.length === 0) return match !== null;
  return Object.fromEntries(
    match.captureIndices.slice(1).map(({ start, end }, index) => [names[index] ?? '', line.slice(start, end)]),
  );
}

describe('a linear form of docs/patterns.md', () => {
  it('is there for each parser that is refused', () => {
    expect([...forms.keys()].sort()).toEqual([...Object.keys(known), 'envoy (Fluent Bit)'].sort());
  });

  it.each([...forms])('is linear: %s', (_, form) => {
    expect(growthOf(form, [])).toMatchObject({ degree: 1 });
    expect(compileRegex(form).fault).toBeUndefined();
  });

  it.each(Object.entries(known))('makes the same fields: %s', (name, { original, lines }) => {
    for (const line of lines) expect(fields(forms.get(name) ?? '', line)).toEqual(fields(original, line));
  });
});
