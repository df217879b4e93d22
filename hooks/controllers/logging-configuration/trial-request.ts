import { type Problem, problem } from '../../api/problems/problem.ts';
import type { TrialRecord } from '../../api/status.ts';
import type { TrialVerdict } from '../../api/wire/trial.ts';
import type { Rendering } from '../../fluentbit/render/render.ts';
import { trialInput } from '../../fluentbit/render/trial-input.ts';
import { catalogue } from '../../fluentbit/version/catalogue.ts';
import { type Context, type Eventual, whenThere } from '../../kit/controller.ts';
import type { DigestKeys } from '../../kubernetes/children.ts';
import type { ConditionState } from '../../kubernetes/conditions.ts';
import { digest } from '../../kubernetes/digest.ts';

/** What a trial says of a rendering. */
export interface TrialResult {
  problems: Problem[];
  /** For the status: with it, later passes ask nobody. */
  record?: TrialRecord | undefined;
  /** What Accepted says where the configuration goes live without a trial. */
  untried?: ConditionState;
  /** When to ask again, in seconds. */
  again?: number;
}

/** To be counted up where trials learn to see more, or less: everything is tried once more then, as with another Fluent Bit. */
const revision = 1;
const pendingSeconds = 5;
const unavailableSeconds = 60;
/** What stood in the way may do so for a while. */
const skippedSeconds = 300;

/**
 * Asks for a trial of a rendering that is good so far, unless the status has the verdict on an equal one. At once
 * where no trial is configured or none is needed.
 */
export function trialOf(
  rendering: Rendering,
  recorded: TrialRecord | undefined,
  { trial, settings }: Context,
): Eventual<TrialResult> {
  if (trial === undefined) return { problems: [] };
  const draft = rendering.draft();
  if (draft === undefined) {
    const why = 'it refers to a secret file that nothing can stand in for';
    return { problems: [], record: recorded, untried: untried(why) };
  }
  const content = [revision, catalogue.version, draft.content];
  if (recorded !== undefined && recorded.verdict !== 'skipped' && isOf(content, recorded, settings.digestKeys))
    return concluded(recorded, recorded);
  return whenThere(trial(trialInput(draft)), (answer): TrialResult => {
    if (answer === 'pending') {
      const message = 'Fluent Bit is being started with it; what is in force stays until that is over.';
      return { problems: [problem('TrialPending', 'spec', message)], record: recorded, again: pendingSeconds };
    }
    if (answer === 'unavailable')
      return {
        problems: [],
        record: recorded,
        untried: untried('the trial server does not answer'),
        again: unavailableSeconds,
      };
    return concluded(answer, { digest: digest(settings.digestKeys[0], content), ...answer });
  });
}

function isOf(content: unknown, recorded: TrialRecord, keys: DigestKeys): boolean {
  return keys.some((key) => digest(key, content) === recorded.digest);
}

function concluded({ verdict, version, path, message }: TrialVerdict, record: TrialRecord): TrialResult {
  if (verdict === 'ok') return { problems: [], record };
  if (verdict === 'skipped')
    return { problems: [], record, untried: untried(message ?? 'it cannot be tried'), again: skippedSeconds };
  const said = `Fluent Bit ${version} does not run with it: ${message ?? 'it does not say why'}`;
  return { problems: [problem('TrialRefused', path ?? 'spec', said)], record };
}

function untried(why: string): ConditionState {
  const message = `The configuration is valid, but no Fluent Bit was started with it: ${why}.`;
  return { status: 'True', reason: 'TrialSkipped', message: message.replace(/\.\.$/, '.') };
}
