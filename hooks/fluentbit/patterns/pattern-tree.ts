/** Whether a set has a character, by its code point. */
export type Has = (code: number) => boolean;

/** A part of the pattern, as offsets into its text. */
export interface Place {
  start: number;
  end: number;
}

export type Look = 'ahead' | 'notAhead' | 'behind' | 'notBehind';
export type Anchor = '^' | '$' | 'A' | 'z' | 'Z' | 'b' | 'B' | 'G';

/** A pattern of Onigmo, Ruby syntax, as a tree. */
export type PatternNode = Place &
  (
    | { type: 'empty' }
    | { type: 'set'; has: Has; dot?: 'line' | 'all' }
    | { type: 'sequence'; items: PatternNode[] }
    | { type: 'either'; items: PatternNode[] }
    | { type: 'repeat'; body: PatternNode; least: number; most: number; lazy: boolean; possessive: boolean }
    | { type: 'group'; body: PatternNode }
    | { type: 'atomic'; body: PatternNode }
    | { type: 'look'; look: Look; body: PatternNode }
    | { type: 'anchor'; anchor: Anchor }
    /** A back-reference, and a call of a group. */
    | { type: 'same' | 'call'; to: string | number }
    /** Its body or nothing: a conditional, whatever it asks. */
    | { type: 'if'; body: PatternNode }
  );

export type Repeat = PatternNode & { type: 'repeat' };

export interface ParsedPattern {
  tree: PatternNode;
  /** Groups by number and by name; several may share a name. */
  groups: ReadonlyMap<string | number, readonly PatternNode[]>;
  /** Code points that the pattern tells apart from their neighbours. */
  points: ReadonlySet<number>;
  /** How many sets its classes are made of. */
  members: number;
}

export function children(node: PatternNode): readonly PatternNode[] {
  switch (node.type) {
    case 'sequence':
    case 'either':
      return node.items;
    case 'if':
    case 'repeat':
    case 'group':
    case 'atomic':
    case 'look':
      return [node.body];
    default:
      return [];
  }
}

/** The set that a node is, alone or in groups. */
export function onlySet(node: PatternNode): (PatternNode & { type: 'set' }) | undefined {
  if (node.type === 'set') return node;
  return node.type === 'group' ? onlySet(node.body) : undefined;
}

/** Onigmo makes one quantifier out of two that follow each other, such as `(?:a+)*`. */
export function reduced(node: Repeat): Repeat {
  const { body } = node;
  if (body.type !== 'repeat' || !isSimple(node) || !isSimple(body)) return node;
  return reduced({
    ...node,
    body: body.body,
    least: Math.min(node.least, body.least),
    most: Math.max(node.most, body.most),
  });
}

/** `?`, `*` and `+`. */
function isSimple({ least, most, lazy, possessive }: Repeat): boolean {
  return !lazy && !possessive && least <= 1 && (most === 1 ? least === 0 : most === Number.POSITIVE_INFINITY);
}

/** The `.*` that a pattern begins with: Onigmo then starts once a line, or once only. */
export function leadingStar(node: PatternNode): 'line' | 'all' | undefined {
  switch (node.type) {
    case 'group':
      return leadingStar(node.body);
    case 'sequence':
      return node.items[0] && leadingStar(node.items[0]);
    case 'either': {
      const [kind, ...others] = new Set(node.items.map(leadingStar));
      return others.length === 0 ? kind : undefined;
    }
    case 'repeat': {
      const { body, least, most, lazy, possessive } = node;
      const star = !lazy && !possessive && least === 0 && most === Number.POSITIVE_INFINITY;
      return star && body.type === 'set' ? body.dot : undefined;
    }
    default:
      return undefined;
  }
}

export function hasBackReference(node: PatternNode): boolean {
  return node.type === 'same' || children(node).some(hasBackReference);
}
