import { describe, expect, it } from 'vitest';
import type { Enrich } from '../../../../hooks/api/pipeline.ts';
import { complete, containerLogs } from '../../../../hooks/binding/complete.ts';
import { metadataCode, metadataNeeds } from '../../../../hooks/fluentbit/input/metadata.ts';
import { type Json, luaFilter } from '../../../support/fluent-bit/lua-runner.ts';

async function tidied(record: Json, asked: Enrich = {}) {
  const { enrich } = complete({ enrich: asked, outputs: [{ plugin: 'null' }] });
  const selection = containerLogs({});
  return (await luaFilter(metadataCode(selection, enrich, metadataNeeds(selection, enrich)), 'fluentbind'))(record);
}

describe('what the runtime of a container adds', () => {
  const stamped = { time: '2026-01-02T03:04:05.6Z', stream: 'stdout' };
  const cut = (line: string, rest: { [key: string]: Json }): [string, Json, Json] => [
    line.slice(0, 40),
    { log: line },
    rest,
  ];
  const cases: [string, Json, Json][] = [
    ['CRI', { ...stamped, _p: 'F', log: 'x' }, { ...stamped, log: 'x' }],
    ['Docker', { ...stamped, log: 'x\n' }, { ...stamped, log: 'x' }],
    ['an empty line of Docker', { ...stamped, log: '\n' }, { ...stamped, log: '' }],
    ['line breaks that were joined', { ...stamped, log: 'x\n\ty\n' }, { ...stamped, log: 'x\n\ty' }],
    ['no text', { ...stamped, log: 5 }, { ...stamped, log: 5 }],
    cut('2026-01-02T03:04:05.678901234Z stdout F a long \t line', {
      time: '2026-01-02T03:04:05.678901234Z',
      stream: 'stdout',
      log: 'a long \t line',
    }),
    cut('2026-01-02T03:04:05.6-05:00 stderr P a b', {
      time: '2026-01-02T03:04:05.6-05:00',
      stream: 'stderr',
      log: 'a b',
    }),
    ['half a character', { log: `${'x'.repeat(65_536)}\u00e9` }, { log: 'x'.repeat(65_536) }],
    cut('neither stdout F of them', { log: 'neither stdout F of them' }),
    cut('{"log":"2026-01-02T03:04:05Z stdout F x', { log: '{"log":"2026-01-02T03:04:05Z stdout F x' }),
  ];

  it.each(cases)('goes from records, from the path: %s', async (_what, record, expected) => {
    expect((await tidied(record)).record).toEqual(expected);
  });

  it.each(cases)('goes from records without metadata of Kubernetes: %s', async (_what, record, expected) => {
    expect(await tidied(record, { labels: { include: ['app'] } })).toMatchObject({ code: 2, record: expected });
  });
});
