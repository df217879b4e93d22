{{/* Names of objects. 40 characters leave room for what is put behind them. */}}

{{- define "fluentbind.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "fluentbind.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Name of the Metacontroller of this release. */}}
{{- define "fluentbind.metacontroller" -}}
{{- include "fluentbind.fullname" . }}-metacontroller
{{- end -}}

{{/* Address of the hooks in the cluster. */}}
{{- define "fluentbind.host" -}}
{{- printf "%s.%s.svc:%d" (include "fluentbind.fullname" .) .Release.Namespace (int .Values.hooks.port) -}}
{{- end -}}

{{/* What selects the pods of a component; of root and component. */}}
{{- define "fluentbind.selector" -}}
app.kubernetes.io/name: {{ include "fluentbind.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of every object; of root and component. Ours win over a user's, which would break the selectors. */}}
{{- define "fluentbind.labels" -}}
{{- $ours := include "fluentbind.selector" . | fromYaml -}}
{{- $chart := printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- $more := dict "helm.sh/chart" $chart "app.kubernetes.io/version" .root.Chart.AppVersion "app.kubernetes.io/managed-by" .root.Release.Service "app.kubernetes.io/part-of" "fluentbind" -}}
{{- merge $ours $more (deepCopy .root.Values.commonLabels) | toYaml -}}
{{- end -}}

{{/* Which composite controllers the own Metacontroller runs: those of this very release. */}}
{{- define "fluentbind.target" -}}
fluentbit.kyma-project.io/metacontroller: {{ printf "%s.%s" (include "fluentbind.fullname" .) .Release.Namespace | trunc 63 | trimSuffix "-" | trimSuffix "." }}
{{- end -}}

{{/* An image; of image and tag. */}}
{{- define "fluentbind.image" -}}
{{- if .image.digest -}}
{{- printf "%s@%s" .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository (default .tag .image.tag) -}}
{{- end -}}
{{- end -}}

{{/* Whether metrics are read. */}}
{{- define "fluentbind.metrics" -}}
{{- if or .Values.metrics.enabled .Values.metrics.serviceMonitor.enabled }}true{{ end -}}
{{- end -}}

{{/* Who calls the hooks. */}}
{{- define "fluentbind.caller" -}}
{{- if eq .Values.metacontroller.mode "own" -}}
name: {{ include "fluentbind.metacontroller" . }}
namespace: {{ .Release.Namespace }}
{{- else -}}
{{- $existing := .Values.metacontroller.existing.serviceAccount -}}
name: {{ required "metacontroller.mode is existing: set metacontroller.existing.serviceAccount.name" $existing.name }}
namespace: {{ required "metacontroller.mode is existing: set metacontroller.existing.serviceAccount.namespace" $existing.namespace }}
{{- end -}}
{{- end -}}
