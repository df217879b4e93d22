import { existsSync, readFileSync } from 'node:fs';

/** A mistake in the environment; printed without a stack. */
export class ConfigError extends Error {}

export function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** The path of a program: it is started with an environment that has no PATH. */
export function programPath(name: string, { PATH = '' }: NodeJS.ProcessEnv): string {
  if (name.includes('/')) return name;
  return (
    PATH.split(':')
      .map((folder) => `${folder}/${name}`)
      .find((path) => existsSync(path)) ?? name
  );
}
