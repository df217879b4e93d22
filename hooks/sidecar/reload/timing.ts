/** Times in milliseconds. */
export interface Timing {
  /** Changes come in bursts: how long to wait for the next. */
  debounce: number;
  /** Between two looks at what no event told of. */
  poll: number;
  /** Between two questions to Fluent Bit during a reload. */
  ask: number;
  /** Where nothing is to be seen of a reload it is asked once more: it drops what comes at the end of another. */
  again: number;
  /** How long it must run with what it has loaded before that is believed. */
  settle: number;
  /** How long it must live with it before that is proven: some faults show only when records come. */
  proof: number;
  /** A reload that has not happened by then was refused; and a little for each pipeline. */
  refused: number;
  /** A process that does not answer for so long has died; and more for each pipeline. */
  died: number;
  /** A reload that goes on for longer will not end; less than `hot_reload.timeout`, at which the process ends itself. */
  hung: number;
  perPipeline: number;
  /** How long the first start may take. */
  start: number;
  /** Trials in one go; the rest has to wait for the next. */
  trials: number;
  /** After this many deaths in such a time no suspect is let near it: each costs everybody a restart. */
  deaths: { count: number; within: number };
  /** Between two reloads for pipelines that were dormant: pods come one by one. */
  wakes: number;
  taskTable: number;
  /** Between two reloads for the same reason. */
  reloadAgain: number;
  state: number;
  /** Between two looks at what outputs deliver. */
  delivery: number;
  /** How long what is on disk outlives its pipeline. */
  gone: number;
  report: number;
  heartbeat: number;
  deliveryReport: number;
}

const second = 1000;
const minute = 60 * second;

export const usual: Timing = {
  debounce: 0.25 * second,
  poll: 5 * second,
  ask: 0.1 * second,
  again: second,
  settle: second,
  proof: minute,
  refused: 4 * second,
  died: 8 * second,
  hung: 60 * second,
  perPipeline: 30,
  start: 60 * second,
  trials: 10 * second,
  deaths: { count: 5, within: 10 * minute },
  wakes: 5 * second,
  taskTable: 5 * second,
  reloadAgain: 15 * second,
  state: minute,
  delivery: 10 * second,
  gone: 60 * minute,
  report: 5 * second,
  heartbeat: 4 * minute,
  deliveryReport: 30 * second,
};
