import { ConfigError } from '../config/config-source.ts';
import { type Io, UsageError } from './io.ts';

interface Command {
  usage: string;
  run: (args: string[], io: Io) => Promise<number>;
}

/** Each command loads what it needs, and no more: a client of Kubernetes alone takes as long as all the rest. */
const commands: Record<string, { summary: string; load: () => Promise<Command> }> = {
  render: {
    summary: 'print what fluentbind makes of resources, without a cluster',
    load: () => import('./commands/render.ts').then(({ usage, render }) => ({ usage, run: render })),
  },
  validate: {
    summary: 'say what is wrong with resources, by file and line',
    load: () => import('./commands/validate.ts').then(({ usage, validate }) => ({ usage, run: validate })),
  },
  serve: {
    summary: 'serve the hooks to Metacontroller',
    load: () => import('./commands/serve.ts').then(({ usage, serve }) => ({ usage, run: serve })),
  },
  trial: {
    summary: 'try configurations with a real Fluent Bit, for the hooks',
    load: () => import('./commands/trial.ts').then(({ usage, trial }) => ({ usage, run: trial })),
  },
  reload: {
    summary: 'keep the Fluent Bit of a node at what is mounted beside it',
    load: () => import('./commands/reload.ts').then(({ usage, reload }) => ({ usage, run: reload })),
  },
  start: {
    summary: 'become another program, with as many open files as there may be',
    load: () => import('./commands/start.ts').then(({ usage, start }) => ({ usage, run: start })),
  },
  run: {
    summary: 'reconcile a cluster without Metacontroller, for development',
    load: () => import('./commands/run.ts').then(({ usage, run }) => ({ usage, run: run })).catch(withoutClient),
  },
  demo: {
    summary: 'show the chain on an example, step by step',
    load: () => import('./commands/demo.ts').then(({ usage, demo }) => ({ usage, run: demo })),
  },
  credentials: {
    summary: 'make the Secrets of an installation, in its cluster',
    load: () => import('./commands/credentials.ts').then(({ usage, credentials }) => ({ usage, run: credentials })),
  },
  trust: {
    summary: 'let the API server know the hooks of an installation',
    load: () => import('./commands/trust.ts').then(({ usage, trust }) => ({ usage, run: trust })),
  },
  crds: {
    summary: 'bring the CRDs of an installation up to date',
    load: () => import('./commands/crds.ts').then(({ usage, crds }) => ({ usage, run: crds })),
  },
  catalogue: {
    summary: 'say what another version of Fluent Bit changes',
    load: () => import('./commands/catalogue.ts').then(({ usage, catalogue }) => ({ usage, run: catalogue })),
  },
};

/** The client of Kubernetes is as large as all the rest, and left out of the image. */
function withoutClient(error: unknown): never {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
  throw new UsageError('this needs @kubernetes/client-node, which is left out here: run it from a checkout');
}

function overview(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(13)}${summary}`);
  return `fluentbind COMMAND [options]\n\n${rows.join('\n')}\n\nfluentbind COMMAND --help says more.\n`;
}

/** The command line: arguments in, exit code out. 1: something is wrong with the input, 2: with the call. */
export async function run([name, ...args]: string[], io: Io): Promise<number> {
  const known = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (known === undefined) {
    const asked = name === undefined || ['help', '--help', '-h'].includes(name);
    (asked ? io.out : io.err)(asked ? overview() : `fluentbind has no command ${name}\n\n${overview()}`);
    return asked ? 0 : 2;
  }
  try {
    const command = await known.load();
    if (args.includes('--help') || args.includes('-h')) {
      io.out(`${command.usage}\n`);
      return 0;
    }
    return await command.run(args, io);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof ConfigError)) throw error;
    io.err(`fluentbind ${name}: ${error.message}\n`);
    return 2;
  }
}
