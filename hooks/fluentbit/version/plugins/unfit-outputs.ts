/** Outputs with which no agent starts for sure, whatever is written to them. */
const unfit: Record<string, string> = {
  chronicle: 'It does not start while Google does not answer it, and no other pipeline with it.',
  exit: 'It ends the agent.',
  lib: 'It is for programs that have Fluent Bit inside, and does not start without them.',
  pgsql: 'It does not start while its database is away, and no other pipeline with it.',
};

/** Why an output cannot be used at all; undefined where it can. */
export function unfitReason(plugin: string): string | undefined {
  return Object.hasOwn(unfit, plugin) ? unfit[plugin] : undefined;
}
