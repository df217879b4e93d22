import type { Refusal } from '../../api/wire/agent-report.ts';
import type { ReloadResult } from './reloader.ts';

/** What is said of a change that Fluent Bit did not take. */
export const failures: Partial<Record<ReloadResult, Refusal>> = {
  refused: { reason: 'ReloadRefused', line: 'Fluent Bit refuses to reload with it, though its trial passed.' },
  died: { reason: 'ReloadDied', line: 'Fluent Bit ends when it reloads with it, though its trial passed.' },
  hung: { reason: 'ReloadHung', line: 'Fluent Bit does not come to the end of a reload with it.' },
};

/** And where that showed only after a while. */
export const lateFailure: Refusal = {
  reason: 'ReloadDied',
  line: 'Fluent Bit ends again and again soon after it has loaded it, though its trial passed.',
};
