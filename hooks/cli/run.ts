import { ConfigError } from '../config.ts';
import * as catalogue from './catalogue.ts';
import * as demo from './demo.ts';
import { type Io, UsageError } from './io.ts';
import * as render from './render.ts';
import * as serve from './serve.ts';
import * as validate from './validate.ts';

interface Command {
  summary: string;
  usage: string;
  run: (args: string[], io: Io) => Promise<number>;
}

const commands: Record<string, Command> = {
  render: {
    summary: 'print what fluentbind makes of resources, without a cluster',
    usage: render.usage,
    run: render.render,
  },
  validate: {
    summary: 'say what is wrong with resources, by file and line',
    usage: validate.usage,
    run: validate.validate,
  },
  serve: { summary: 'serve the hooks to Metacontroller', usage: serve.usage, run: serve.serve },
  demo: { summary: 'show the chain on an example, step by step', usage: demo.usage, run: demo.demo },
  catalogue: {
    summary: 'make the plugin catalogue of another Fluent Bit',
    usage: catalogue.usage,
    run: catalogue.catalogue,
  },
};

function overview(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(11)}${summary}`);
  return `fluentbind COMMAND [options]\n\n${rows.join('\n')}\n\nfluentbind COMMAND --help says more.\n`;
}

/** The command line: arguments in, exit code out. 1: something is wrong with the input, 2: with the call. */
export async function run([name, ...args]: string[], io: Io): Promise<number> {
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const asked = name === undefined || ['help', '--help', '-h'].includes(name);
    (asked ? io.out : io.err)(asked ? overview() : `fluentbind has no command ${name}\n\n${overview()}`);
    return asked ? 0 : 2;
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.out(`${command.usage}\n`);
    return 0;
  }
  try {
    return await command.run(args, io);
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof ConfigError)) throw error;
    io.err(`fluentbind ${name}: ${error.message}\n`);
    return 2;
  }
}
