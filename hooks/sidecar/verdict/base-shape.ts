import type { Candidate } from '../../api/wire/trial.ts';
import { liveDirectory, stateDirectory } from '../../fluentbit/file/paths.ts';
import { sectionsOf, serviceOf } from '../../fluentbit/file/read-yaml.ts';
import { canonicalProperty } from '../../fluentbit/plugins/property-name.ts';
import type { Folders } from './shape.ts';

/** Without these the sidecar could not reach Fluent Bit, and nothing would ever be taken back. */
const needed = ['http_server', 'hot_reload'];
const isOn = /^(on|true|yes|1)$/i;

/** A base configuration as a trial takes it; a text where it is none that an agent can be reloaded with. */
export function baseShape(text: string, folders: Folders): Candidate | string {
  if (sectionsOf(text) === undefined) return 'The base configuration is no YAML.';
  const service = new Map(serviceOf(text).map(([name, value]) => [canonicalProperty(name), String(value)]));
  const missing = needed.filter((name) => !isOn.test(service.get(name) ?? ''));
  if (missing.length > 0)
    return `The service section of the base configuration does not set ${missing.join(', ')}: on.`;
  const configuration = text.replaceAll(folders.live, liveDirectory).replaceAll(folders.state, stateDirectory);
  return { configuration, secrets: {}, fields: {} };
}
