import { randomBytes } from 'node:crypto';
import type { Candidate, TrialVerdict } from '../api/wire/trial.ts';
import { liveDirectory, secretsDirectory, stateDirectory } from '../fluentbit/file/paths.ts';
import { sectionsOf, serviceOf } from '../fluentbit/file/read-yaml.ts';
import type { Build } from './build.ts';
import { explain, givenUp, type Subject } from './error-line.ts';
import { type Ending, type LimitedProcess, type Limits, limitedProcess } from './process.ts';
import { entry, marks, pluginOf, runInput } from './run-input.ts';
import { makeScratch, writeSecrets } from './scratch.ts';
import type { StandIns } from './stand-ins.ts';

export interface Bench {
  build: Build;
  standIns: StandIns;
  limits: Limits;
  /** Where scratch folders are made. */
  parent: string;
}

/** A verdict, and whether it would be the same another time. */
export interface Tried {
  verdict: TrialVerdict;
  final: boolean;
}

/**
 * All that the agent sees of an environment. What looks for an identity of its own in the cloud finds one, and who
 * asks for a name gives up soon: neither would say anything about the configuration.
 */
const environment = {
  NODE_NAME: 'trial',
  HOSTNAME: 'trial',
  FLUENTBIND_CLUSTER_NAME: 'trial',
  AWS_ACCESS_KEY_ID: 'trial',
  AWS_SECRET_ACCESS_KEY: 'trial',
  AWS_EC2_METADATA_DISABLED: 'true',
  RES_OPTIONS: 'timeout:1 attempts:1',
};

/** Starts a real Fluent Bit with the candidate, looks how that goes, and leaves nothing behind. */
export async function tryCandidate(candidate: Candidate, { build, standIns, limits, parent }: Bench): Promise<Tried> {
  const scratch = makeScratch(parent);
  try {
    const { folder } = scratch;
    const live = `${folder}/live`;
    writeSecrets(scratch, secretsDirectory.replace(liveDirectory, 'live'), candidate.secrets, standIns);
    const text = candidate.configuration.replaceAll(liveDirectory, live).replaceAll(stateDirectory, `${folder}/state`);
    const sections = sectionsOf(text);
    if (sections === undefined) return refused(build, { path: 'spec', message: 'The file is no YAML.' });
    const marker = randomBytes(12).toString('hex');
    const started = runInput(sections, build, folder, marker, serviceOf(text));
    const run = { cwd: folder, env: environment, marker, marks, givenUp };
    const result = await limitedProcess([build.binary, '-c', scratch.write('trial.yaml', started.text)], run, limits);
    const subject = { ...started, fields: candidate.fields, folder };
    return judged(result, subject, started.missing, build, limits);
  } finally {
    scratch.remove();
  }
}

function judged(
  { ending, output }: LimitedProcess,
  subject: Subject,
  missing: readonly string[],
  build: Build,
  limits: Limits,
): Tried {
  const skipped = (message: string, final: boolean): Tried => ({
    verdict: { verdict: 'skipped', version: build.version, message },
    final,
  });
  if (ending.how === 'ready')
    return missing.length === 0
      ? { verdict: { verdict: 'ok', version: build.version }, final: true }
      : skipped(`This Fluent Bit was built without ${missing.join(', ')}.`, true);
  // Not by us: out of memory, the kernel takes the one that is in its way.
  if (ending.how === 'crash' && ending.signal === 'SIGKILL') return skipped('It was killed from outside.', false);
  if (ending.how === 'slow') return skipped(`It got too little time in ${limits.seconds} s.`, false);
  if (ending.how === 'blocked' && !isOwnDoing(output, subject))
    return skipped(`It waits for something out of reach when it starts, longer than ${limits.seconds} s.`, true);
  const told = explain(output, subject);
  const said = told.message === '' ? 'It does not say why.' : told.message;
  if (ending.how === 'exit') return refused(build, { path: told.path ?? 'spec', message: said });
  return refused(build, {
    path: told.path ?? suspect(subject) ?? 'spec',
    message: `${endingText(ending, limits)} ${told.message}`.trim(),
  });
}

function refused({ version }: Build, { path, message }: { path: string; message: string }): Tried {
  return { verdict: { verdict: 'refused', version, path, message }, final: true };
}

function endingText(ending: Ending, { seconds, memoryMiB }: Limits): string {
  if (ending.how === 'crash') return `It crashes (${ending.signal}).`;
  if (ending.how === 'memory') return `It takes more than ${memoryMiB} MiB of memory.`;
  if (ending.how === 'loop') return 'It calculates without an end with two records.';
  if (ending.how === 'noise') return 'It writes megabytes of log with two records.';
  return `It hangs for more than ${seconds} s with two records.`;
}

/** Plugins that ask for something on the network when they start. */
const asking = new Set([
  'aws',
  'ecs',
  'nightfall',
  'azure_blob',
  'azure_kusto',
  'azure_logs_ingestion',
  'bigquery',
  'cloudwatch_logs',
  'gcs',
  'kinesis_firehose',
  'kinesis_streams',
  'oracle_log_analytics',
  's3',
  'stackdriver',
]);

/** Whether something in the configuration itself must be what blocks. */
function isOwnDoing(output: string, { filters, outputs }: Subject): boolean {
  if (output.includes('stream processor started')) return true;
  const plugins = [...filters, ...outputs].map(pluginOf);
  return plugins.some((name) => scripts.has(name)) && !plugins.some((name) => asking.has(name));
}

const scripts = new Set(['lua', 'wasm']);

/** The field of the only script, or of the only filter: nothing else is likely to go on for ever. */
function suspect({ filters, fields }: Subject): string | undefined {
  const own = filters.filter((section) => fieldOf(section) !== undefined && fieldOf(section) !== 'spec.input');
  function fieldOf(section: (typeof filters)[number]): string | undefined {
    return fields[String(entry(section, 'alias'))];
  }
  const only = (some: typeof own) => {
    const paths = new Set(some.map(fieldOf));
    return paths.size === 1 ? [...paths][0] : undefined;
  };
  return only(own.filter((section) => scripts.has(pluginOf(section)))) ?? only(own);
}
