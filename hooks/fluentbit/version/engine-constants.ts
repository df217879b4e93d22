/** Task ids of the engine, for all pipelines together (fact: task-ids). */
export const taskIds = 16_384;

/** What a letter behind a size stands for (fact: value-types): thousands, not 1024. */
export const sizeUnits: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9 };

/** Offsets and marks in a file of a chunk, in bytes (fact: chunk-layout). */
export const chunkLayout = {
  /** It begins with these. */
  file: [0xc1, 0x00],
  /** Two bytes, big-endian. */
  metadataLength: 22,
  metadata: 24,
  /** Metadata begins with these, two more bytes follow, and then the tag. */
  magic: [0xf1, 0x77],
  tag: 28,
} as const;
