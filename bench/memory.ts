import { everyMemory } from '../hooks/memo/registry.ts';
import { alone, measure, type Size } from './hooks.ts';

/** As full as the shards of 1000 pipelines in 16, and half as many. */
const size: Size = { pipelines: 500, shards: 8, parts: 5, filled: 8, atMost: Infinity };

/**
 * What each memory of the hooks is worth: CPU of the hooks for one change and for onboarding without it, beside that
 * with all of them, in turn. `MEMORIES` names some of them; `ROUNDS` says how often each is measured.
 */
export async function memory(): Promise<void> {
  const rounds = Number(process.env['ROUNDS'] ?? 1);
  const asked = process.env['MEMORIES']?.split(',');
  const names = everyMemory()
    .map(({ name }) => name)
    .filter((name) => asked === undefined || asked.includes(name));
  const without = [
    ...names.map((name) => [name, [name]] as const),
    ['all of them', everyMemory().map((m) => m.name)] as const,
  ];
  console.log('without                          one change      onboarding');
  for (const [label, off] of without) {
    const ratios: [number, number][] = [];
    for (let round = 0; round < rounds; round++) {
      const [all, some] = [await measure(size, () => alone()), await measure(size, () => alone(off))];
      ratios.push([
        some.changeMilliseconds / all.changeMilliseconds,
        (some.onboardingSeconds ?? 0) / (all.onboardingSeconds ?? 1),
      ]);
    }
    const [change, onboarding] = [0, 1].map((index) => median(ratios.map((one) => one[index] ?? 0)));
    console.log(`${label.padEnd(32)} ${change?.toFixed(3).padStart(10)} x ${onboarding?.toFixed(3).padStart(12)} x`);
  }
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
