import luaparse from 'luaparse';
import { byContent } from '../../../memo/by-content.ts';
import { type Fault, shown, type Text } from './fault.ts';

/**
 * Characters: three times the longest script that is known. What is written to cost time takes the parser a tenth of a
 * second then, and more than a second at four times the length.
 */
const maxLength = 65_536;

interface Script {
  /** What does not compile, with its line. */
  fault?: string;
  /** Globals that the script sets. */
  globals: ReadonlySet<string>;
  /** It sets globals in ways that only running it would show. */
  dynamic: boolean;
}

/**
 * Without it one change takes 1.11 and onboarding 1.00 times the CPU (`npm run bench -- memory`).
 */
const scripts = byContent<Script>('Lua scripts', { size: 16 * 1024 * 1024, count: 512 });

/** What is wrong with the code of a Lua filter; `call` is the function that Fluent Bit looks up. It is never run. */
export function luaFault(code: Text, call: string | undefined): Fault | undefined {
  const script = code.secret ? parse(code.text) : scripts(code.text, () => parse(code.text));
  if (script.fault !== undefined) {
    // The parser quotes what it stumbles over.
    const why = code.secret ? '' : `: ${script.fault}`;
    return { reason: 'InvalidCode', message: `The Lua code does not compile${why}.` };
  }
  if (call === undefined || script.dynamic || script.globals.has(call)) return undefined;
  const named = shown({ ...code, text: call });
  return {
    reason: 'InvalidCode',
    message: code.secret
      ? 'The code sets no global function of that name.'
      : `The code sets no global function ${named}.`,
    hint: `Write "function ${code.secret ? 'name' : call}(tag, timestamp, record)", not local and not in a table.`,
  };
}

function parse(code: string): Script {
  const nothing = { globals: new Set<string>(), dynamic: false };
  if (code.length > maxLength) return { ...nothing, fault: `it is longer than ${maxLength} characters` };
  // LuaJIT skips a mark at the beginning and a line for a shell, and knows binary numbers.
  const source = code
    .replace(/^\ufeff/, '')
    .replace(/^#[^\n]*/, '')
    .replaceAll(/\b0[bB](?=[01])/g, '0x');
  // Fluent Bit's LuaJIT has its own extensions and those of Lua 5.2; the parser has either.
  const own = parseAs(source, 'LuaJIT');
  if (typeof own !== 'string') return own;
  const laxer = parseAs(source.replaceAll(/\b(0[xX][0-9a-fA-F]+|[0-9]+)(?:[uU]?[lL][lL]|[iI])\b/g, '$1'), '5.2');
  if (typeof laxer !== 'string') return laxer;
  return { ...nothing, fault: own.replace(/^\[(\d+):\d+\] /, 'line $1: ') };
}

function parseAs(source: string, luaVersion: 'LuaJIT' | '5.2'): Script | string {
  const globals = new Set<string>();
  let dynamic = false;
  try {
    luaparse.parse(source, {
      luaVersion,
      scope: true,
      comments: false,
      // The type knows the default only.
      extendedIdentifiers: true as false,
      encodingMode: 'none',
      onCreateNode: (node) => {
        for (const name of assigned(node)) globals.add(name);
        if (node.type === 'Identifier' && reflective.has(node.name)) dynamic = true;
      },
    });
    return { globals, dynamic };
  } catch (error) {
    const message =
      error instanceof RangeError ? 'it is nested too deeply' : error instanceof Error ? error.message : String(error);
    // LuaJIT lets a goto pass a local where its label ends the block.
    const jump = message.includes('jumps into the scope of local');
    return jump ? parseAs(source.replaceAll(/\bgoto\s+\w+/g, 'do end'), luaVersion) : message;
  }
}

/** Globals that a statement sets. */
function assigned(node: luaparse.Node): string[] {
  const targets =
    node.type === 'AssignmentStatement' ? node.variables : node.type === 'FunctionDeclaration' ? [node.identifier] : [];
  return targets.flatMap((target) => (target?.type === 'Identifier' && !isLocal(target) ? [target.name] : []));
}

/** Ways to a global that is not written as one. */
const reflective = new Set([
  '_G',
  'setfenv',
  'getfenv',
  'rawset',
  'load',
  'loadstring',
  'module',
  'require',
  'dofile',
  'loadfile',
]);

function isLocal(identifier: object): boolean {
  return (identifier as { isLocal?: boolean }).isLocal === true;
}
