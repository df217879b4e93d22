import { Alphabet, type Letters } from './alphabet.ts';
import { Automaton } from './automaton.ts';
import { CannotJudge, type Effort } from './effort.ts';
import { alternatives, type Fragment, merged, type Pass, product, unsure } from './fragment.ts';
import {
  type Anchor,
  hasBackReference,
  leadingStar,
  onlySet,
  type ParsedPattern,
  type PatternNode,
  type Place,
  type Repeat,
  reduced,
} from './pattern-tree.ts';
import { turns } from './turns.ts';

const nowhere: Place = { start: 0, end: 0 };
const deepest = 100;
/** Putting two passes together takes as long as so many steps of following an edge. */
const passSteps = 16;

/** The automaton of a pattern, with the search for a place where it may begin. */
export function automatonOf(pattern: ParsedPattern, effort: Effort): Automaton {
  return new AutomatonBuilder(pattern, effort).build();
}

class AutomatonBuilder {
  readonly #pattern: ParsedPattern;
  readonly #effort: Effort;
  readonly #alphabet: Alphabet;
  readonly #automaton: Automaton;
  /** Groups that a call or back-reference is inside of. */
  readonly #inside: PatternNode[] = [];
  #scopes: readonly number[] = [0];
  #scopeCount = 0;
  /** The loop that names the states in it. */
  #loop: Place | undefined;
  /** How often counted loops around would write out what is in them. */
  #copies = 1;

  constructor(pattern: ParsedPattern, effort: Effort) {
    this.#pattern = pattern;
    this.#effort = effort;
    this.#alphabet = new Alphabet(pattern, effort);
    this.#automaton = new Automaton(this.#alphabet, effort);
  }

  build(): Automaton {
    const { tree } = this.#pattern;
    const { end, newLine, all } = this.#alphabet;
    const other = all & ~newLine;
    const begin = this.#automaton.addState(0n, nowhere, this.#scopes);
    const inLine = this.#automaton.addState(other, nowhere, this.#scopes);
    const lineStart = this.#automaton.addState(newLine, nowhere, this.#scopes);
    for (const from of [begin, inLine, lineStart])
      for (const state of [inLine, lineStart]) this.#automaton.connect(from, { ...this.#free, state }, this.#scopes);
    const whole = this.#fragment(tree, false);
    // Onigmo tries a pattern that begins with .* once a line; not so one with back-references.
    const star = hasBackReference(tree) ? undefined : leadingStar(tree);
    const starts: [state: number, before: Letters][] = [[begin, end]];
    if (star !== 'all') starts.push([lineStart, newLine]);
    if (star === undefined) starts.push([inLine, other]);
    for (const [from, before] of starts) {
      for (const reach of whole.first)
        if ((reach.before & before) !== 0n) this.#automaton.connect(from, reach, this.#scopes);
      for (const pass of whole.nothing)
        if ((pass.before & before) === before && pass.sure) this.#automaton.accept(from, pass.after, 0);
    }
    this.#accept(whole);
    return this.#automaton;
  }

  get #free(): Pass {
    const any = this.#alphabet.all | this.#alphabet.end;
    return { before: any, after: any, ways: 1, sure: true };
  }

  #accept({ last }: Fragment): void {
    for (const { state, before, after, sure } of last)
      if (sure && (this.#automaton.lettersOf(state) & ~before) === 0n)
        this.#automaton.accept(state, after, this.#scopes.at(-1) ?? 0);
  }

  /** What ends it ends a search of its own. */
  #scoped(make: () => Fragment): Fragment {
    const before = this.#scopes;
    this.#scopeCount += 1;
    this.#scopes = [...before, this.#scopeCount];
    const fragment = make();
    this.#accept(fragment);
    this.#scopes = before;
    return fragment;
  }

  /** @param final whether nothing of the same atomic group follows */
  #fragment(node: PatternNode, final: boolean): Fragment {
    switch (node.type) {
      case 'empty':
        return { nothing: [this.#free], first: [], last: [] };
      case 'set': {
        const letters = this.#alphabet.of(node.has);
        const reach = [{ ...this.#free, state: this.#automaton.addState(letters, this.#loop ?? node, this.#scopes) }];
        return { nothing: [], first: reach, last: reach };
      }
      case 'sequence':
        return this.#sequence(
          node.items.map((item, index) => this.#fragment(item, final && index === node.items.length - 1)),
        );
      case 'either':
        return alternatives(node.items.map((item) => this.#fragment(item, final)));
      case 'group':
        return this.#within(node, () => this.#fragment(node.body, final));
      case 'atomic':
        return this.#atomic(node.body);
      case 'repeat':
        return node.possessive ? this.#atomic({ ...node, possessive: false }) : this.#repeat(reduced(node), final);
      case 'anchor':
        return { nothing: this.#anchor(node.anchor), first: [], last: [] };
      case 'look':
        return this.#look(node);
      case 'same':
      case 'call':
        return this.#copy(node);
      case 'if':
        return unsure(this.#optional(this.#fragment(node.body, false)));
    }
  }

  #within<T>(node: PatternNode, make: () => T): T {
    this.#inside.push(node);
    if (this.#inside.length > deepest) throw new CannotJudge('is nested too deeply');
    const made = make();
    this.#inside.pop();
    return made;
  }

  #sequence(fragments: readonly Fragment[]): Fragment {
    const empty: Fragment = { nothing: [this.#free], first: [], last: [] };
    return fragments.reduce((one, two) => {
      this.#effort.spend(
        passSteps *
          (one.nothing.length * two.nothing.length +
            (one.first.length + one.nothing.length * two.first.length + two.nothing.length * one.last.length)),
      );
      this.#automaton.join(one.last, two.first, this.#scopes);
      return {
        nothing: merged(product(one.nothing, two.nothing)),
        first: merged([...one.first, ...product(one.nothing, two.first)]),
        last: merged([...product(two.nothing, one.last), ...two.last]),
      };
    }, empty);
  }

  #optional(fragment: Fragment): Fragment {
    return { ...fragment, nothing: merged([this.#free, ...fragment.nothing]) };
  }

  /** Once at least, and without end. */
  #many(body: Fragment): Fragment {
    this.#automaton.join(body.last, body.first, this.#scopes);
    const leave = merged([this.#free, ...body.nothing]);
    return {
      nothing: merged(product(body.nothing, leave)),
      first: body.first,
      last: merged(product(leave, body.last)),
    };
  }

  /** What a group has read, or its automaton once more. */
  #copy({ type, to }: PatternNode & { type: 'same' | 'call' }): Fragment {
    const groups = to === 0 ? [] : (this.#pattern.groups.get(to) ?? []);
    if (groups.length === 0 || groups.some((group) => this.#inside.includes(group)))
      throw new CannotJudge(type === 'call' ? 'calls itself' : 'refers to a group inside of it');
    const copied = alternatives(groups.map((group) => this.#fragment(group, false)));
    return type === 'call' ? copied : unsure(copied);
  }

  /**
   * What is in an atomic group is read as it stands, which may be more than Onigmo tries. A loop over one set at its
   * end is exact: it stops only where the set does.
   */
  #atomic(body: PatternNode): Fragment {
    const fragment = this.#scoped(() => this.#fragment(body, true));
    const loop = body.type === 'repeat' && body.most === Number.POSITIVE_INFINITY && !body.lazy;
    return body.type === 'set' || (loop && onlySet(body.body) !== undefined) ? fragment : unsure(fragment);
  }

  #repeat(node: Repeat, final: boolean): Fragment {
    const { body, least, most, lazy } = node;
    if (most === 0) return { nothing: [this.#free], first: [], last: [] };
    const [outerLoop, outerCopies, before] = [this.#loop, this.#copies, this.#automaton.size];
    const endless = most === Number.POSITIVE_INFINITY;
    if (endless) this.#loop = node;
    else this.#copies *= most;
    const copies = [this.#fragment(body, false)];
    this.#copies = outerCopies;
    const set = onlySet(body);
    const { count, open } = turns(least, most, {
      size: Math.max(1, this.#automaton.size - before),
      single: set !== undefined,
      outer: outerCopies,
    });
    while (copies.length < count) copies.push(this.#fragment(body, false));
    this.#loop = outerLoop;
    if (!open) return this.#counted(copies, least);
    const tail = this.#many(copies.pop() ?? this.#sequence([]));
    const whole = this.#sequence([...copies, tail]);
    const result = least === 0 ? this.#optional(whole) : whole;
    return final && set !== undefined && !lazy ? this.#stopping(result, this.#alphabet.of(set.has)) : result;
  }

  /** `least` of the copies, and as many of the others as there are. */
  #counted(copies: readonly Fragment[], least: number): Fragment {
    let result: Fragment = { nothing: [this.#free], first: [], last: [] };
    for (let index = copies.length - 1; index >= 0; index--) {
      const whole = this.#sequence([...copies.slice(index, index + 1), result]);
      result = index >= least ? this.#optional(whole) : whole;
    }
    return result;
  }

  /** It ends only where the set does. */
  #stopping(fragment: Fragment, set: Letters): Fragment {
    const stop = ~set & (this.#alphabet.all | this.#alphabet.end);
    const narrowed = <T extends Pass>(pass: T): T => ({ ...pass, after: pass.after & stop });
    return { ...fragment, nothing: fragment.nothing.map(narrowed), last: fragment.last.map(narrowed) };
  }

  #anchor(anchor: Anchor): Pass[] {
    const { all, end, newLine, word } = this.#alphabet;
    const any = all | end;
    const other = any & ~word;
    const pass = (before: Letters, after: Letters, sure = true): Pass => ({ before, after, ways: 1, sure });
    switch (anchor) {
      case '^':
        return [pass(end | newLine, any)];
      case '$':
        return [pass(any, end | newLine)];
      case 'A':
        return [pass(end, any)];
      case 'G':
        return [pass(end, any, false)];
      case 'z':
        return [pass(any, end)];
      case 'Z':
        return [pass(any, end), pass(any, newLine, false)];
      case 'b':
        return [pass(word, other), pass(other, word)];
      case 'B':
        return [pass(word, word), pass(other, other)];
    }
  }

  #look({ look, body }: PatternNode & { type: 'look' }): Fragment {
    const any = this.#alphabet.all | this.#alphabet.end;
    const behind = look === 'behind' || look === 'notBehind';
    const set = onlySet(body);
    if (set !== undefined) {
      const letters = this.#alphabet.of(set.has);
      const chosen = look.startsWith('not') ? any & ~letters : letters;
      const pass: Pass = { ...this.#free, ...(behind ? { before: chosen } : { after: chosen }) };
      return { nothing: [pass], first: [], last: [] };
    }
    const pass: Pass = { ...this.#free, sure: false };
    if (behind) return { nothing: [pass], first: [], last: [] };
    // What a look-ahead tries counts, too; then the engine is back where it was.
    const { first } = this.#scoped(() => this.#fragment(body, false));
    return { nothing: [pass], first, last: [] };
  }
}
