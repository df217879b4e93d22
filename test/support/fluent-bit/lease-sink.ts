import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentReport } from '../../../hooks/api/wire/agent-report.ts';
import { reportAnnotation } from '../../../hooks/kubernetes/names.ts';
import { authority } from '../input/issued-certificates.ts';
import { removeTree } from '../remove-tree.ts';

/** An API server that takes nothing but the Lease of a node. */
export interface LeaseSink {
  /** What a pod gets to know of it. */
  environment: Record<string, string>;
  /** The newest report. */
  report: () => AgentReport | undefined;
  close: () => void;
}

export async function leaseSink(): Promise<LeaseSink> {
  const ca = await authority('API server CA', new Date());
  const { key, certificate } = await ca.issue({ name: 'localhost' });
  let newest: AgentReport | undefined;
  const server = createServer({ key, cert: certificate }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isLease = request.url?.startsWith('/apis/coordination.k8s.io/v1/namespaces/logging/leases/node-1?');
      if (request.method !== 'PATCH' || isLease !== true) {
        response.writeHead(403).end('{}');
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        metadata: { annotations: Record<string, string> };
      };
      newest = JSON.parse(body.metadata.annotations[reportAnnotation] ?? '{}') as AgentReport;
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'account-'));
  for (const [name, text] of Object.entries({ 'ca.crt': ca.certificate, token: 'token', namespace: 'logging' }))
    writeFileSync(join(folder, name), text);
  return {
    environment: {
      FLUENTBIND_LEASE: 'node-1',
      FLUENTBIND_SERVICE_ACCOUNT_FOLDER: folder,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String((server.address() as AddressInfo).port),
    },
    report: () => newest,
    close: () => {
      server.close();
      server.closeAllConnections();
      removeTree(folder);
    },
  };
}
