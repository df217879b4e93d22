import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

/**
 * Behaves as Fluent Bit does: a POST to the reload API is answered with `done` whatever happens, and ignored without a
 * length; what it cannot read ends it. Comments in the files say what else happens: `# refuse` (the reload is refused,
 * a start fails), `# die` (both end the process), `# hang` (neither comes to an end), `# crash` (ends soon after), `# late`
 * (ends when it has run for a while).
 * Something like a kubelet starts it again.
 */
export class AgentStandIn {
  /** Names of files to their texts, as they were last loaded, and secrets by key. */
  loaded: { pipelines: Map<string, string>; secrets: Map<string, string> } | undefined;
  /** Loads that were not what one revision of the pipeline says. */
  readonly mixed: string[] = [];
  starts = 0;
  deaths = 0;
  reloads = 0;
  busy = 0;
  /** How long a reload takes before the old pipelines are stopped, and until the new ones run. */
  slow = 0;
  takes = 10;
  /** For how long the old pipelines run on after the new ones were read. */
  lingers = 0;
  /** For how long after a reload it drops what it is asked, and what it says then. */
  deaf = 0;
  excuse: object = { reload: 'in progress', status: -2 };
  restartAfter = 40;
  #count = 0;
  #since = 0;
  #reloading = false;
  #server: Server | undefined;
  #port = 0;
  #ended = false;
  #dying: NodeJS.Timeout | undefined;
  readonly #live: string;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(live: string) {
    this.#live = live;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get isUp(): boolean {
    return this.#server !== undefined;
  }

  /** Takes a port; the process itself starts with `boot`. */
  async listen(): Promise<void> {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    this.#port = (server.address() as AddressInfo).port;
    await new Promise((resolve) => server.close(resolve));
  }

  /** What the kubelet does when the container is not running. */
  boot(): void {
    if (this.#ended) return;
    this.starts += 1;
    const fate = this.#load();
    if (fate === 'hang') this.#after(300, () => this.#died());
    else if (fate === 'die' || fate === 'refuse') this.#died();
    else {
      this.#count = 0;
      this.#run();
      this.#crash(fate);
    }
  }

  kill(): void {
    this.#stop();
    this.#died();
  }

  end(): void {
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#stop();
  }

  #died(): void {
    this.deaths += 1;
    this.#reloading = false;
    this.#after(this.restartAfter, () => this.boot());
  }

  #crash(fate: string | undefined): void {
    const after = { crash: 15, late: 200 }[fate ?? ''];
    if (after !== undefined) this.#dying = this.#after(after, () => this.kill());
  }

  #after(milliseconds: number, then: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#ended) then();
    }, milliseconds);
    this.#timers.add(timer);
    return timer;
  }

  #reload(): void {
    if (this.#reloading) return;
    this.#reloading = true;
    this.#after(this.slow, () => {
      const before = this.loaded;
      const fate = this.#load();
      if (fate === 'refuse') {
        this.loaded = before;
        this.#reloading = false;
        return;
      }
      // Its server answers as before; a watchdog ends it.
      if (fate === 'hang') this.#after(1500, () => this.kill());
      if (fate === 'hang') return;
      this.#after(this.lingers, () => this.#change(fate));
    });
  }

  #change(fate: string | undefined): void {
    this.#stop();
    if (fate === 'die') {
      this.#died();
      return;
    }
    this.#after(this.takes, () => {
      this.#count += 1;
      this.reloads += 1;
      this.#reloading = false;
      this.#run();
      this.#crash(fate);
    });
  }

  /** Reads everything, as it would, and what becomes of it. */
  #load(): 'refuse' | 'die' | 'hang' | 'crash' | 'late' | undefined {
    const pipelines = new Map<string, string>();
    const secrets = new Map<string, string>();
    try {
      const base = readFileSync(join(this.#live, 'fluent-bit.yaml'), 'utf8');
      const glob = /^ {2}- (\/.*\*\.yaml)$/m.exec(base)?.[1];
      if (glob !== undefined) {
        const files = readdirSync(dirname(glob));
        if (files.length === 0) return 'die';
        for (const file of files) pipelines.set(file, readFileSync(join(dirname(glob), file), 'utf8'));
      }
      for (const [file, text] of pipelines) {
        const revision = /^# rev (\S+)$/m.exec(text)?.[1];
        for (const [, key = ''] of text.matchAll(/live\/secrets\/(\S+)/g)) {
          const secret = readFileSync(join(this.#live, 'secrets', key), 'utf8');
          secrets.set(key, secret);
          if (secret !== `rev ${revision}`) this.mixed.push(`${file}: ${revision} with ${secret}`);
        }
      }
      this.loaded = { pipelines, secrets };
      const all = [base, ...pipelines.values()].join('\n');
      return (['hang', 'die', 'refuse', 'crash', 'late'] as const).find((fate) => all.includes(`# ${fate}\n`));
    } catch {
      return 'die';
    }
  }

  #stop(): void {
    clearTimeout(this.#dying);
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = undefined;
  }

  #run(): void {
    this.#since = Date.now();
    this.#server = createServer((request, response) => {
      const json = (body: object) => response.end(JSON.stringify(body));
      if (request.url === '/api/v2/reload' && request.method === 'POST') {
        if (request.headers['content-length'] === undefined) return void request.socket.destroy();
        if (this.#reloading) return void json({ reload: 'in progress', status: -2 });
        if (this.#count > 0 && Date.now() - this.#since < this.deaf) return void json(this.excuse);
        this.#reload();
        return void json({ reload: 'done', status: 0 });
      }
      if (request.url === '/api/v2/reload') return void json({ hot_reload_count: this.#count });
      if (request.url === '/api/v1/uptime') return void json({ uptime_sec: (Date.now() - this.#since) / 1000 });
      if (request.url === '/api/v1/storage')
        return void json({ input_chunks: { a: { chunks: { busy: this.busy } }, b: { chunks: { busy: 1 } } } });
      if (request.url === '/api/v2/metrics/prometheus') return void response.end('fluentbit_uptime 1\n');
      if (request.url === '/') return void json({ 'fluent-bit': { version: '5.1.1' } });
      response.writeHead(404).end();
    }).listen(this.#port, '127.0.0.1');
    this.#server.on('error', () => {});
  }
}
