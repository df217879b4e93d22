import { dnsSubdomain } from '../api/object.ts';

/** `metav1.LabelSelector`, as it stands on the wire. */
export interface LabelSelector {
  matchLabels?: Readonly<Record<string, string>> | null | undefined;
  matchExpressions?:
    | readonly { key: string; operator: string; values?: readonly string[] | null | undefined }[]
    | null
    | undefined;
}

export type Labels = Readonly<Record<string, string>> | undefined;

/** Whether labels fulfil a selector. Nil and `{}` select everything; NotIn holds where the label is absent. */
export function selects(selector: LabelSelector | null | undefined, labels: Labels): boolean {
  const get = (key: string) => (labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => get(key) === value) &&
    (selector?.matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = get(key);
      if (operator === 'In') return value !== undefined && values?.includes(value) === true;
      if (operator === 'NotIn') return value === undefined || values?.includes(value) !== true;
      return (operator === 'Exists') === (value !== undefined);
    })
  );
}

const namePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

export function isQualifiedName(text: string): boolean {
  const [name = '', prefix, ...more] = text.split('/').reverse();
  return (
    more.length === 0 &&
    name.length <= 63 &&
    namePart.test(name) &&
    (prefix === undefined || dnsSubdomain.safeParse(prefix).success)
  );
}

export function isLabelValue(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 63 && (value === '' || namePart.test(value));
}

/** What no label can fulfil, or Kubernetes does not take as a selector; each with the field in it. */
export function selectorFaults(
  selector: LabelSelector | null | undefined,
): { path: (string | number)[]; message: string }[] {
  const key = (text: string, path: (string | number)[]) =>
    isQualifiedName(text) ? [] : [{ path, message: `${JSON.stringify(text)} is no key of a label.` }];
  const value = (text: string, path: (string | number)[]) =>
    isLabelValue(text) ? [] : [{ path, message: `${JSON.stringify(text)} is no value of a label.` }];
  return [
    ...Object.entries(selector?.matchLabels ?? {}).flatMap(([name, text]) => {
      const path = ['matchLabels', name];
      return [...key(name, path), ...value(text, path)];
    }),
    ...(selector?.matchExpressions ?? []).flatMap(({ key: name, operator, values }, index) => {
      const path = ['matchExpressions', index];
      const needs = operator === 'In' || operator === 'NotIn';
      const message = needs ? `${operator} needs values.` : `${operator} takes no values.`;
      return [
        ...key(name, [...path, 'key']),
        ...(needs === (values ?? []).length > 0 ? [] : [{ path: [...path, 'values'], message }]),
        ...(needs ? (values ?? []).flatMap((text, at) => value(text, [...path, 'values', at])) : []),
      ];
    }),
  ];
}
