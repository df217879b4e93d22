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
