import { Agent } from 'node:https';
import type { InCluster } from '../config/in-cluster.ts';
import { exchange } from '../runtime/http-exchange.ts';

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
const idleMilliseconds = 30_000;

/** The few calls of the API server that the installation makes, as the pod's service account. */
export class ClusterApi {
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
    const content = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json',
      // Node sends a DELETE without saying how long its body is.
      ...(content === '' ? {} : { 'Content-Type': type, 'Content-Length': Buffer.byteLength(content) }),
    };
    const target = new URL(path, `https://${host.includes(':') ? `[${host}]` : host}:${port}`);
    const options = { method, headers, agent: this.#agent };
    const { status, text } = await exchange(target, options, content, { idle: idleMilliseconds }).catch(
      (error: Error) => {
        throw new ApiRefusal(`${method} ${path}: ${error.message}`);
      },
    );
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
