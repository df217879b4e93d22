{{/*
A Job of the installation with everything that it needs, as Helm hooks: its own service account, rights on objects by
name, and the way to the API server. They are there while it runs only.
Of root, name, event, args, rules (of the namespace) and clusterRules.
*/}}
{{- define "fluentbind.job" -}}
{{- $root := .root -}}
{{- $part := dict "root" .root "component" "installation" "values" .root.Values.credentials.job -}}
{{- $metadata := include "fluentbind.jobMetadata" . -}}
{{- $clusterMetadata := include "fluentbind.jobMetadata" (merge (dict "clusterScoped" true) .) -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- $metadata | nindent 2 }}
automountServiceAccountToken: false
{{- with .rules }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- $metadata | nindent 2 }}
rules:
  {{- toYaml . | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{- $metadata | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $.name }}
subjects:
  - kind: ServiceAccount
    name: {{ $.name }}
    namespace: {{ $root.Release.Namespace }}
{{- end }}
{{- with .clusterRules }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  {{- $clusterMetadata | nindent 2 }}
rules:
  {{- toYaml . | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  {{- $clusterMetadata | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $.name }}
subjects:
  - kind: ServiceAccount
    name: {{ $.name }}
    namespace: {{ $root.Release.Namespace }}
{{- end }}
{{- if .root.Values.networkPolicy.enabled }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- $metadata | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "fluentbind.selector" $part | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress: []
  egress:
    {{- include "fluentbind.toDns" .root | nindent 4 }}
    {{- include "fluentbind.toApiServer" .root | nindent 4 }}
{{- end }}
---
apiVersion: batch/v1
kind: Job
metadata:
  {{- include "fluentbind.jobMetadata" (merge (dict "weight" "0") .) | nindent 2 }}
spec:
  backoffLimit: 4
  activeDeadlineSeconds: {{ .root.Values.credentials.job.deadlineSeconds }}
  template:
    metadata:
      {{- include "fluentbind.podMetadata" $part | nindent 6 }}
    spec:
      restartPolicy: Never
      serviceAccountName: {{ .name }}
      automountServiceAccountToken: true
      enableServiceLinks: false
      securityContext:
        {{- include "fluentbind.podSecurity" .root | nindent 8 }}
      {{- with include "fluentbind.scheduling" $part | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      containers:
        - name: {{ first .args }}
          image: {{ include "fluentbind.image" (dict "image" .root.Values.image "tag" .root.Chart.AppVersion) }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args:
            {{- toYaml .args | nindent 12 }}
          resources:
            {{- toYaml .root.Values.credentials.job.resources | nindent 12 }}
          securityContext:
            {{- include "fluentbind.containerSecurity" .root | nindent 12 }}
{{- end -}}

{{/* Of root, name, event and weight: the Job comes after what it needs. */}}
{{- define "fluentbind.jobMetadata" -}}
name: {{ .name }}
{{- if not .clusterScoped }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "fluentbind.labels" (dict "root" .root "component" "installation") | nindent 2 }}
annotations:
  helm.sh/hook: {{ .event }}
  helm.sh/hook-weight: {{ default "-10" .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
