import { isShallow } from '../api/depth.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The object that a text is in JSON; undefined for any other text, and for one that is nested too deeply to be followed. */
export function parseObject(text: string): { [key: string]: Json } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && isShallow(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is { [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
