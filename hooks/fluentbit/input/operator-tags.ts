/**
 * Records of an agent's inputs bear tags of their own until a pipeline takes its copy. None of them is an id, which
 * all other tags begin with.
 */
const family = 'operator';

/** The tag of one input. */
export function inputTag(input: string): string {
  return `${family}.${input}`;
}

/** What matches the tags of all of them. */
export const everyInput = `${family}.*`;

/** In every record of an input, for copies to be made by: rewrite_tag needs a key that is there for sure. */
export const markKey = '_fluentbind_input';

/** Tag and alias of an operator's output, which takes a copy as well. */
export function copyTag(output: string): string {
  return `${copyFamily}.${output}`;
}

const copyFamily = `${family}-output`;

/** Matches the tags of operators' outputs, as the source of a regular expression. */
export const copyTagPattern = `${copyFamily}\\.[\\w-]+`;
