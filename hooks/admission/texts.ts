import type { Problem } from '../api/problems/problem.ts';
import { limits } from '../api/wire/admission.ts';

/** Each problem as Kubernetes tells of it, with its field. */
export function causes(problems: readonly Problem[]): { reason: string; field: string; message: string }[] {
  return problems.slice(0, limits.causes).map(({ reason, path, message, hint }) => ({
    reason,
    field: clip(oneLine(path), limits.cause),
    message: clip(oneLine(`${message} ${hint}`), limits.cause),
  }));
}

/** The same as one text, a line for each, for clients that show no causes. */
export function summary(problems: readonly Problem[]): string {
  const perLine = Math.floor(limits.message / (limits.causes + 1)) - 2;
  const lines = problems.slice(0, limits.causes).map((problem) => clip(oneLine(sentence(problem)), perLine));
  const [only] = lines;
  if (problems.length === 1 && only !== undefined) return only;
  const more = problems.length - lines.length;
  return [`${problems.length} problems`, ...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

/** Short ones: the API server sends them as headers. */
export function warnings(problems: readonly Problem[]): string[] {
  return problems
    .slice(0, limits.warnings)
    .map(({ path, message }) => clip(oneLine(`${path}: ${message}`), limits.warning));
}

function sentence({ path, message, hint }: Problem): string {
  return `${path}: ${message} ${hint}`;
}

/** What a terminal would obey, or what would read as a line of its own, is shown as what it is. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (c) =>
      /\s/.test(c) ? ' ' : `\\u{${c.codePointAt(0)?.toString(16)}}`,
    )
    .trim();
}

/** Never half of a surrogate pair: what is no Unicode, the API server refuses. */
function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
