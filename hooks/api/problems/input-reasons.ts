/** Inputs of an agent, and who may select them. */
export const inputReasons = {
  InputNotFound: {
    says: 'The agent that carries the namespace has no input of the id in spec.input.from.',
    help: 'Correct the id, or ask an administrator to add the input to spec.inputs of the FluentBitAgent.',
    waits: true,
  },
  InputNotAllowed: {
    says: 'The input of the agent is not for this namespace.',
    help: 'Ask an administrator to add the namespace to spec.inputs[].namespaces of the FluentBitAgent.',
  },
  UnfitInput: {
    says: 'The plugin does not listen on the network, or lets whoever sends to it choose the pipeline.',
    help: 'Use forward, opentelemetry, elasticsearch, splunk, syslog, tcp or udp.',
  },
  PortConflict: {
    says: 'Two things in the pod of an agent would listen on one port.',
    help: 'Give the input another port.',
  },
} as const;
