/** What Live says, and FluentBitReports with it. */
export const liveReasons = {
  NoAgent: {
    says: 'No agent carries the namespace.',
    help: 'An administrator makes a FluentBitAgent that selects it.',
  },
  NotRefused: { says: 'An agent carries the namespace and refuses nothing of the resource.', help: '' },
  NotNamed: {
    says: 'An agent turns down more than it can name, or its report cannot be read; whether this resource is among it is not known.',
    help: 'Correct those of the namespace that are named; else ask an administrator to look at status.remarks of the FluentBitAgent.',
  },
  Forged: {
    says: 'Somebody changed the ConfigMap or Secret that the hooks wrote; agents take nothing else.',
    help: 'Leave both alone; fluentbind writes them anew.',
    waits: true,
  },
  Unpaired: {
    says: 'ConfigMap and Secret are not of one revision, or one of them is missing.',
    help: 'Nothing; it takes a few seconds.',
    waits: true,
  },
  PolicyPending: {
    says: 'The policy of the agent has changed, and the resource was not judged by it yet.',
    help: 'Nothing, or correct what Accepted says: what is in force stays for at most 20 minutes.',
    waits: true,
  },
  PolicyOutdated: {
    says: 'The resource was not judged by the present policy of the agent in time, and is not shipped any more.',
    help: 'Correct what Accepted says.',
  },
  QuotaExceeded: {
    says: 'The namespace has more pipelines, or more buffer, than its quota; who came last is not shipped.',
    help: 'Delete others, lower spec.buffer.limit, or ask an administrator to raise spec.quotas of the FluentBitAgent.',
  },
  NotJudged: {
    says: 'Another agent carries the namespace now, and what is kept of the resource was not judged by its policy.',
    help: 'Correct what Accepted says, or set spec.suspend to false.',
  },
  NoRoom: {
    says: 'The shard of the agent is full.',
    help: 'Ask an administrator to raise spec.shards of the FluentBitAgent.',
  },
  ReloadRefused: {
    says: 'Fluent Bit on a node refuses the configuration, though it started with it in a trial.',
    help: 'Correct what the message says; what was in force stays.',
  },
  ReloadDied: {
    says: 'Fluent Bit on a node ended with the configuration, though it started with it in a trial.',
    help: 'Change the resource: another plugin or other settings; what was in force stays.',
  },
  ReloadHung: {
    says: 'Fluent Bit on a node hangs with the configuration, though it started with it in a trial.',
    help: 'Change the resource: another plugin or other settings; what was in force stays.',
  },
  SecretConflict: {
    says: 'Two pipelines have a secret of one name.',
    help: 'Rename the resource.',
  },
  TooManyThreads: {
    says: 'A node has no threads left for outputs that need their own.',
    help: 'Set fewer workers or take another output; or ask an administrator for an agent of your own.',
  },
} as const;
