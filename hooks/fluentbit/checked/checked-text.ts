import { controlBesidesLayout, lineBreak } from '../../api/characters.ts';
import { type Problem, problem } from '../../api/problems/problem.ts';
import { segments } from '../../api/references.ts';
import { didYouMean } from '../../kubernetes/nearest.ts';
import type { Value } from '../../kubernetes/value.ts';
import type { AgentNames } from '../file/agent-names.ts';
import { secretsDirectory } from '../file/paths.ts';
import type { Filled, Text } from '../version/checks/fault.ts';
import type { Setting } from '../version/plugins/properties.ts';

/** A piece of a text: literal, or a value that stands in the file as a variable or as the path of its file. */
export type TextPart = { text: string } | { variable: Value } | { file: Value };

/** A text of a property that may be written as it is; of a wrong one nothing is left. */
export interface CheckedText {
  /** `code` and `script` hold Lua, which is written so that it sees nothing of other pipelines. */
  as: 'text' | 'code' | 'script';
  parts: readonly TextPart[];
  /** The field that it stands in. */
  path: string;
  /** The `$(name)` that are in it. */
  references: readonly string[];
}

export type CheckedValue = CheckedText | number | boolean;

/** Properties that may have line breaks. Anywhere else one would end a header or a setting. */
const multiLine = /^(code|.*\.pem)$/;

/** Bytes of all texts of one resource with their values in place: a long value that stands everywhere ends the hooks. */
const textBudget = 4_194_304;

/** Finds the values for the texts of properties, and what is wrong with a text once they are in it. */
export class TextChecker {
  readonly problems: Problem[] = [];
  #left = textBudget;
  /** Fields of which nothing was read, for the budget is used up. */
  readonly #unread = new Set<string>();
  readonly #values: ReadonlyMap<string, Value>;
  readonly #names: AgentNames;

  constructor(values: ReadonlyMap<string, Value>, names: AgentNames) {
    this.#values = values;
    this.#names = names;
  }

  /** `property` is canonical; `path` is the field for messages. */
  text(text: string, property: string, path: string): CheckedText {
    const parts: TextPart[] = [];
    const references: string[] = [];
    for (const segment of segments(text)) {
      if ('text' in segment) {
        parts.push(segment);
        continue;
      }
      references.push(segment.form);
      const value = this.#value(segment.reference, segment.form, path);
      if (value === undefined) return { as: 'text', parts: [], path, references };
      parts.push(partOf(value));
    }
    const right = this.#affordable(parts, path) && this.#printable(parts, property, path) && this.#inert(parts, path);
    return { as: 'text', parts: right ? parts : [], path, references };
  }

  /** Lua code, which must not contain what would be replaced in it. */
  code(text: string, path: string): CheckedText {
    const reference = segments(text).find((segment) => 'reference' in segment);
    if (reference !== undefined || text.includes('${')) {
      const form = reference !== undefined && 'reference' in reference ? reference.form : '${';
      this.problems.push(problem('VariableInCode', path, `The code contains ${form}.`));
    }
    if (controlBesidesLayout.test(text))
      this.problems.push(
        problem('InvalidValue', path, 'The code contains control characters.', 'Write them as escapes.'),
      );
    return { as: 'code', parts: [{ text }], path, references: segments(text).flatMap(formOf) };
  }

  /** A script by its file. */
  script(text: string, path: string): CheckedText {
    const [only, ...more] = segments(text);
    const value = only !== undefined && 'reference' in only ? this.#values.get(only.reference) : undefined;
    if (value === undefined || !value.file || more.length > 0) return this.text(text, 'script', path);
    return { as: 'script', parts: [{ file: value }], path, references: segments(text).flatMap(formOf) };
  }

  /**
   * A property with all that Fluent Bit will read for it, secrets too: for checks only.
   *
   * @param checked its value, or one for each item of a list; of code that is no text there is but one
   */
  fill(setting: Setting, checked: CheckedValue | readonly CheckedValue[]): Filled {
    const { value, path } = setting;
    if (!Array.isArray(value)) return { ...setting, texts: [this.#filled(checked as CheckedValue, path)] };
    const each = Array.isArray(checked) ? checked : value.map((one) => this.#peek(String(one)));
    return { ...setting, texts: each.map((one, index) => this.#filled(one, `${path}[${index}]`)) };
  }

  /** A text as it is, whatever may be wrong with it. */
  #peek(text: string): CheckedText {
    const parts = segments(text).flatMap((segment): TextPart[] => {
      if ('text' in segment) return [segment];
      const value = this.#values.get(segment.reference);
      return value === undefined ? [] : [partOf(value)];
    });
    return { as: 'text', parts, path: '', references: segments(text).flatMap(formOf) };
  }

  #filled(checked: CheckedValue, path: string): Filled['texts'][number] {
    const parts = typeof checked === 'object' ? readParts(checked) : [{ text: String(checked) }];
    const values = parts.flatMap((part) => ('text' in part ? [] : 'file' in part ? [part.file] : [part.variable]));
    const value: Text = {
      text: parts.map((part) => this.#opened(part)).join(''),
      secret: parts.some((part) => 'variable' in part),
      unknown:
        this.#unread.has(path) ||
        this.problems.some((found) => found.path === path) ||
        values.some(({ standIn }) => standIn),
      file: false,
      references: typeof checked === 'object' ? checked.references : [],
    };
    const [only] = parts;
    if (parts.length === 1 && only !== undefined && 'file' in only && !only.file.standIn) {
      const content = only.file.content.open();
      return { value: { ...value, file: true, secret: only.file.text === undefined, content }, path };
    }
    return { value, path };
  }

  #value(name: string, form: string, path: string): Value | undefined {
    const value = this.#values.get(name);
    if (value === undefined) {
      const known = [...this.#values.keys()];
      this.problems.push(
        problem(
          'UnknownVariable',
          path,
          `${form} names no variable, file or placeholder. ${didYouMean(name, known)}`.trim(),
        ),
      );
    }
    return value;
  }

  /** Before anything is put together; told once. */
  #affordable(parts: readonly TextPart[], path: string): boolean {
    const told = this.#left < 0;
    for (const part of parts) this.#left -= this.#lengthOf(part);
    if (this.#left >= 0) return true;
    this.#unread.add(path);
    const message = `With their values in place, the texts up to here are longer than ${textBudget} bytes.`;
    if (!told)
      this.problems.push(problem('TooLarge', path, message, 'Use long values in fewer places, or split the resource.'));
    return false;
  }

  #lengthOf(part: TextPart): number {
    if ('text' in part) return Buffer.byteLength(part.text);
    return 'file' in part ? filePath(part.file, this.#names).length : part.variable.content.open().length;
  }

  #printable(parts: readonly TextPart[], property: string, path: string): boolean {
    const texts = parts.map((part) => this.#opened(part));
    if (texts.some((text) => controlBesidesLayout.test(text))) {
      this.problems.push(problem('InvalidValue', path, 'The value contains control characters.'));
      return false;
    }
    if (!multiLine.test(property) && texts.some((text) => lineBreak.test(text))) {
      this.problems.push(
        problem(
          'InvalidValue',
          path,
          'The value contains a line break, which this property cannot have.',
          'Remove it; a line break inside a header would split the request.',
        ),
      );
      return false;
    }
    return true;
  }

  /**
   * Whether nothing in the text is a variable to Fluent Bit but what stands for a value. It expands texts of plugins
   * twice, and those of record accessors once more (fact: expanded-twice): a secret that holds `${name}` would be
   * replaced by another tenant's. There is no escape.
   */
  #inert(parts: readonly TextPart[], path: string): boolean {
    const whole = parts.map((part) => this.#opened(part)).join('');
    const start = whole.indexOf('${');
    if (start < 0 || whole.indexOf('}', start) < 0) return true;
    this.problems.push(
      problem(
        'InvalidValue',
        path,
        'The value contains ${…}, which Fluent Bit would expand even where it comes out of a variable.',
        'Use a value without ${…}; Fluent Bit has no escape for it.',
      ),
    );
    return false;
  }

  /** What Fluent Bit reads for a piece, secrets too. */
  #opened(part: TextPart): string {
    if ('text' in part) return part.text;
    return 'file' in part ? filePath(part.file, this.#names) : part.variable.content.open().toString('utf8');
  }
}

function partOf(value: Value): TextPart {
  if (value.file) return { file: value };
  return value.text === undefined ? { variable: value } : { text: value.text };
}

/** Where the file of a value is, on every node. */
export function filePath(value: Value, names: AgentNames): string {
  return `${secretsDirectory}/${names.file(value.name)}`;
}

/** The text as it stands in the file: a variable in the place of each secret, or of the whole. */
export function writtenText({ parts, path }: CheckedText, names: AgentNames): string {
  if (isWholeVariable(parts)) return `\${${names.text(path)}}`;
  return parts
    .map((part) => {
      if ('text' in part) return part.text;
      return 'file' in part ? filePath(part.file, names) : `\${${names.variable(part.variable.name)}}`;
    })
    .join('');
}

/**
 * Whether the text has to be one variable: Fluent Bit looks for the first `}` from where it stands, so that a brace
 * before a variable keeps it from being expanded (fact: first-brace).
 */
export function isWholeVariable(parts: readonly TextPart[]): boolean {
  const secret = parts.some((part) => 'variable' in part);
  return secret && parts.some((part) => 'text' in part && /[{}]/.test(part.text));
}

/** Of code, too, Fluent Bit's own forms are what they say. */
function readParts({ as, parts }: CheckedText): readonly TextPart[] {
  const [code] = parts;
  return as === 'code' && code !== undefined && 'text' in code
    ? segments(code.text).filter((segment) => 'text' in segment)
    : parts;
}

function formOf(segment: ReturnType<typeof segments>[number]): string[] {
  return 'text' in segment ? [] : [segment.form];
}
