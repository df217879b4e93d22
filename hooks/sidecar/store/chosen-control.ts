import { randomInt } from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  type ControlAddress,
  controlPorts,
  controlVariables,
  isControlPort,
} from '../../fluentbit/agent/control-address.ts';
import type { Disk } from './disk.ts';

/**
 * An address of the loopback and a port that nobody can guess, with 36 bits of chance: no output of a tenant finds it by
 * trying. Fluent Bit has no listener but TCP. `live`: what it reads at its next start; while it can be read, all
 * processes of a pod agree.
 */
export function chosenControl(disk: Disk, live: string): ControlAddress {
  const text = textOf(disk, live);
  const value = (name: string) => new RegExp(`^ {2}${name}: "([\\d.]+)"$`, 'm').exec(text)?.[1];
  const [host, port] = [value(controlVariables.host), value(controlVariables.port)];
  if (isIPv4(host ?? '') && host?.startsWith('127.') === true && isControlPort(Number(port)))
    return { host, port: Number(port) };
  const [second, third] = [randomInt(256), randomInt(256)];
  const fourth = randomInt(1, 255);
  return { host: `127.${second}.${third}.${fourth}`, port: randomInt(controlPorts.from, controlPorts.to + 1) };
}

function textOf(disk: Disk, path: string): string {
  try {
    return disk.readFileSync(path).toString('utf8');
  } catch {
    // None in a new pod; of anything else Fluent Bit cannot start either, and the next generation replaces it.
    return '';
  }
}
