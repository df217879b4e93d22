import type { ServiceBindingConfigSpec } from '../../api/kinds/service-binding-config.ts';
import { TemplateSpec } from '../../api/kinds/template.ts';
import type { SecretObject } from '../../api/object.ts';
import { type Problem, problem } from '../../api/problems/problem.ts';
import type { ObjectMap } from '../../api/wire/metacontroller.ts';
import type { FoundTemplate } from '../../binding/bind.ts';
import { type Credentials, readCredentials } from '../../binding/credentials.ts';
import { parse } from '../../kubernetes/parse.ts';
import { lookup } from '../../kubernetes/related.ts';
import { clusterTemplates, secrets, templates } from '../../kubernetes/resources.ts';

export function findTemplate(
  related: ObjectMap,
  spec: ServiceBindingConfigSpec,
  namespace: string,
): FoundTemplate | { problems: Problem[] } {
  const templateKind = spec.templateRef.kind ?? 'ClusterTemplate';
  const own = templateKind === 'Template';
  const { name } = spec.templateRef;
  const object = lookup(related, own ? templates : clusterTemplates, own ? namespace : undefined, name);
  if (object === undefined) {
    return {
      problems: [
        problem(
          'TemplateNotFound',
          'spec.templateRef.name',
          `${templateKind} ${own ? `${namespace}/` : ''}${name} does not exist.`,
        ),
      ],
    };
  }
  const parsed = parse(TemplateSpec, object['spec'], 'spec');
  if ('value' in parsed) return { kind: templateKind, name, spec: parsed.value };
  return {
    problems: parsed.problems.map((p) =>
      problem('TemplateInvalid', 'spec.templateRef', `${templateKind} ${name}, ${p.path}: ${p.message}`),
    ),
  };
}

export function findCredentials(
  related: ObjectMap,
  spec: ServiceBindingConfigSpec,
  namespace: string,
): Credentials | { problems: Problem[] } | undefined {
  if (spec.secretRef === undefined) return undefined;
  const { name, key } = spec.secretRef;
  const secret = lookup(related, secrets, namespace, name) as SecretObject | undefined;
  if (secret === undefined)
    return {
      problems: [problem('SecretNotFound', 'spec.secretRef.name', `Secret ${namespace}/${name} does not exist.`)],
    };
  const credentials = readCredentials(secret, key, 'spec.secretRef');
  return 'reason' in credentials ? { problems: [credentials] } : credentials;
}
