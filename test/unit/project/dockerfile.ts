import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

export interface Instruction {
  name: string;
  flags: Record<string, string>;
  text: string;
}

export interface Stage {
  name: string;
  base: string;
  instructions: Instruction[];
}

export interface Dockerfile {
  arguments: Record<string, string>;
  stages: Stage[];
}

/** A Dockerfile as far as ours goes: stages, flags, continued lines. */
export function parseDockerfile(text: string): Dockerfile {
  const file: Dockerfile = { arguments: {}, stages: [] };
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, '');
  for (const line of lines.split('\n').filter((one) => one.trim() !== '')) {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const flags: Record<string, string> = {};
    const words = rest.split(/\s+/);
    while (words[0]?.startsWith('--')) {
      const [flag = '', ...value] = (words.shift() ?? '').slice(2).split('=');
      flags[flag] = value.join('=');
    }
    if (name === 'FROM') file.stages.push({ base: words[0] ?? '', name: words[2] ?? '', instructions: [] });
    else if (file.stages.length > 0) file.stages.at(-1)?.instructions.push({ name, flags, text: words.join(' ') });
    else file.arguments[rest.split('=')[0] ?? ''] = rest.split('=').slice(1).join('=');
  }
  return file;
}

export function all(stage: Stage, name: string): Instruction[] {
  return stage.instructions.filter((instruction) => instruction.name === name);
}

/** Sources and destination of a COPY. */
export function copied(instruction: Instruction): { sources: string[]; to: string } {
  const words = instruction.text.split(' ');
  return { sources: words.slice(0, -1), to: words.at(-1) ?? '' };
}

/**
 * Carries the COPY and RUN lines of a stage out in folders of this machine, as far as they do not depend on the base
 * image: what results is what the image adds to its base. `given` are files of images that are not at hand.
 */
export function buildStage(
  file: Dockerfile,
  name: string,
  context: string,
  given: Record<string, string>,
  built = new Map<string, string>(),
): string {
  const stage = file.stages.find((one) => one.name === name);
  if (stage === undefined) throw new Error(`no stage ${name}`);
  const before = built.get(name);
  if (before !== undefined) return before;
  const root = mkdtempSync(join(tmpdir(), `image-${name}-`));
  built.set(name, root);
  const workdir = all(stage, 'WORKDIR')[0]?.text ?? '/';
  mkdirSync(join(root, workdir), { recursive: true });
  for (const instruction of stage.instructions) {
    if (instruction.name === 'RUN') {
      const { NODE_ENV: _mode, NODE_OPTIONS: _options, ...environment } = process.env;
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', instruction.text], {
        cwd: join(root, workdir),
        env: { ...environment, npm_config_prefer_offline: 'true' },
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`RUN ${instruction.text}: ${stdout}${stderr}`);
    }
    if (instruction.name !== 'COPY') continue;
    const { from } = instruction.flags;
    const { sources, to } = copied(instruction);
    for (const source of sources) {
      const path =
        from === undefined
          ? join(context, source)
          : (given[`${from}:${source}`] ?? join(buildStage(file, from, context, given, built), source));
      const target = to.startsWith('/') ? join(root, to) : join(root, workdir, to);
      // A folder's content goes to the destination, a file under its name where the destination is a folder.
      const destination = !statSync(path).isDirectory() && to.endsWith('/') ? join(target, basename(source)) : target;
      mkdirSync(dirname(destination), { recursive: true });
      cpSync(path, destination, { recursive: true, verbatimSymlinks: true });
    }
  }
  return root;
}
