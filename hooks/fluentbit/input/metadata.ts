import { podLogs } from '../file/paths.ts';
import type { CompleteEnrich, CompleteSelection, Keys } from '../file/pipeline-spec.ts';
import { luaCall, luaString } from './lua-text.ts';
import { markNested, markNestedStep } from './nested-code.ts';
import { tidy, tidyStep } from './tidy-code.ts';

/** Key under which tail puts the path of the file, until the metadata are taken from it. */
export const pathKey = '_fluentbind_path';

/** What a selection and the metadata that are asked for need of the agent. */
export interface MetadataNeeds {
  /** The kubernetes filter: labels, annotations or owners. It takes the path from the tag. */
  kubernetes: boolean;
  labels: boolean;
  annotations: boolean;
  owners: boolean;
  /** A parser follows that takes JSON apart. */
  parsesJson: boolean;
  /** A filter puts lines together: it keeps a stream per tag. */
  joinsLines: boolean;
  /** The tag carries the path: for the kubernetes filter, and for multiline. */
  pathInTag: boolean;
}

export function metadataNeeds(
  input: CompleteSelection,
  enrich: CompleteEnrich,
  parsesJson = false,
  joinsLines = false,
): MetadataNeeds {
  const selects =
    Object.keys(input.podSelector.matchLabels).length > 0 || input.podSelector.matchExpressions.length > 0;
  const owners = input.workloads.some((workload) => !workload.startsWith('Pod/'));
  const labels = selects || enrich.labels.include.length > 0;
  const annotations = enrich.annotations.include.length > 0;
  const kubernetes = labels || annotations || owners;
  return { kubernetes, labels, annotations, owners, parsesJson, joinsLines, pathInTag: kubernetes || joinsLines };
}

/**
 * The one Lua function that fluentbind adds to a pipeline: one call costs less than a filter for each step. It has
 * only the steps that this pipeline needs.
 */
export function metadataCode(input: CompleteSelection, enrich: CompleteEnrich, needs: MetadataNeeds): string {
  const found = guarded(
    needs.kubernetes ? kubernetesSteps(input, enrich, needs) : pathSteps(enrich.clusterName),
    needs.parsesJson,
  );
  return luaCode(found, enrich.clusterName);
}

/** Before all else: records without metadata are records of a container, and go on to the parser, too. */
function guarded({ definitions, steps }: Code, parsesJson: boolean): Code {
  return {
    definitions: [tidy, ...(parsesJson ? [markNested] : []), ...definitions],
    steps: [tidyStep, ...(parsesJson ? [markNestedStep] : []), ...steps],
  };
}

function luaCode({ definitions, steps }: Code, withCluster: boolean): string {
  return [
    ...(withCluster ? [clusterName] : []),
    ...definitions,
    `function ${luaCall}(tag, timestamp, record)`,
    ...steps,
    '  return 2, timestamp, record',
    'end',
    '',
  ].join('\n');
}

/**
 * What OTLP says of a record beside its body: attributes and severity, resource and scope. They go into the record, for
 * most outputs send nothing else, and copies lose those of the whole group (fact: groups-of-records). Without any the
 * record stays as it is, and its metadata do so always: in Lua numbers change (fact: numbers-in-lua).
 */
export const receivedOtlpCode = `function ${luaCall}(tag, timestamp, group, metadata, record)
  local otlp = {}
  if type(metadata) == "table" and type(metadata.otlp) == "table" then
    for key, value in pairs(metadata.otlp) do otlp[key] = value end
  end
  if type(group) == "table" then
    if type(group.resource) == "table" then otlp.resource = group.resource.attributes end
    if type(group.scope) == "table" then otlp.scope = group.scope end
  end
  if next(otlp) == nil then return 0, timestamp, nil, record end
  record.otlp = otlp
  return 2, timestamp, nil, record
end
`;

interface Code {
  definitions: string[];
  steps: string[];
}

/** Namespace, pod and container from the path of the file, without a call to the API server. */
function pathSteps(named: boolean): Code {
  const cluster = named ? ['    if kubernetes then kubernetes.cluster_name = cluster_name end'] : [];
  return {
    definitions: [fromPath],
    steps: [
      `  local path = record["${pathKey}"]`,
      // Not so when it comes a second time, out of a filter multiline.
      '  if path ~= nil then',
      `    record["${pathKey}"] = nil`,
      '    local kubernetes = pod_of(path)',
      ...cluster,
      '    record.kubernetes = kubernetes',
      '  end',
    ],
  };
}

/** What the kubernetes filter brought, brought down to what was selected and asked for. */
function kubernetesSteps(input: CompleteSelection, enrich: CompleteEnrich, needs: MetadataNeeds): Code {
  const selector = selectorTests(input.podSelector);
  const reductions = [
    reduction('labels', enrich.labels, needs.labels),
    reduction('annotations', enrich.annotations, needs.annotations),
  ].filter((step) => step !== undefined);
  const steps = [
    ...workloadTests(input.workloads),
    ...selector,
    ...reductions,
    ...(needs.owners ? ['  kubernetes.ownerReferences = nil'] : []),
    ...(enrich.clusterName ? ['  kubernetes.cluster_name = cluster_name'] : []),
  ];
  const guard = [
    '  local kubernetes = record.kubernetes',
    // Not 0: that would take back what was done to the record before.
    '  if type(kubernetes) ~= "table" then return 2, timestamp, record end',
  ];
  return {
    definitions: [
      ...(needs.owners ? [ownerOf] : []),
      ...(selector.length > 0 ? [oneOf] : []),
      ...(reductions.some((step) => step.includes('keep(')) ? [keep] : []),
    ],
    steps: steps.length === 0 ? [] : [...guard, ...steps],
  };
}

/** Must come first: Fluent Bit expands a variable only before the first closing brace of a text (fact: first-brace). */
const clusterName = `local cluster_name = [[\${FLUENTBIND_CLUSTER_NAME}]]`;

const fromPath = `local pods, count = {}, 0
local function pod_of(path)
  if type(path) ~= "string" then return nil end
  local pod = pods[path]
  if pod then return pod end
  local namespace, name, uid, container = string.match(path, "^.*/([^/_]+)_([^/_]+)_([^/_]+)/([^/]+)/[^/]+$")
  if not namespace then return nil end
  if count >= 4096 then pods, count = {}, 0 end
  pod = {namespace_name = namespace, pod_name = name, pod_id = uid, container_name = container, host = os.getenv("NODE_NAME")}
  pods[path] = pod
  count = count + 1
  return pod
end`;

/** The controller of a pod: `ReplicaSet/shop-6d4cf56db6`, or its own name where it has none. */
const ownerOf = `local function owner_of(kubernetes)
  local owners = kubernetes.ownerReferences
  if type(owners) ~= "table" then return nil, nil end
  for _, owner in ipairs(owners) do
    if type(owner) == "table" and owner.controller ~= false then return owner.kind, owner.name end
  end
  return nil, nil
end`;

const oneOf = `local function one_of(value, values)
  return value ~= nil and values[value] == true
end`;

const keep = `local function keep(map, include, exclude)
  if type(map) ~= "table" then return nil end
  local function listed(key, list)
    for _, entry in ipairs(list) do
      if entry == key then return true end
      if entry:sub(-1) == "*" and key:sub(1, #entry - 1) == entry:sub(1, -2) then return true end
    end
    return false
  end
  for key in pairs(map) do
    if not listed(key, include) or listed(key, exclude) then map[key] = nil end
  end
  return map
end`;

function workloadTests(workloads: readonly string[]): string[] {
  if (!workloads.some((workload) => !workload.startsWith('Pod/'))) return [];
  const tests = workloads.map((workload) => {
    const [kind, name] = workload.split('/') as [string, string];
    const quoted = luaString(name);
    if (kind === 'Pod') return `kubernetes.pod_name == ${quoted}`;
    // A ReplicaSet of a Deployment and a Job of a CronJob are called after it, with one more part.
    if (kind === 'Deployment')
      return `(kind == "ReplicaSet" and owner:sub(1, ${name.length + 1}) == ${luaString(`${name}-`)} and not owner:find("-", ${name.length + 2}, true))`;
    if (kind === 'CronJob')
      return `(kind == "Job" and owner:sub(1, ${name.length + 1}) == ${luaString(`${name}-`)} and owner:find("^%d+$", ${name.length + 2}) ~= nil)`;
    return `(kind == ${luaString(kind)} and owner == ${quoted})`;
  });
  return [
    '  local kind, owner = owner_of(kubernetes)',
    '  owner = owner or ""',
    `  if not (${tests.join(' or ')}) then return -1, timestamp, record end`,
  ];
}

function selectorTests({ matchLabels, matchExpressions }: CompleteSelection['podSelector']): string[] {
  const tests = Object.entries(matchLabels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `labels[${luaString(key)}] == ${luaString(value)}`);
  for (const { key, operator, values } of matchExpressions) {
    const label = `labels[${luaString(key)}]`;
    const set = `{${(values ?? []).map((value) => `[${luaString(value)}] = true`).join(', ')}}`;
    if (operator === 'In') tests.push(`one_of(${label}, ${set})`);
    if (operator === 'NotIn') tests.push(`not one_of(${label}, ${set})`);
    if (operator === 'Exists') tests.push(`${label} ~= nil`);
    if (operator === 'DoesNotExist') tests.push(`${label} == nil`);
  }
  return tests.length === 0
    ? []
    : [
        '  local labels = kubernetes.labels',
        '  if type(labels) ~= "table" then labels = {} end',
        `  if not (${tests.join(' and ')}) then return -1, timestamp, record end`,
      ];
}

/** The step that brings `kubernetes.<field>` down to what was asked for. */
function reduction(field: string, { include, exclude }: Keys, present: boolean): string | undefined {
  if (!present || (include.includes('*') && exclude.length === 0)) return undefined;
  if (include.length === 0) return `  kubernetes.${field} = nil`;
  const list = (keys: readonly string[]) => `{${keys.map(luaString).join(', ')}}`;
  return `  kubernetes.${field} = keep(kubernetes.${field}, ${list(include)}, ${list(exclude)})`;
}

/**
 * Tag behind `kube_tag_prefix` → namespace, pod and container. The filter cuts as many characters as the prefix has off
 * any tag, and tags of stderr and of rotated files have more before the path. Namespaces, uids and containers have no
 * dots, pods may; none has an underscore.
 */
export const podTagRegex =
  '(?:^|\\.)(?<namespace_name>[^_.]+)_(?<pod_name>[^_]+)_(?<pod_id>[^._]+)\\.(?<container_name>[^.]+)\\.[^.]+\\.log$';

/** `/var/log/pods` as a part of a tag. */
export const podTagPath = `${podLogs.slice(1).replaceAll('/', '.')}.`;

/** What `metadataCode` says where metadata come from the path alone: the same for every pipeline. */
export const pathMetadataCodes: readonly string[] = [false, true].flatMap((parsesJson) =>
  [false, true].map((named) => luaCode(guarded(pathSteps(named), parsesJson), named)),
);
