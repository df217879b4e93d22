/**
 * What a widespread generator of Fluent Bit configuration makes of a pipeline (kyma-project/telemetry-manager): each
 * reads the links of all containers and puts its records through four filters.
 */
interface KymaPipeline {
  name: string;
  namespace: string;
  folder: string;
  port: number;
  kubernetes: string;
  /** Whether lines that are JSON become fields. */
  parse: boolean;
}

/** De-dots labels and names the application. */
const code = `function app_and_dedot(tag, timestamp, record)
  if record.kubernetes == nil then return 0 end
  local labels = record.kubernetes.labels
  if labels ~= nil then
    record.kubernetes.app_name = labels["app.kubernetes.io/name"] or labels["app"]
  end
  map_keys(record.kubernetes.annotations)
  map_keys(labels)
  return 1, timestamp, record
end
function map_keys(map)
  if map == nil then return end
  local added, removed = {}, {}
  for key, value in pairs(map) do
    local mapped = string.gsub(key, "[%/%.]", "_")
    if mapped ~= key then
      added[mapped] = value
      removed[key] = true
    end
  end
  for key in pairs(removed) do map[key] = nil end
  for key, value in pairs(added) do map[key] = value end
end
`;

/** Layout A; C is the same without filters: what tail, JSON and HTTP take by themselves. */
export function kymaLayout(pipeline: KymaPipeline, filtered: boolean): string {
  const { name, namespace, folder, port } = pipeline;
  return `pipeline:
  inputs:
    - name: tail
      alias: ${name}
      tag: ${name}.*
      path: ${folder}/var/log/containers/*_${namespace}_*.log
      multiline.parser: cri
      db: ${folder}/state/${name}.db
      read_from_head: on
      skip_long_lines: on
      mem_buf_limit: 5MB
      storage.type: filesystem
${filtered ? filters(pipeline) : ''}  outputs:
    - name: http
      alias: ${name}
      match: ${name}.*
      host: 127.0.0.1
      port: ${port}
      uri: /${name}
      format: json
      json_date_key: date
      json_date_format: iso8601
      retry_limit: 300
      storage.total_limit_size: 1G
`;
}

function filters({ name, folder, kubernetes, parse }: KymaPipeline): string {
  const merge = parse ? 'on' : 'off';
  return `  filters:
    - name: record_modifier
      match: ${name}.*
      record: cluster_identifier here
    - name: kubernetes
      match: ${name}.*
      kube_url: ${kubernetes}
      kube_namespace_file: ${folder}/namespace
      kube_token_file: ${folder}/token
      kube_tag_prefix: ${name}${folder.replaceAll('/', '.')}.var.log.containers.
      buffer_size: 1MB
      labels: on
      annotations: off
      merge_log: ${merge}
      keep_log: ${parse ? 'off' : 'on'}
      k8s-logging.parser: off
      k8s-logging.exclude: off
    - name: modify
      match: ${name}.*
      copy: ${parse ? 'message' : 'log'} msg
    - name: lua
      match: ${name}.*
      call: app_and_dedot
      code: |
${code.replace(/^(?=.)/gm, '        ')}`;
}
