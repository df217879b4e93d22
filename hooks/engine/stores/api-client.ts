import { Agent } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { KubernetesObject } from '../../api/object.ts';
import { exchange } from '../../runtime/http-exchange.ts';
import type { KindInfo } from './kind-info.ts';
import { ApiError } from './store.ts';

interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  contentType?: string;
}

interface Status {
  reason?: string;
  message?: string;
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
}

const reasons: readonly string[] = ['NotFound', 'AlreadyExists', 'Conflict', 'Invalid', 'Forbidden'];
const idleMilliseconds = 30_000;

/** Kinds without a CRD that nevertheless have a generation. */
const counted = new Set(['apps/v1', 'batch/v1', 'networking.k8s.io/v1', 'policy/v1']);

/** REST calls to an API server for objects of any kind, with the credentials of a kubeconfig. */
export class ApiServer {
  readonly config: KubeConfig;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(config: KubeConfig) {
    this.config = config;
  }

  close(): void {
    this.#agent.destroy();
  }

  async call<T>({ method, path, body, contentType = 'application/json' }: Call): Promise<T> {
    const server = this.config.getCurrentCluster()?.server;
    if (server === undefined) throw new ApiError('Unavailable', 'the kubeconfig has no current cluster');
    const url = new URL(server.replace(/\/$/, '') + path);
    const content = body === undefined ? '' : JSON.stringify(body);
    // Node gives no length by itself to a DELETE, and the rest would be read as the next request.
    const length = { 'Content-Length': Buffer.byteLength(content) };
    const options = { method, headers: { 'Content-Type': contentType, Accept: 'application/json', ...length } };
    await this.config.applyToHTTPSOptions(options);
    const agent = url.protocol === 'https:' ? { agent: this.#agent } : {};
    const { status, text } = await exchange(url, { ...options, ...agent }, content, { idle: idleMilliseconds }).catch(
      (error: Error) => {
        throw new ApiError('Unavailable', `${method} ${path}: ${error.message}`);
      },
    );
    if (status >= 200 && status < 300) return JSON.parse(text) as T;
    throw failure(status, text, `${method} ${path}`);
  }

  /** The kinds that the API server serves now. */
  async kinds(): Promise<KindInfo[]> {
    const groups = await this.call<{ groups: { versions: { groupVersion: string }[] }[] }>({
      method: 'GET',
      path: '/apis',
    });
    const versions = ['v1', ...groups.groups.flatMap((group) => group.versions.map((each) => each.groupVersion))];
    const crds = await this.call<{ items: { spec: { group: string; names: { plural: string } } }[] }>({
      method: 'GET',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    });
    const custom = new Set(crds.items.map(({ spec }) => `${spec.names.plural}.${spec.group}`));
    const found = await Promise.all(versions.map((version) => this.#kindsOf(version, custom)));
    return found.flat();
  }

  async #kindsOf(apiVersion: string, custom: ReadonlySet<string>): Promise<KindInfo[]> {
    // An aggregated API whose server is down must not hide all the others.
    const list = await this.call<ResourceList>({ method: 'GET', path: groupPath(apiVersion) }).catch(() => undefined);
    const resources = list?.resources ?? [];
    const names = new Set(resources.map((resource) => resource.name));
    return resources
      .filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list') && verbs.includes('watch'))
      .map(({ name, kind, namespaced }) => {
        const isCustom = custom.has(`${name}.${apiVersion.split('/')[0]}`);
        return {
          apiVersion,
          kind,
          resource: name,
          namespaced,
          custom: isCustom,
          hasGeneration: isCustom || counted.has(apiVersion),
          statusSubresource: names.has(`${name}/status`),
        };
      });
  }
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Path of all objects of a kind, in a namespace where one is given. */
export function collectionPath({ apiVersion, resource, namespaced }: KindInfo, namespace?: string): string {
  const within = namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${groupPath(apiVersion)}${within}/${resource}`;
}

export function objectPath(kind: KindInfo, { metadata }: Pick<KubernetesObject, 'metadata'>): string {
  return `${collectionPath(kind, metadata.namespace)}/${encodeURIComponent(metadata.name)}`;
}

function failure(status: number, text: string, what: string): ApiError {
  let answer: Status = {};
  try {
    answer = JSON.parse(text) as Status;
  } catch {
    // A proxy's page is no Status; the code says enough.
  }
  const reason = reasons.includes(answer.reason ?? '') ? (answer.reason as ApiError['reason']) : byCode(status);
  return new ApiError(reason, answer.message ?? `${what}: status ${status}`);
}

function byCode(status: number): ApiError['reason'] {
  return status === 404 ? 'NotFound' : status === 409 ? 'Conflict' : status < 500 ? 'Invalid' : 'Unavailable';
}
