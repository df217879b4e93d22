import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { dnsLabel } from '../../../hooks/api/object.ts';
import { parse } from '../../../hooks/kubernetes/parse.ts';

const schema = z.strictObject({
  name: dnsLabel,
  port: z.int().min(1).max(65_535).optional(),
  on: z.boolean().optional(),
  kind: z.enum(['a', 'b']).optional(),
  items: z.array(z.string()).min(1).max(2).optional(),
  map: z.record(z.string().min(1), z.string()).optional(),
  inner: z.strictObject({ host: z.string() }).optional(),
});

describe('what a schema refuses', () => {
  it.each<[unknown, ...string[]]>([
    [undefined, 'spec: The field is required: a map.'],
    [null, 'spec: It must be a map.'],
    [[], 'spec: It must be a map.'],
    [{}, 'spec.name: The field is required: a string.'],
    [{ name: [] }, 'spec.name: It must be a string.'],
    [{ name: '' }, 'spec.name: It must have at least 1 characters.'],
    [{ name: 'A' }, 'spec.name: It must match /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.'],
    [{ name: 'a', port: '1' }, 'spec.port: It must be a number.'],
    [{ name: 'a', port: 1.5 }, 'spec.port: It must be a whole number.'],
    [{ name: 'a', port: 0 }, 'spec.port: It must be at least 1.'],
    [{ name: 'a', port: 70_000 }, 'spec.port: It must be at most 65535.'],
    [{ name: 'a', on: 'yes' }, 'spec.on: It must be a boolean.'],
    [{ name: 'a', kind: 'c' }, 'spec.kind: It must be one of a, b.'],
    [{ name: 'a', items: {} }, 'spec.items: It must be a list.'],
    [{ name: 'a', items: [] }, 'spec.items: It must have at least 1 items.'],
    [{ name: 'a', items: ['1', '2', '3'] }, 'spec.items: It must have at most 2 items.'],
    [{ name: 'a', items: [1, null] }, 'spec.items[0]: It must be a string.', 'spec.items[1]: It must be a string.'],
    [{ name: 'a', map: { '': 'x' } }, 'spec.map[""]: "" is no name that it can have.'],
    [{ name: 'a', map: ['x'] }, 'spec.map: It must be a map.'],
    [
      { name: 'a', inner: { hosts: 'x' } },
      'spec.inner.hosts: There is no field hosts (fields: host). Did you mean host?',
      'spec.inner.host: The field is required: a string.',
    ],
  ])('%j: %s', (value, ...expected) => {
    const parsed = parse(schema, value, 'spec');
    const problems = 'problems' in parsed ? parsed.problems : [];
    expect(problems.map(({ path, message }) => `${path}: ${message}`).sort()).toEqual(expected.sort());
    expect(problems.every(({ reason }) => reason === 'InvalidSpec')).toBe(true);
  });
});
