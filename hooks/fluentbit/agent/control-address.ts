/** Where Fluent Bit's own HTTP server listens, which reloads whoever asks (fact: control-server). */
export interface ControlAddress {
  host: string;
  port: number;
}

/** Of a base configuration that is started by hand. On a node the sidecar sets another. */
export const usualControl: ControlAddress = { host: '127.0.0.1', port: 2020 };

/** Variables of the base configuration; of several files the last one that sets one counts, which is the sidecar's. */
export const controlVariables = { host: 'FLUENTBIND_CONTROL_HOST', port: 'FLUENTBIND_CONTROL_PORT' } as const;

/** Of these one is taken by chance, above those that Linux gives away itself. No input of an agent may have one. */
export const controlPorts = { from: 61_000, to: 65_535 };

export function isControlPort(port: number): boolean {
  return Number.isInteger(port) && port >= controlPorts.from && port <= controlPorts.to;
}
