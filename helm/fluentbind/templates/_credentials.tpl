{{/* Names of the Secrets that Metacontroller and the hooks know each other by. */}}

{{- define "fluentbind.tlsSecret" -}}
{{- if eq .Values.credentials.mode "provided" -}}
{{- required "credentials.mode is provided: set credentials.provided.tlsSecret" .Values.credentials.provided.tlsSecret -}}
{{- else -}}
{{- include "fluentbind.fullname" . }}-tls
{{- end -}}
{{- end -}}

{{- define "fluentbind.tokenSecret" -}}
{{- if eq .Values.credentials.mode "provided" -}}
{{- required "credentials.mode is provided: set credentials.provided.tokenSecret" .Values.credentials.provided.tokenSecret -}}
{{- else -}}
{{- include "fluentbind.fullname" . }}-token
{{- end -}}
{{- end -}}

{{- define "fluentbind.digestSecret" -}}
{{- if eq .Values.credentials.mode "provided" -}}
{{- required "credentials.mode is provided: set credentials.provided.digestSecret" .Values.credentials.provided.digestSecret -}}
{{- else -}}
{{- include "fluentbind.fullname" . }}-digest
{{- end -}}
{{- end -}}

{{/*
What changes with the code and with the credentials. Metacontroller reads both once and keeps answers of customize; a
URL that changes makes it start anew.
*/}}
{{- define "fluentbind.generation" -}}
{{- .Chart.Version -}}
{{- with .Values.credentials.rotate }}-{{ . }}{{ end -}}
{{- end -}}
