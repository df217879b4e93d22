import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { copyTagPattern } from '../../fluentbit/input/operator-tags.ts';
import { chunkLayout } from '../../fluentbit/version/engine-constants.ts';
import { idLength, idPattern } from '../../kubernetes/ids.ts';

/**
 * A chunk on disk. `id`: of the pipeline, or of the operator's output, by whose tag it is routed; undefined where it goes
 * nowhere.
 */
export interface Chunk {
  path: string;
  bytes: number;
  time: number;
  id: string | undefined;
}

const longestTag = 128;
/** The tag of a pipeline is its id, alone or with the path of the file behind it. */
const pipelineTag = new RegExp(`^${idPattern}(?![0-9a-f])`);
const operatorTag = new RegExp(`^${copyTagPattern}$`);
/** Of what `stat` counts. */
export const blockSize = 512;

/** The chunks below `storage.path`: a folder for each input, by its number, which says nothing of the pipeline. */
export function chunksIn(folder: string): Chunk[] {
  return list(folder).flatMap((input) =>
    list(join(folder, input))
      .filter((name) => name.endsWith('.flb'))
      .flatMap((name): Chunk[] => {
        const path = join(folder, input, name);
        try {
          const { size, blocks, mtimeMs } = statSync(path);
          // A file is made larger than what is in it.
          return [{ path, bytes: Math.min(size, blocks * blockSize), time: mtimeMs, id: pipelineOf(path) }];
        } catch {
          // Delivered meanwhile.
          return [];
        }
      }),
  );
}

function pipelineOf(path: string): string | undefined {
  const head = Buffer.alloc(chunkLayout.tag + longestTag);
  const file = openSync(path, 'r');
  let read: number;
  try {
    read = readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  if (read < chunkLayout.tag + idLength) return undefined;
  const { file: mark, magic, metadata, metadataLength } = chunkLayout;
  if (!begins(head, 0, mark) || !begins(head, metadata, magic)) return undefined;
  const end = Math.min(read, metadata + head.readUInt16BE(metadataLength));
  const tag = head.toString('latin1', chunkLayout.tag, end);
  return pipelineTag.exec(tag)?.[0] ?? operatorTag.exec(tag)?.[0];
}

function begins(head: Buffer, at: number, bytes: readonly number[]): boolean {
  return bytes.every((byte, index) => head[at + index] === byte);
}

export function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
