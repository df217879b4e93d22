import type { Value } from '../../kubernetes/value.ts';
import { type CheckedText, filePath, isWholeVariable, type TextPart, writtenText } from '../checked/checked-text.ts';
import type { AgentNames } from '../file/agent-names.ts';
import { secretsDirectory } from '../file/paths.ts';

/**
 * Lua that does not see the variables of the agent: Fluent Bit puts all of them, the secrets of every tenant among
 * them, into the global table FLB_ENV before it runs a script (fact: variables-in-lua). On the first line, so that
 * errors keep their line.
 */
function blinded(lua: string): string {
  // LuaJIT skips a mark of Unicode and a line for a shell only where a script begins with them.
  return `FLB_ENV = nil ${lua.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, '').replace(/^#[^\n]*/, '')}`;
}

/**
 * Writes the texts of properties. A secret never enters a text: in its place stands `${variable}`, which Fluent Bit
 * reads from a file when it loads. What the variables and files are is collected for the Secret child.
 */
export class PropertyTexts {
  /** Content of the Secret child by key. */
  readonly secretData = new Map<string, Buffer>();
  /** Environment variables to declare; each reads the file of its own name. */
  readonly variables = new Set<string>();
  /** Keys of the Secret child that hold no secret: files that were written out. */
  readonly open = new Set<string>();
  readonly #names: AgentNames;

  constructor(names: AgentNames) {
    this.#names = names;
  }

  /** The text as it goes into the configuration. */
  write(checked: CheckedText): string {
    const { as, parts, path } = checked;
    for (const part of parts) if ('file' in part) this.#store(this.#names.file(part.file.name), part.file);
    if (as === 'code') return blinded(parts.map((part) => ('text' in part ? part.text : '')).join(''));
    const [only] = parts;
    if (as === 'script' && only !== undefined && 'file' in only) return this.#script(only.file);
    for (const part of parts)
      if ('variable' in part) this.#declare(this.#names.variable(part.variable.name), part.variable.content.open());
    if (isWholeVariable(parts))
      this.#declare(this.#names.text(path), Buffer.concat(parts.map((part) => bytesOf(part, this.#names))));
    return writtenText(checked, this.#names);
  }

  /** The path of a script, whose file is a copy of its own that sees no more than code does. */
  #script(value: Value): string {
    // Byte for byte: Lua takes any encoding.
    const script = blinded(value.content.open().toString('latin1'));
    const key = this.#names.script(value.name);
    this.#store(key, value, Buffer.from(script, 'latin1'));
    return `${secretsDirectory}/${key}`;
  }

  #declare(key: string, content: Buffer): void {
    this.secretData.set(key, content);
    this.variables.add(key);
  }

  #store(key: string, value: Value, content: Buffer = value.content.open()): void {
    this.secretData.set(key, content);
    if (value.text !== undefined) this.open.add(key);
  }
}

function bytesOf(part: TextPart, names: AgentNames): Buffer {
  if ('text' in part) return Buffer.from(part.text);
  return 'file' in part ? Buffer.from(filePath(part.file, names)) : part.variable.content.open();
}
