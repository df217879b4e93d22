import type { IncomingMessage } from 'node:http';
import { request } from '../../runtime/builtins.ts';

/** What Fluent Bit says of itself. */
export interface AgentStatus {
  /** Reloads that were carried out since the process started. */
  reloads: number;
  /** Since when it runs with what it has loaded: not before, and not after. */
  since: [earliest: number, latest: number];
}

const inProgress = -2;

/** Fluent Bit's HTTP server on this machine (fact: control-server). */
export class AgentApi {
  /** The one that answered last comes first. */
  #urls: readonly string[];
  readonly #timeout: number;
  readonly #uptimeUnit: number;

  /**
   * @param urls where it may listen, one after the other: a base configuration of an earlier version has its own
   * @param uptimeUnit milliseconds that the age it tells may be behind
   */
  constructor(urls: readonly string[], { timeout = 2000, uptimeUnit = 1000 } = {}) {
    this.#urls = urls;
    this.#timeout = timeout;
    this.#uptimeUnit = uptimeUnit;
  }

  /** Undefined where nothing answers. */
  async status(): Promise<AgentStatus | undefined> {
    try {
      const count = (await this.#json('/api/v2/reload')) as { hot_reload_count?: unknown };
      const asked = Date.now();
      const uptime = (await this.#json('/api/v1/uptime')) as { uptime_sec?: unknown };
      if (typeof count.hot_reload_count !== 'number' || typeof uptime.uptime_sec !== 'number') return undefined;
      const age = uptime.uptime_sec * 1000;
      return { reloads: count.hot_reload_count, since: [asked - age - this.#uptimeUnit, Date.now() - age] };
    } catch {
      return undefined;
    }
  }

  /**
   * Asks for a reload. `done` would be no answer, it comes before it has begun; `in progress` is one. `unheard`: nobody
   * knows whether it was heard.
   */
  async reload(): Promise<'asked' | 'in progress' | 'unheard'> {
    try {
      const answer = JSON.parse(await text(await this.#call('POST', '/api/v2/reload'))) as { status?: unknown };
      return answer.status === inProgress ? 'in progress' : 'asked';
    } catch {
      return 'unheard';
    }
  }

  async version(): Promise<string | undefined> {
    try {
      const root = (await this.#json('/')) as { 'fluent-bit'?: { version?: unknown } };
      const version = root['fluent-bit']?.version;
      return typeof version === 'string' ? version.slice(0, 63) : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Task ids in use, all pipelines together: a chunk is busy as long as a task holds it, and each task holds one.
   * Undefined where it does not say (`storage.metrics: on` is needed).
   */
  async tasks(): Promise<number | undefined> {
    try {
      const { input_chunks: inputs } = (await this.#json('/api/v1/storage')) as {
        input_chunks?: Record<string, { chunks?: { busy?: number } }>;
      };
      if (inputs === undefined) return undefined;
      return Object.values(inputs).reduce((sum, { chunks }) => sum + (chunks?.busy ?? 0), 0);
    } catch {
      return undefined;
    }
  }

  /**
   * Counters of all plugins, as a JSON text: with 1,000 pipelines 440 KB that Fluent Bit has at hand, where the metrics
   * for Prometheus are 2.6 MB that it makes for each request. Undefined where it does not answer.
   */
  async counters(): Promise<string | undefined> {
    try {
      const response = await this.#call('GET', '/api/v1/metrics');
      if (response.statusCode === 200) return await text(response);
      response.resume();
    } catch {
      // It reloads, or has ended.
    }
    return undefined;
  }

  /** Its metrics as Prometheus takes them, as they come: with many pipelines they are megabytes. */
  async metrics(): Promise<IncomingMessage | undefined> {
    try {
      const response = await this.#call('GET', '/api/v2/metrics/prometheus');
      if (response.statusCode === 200) return response;
      response.resume();
    } catch {
      // The sidecar's own are still worth something.
    }
    return undefined;
  }

  async #json(path: string): Promise<unknown> {
    return JSON.parse(await text(await this.#call('GET', path)));
  }

  async #call(method: 'GET' | 'POST', path: string): Promise<IncomingMessage> {
    const refused: unknown[] = [];
    for (const url of this.#urls) {
      try {
        const response = await this.#callAt(url, method, path);
        if (url !== this.#urls[0]) this.#urls = [url, ...this.#urls.filter((other) => other !== url)];
        return response;
      } catch (error) {
        // Only where nobody listens: of anything else nobody knows whether it was heard.
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
        refused.push(error);
      }
    }
    throw refused[0];
  }

  #callAt(url: string, method: 'GET' | 'POST', path: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      // Without a length Fluent Bit drops a POST: no answer, no reload.
      const headers = method === 'POST' ? { 'Content-Length': 0 } : {};
      const call = request(`${url}${path}`, { method, headers, agent: false, timeout: this.#timeout }, resolve);
      call.on('timeout', () => call.destroy(new Error('no answer in time')));
      call.on('error', reject);
      call.end();
    });
  }
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
