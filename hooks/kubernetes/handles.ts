import { hash } from 'node:crypto';

/** How a report names a resource in little room: a hook that knows its resources finds them by it. */
export function handle(namespace: string, name: string): string {
  return hash('sha256', `${namespace}/${name}`, 'base64url').slice(0, 11);
}
