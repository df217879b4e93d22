import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { packageFile } from '../../../hooks/runtime/package-file.ts';

export interface Step {
  id?: string;
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

export interface Job {
  needs?: string | string[];
  uses?: string;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  strategy?: { matrix: Record<string, unknown> };
  steps?: Step[];
}

export interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

export function workflow(path: string): Workflow {
  return parse(readFileSync(packageFile(path), 'utf8')) as Workflow;
}

export function steps({ jobs }: Workflow): Step[] {
  return Object.values(jobs).flatMap((job) => job.steps ?? []);
}

export function step({ jobs }: Workflow, job: string, name: string): Step {
  const found = jobs[job]?.steps?.find((one) => one.id === name || one.name === name);
  if (found === undefined) throw new Error(`no step ${name}`);
  return found;
}
