import { Agent, request } from 'node:https';
import type { InCluster } from '../config/in-cluster.ts';

/** Any object, as far as its identity goes. */
export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** A refusal. It names the reason only: a message about a Secret may quote what stands in it. */
export class ApiRefusal extends Error {}

const fieldManager = 'fluentbind';
const timeoutMilliseconds = 30_000;

/** The few calls of the API server that the installation makes, as the pod's service account. */
export class ApiServer {
  readonly #cluster: InCluster;
  readonly #agent: Agent;

  constructor(cluster: InCluster) {
    this.#cluster = cluster;
    this.#agent = new Agent({ ca: cluster.ca, minVersion: 'TLSv1.2' });
  }

  /** The object, or undefined where there is none. */
  get<T extends ApiObject>(path: string): Promise<T | undefined> {
    return this.#call<T>('GET', path);
  }

  /**
   * Creates or changes it by server-side apply: the one way to create of which RBAC can tell the name. With a
   * resourceVersion it is refused where somebody was faster.
   */
  async apply(path: string, object: ApiObject): Promise<void> {
    const query = `?fieldManager=${fieldManager}&force=true`;
    await this.#call('PATCH', path + query, object, 'application/apply-patch+yaml');
  }

  /** The object as it is then. */
  async replace<T extends ApiObject>(path: string, object: T): Promise<T | undefined> {
    return await this.#call<T>('PUT', `${path}?fieldManager=${fieldManager}`, object);
  }

  /** Deletes this very object, not one that took its name meanwhile. */
  async remove(path: string, { metadata }: ApiObject): Promise<void> {
    await this.#call('DELETE', path, { preconditions: { uid: metadata.uid } });
  }

  async #call<T>(method: string, path: string, body?: unknown, type = 'application/json'): Promise<T | undefined> {
    const { host, port, token } = this.#cluster;
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json',
      // Node sends a DELETE without saying how long its body is.
      ...(content === undefined ? {} : { 'Content-Type': type, 'Content-Length': content.length }),
    };
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const options = { host, port, path, method, headers, agent: this.#agent, timeout: timeoutMilliseconds };
      const call = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      call.on('timeout', () => call.destroy(new Error(`no answer in ${timeoutMilliseconds / 1000} s`)));
      call.on('error', (error) => reject(new ApiRefusal(`${method} ${path}: ${error.message}`)));
      call.end(content);
    });
    if (status === 404 && (method === 'GET' || method === 'DELETE')) return undefined;
    if (status >= 200 && status < 300) return JSON.parse(text) as T;
    throw new ApiRefusal(`${method} ${path}: ${refusal(status, text)}`);
  }
}

function refusal(status: number, text: string): string {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: string; message?: string };
    // Who may do what is decided before a body is read: this message can quote nothing of it.
    if (status === 401 || status === 403) return message ?? String(status);
    return `${status} ${reason ?? ''}`.trim();
  } catch {
    return `status ${status}`;
  }
}
