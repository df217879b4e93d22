import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Document, LineCounter } from 'yaml';
import type { z } from 'zod';
import { kinds } from '../../api/kinds/index.ts';
import { apiVersion, KubernetesObject } from '../../api/object.ts';
import { UsageError } from '../io.ts';
import { malformed } from './object-shape.ts';
import { type Located, locate } from './position.ts';
import { documentsOf, isUtf8, jsonOf } from './yaml-documents.ts';

/** A file as text, with what is needed to find a line in it. */
export interface SourceFile {
  name: string;
  text: string;
  lines: LineCounter;
}

/** An object of a file. */
export interface Manifest {
  file: SourceFile;
  document: Document;
  /** Where in the document it stands, as the beginning of a path. */
  root: string;
  object: KubernetesObject;
}

/** A fault of a file itself: it is no YAML, or no object that the API server would take. */
export interface FileFault {
  at: Located;
  message: string;
}

export interface Manifests {
  manifests: Manifest[];
  faults: FileFault[];
}

/** Reads files, and the YAML files of folders, in a stable order. `-` would be standard input and is not taken. */
export function readManifests(paths: readonly string[], cwd: string, namespace: string): Manifests {
  const result: Manifests = { manifests: [], faults: [] };
  for (const path of paths.flatMap((p) => files(resolve(cwd, p))))
    readFile(path, relative(cwd, path), namespace, result);
  if (result.manifests.length === 0 && result.faults.length === 0)
    throw new UsageError(`there is no object in ${paths.join(', ')}`);
  return result;
}

function files(path: string): string[] {
  if (!existsSync(path)) throw new UsageError(`${path} does not exist`);
  return reading(path, () => {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter(
        (name) =>
          /\.(ya?ml|json)$/.test(name) &&
          !name.split('/').some((part) => part.startsWith('.') || part === 'node_modules'),
      )
      .sort()
      .map((name) => join(path, name))
      .filter((file) => reading(file, () => !statSync(file).isDirectory()));
  });
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(`${path} cannot be read (${code})`);
  }
}

function readFile(path: string, name: string, namespace: string, result: Manifests): void {
  const bytes = reading(path, () => readFileSync(path));
  const text = bytes.toString('utf8');
  const lines = new LineCounter();
  const file: SourceFile = { name, text, lines };
  const fault = (offset: number, message: string) => result.faults.push({ at: { file, offset }, message });
  const documents = documentsOf(text, lines);
  if (!isUtf8(bytes)) {
    fault(0, 'this is no text in UTF-8');
    return;
  }
  for (const document of documents) {
    for (const error of document.errors) fault(error.pos[0], error.message);
    if (document.errors.length > 0) continue;
    const read = jsonOf(document);
    if ('fault' in read) fault(read.offset, read.fault);
    else if (read.value !== null) readDocument(read.value, file, document, namespace, result);
  }
}

function readDocument(
  value: unknown,
  file: SourceFile,
  document: Document,
  namespace: string,
  result: Manifests,
): void {
  const items = isList(value)
    ? value.items.map((item, index) => [`items[${index}].`, item] as const)
    : [['', value] as const];
  for (const [root, item] of items) {
    const parsed = KubernetesObject.safeParse(item);
    const object = parsed.success ? withNamespace(parsed.data, namespace) : undefined;
    const wrong = object === undefined ? noObject(item, parsed.error?.issues[0]) : malformed(object);
    if (wrong !== undefined)
      result.faults.push({ at: locate(file, document, root + wrong.path), message: wrong.message });
    else if (object !== undefined) result.manifests.push({ file, document, root, object });
  }
}

function noObject(item: unknown, issue: z.core.$ZodIssue | undefined): { path: string; message: string } {
  const path = issue?.path.map(String).join('.') ?? '';
  const found = (issue?.path ?? []).reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    item,
  );
  return {
    path,
    message:
      issue?.code === 'invalid_type' &&
      issue.expected === 'string' &&
      (typeof found === 'number' || typeof found === 'boolean')
        ? `${path} must be a string: write it in quotes`
        : 'this is no Kubernetes object: it needs apiVersion, kind and metadata.name',
  };
}

function isList(value: unknown): value is { items: unknown[] } {
  const list = value as { kind?: unknown; items?: unknown } | null;
  return typeof list?.kind === 'string' && list.kind.endsWith('List') && Array.isArray(list.items);
}

/** kubectl puts objects without a namespace into that of the context; of other kinds it is known later. */
function withNamespace(object: KubernetesObject, context: string): KubernetesObject {
  const { namespace, ...metadata } = object.metadata;
  const clusterScoped =
    object.apiVersion === apiVersion && kinds.some(({ kind, namespaced }) => kind === object.kind && !namespaced);
  return { ...object, metadata: clusterScoped ? metadata : { ...metadata, namespace: namespace || context } };
}
