import { controlBesidesLayout, lineBreak } from '../../api/characters.ts';
import { type Problem, problem } from '../../api/problems/problem.ts';
import { segments } from '../../api/references.ts';
import { didYouMean } from '../../kubernetes/nearest.ts';
import { Sealed } from '../../kubernetes/sealed.ts';
import type { Value } from '../../kubernetes/value.ts';
import type { Filled, Text } from '../checks/fault.ts';
import type { AgentNames } from '../file/agent-names.ts';
import { secretsDirectory } from '../file/paths.ts';
import type { Setting } from '../plugins/properties.ts';

/** Properties that may have line breaks. Anywhere else one would end a header or a setting. */
const multiLine = /^(code|.*\.pem)$/;

/**
 * Lua that does not see the variables of the agent: Fluent Bit puts all of them, the secrets of every tenant among
 * them, into the global table FLB_ENV before it runs a script. On the first line, so that errors keep their line.
 */
function blinded(lua: string): string {
  // LuaJIT skips a mark of Unicode and a line for a shell only where a script begins with them.
  return `FLB_ENV = nil ${lua.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, '').replace(/^#[^\n]*/, '')}`;
}

/**
 * Puts values into the texts of properties. A secret never enters a text: in its place stands `${variable}`, which
 * Fluent Bit reads from a file when it loads. What the variables and files are is collected for the Secret child.
 */
export class PropertyTexts {
  readonly problems: Problem[] = [];
  /** Content of the Secret child by key. */
  readonly secretData = new Map<string, Buffer>();
  /** Environment variables to declare; each reads the file of its own name. */
  readonly variables = new Set<string>();
  /** Keys of the Secret child that hold no secret: files that were written out. */
  readonly open = new Set<string>();
  readonly #values: ReadonlyMap<string, Value>;
  readonly #names: AgentNames;

  constructor(values: ReadonlyMap<string, Value>, names: AgentNames) {
    this.#values = values;
    this.#names = names;
  }

  /** The text as it goes into the configuration. `property` is canonical; `path` is the field for messages. */
  render(text: string, property: string, path: string): string {
    const parts: { text: string; value?: Value }[] = [];
    for (const segment of segments(text)) {
      if ('text' in segment) parts.push({ text: segment.text });
      else {
        const value = this.#value(segment.reference, segment.form, path);
        if (value === undefined) return '';
        parts.push(
          value.file
            ? { text: this.#file(value) }
            : value.text !== undefined
              ? { text: value.text }
              : { text: '', value },
        );
      }
    }
    if (!this.#printable(parts, property, path) || !this.#inert(parts, path)) return '';
    const rendered = parts
      .map((part) => (part.value === undefined ? part.text : `\${${this.#variable(part.value)}}`))
      .join('');
    return this.#expandable(parts) ? rendered : this.#whole(parts, path);
  }

  /** Lua code is taken as it is but for what it may see, and must not contain what would be replaced in it. */
  code(text: string, path: string): string {
    const reference = segments(text).find((segment) => 'reference' in segment);
    if (reference !== undefined || text.includes('${')) {
      const form = reference !== undefined && 'reference' in reference ? reference.form : '${';
      this.problems.push(problem('VariableInCode', path, `The code contains ${form}.`));
    }
    if (controlBesidesLayout.test(text))
      this.problems.push(
        problem('InvalidValue', path, 'The code contains control characters.', 'Write them as escapes.'),
      );
    return blinded(text);
  }

  /** The path of a script, whose file is a copy of its own that sees no more than code does. */
  script(text: string, path: string): string {
    const [only, ...more] = segments(text);
    const value = only !== undefined && 'reference' in only ? this.#values.get(only.reference) : undefined;
    if (value === undefined || !value.file || more.length > 0) return this.render(text, 'script', path);
    // Byte for byte: Lua takes any encoding.
    const script = blinded(value.content.open().toString('latin1'));
    return this.#stored(this.#names.script(value.name), Buffer.from(script, 'latin1'), value);
  }

  /** A property with all that Fluent Bit will read for it. */
  fill(setting: Setting): Filled {
    const list = Array.isArray(setting.value);
    const values: unknown[] = Array.isArray(setting.value) ? setting.value : [setting.value];
    const texts = values.map((value, index) => {
      const path = list ? `${setting.path}[${index}]` : setting.path;
      return { value: this.#read(String(value), path), path };
    });
    return { ...setting, texts };
  }

  /** The text with values in place, secret ones too: for checks only. */
  #read(text: string, path: string): Text {
    const result: Text = {
      text: '',
      secret: false,
      unknown: this.problems.some((found) => found.path === path),
      file: false,
      references: [],
    };
    const parts = segments(text);
    result.references = parts.flatMap((part) => ('text' in part ? [] : [part.form]));
    for (const part of parts) {
      if ('text' in part) {
        result.text += part.text;
        continue;
      }
      const value = this.#values.get(part.reference);
      if (value === undefined || value.standIn) result.unknown = true;
      else if (value.file) {
        result.text += this.#file(value);
        if (parts.length === 1)
          Object.assign(result, { file: true, secret: value.text === undefined, content: value.content.open() });
      } else {
        result.text += value.content.open().toString('utf8');
        if (value.text === undefined) result.secret = true;
      }
    }
    return result;
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

  #printable(parts: readonly { text: string; value?: Value }[], property: string, path: string): boolean {
    const texts = parts.map((part) =>
      part.value === undefined ? part.text : part.value.content.open().toString('utf8'),
    );
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
   * twice, and those of record accessors once more (flb_output_set_property, then flb_config_map_set, 5.1.1): a secret
   * that holds `${name}` would be replaced by another tenant's. There is no escape.
   */
  #inert(parts: readonly { text: string; value?: Value }[], path: string): boolean {
    const whole = parts
      .map((part) => (part.value === undefined ? part.text : part.value.content.open().toString('utf8')))
      .join('');
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

  /**
   * Whether Fluent Bit finds the variable: it looks for the first `}` from where it stands, so that a brace before a
   * variable keeps it from being expanded (flb_env_var_translate, 5.1).
   */
  #expandable(parts: readonly { text: string; value?: Value }[]): boolean {
    const secret = parts.some((part) => part.value !== undefined);
    return !secret || parts.every((part) => part.value !== undefined || !/[{}]/.test(part.text));
  }

  /** The whole text as one variable. */
  #whole(parts: readonly { text: string; value?: Value }[], path: string): string {
    const key = this.#names.text(path);
    const content = parts.map((part) =>
      part.value === undefined ? Buffer.from(part.text) : part.value.content.open(),
    );
    this.secretData.set(key, Buffer.concat(content));
    this.variables.add(key);
    return `\${${key}}`;
  }

  #variable(value: Value): string {
    const key = this.#names.variable(value.name);
    this.secretData.set(key, value.content.open());
    this.variables.add(key);
    return key;
  }

  #file(value: Value): string {
    return this.#stored(this.#names.file(value.name), value.content.open(), value);
  }

  #stored(key: string, content: Buffer, value: Value): string {
    this.secretData.set(key, content);
    if (value.text !== undefined) this.open.add(key);
    return `${secretsDirectory}/${key}`;
  }

  /** Contents of secrets among what is collected, sealed: for whoever has to prove that they are nowhere else. */
  sealed(): Sealed[] {
    return [...this.secretData.values()].map((bytes) => new Sealed(bytes));
  }
}
