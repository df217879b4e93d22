import * as fs from 'node:fs';

/** The file operations with which a log is followed. */
export type LogFiles = Pick<
  typeof fs,
  'closeSync' | 'fstatSync' | 'openSync' | 'readSync' | 'readdirSync' | 'statSync'
>;

export const logFiles: LogFiles = fs;
