import type { Express, Request, RequestHandler, Response } from 'express';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { Candidate, type TrialVerdict } from '../../api/wire/trial.ts';
import type { Trials } from '../../trial/queue.ts';
import { fail } from '../app.ts';

export interface TrialEndpoints {
  trials: Trials;
  /** Of the Fluent Bit that tries. */
  version: string;
  registry: Registry;
  /** How long a caller waits for a verdict; less than its own patience. */
  waitMilliseconds?: number;
}

/** `POST /trial` tries a candidate, `GET /version` tells with what. */
export function trialEndpoints({ trials, version, registry, waitMilliseconds = 3000 }: TrialEndpoints) {
  const { verdicts, duration } = metrics(trials, registry);
  return (app: Express, guards: readonly RequestHandler[]): void => {
    app.get('/version', (_request, response) => void response.json({ version }));
    app.post('/trial', named, ...guards, async (request, response) => {
      const candidate = Candidate.safeParse(request.body);
      if (!candidate.success) return fail(response, 400, 'no candidate');
      const stop = duration.startTimer();
      const answer = trials.verdict(candidate.data);
      if (answer === 'full') {
        response.setHeader('Retry-After', '1');
        return fail(response, 503, 'too many candidates wait');
      }
      const verdict = await inTime(answer, waitMilliseconds);
      stop();
      verdicts.inc({ verdict: verdict.verdict });
      response.status(verdict.verdict === 'pending' ? 202 : 200).json(verdict);
    });
    app.all('/trial', (_request, response) => {
      response.setHeader('Allow', 'POST');
      fail(response, 405, 'candidates come by POST');
    });
  };
}

/** For log and metrics. */
function named(_request: Request, response: Response, next: () => void): void {
  response.locals['controller'] = 'trial';
  response.locals['hook'] = 'trial';
  next();
}

/** The trial goes on when the time is over; whoever asks again finds its verdict. */
async function inTime(
  verdict: TrialVerdict | Promise<TrialVerdict>,
  milliseconds: number,
): Promise<TrialVerdict | { verdict: 'pending' }> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<{ verdict: 'pending' }>((resolve) => {
    timer = setTimeout(() => resolve({ verdict: 'pending' }), milliseconds);
  });
  try {
    return await Promise.race([verdict, over]);
  } finally {
    clearTimeout(timer);
  }
}

function metrics(trials: Trials, registry: Registry) {
  const registers = [registry];
  new Gauge({
    name: 'fluentbind_trials_running',
    help: 'Candidates that are tried.',
    registers,
    collect() {
      this.set(trials.running);
    },
  });
  new Gauge({
    name: 'fluentbind_trials_waiting',
    help: 'Candidates that wait for another trial to end.',
    registers,
    collect() {
      this.set(trials.waiting);
    },
  });
  return {
    verdicts: new Counter({
      name: 'fluentbind_trial_answers_total',
      help: 'Answers by verdict; pending where the caller has to ask again.',
      labelNames: ['verdict'],
      registers,
    }),
    duration: new Histogram({
      name: 'fluentbind_trial_answer_seconds',
      help: 'Time to the answer, those from memory included.',
      buckets: [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
  };
}
