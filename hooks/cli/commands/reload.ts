import type { AddressInfo } from 'node:net';
import { readInCluster } from '../../config/in-cluster.ts';
import { readSidecarConfig, type SidecarConfig } from '../../config/sidecar-config.ts';
import { type ControlAddress, usualControl } from '../../fluentbit/agent/control-address.ts';
import { fluentBitContainer } from '../../kubernetes/names.ts';
import { NodeState } from '../../sidecar/buffers/node-state.ts';
import { Parking } from '../../sidecar/buffers/parking.ts';
import { AgentLog, containerFolder } from '../../sidecar/delivery/agent-log.ts';
import { Attempts } from '../../sidecar/delivery/attempts.ts';
import { connect } from '../../sidecar/delivery/connect.ts';
import { DeliveryWatch } from '../../sidecar/delivery/delivery-watch.ts';
import { logFiles } from '../../sidecar/delivery/log-files.ts';
import { BaseRefused, initNode } from '../../sidecar/init.ts';
import { startLoop } from '../../sidecar/loop.ts';
import { AgentApi } from '../../sidecar/reload/agent-api.ts';
import { Reloader } from '../../sidecar/reload/reloader.ts';
import { usual } from '../../sidecar/reload/timing.ts';
import { jsonLog } from '../../sidecar/report/json-log.ts';
import { leaseReporter } from '../../sidecar/report/lease.ts';
import { type Reporter, Reports } from '../../sidecar/report/node-report.ts';
import { countDeliveries, SidecarMetrics } from '../../sidecar/report/sidecar-metrics.ts';
import { sidecarServer } from '../../sidecar/report/sidecar-server.ts';
import { Sidecar } from '../../sidecar/sidecar.ts';
import { disk } from '../../sidecar/store/disk.ts';
import { AssessProcess, answerSubjects } from '../../sidecar/verdict/assess-process.ts';
import { Workspace } from '../../sidecar/workspace.ts';
import { readArguments } from '../arguments.ts';
import type { Io } from '../io.ts';

export const usage = `fluentbind reload [--once]

Keeps the Fluent Bit beside it at what is mounted: takes shards that are complete, tries what has changed with a real
Fluent Bit, reloads the running one and verifies that, and goes back to the last good of a pipeline that it does not
take. Serves /metrics (with Fluent Bit's own), /healthz and /readyz. --once, for an init container, only writes what
Fluent Bit starts with. It is configured by environment variables (FLUENTBIND_AGENT, FLUENTBIND_NODE, FLUENTBIND_LEASE,
FLUENTBIND_AGENT_URL, FLUENTBIND_INCOMING, FLUENTBIND_BASE_FILE, FLUENTBIND_STATE, FLUENTBIND_BUFFER_TOTAL …).`;

/** A loop that stands still for so long will not go on: longer than any reload with its way back. */
const aliveWithin = 10 * 60_000;

export async function reload(args: string[], io: Io): Promise<number> {
  const { values } = readArguments(args, {
    once: { type: 'boolean', default: false },
    // How it starts itself once more, for trials.
    trials: { type: 'boolean', default: false },
  });
  const config = readSidecarConfig();
  if (values.trials) return await tryWhatIsAsked(config);
  const write = jsonLog(config.logLevel, io.out);
  const log = (line: object, message: string) => write('info', line, message);
  const [, program = ''] = process.argv;
  const trials = new AssessProcess([process.execPath, program, 'reload', '--trials']);
  const workspace = new Workspace(disk, config.places, trials.assess, config.anyway, controlIn(config));
  if (values.once) {
    return await initNode(workspace, config.onceSeconds)
      .then((prepared) => {
        log(prepared, 'prepared');
        return 0;
      })
      .catch((error: unknown) => {
        if (!(error instanceof BaseRefused)) throw error;
        write('error', {}, error.message);
        return 1;
      })
      .finally(() => trials.close());
  }
  const agent = new AgentApi(
    config.agentUrl === undefined ? [workspace.control, usualControl].map(urlOf) : [config.agentUrl],
  );
  const metrics = new SidecarMetrics();
  metrics.set('fluentbind_agent_state_limit_bytes', config.bufferTotal);
  const reloader = new Reloader(agent, usual);
  const state = new NodeState(config.places.state, usual.gone, config.bufferTotal);
  const parking = new Parking(config.places.state);
  const sidecar = new Sidecar({ workspace, agent, reloader, state, parking, timing: usual, metrics, log });
  const reports = new Reports(reporter(config), usual);
  const { agent: name, node, places } = config;
  const who = { agent: name, node };
  const delivery = deliveryWatch(config, { workspace, agent, metrics });
  const loop = startLoop({ sidecar, delivery, agent, places, timing: usual, metrics, reports, who, log }, io.stopped);
  const server = sidecarServer(
    agent,
    metrics,
    {
      alive: () => Date.now() - loop.lastRound() < aliveWithin,
      ready: () => sidecar.ready,
    },
    { strangersOnly: isAnyAddress(config.host) },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  log({ port: (server.address() as AddressInfo).port }, 'listening');
  await loop.ended;
  trials.close();
  server.close();
  server.closeAllConnections();
  return 0;
}

function controlIn({ agentUrl }: SidecarConfig): ControlAddress | undefined {
  if (agentUrl === undefined) return undefined;
  const { hostname, port } = new URL(agentUrl);
  return { host: hostname, port: Number(port || 80) };
}

/** As in a pod; who starts it by hand listens on the loopback, and asks from there. */
const isAnyAddress = (host: string) => host === '0.0.0.0' || host === '::';

const urlOf = ({ host, port }: ControlAddress) => `http://${host}:${port}`;

async function tryWhatIsAsked({ trial, places }: SidecarConfig): Promise<number> {
  const { assessor, nodeTrials } = await import('../../sidecar/verdict/assess.ts');
  const assess = assessor(places, await nodeTrials(trial));
  await answerSubjects(process.stdin, (text) => void process.stdout.write(text), assess);
  return 0;
}

/** Of the one Fluent Bit that there is. */
function deliveryWatch(
  { places, pod, proxied }: SidecarConfig,
  { workspace, agent, metrics }: { workspace: Workspace; agent: AgentApi; metrics: SidecarMetrics },
): DeliveryWatch {
  const { pointers, blobs } = workspace;
  const read = (blob: string) => blobs.read(blob);
  const log = new AgentLog(logFiles, containerFolder(logFiles, places.logs, pod, fluentBitContainer));
  return new DeliveryWatch({
    sources: [{ metrics: () => agent.counters(), log }],
    live: { generation: () => pointers.good, pipelines: () => workspace.lastGood()?.pipelines ?? [] },
    read,
    attempts: proxied ? undefined : new Attempts((destination) => connect(destination, read)),
    count: (counts) => countDeliveries(metrics, counts),
  });
}

/** Without the name of a Lease nobody is told. */
function reporter({ lease, pod }: SidecarConfig): Reporter {
  if (lease === undefined) return async () => {};
  const { namespace } = readInCluster();
  const api = async () => {
    const { ClusterApi } = await import('../../install/cluster-api.ts');
    return new ClusterApi(readInCluster());
  };
  return leaseReporter({ namespace, name: lease, pod, api }, usual.heartbeat / 1000);
}
