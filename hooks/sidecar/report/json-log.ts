const levels = { debug: 20, info: 30, warn: 40, error: 50 } as const;
type Level = keyof typeof levels;

/** A line of JSON for each event, as the hooks write them. Not by pino: it takes a tenth of the sidecar's memory. */
export function jsonLog(least: string, write: (text: string) => void) {
  const bar = Object.hasOwn(levels, least) ? levels[least as Level] : Number.POSITIVE_INFINITY;
  return (level: Level, line: object, msg: string): void => {
    if (levels[level] >= bar) write(`${JSON.stringify({ level: levels[level], time: Date.now(), ...line, msg })}\n`);
  };
}
