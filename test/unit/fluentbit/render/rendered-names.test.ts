import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workersVariable, workerVariable } from '../../../../hooks/fluentbit/render/workers.ts';
import { rendered, secret } from './parsed-file.ts';

describe('names in the agent', () => {
  const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/);
  const variable = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,6}$/);

  it('never collide, nor is one a prefix or a glob of another', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(label, label), { minLength: 2, maxLength: 6, selector: (pair) => pair.join('/') }),
        fc.uniqueArray(variable, { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(label, { minLength: 1, maxLength: 3 }),
        (owners, variables, ids) => {
          const names: string[] = [];
          const globs: string[] = [];
          for (const [namespace, name] of owners) {
            const { parsed, secretData } = rendered(
              {
                parsers: variables.map((v) => ({ name: v, properties: { format: 'json' } })),
                outputs: ids.map((id) => ({
                  id,
                  plugin: 'http',
                  properties: { header: variables.map((v) => `X $(${v})`) },
                })),
                filters: [{ plugin: 'grep', properties: { regex: 'a b' } }],
                enrich: { labels: { include: ['*'] } },
              },
              variables.map((v) => secret(v, 'x')),
              name,
              namespace,
            );
            // All files set it, and mean the same.
            const env = (parsed.env ?? [])
              .map((e) => e.name)
              .filter((known) => known !== workersVariable && known !== workerVariable);
            names.push(
              ...env,
              ...(parsed.parsers ?? []).map((p) => String(p['name'])),
              ...parsed.pipeline.outputs.map((o) => String(o['alias'])),
              ...(parsed.pipeline.filters ?? []).map((f) => String(f['alias'])),
            );
            expect([...secretData.keys()].sort()).toEqual(env.sort());
            globs.push(...parsed.pipeline.outputs.map((o) => String(o['match'])));
          }
          expect(new Set(names).size).toBe(names.length);
          const sorted = [...names].sort();
          for (const [index, name] of sorted.entries())
            expect(sorted[index + 1]?.startsWith(name) ?? false).toBe(false);
          const tags = globs.map((glob) => glob.replace('*', 'var.log.pods.a_b_c.d.0.log'));
          for (const glob of globs) expect(tags.filter((tag) => tag.startsWith(glob.replace('*', '')))).toHaveLength(1);
        },
      ),
      { numRuns: 100 },
    );
  });
});
