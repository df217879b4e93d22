import type { Ambiguity, Analysis } from './exponential.ts';
import { type Link, Links } from './links.ts';
import type { Loop } from './loops.ts';

/** Links one behind another: time grows with the length of the text to the power of their number plus one. */
interface Chain {
  length: number;
  link: Link;
  /** What comes behind the link. */
  then: Chain | undefined;
}

/** The longest chain of loops that hand the same text on, after Weber and Seidl. */
export function polynomialChain(analysis: Analysis): { degree: number } & Ambiguity {
  const { loops } = analysis;
  const links = new Links(analysis);
  /** By loop: the longest chain that begins at it. */
  const chains = new Map<Loop, Chain>();
  for (const [index, loop] of loops.all.entries()) {
    const found = longestAt(analysis, links, chains, { loop, behind: loops.all.slice(0, index) });
    if (found !== undefined) chains.set(loop, found);
  }
  const longest = longestOf(chains.values());
  const all: Link[] = [];
  for (let chain = longest; chain !== undefined; chain = chain.then) all.push(chain.link);
  return {
    degree: all.length + 1,
    states: all.flatMap(({ from, to }) => [from, to]),
    word: all[0]?.word ?? [],
  };
}

function longestAt(
  { loops, effort }: Analysis,
  links: Links,
  chains: ReadonlyMap<Loop, Chain>,
  { loop, behind }: { loop: Loop; behind: readonly Loop[] },
): Chain | undefined {
  let found: Chain | undefined;
  for (const target of behind) {
    effort.spend();
    if ((loop.letters & target.letters) === 0n || !loops.leads(loop, target)) continue;
    // The chain may go on at the target, or at any loop behind it.
    const next = behind.filter((one) => one === target || loops.leads(target, one));
    const then = longestOf(next.flatMap((one) => chains.get(one) ?? []));
    const length = (then?.length ?? 0) + 1;
    if (found !== undefined && found.length >= length) continue;
    const link = links.find(loop, target, then === undefined);
    if (link !== undefined) found = { length, link, then };
  }
  return found;
}

function longestOf(chains: Iterable<Chain>): Chain | undefined {
  let found: Chain | undefined;
  for (const chain of chains) if (found === undefined || chain.length > found.length) found = chain;
  return found;
}
