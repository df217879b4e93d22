/** Outputs that start two threads each unless told otherwise (fact: threads-of-outputs): a thousand of them are too many. */
export const threadedOutputs: ReadonlySet<string> = new Set([
  'es',
  'forward',
  'http',
  'prometheus_remote_write',
  'splunk',
  'tcp',
  'udp',
]);
