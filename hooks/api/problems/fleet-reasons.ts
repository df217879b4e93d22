/** What a FluentBitAgent says of itself. */
export const fleetReasons = {
  Live: { says: 'The agent works on every node that it should work on.', help: '' },
  NodesPending: {
    says: 'Not every node runs the agent as it is wanted.',
    help: 'Wait; where it lasts, look at its pods.',
    waits: true,
  },
  NoNodes: {
    says: 'No node is selected for the agent.',
    help: 'Correct spec.pod.nodeSelector, affinity and tolerations.',
  },
  Packed: { says: 'The pipelines of a shard are packed for the nodes.', help: '' },
  Complete: { says: 'Every pipeline is in force as its owner last wrote it.', help: '' },
  PipelinesMissing: {
    says: 'Some pipelines are not in force as their owners last wrote them.',
    help: 'Look at status.remarks, and at the LoggingConfigurations that it names.',
  },
  NearlyFull: {
    says: 'A shard of an agent has next to no room for more pipelines.',
    help: 'Raise spec.parts or spec.shards, or add an agent for some of the namespaces.',
  },
  ReportsPending: {
    says: 'What the agent has against pipelines is not written down for their owners yet: their Live does not say it.',
    help: 'Wait; where it lasts, something refuses FluentBitReports: kubectl describe the FluentBitAgent.',
    waits: true,
  },
  AgentsOverlap: {
    says: 'Another agent selects namespaces that this one selects, too; the first by name carries them.',
    help: 'Give the agents selectors that exclude each other.',
  },
} as const;
