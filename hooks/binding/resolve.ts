import type { ConfigMapObject, SecretObject } from '../api/object.ts';
import type { File, Variable } from '../api/pipeline.ts';
import { listed, type Problem, problem } from '../api/problems/problem.ts';
import type { ValueSource } from '../api/value-source.ts';
import { isObject } from '../kubernetes/json-object.ts';
import { canonicalPem } from '../kubernetes/pem.ts';
import { Sealed } from '../kubernetes/sealed.ts';
import type { Value } from '../kubernetes/value.ts';
import { asText, propertyAt } from './document.ts';
import { endpointPart } from './endpoint.ts';
import { refusedType } from './secret-type.ts';
import { matchesPattern, typeFault } from './value-type.ts';

/** The objects at hand. `unasked` means that nobody looked: such references are left to whoever does. */
export interface Sources {
  namespace: string;
  secret: (name: string) => SecretObject | 'unasked' | undefined;
  configMap: (name: string) => ConfigMapObject | 'unasked' | undefined;
}

/** How messages call the thing, and the field that they point at. */
export interface Subject {
  called: string;
  path: string;
}

export interface Resolution {
  values: Map<string, Value>;
  problems: Problem[];
}

type Found = { bytes: Buffer; secret: boolean } | { missing: Problem } | 'unasked';

/** Values of all variables and files, or what is wrong with each: every value that comes from a Secret is sealed. */
export function resolve(
  variables: readonly Variable[],
  files: readonly File[],
  sources: Sources,
  subject: (name: string) => Subject,
): Resolution {
  const values = new Map<string, Value>();
  const problems: Problem[] = [];
  const add = (result: Value | Problem | undefined) => {
    if (result === undefined) return;
    if ('reason' in result) problems.push(result);
    else if (values.has(result.name))
      problems.push(
        problem('DuplicateName', subject(result.name).path, `${subject(result.name).called} is declared twice.`),
      );
    else values.set(result.name, result);
  };
  for (const variable of variables) add(resolveVariable(variable, sources, subject(variable.name)));
  for (const file of files) add(resolveFile(file, sources, subject(file.name)));
  return { values, problems };
}

function resolveVariable(variable: Variable, sources: Sources, at: Subject): Value | Problem | undefined {
  const found: Found =
    variable.valueFrom === undefined
      ? { bytes: Buffer.from(variable.value ?? ''), secret: false }
      : read(variable.valueFrom, sources, at);
  if (found === 'unasked') return undefined;
  const present = withDefault(found, variable);
  if ('missing' in present) return present.missing;
  if (variable.type === 'file' && variable.part === undefined) return file(variable.name, present, at);

  const whole = text(present.bytes);
  if (whole === undefined) {
    return problem(
      'InvalidValue',
      at.path,
      `The value of ${at.called} is not text (UTF-8).`,
      'Use type file for binary content.',
    );
  }
  const type = variable.type ?? 'string';
  const tidy = type === 'text' || type === 'file' ? canonicalPem(whole) : whole.replace(/\r?\n$/, '');
  const taken = takePart(tidy, present.secret, variable, at);
  if ('reason' in taken) return taken;
  const fault = typeFault(type, taken.value) ?? choiceFault(variable, taken.value);
  if (fault !== undefined) return problem('InvalidValue', at.path, `The value of ${at.called} ${fault}.`);
  const value = encoded(taken.value, variable.encode);
  return {
    name: variable.name,
    file: type === 'file',
    content: Sealed.fromText(value),
    ...(taken.secret ? {} : { text: value }),
  };
}

/** The default stands in for a key that is missing or empty; a whole object that is missing is a mistake. */
function withDefault(found: Exclude<Found, 'unasked'>, variable: Variable): Exclude<Found, 'unasked'> {
  const absent = 'missing' in found ? found.missing.reason === 'KeyNotFound' : found.bytes.length === 0;
  return absent && variable.default !== undefined ? { bytes: Buffer.from(variable.default), secret: false } : found;
}

function takePart(
  value: string,
  secret: boolean,
  variable: Variable,
  at: Subject,
): { value: string; secret: boolean } | Problem {
  const { part, default: fallback } = variable;
  // A default is the part already.
  if (part === undefined || (value === fallback && !secret)) return { value, secret };
  const taken = endpointPart(value, part);
  if (taken !== undefined) return { value: taken, secret };
  if (fallback !== undefined) return { value: fallback, secret: false };
  return problem(
    'InvalidValue',
    at.path,
    `The value of ${at.called} has no ${part}.`,
    'Give an endpoint that has it, such as https://example.com:443, or a default.',
  );
}

function resolveFile(declared: File, sources: Sources, at: Subject): Value | Problem | undefined {
  const found: Found =
    declared.valueFrom === undefined
      ? { bytes: Buffer.from(declared.content ?? ''), secret: false }
      : read(declared.valueFrom, sources, at);
  if (found === 'unasked') return undefined;
  return 'missing' in found ? found.missing : file(declared.name, found, at);
}

const maxFile = 262144;

function file(name: string, found: { bytes: Buffer; secret: boolean }, at: Subject): Value | Problem {
  if (found.bytes.length === 0) return problem('InvalidValue', at.path, `The content of ${at.called} is empty.`);
  if (found.bytes.length > maxFile)
    return problem('InvalidValue', at.path, `The content of ${at.called} is larger than ${maxFile} bytes.`);
  const whole = text(found.bytes);
  if (whole === undefined) return { name, file: true, content: new Sealed(found.bytes) };
  const tidy = canonicalPem(whole);
  return { name, file: true, content: Sealed.fromText(tidy), ...(found.secret ? {} : { text: tidy }) };
}

function choiceFault(variable: Variable, value: string): string | undefined {
  if (variable.enum !== undefined && !variable.enum.includes(value)) return `is none of ${listed(variable.enum)}`;
  if (variable.pattern === undefined) return undefined;
  const matches = matchesPattern(variable.pattern, value);
  if (matches === undefined) return `cannot be checked: its pattern ${variable.pattern} does not compile (RE2)`;
  return matches ? undefined : `does not match ${variable.pattern}`;
}

function encoded(value: string, encode: Variable['encode']): string {
  if (encode === 'base64') return Buffer.from(value).toString('base64');
  return encode === 'url' ? encodeURIComponent(value) : value;
}

function read(source: ValueSource, sources: Sources, at: Subject): Found {
  const secret = source.secretKeyRef !== undefined;
  const ref = source.secretKeyRef ?? source.configMapKeyRef;
  if (ref === undefined) return { missing: problem('InvalidSpec', at.path, `${at.called} has no source.`) };
  const kind = secret ? 'Secret' : 'ConfigMap';
  const object = secret ? sources.secret(ref.name) : sources.configMap(ref.name);
  if (object === 'unasked') return 'unasked';
  const where = `${kind} ${sources.namespace}/${ref.name}`;
  if (object === undefined)
    return {
      missing: problem(
        secret ? 'SecretNotFound' : 'ConfigMapNotFound',
        at.path,
        `${at.called} has no value: ${where} does not exist.`,
      ),
    };
  const refused = secret ? refusedType(object as SecretObject) : undefined;
  if (refused !== undefined)
    return {
      missing: problem('SecretNotAllowed', at.path, `${at.called} has no value: ${where} is of type ${refused}.`),
    };
  const bytes = bytesAt(object, ref.key, secret);
  if (bytes === null)
    return {
      missing: problem(
        secret ? 'SecretInvalid' : 'InvalidValue',
        at.path,
        `${at.called} has no value: key ${ref.key} of ${where} holds none.`,
        'Give the key a value.',
      ),
    };
  if (bytes === undefined) {
    const keys = listed(Object.keys(object.data ?? {}).sort());
    return {
      missing: problem(
        'KeyNotFound',
        at.path,
        `${at.called} has no value: ${where} has no key ${ref.key} (keys: ${keys}).`,
      ),
    };
  }
  if (ref.property === undefined) return { bytes, secret };
  const value = propertyAt(bytes.toString('utf8'), ref.property);
  if (value === undefined || value === null) {
    return {
      missing: problem(
        'KeyNotFound',
        at.path,
        `${at.called} has no value: key ${ref.key} of ${where} has no property ${ref.property}.`,
      ),
    };
  }
  return { bytes: Buffer.from(asText(value)), secret };
}

/** What a key holds; undefined where there is no such key, null where it has no value: Kubernetes keeps that, too. */
function bytesAt(object: SecretObject | ConfigMapObject, key: string, base64: boolean): Buffer | undefined | null {
  const { data, binaryData } = object as ConfigMapObject;
  for (const [map, encoding] of [
    [data, base64 ? 'base64' : 'utf8'],
    [binaryData, 'base64'],
  ] as const) {
    const value: unknown = isObject(map) && Object.hasOwn(map, key) ? map[key] : undefined;
    if (value !== undefined) return typeof value === 'string' ? Buffer.from(value, encoding) : null;
  }
  return undefined;
}

/** Text of bytes that are valid UTF-8. */
function text(bytes: Buffer): string | undefined {
  const decoded = bytes.toString('utf8');
  return Buffer.byteLength(decoded) === bytes.length && !decoded.includes('\ufffd') ? decoded : undefined;
}
