import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import { KubernetesObject } from '../api/object.ts';
import { UsageError } from './io.ts';
import { type Located, locate } from './position.ts';

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
  object: KubernetesObject;
}

/** A fault of a file itself: it is no YAML, or no Kubernetes object. */
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
  return result;
}

function files(path: string): string[] {
  if (!existsSync(path)) throw new UsageError(`${path} does not exist`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(
      (name) =>
        /\.(ya?ml|json)$/.test(name) &&
        !name.split('/').some((part) => part.startsWith('.') || part === 'node_modules'),
    )
    .sort()
    .map((name) => join(path, name));
}

function readFile(path: string, name: string, namespace: string, result: Manifests): void {
  const text = readFileSync(path, 'utf8');
  const lines = new LineCounter();
  const file: SourceFile = { name, text, lines };
  const documents = parseAllDocuments(text, { lineCounter: lines, version: '1.1', merge: true });
  if (!Array.isArray(documents)) return;
  for (const document of documents) {
    for (const error of document.errors)
      result.faults.push({ at: { file, offset: error.pos[0] }, message: error.message.split('\n')[0] ?? '' });
    if (document.errors.length > 0 || document.contents === null) continue;
    const value: unknown = document.toJS();
    const items = isList(value) ? value.items : [value];
    for (const item of items) {
      const parsed = KubernetesObject.safeParse(item);
      if (parsed.success) result.manifests.push({ file, document, object: withNamespace(parsed.data, namespace) });
      else
        result.faults.push({
          at: locate(file, document, parsed.error.issues[0]?.path.map(String).join('.') ?? ''),
          message: 'this is no Kubernetes object: it needs apiVersion, kind and metadata.name',
        });
    }
  }
}

function isList(value: unknown): value is { items: unknown[] } {
  const list = value as { kind?: unknown; items?: unknown } | null;
  return typeof list?.kind === 'string' && list.kind.endsWith('List') && Array.isArray(list.items);
}

/** kubectl puts objects without a namespace into that of the context; whether the kind has one is known later. */
function withNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace } };
}
