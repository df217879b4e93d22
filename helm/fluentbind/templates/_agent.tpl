{{/* Pieces of agents. */}}

{{/* ServiceAccount of the pods of agents. */}}
{{- define "fluentbind.agent" -}}
{{- include "fluentbind.fullname" . }}-agent
{{- end -}}

{{/* Namespaces that agents may run in; that of the release is the one for agents that name none. */}}
{{- define "fluentbind.agentNamespaces" -}}
{{- prepend .Values.agent.namespaces .Release.Namespace | uniq | toYaml -}}
{{- end -}}

{{/* An expression by pipeline, with its resource where the hooks are read, too. */}}
{{- define "fluentbind.whose" -}}
({{ . }}) * on (name) group_left (tenant, resource, output) max by (name, tenant, resource, output) (fluentbind_pipeline_info) or on (name, node) ({{ . }})
{{- end -}}

{{/* What the hooks know of agents. */}}
{{- define "fluentbind.agentEnvironment" -}}
- name: FLUENTBIND_AGENT_IMAGE
  value: {{ include "fluentbind.image" (dict "image" .Values.agent.image "tag" .Chart.AppVersion) | quote }}
- name: FLUENTBIND_AGENT_SERVICE_ACCOUNT
  value: {{ include "fluentbind.agent" . | quote }}
- name: FLUENTBIND_AGENT_NAMESPACES
  value: {{ join "," (include "fluentbind.agentNamespaces" . | fromYamlArray) | quote }}
{{- end -}}
