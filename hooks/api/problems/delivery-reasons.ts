/** Why a backend does not take the records of an output; `TooLarge` is among the others. */
export const deliveryReasons = {
  Unauthorized: {
    says: 'The backend does not accept the credentials (401).',
    help: 'Rotate the credentials, or correct what the Secret holds; a new value is shipped with at once.',
  },
  Forbidden: {
    says: 'The backend knows the credentials, and does not let them write (403).',
    help: 'Give them the right to write to this index, stream or tenant, or use others.',
  },
  RateLimited: {
    says: 'The backend takes fewer records than there are (429); they are sent again.',
    help: 'Ship less, or raise the limit of the backend.',
  },
  RejectedByBackend: {
    says: 'The backend is reached and refuses the records, by another 4xx or 3xx, or inside of an answer that says 200.',
    help: 'Look into the log of the backend: path, index, mapping and format of the records.',
  },
  BackendError: {
    says: 'The backend answers with an error of its own (5xx).',
    help: 'Ask its owner. Most outputs send the records again; the reference says which do not.',
  },
  Unreachable: {
    says: 'Nothing gets through to the backend, or it breaks off without an answer, and the node cannot tell why.',
    help: 'Check host, port, TLS and network policies.',
  },
  NameNotResolved: {
    says: 'The node finds no address for the name of the backend.',
    help: 'Correct the host, or the DNS of the cluster.',
  },
  ConnectionRefused: {
    says: 'Nobody listens at host and port of the backend.',
    help: 'Correct the port, or start the backend.',
  },
  TlsFailed: {
    says: 'TLS fails: the certificate of the backend, the client certificate, or there is no TLS at this port.',
    help: 'Check tls, tls.ca_file, tls.crt_file and tls.key_file, and the end of both certificates.',
  },
  Timeout: {
    says: 'The backend accepts no connection in time, or does not answer in time.',
    help: 'Check firewalls and network policies, and the load of the backend.',
  },
  Dropped: {
    says: 'Records are given up without an answer that says why: after the last attempt, or since the buffer is full.',
    help: 'Raise spec.buffer.limit or retry_limit; the log of Fluent Bit may say more.',
  },
} as const;
