/** What one line of the log says of one output. */
export interface OutputLine {
  plugin: string;
  alias: string;
  /** `host:port` of its backend, where the line names it. */
  address?: string;
  /** Of the answer; undefined where the line tells of none. */
  status?: number;
  /** Whether what comes behind it may be a text of the backend. */
  body: boolean;
}

/**
 * Bytes of the longest message, all of its lines together: an answer that is printed ends within so many bytes of the
 * beginning of its message (fact: lines-of-failing-outputs).
 */
export const longestMessage = 4096;

const header = /^\[\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{3,9}\] \[( warn|error)\] (.*)$/;
const ofOutput = /^\[output:([\w-]+):([\w.-]+)\] (.*)$/;

const address = String.raw`[^\s,]+:\d{1,5}`;
const answered = new RegExp(
  String.raw`^(?:could not flush records to (?=${address} )|(?=${address}, ))(?:[^\s,]+),? HTTP status=(\d{3})$`,
);
const statusForms: Readonly<Record<string, readonly RegExp[]>> = {
  datadog: [/^\S+:\d{1,5} HTTP status=(\d{3})$/],
  es: [/^HTTP status=(\d{3}) URI=\S*$/, /^HTTP status=(\d{3}) URI=\S*, response:$/],
  loki: [answered, new RegExp(String.raw`^${address}, HTTP status=(\d{3}) Not retrying\.$`)],
  splunk: [/^http_status=(\d{3}):?$/],
  td: [/^HTTP status (\d{3})$/],
};
const alike: Readonly<Record<string, string>> = {
  azure: 'splunk',
  azure_logs_ingestion: 'splunk',
  influxdb: 'splunk',
  opensearch: 'es',
};

/**
 * Outputs whose lines are never followed by an answer: the property that prints it is always off, or there is none.
 * Of all others whatever comes behind a status may be of the backend.
 */
const bodiless = new Set(['datadog', 'http', 'opentelemetry']);

/** The text of a line of warnings and errors, without time and level; undefined where it is another one. */
export function messageOf(line: string): string | undefined {
  return header.exec(line)?.[2];
}

/** What a message says of its output, exactly as the plugin writes it; undefined where it is of none. */
export function outputLine(message: string): OutputLine | undefined {
  const [, plugin = '', alias = '', text = ''] = ofOutput.exec(message) ?? [];
  if (alias === '') return undefined;
  const family = alike[plugin] ?? plugin;
  const forms = statusForms[family] ?? [answered];
  const found = forms.flatMap((form) => form.exec(text)?.[1] ?? [])[0];
  const named = /^(?:could not flush records to )?([^\s,]+:\d{1,5})(?=[, ])/.exec(text)?.[1];
  const from = { plugin, alias, ...(named === undefined ? {} : { address: named }) };
  if (found === undefined) return { ...from, body: !bodiless.has(plugin) && /status/i.test(text) };
  const ends = family === 'es' || family === 'splunk' ? !text.endsWith(':') : text.startsWith('could not flush');
  return { ...from, status: Number(found), body: !bodiless.has(plugin) && !ends };
}

const lateForms = [
  /^\[upstream\] connection #-?\d+ to tcp:\/\/(\S+:\d{1,5}) timed out after \d+ seconds \(\w+ timeout\)$/,
  /^\[http_client\] upstream I\/O timeout reached while waiting for response from (\S+:\d{1,5})$/,
];

/** `host:port` of a connection that was given up for its time, from a line that has no alias. */
export function timedOut(message: string): string | undefined {
  return lateForms.flatMap((form) => form.exec(message)?.[1] ?? [])[0];
}

/** A request got no answer in time: the next line of an output tells whose. */
export function isLateAnswer(message: string): boolean {
  return /^\[http_client\] (response|read idle) timeout reached \(/.test(message);
}

/** Whether a line says that a request ended without an answer. */
export function isUnanswered(message: string): boolean {
  const [, , , text = ''] = ofOutput.exec(message) ?? [];
  return new RegExp(
    String.raw`^(could not flush records to ${address} \(http_do=-\d+\)|http_do=-\d+( URI=\S*)?)$`,
  ).test(text);
}
