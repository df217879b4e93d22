import { describe, expect, it } from 'vitest';
import { bytes, canonicalQuantity } from '../../../hooks/kubernetes/quantity.ts';

describe('a quantity', () => {
  it.each([
    ['100m', '100m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['0.5', '500m'],
    ['1', '1'],
    ['1000', '1k'],
    ['1024', '1024'],
    ['1000M', '1G'],
    ['1500M', '1500M'],
    ['0.5Gi', '512Mi'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['0.001Ki', '1024m'],
    ['0', '0'],
    ['0Gi', '0'],
    ['0.0001', '1m'],
  ])('%s is stored as %s', (given, stored) => {
    expect(canonicalQuantity(given)).toBe(stored);
    expect(canonicalQuantity(stored)).toBe(stored);
  });

  it.each([
    ['10Gi', 10 * 1024 ** 3],
    ['0.5Ki', 512],
    ['32M', 32e6],
    ['7', 7],
  ])('%s is so many bytes', (given, expected) => expect(bytes(given)).toBe(expected));
});
