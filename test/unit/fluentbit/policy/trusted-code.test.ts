import { describe, expect, it } from 'vitest';
import { TrustedCode } from '../../../../hooks/fluentbit/policy/code.ts';

describe('code', () => {
  const filters = [{ plugin: 'lua', properties: { call: 'f', code: 'c', type_int_key: 'a' }, rules: [] }];
  const template = { filters, files: [] };
  const changed = (change: object, properties: object = {}) =>
    ({
      ...filters[0],
      ...change,
      properties: { ...filters[0]?.properties, ...properties },
    }) as (typeof filters)[number];
  const script = (content: string, text = '$(s)') => ({
    filters: [{ plugin: 'lua', properties: { call: 'f', script: text }, rules: [] }],
    files: [{ name: 's', content }],
  });
  const keys: [string, ...string[]] = ['new', 'old'];

  it.each<[string, object, object, boolean]>([
    ['word for word', {}, {}, true],
    ['with other code', {}, { code: 'd' }, false],
    ['with another call', {}, { call: 'dofile' }, false],
    ['with one more property', {}, { time_as_table: true }, false],
    ['with another value of any property', {}, { type_int_key: 'b' }, false],
    ['with a rule', { rules: ['code d'] }, {}, false],
    ['with a twin of a property', {}, { Code: 'd' }, false],
    ['as another plugin', { plugin: 'wasm' }, {}, false],
  ])('of a ClusterTemplate, %s', (_, change, properties, trusted) => {
    expect(new TrustedCode(template, [], keys).trusts(changed(change, properties), [])).toBe(trusted);
  });

  it('of a template that is gone is trusted by its record, made with any of the keys, and by no other', () => {
    const record = new TrustedCode(template, [], ['old']).record(template);
    expect(record).toHaveLength(1);
    expect(JSON.stringify(record)).not.toContain('"c"');
    const after = new TrustedCode(undefined, record, keys);
    expect(after.trusts(changed({}), [])).toBe(true);
    expect(after.trusts(changed({}, { code: 'd' }), [])).toBe(false);
    expect(after.record(template)).not.toEqual(record);
    expect(new TrustedCode(undefined, after.record(template), ['new']).trusts(changed({}), [])).toBe(true);
    expect(new TrustedCode(undefined, record, ['another']).trusts(changed({}), [])).toBe(false);
  });

  it('in a file is trusted with its content, where that is written out', () => {
    const trusted = new TrustedCode(script('c'), [], keys);
    const [filter = changed({})] = script('c').filters;
    expect(trusted.trusts(filter, [{ name: 's', content: 'c' }])).toBe(true);
    expect(trusted.trusts(filter, [{ name: 's', content: 'd' }])).toBe(false);
    expect(trusted.trusts(filter, [{ name: 's' }])).toBe(false);
    expect(trusted.trusts(filter, [])).toBe(false);
  });

  it('with a value of somebody else is trusted nowhere, not even in the template', () => {
    const [filter = changed({})] = script('c', 'x$(s)').filters;
    expect(new TrustedCode(script('c', 'x$(s)'), [], keys).trusts(filter, [{ name: 's', content: 'c' }])).toBe(false);
    const called = { filters: [changed({}, { call: '$(fn)' })], files: [] };
    expect(new TrustedCode(called, [], keys).trusts(changed({}, { call: '$(fn)' }), [])).toBe(false);
    expect(new TrustedCode(called, [], keys).record(called)).toEqual([]);
  });
});
