const powers: Record<string, bigint> = {
  m: 1n,
  '': 1000n,
  k: 1000n ** 2n,
  M: 1000n ** 3n,
  G: 1000n ** 4n,
  T: 1000n ** 5n,
  Ki: 1000n * 1024n,
  Mi: 1000n * 1024n ** 2n,
  Gi: 1000n * 1024n ** 3n,
  Ti: 1000n * 1024n ** 4n,
};
const binary = ['Ti', 'Gi', 'Mi', 'Ki', ''];
const decimal = ['T', 'G', 'M', 'k', '', 'm'];

/** Thousandths; what is smaller is rounded up, as Kubernetes does. */
function thousandths(quantity: string): { value: bigint; suffix: string } {
  const [, whole = '0', fraction = '', suffix = ''] = /^(\d+)(?:\.(\d+))?(\D*)$/.exec(quantity) ?? [];
  const scale = 10n ** BigInt(fraction.length);
  const exact = BigInt(whole + fraction) * (powers[suffix] ?? 1000n);
  return { value: (exact + scale - 1n) / scale, suffix };
}

/** Whole bytes of a quantity of memory. */
export function bytes(quantity: string): number {
  return Number(thousandths(quantity).value / 1000n);
}

/**
 * A quantity in the form in which the API server stores it (`1000m` is `1`, `0.5Gi` is `512Mi`): any other would be
 * written on every pass.
 */
export function canonicalQuantity(quantity: string): string {
  const { value, suffix } = thousandths(quantity);
  if (value === 0n) return '0';
  const wholeBytes = value % 1000n === 0n;
  const suffixes = suffix.endsWith('i') && wholeBytes ? binary : decimal;
  const fitting = suffixes.find((one) => value % (powers[one] ?? 1n) === 0n) ?? 'm';
  return `${value / (powers[fitting] ?? 1n)}${fitting}`;
}
