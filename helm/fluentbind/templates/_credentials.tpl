{{/* Names of the Secrets that Metacontroller and the hooks know each other by, and the hooks and the trial server. */}}

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

{{- define "fluentbind.trialTlsSecret" -}}
{{- if eq .Values.credentials.mode "provided" -}}
{{- required "credentials.mode is provided: set credentials.provided.trialTlsSecret, or trial.enabled to false" .Values.credentials.provided.trialTlsSecret -}}
{{- else -}}
{{- include "fluentbind.fullname" . }}-trial-tls
{{- end -}}
{{- end -}}

{{- define "fluentbind.trialTokenSecret" -}}
{{- if eq .Values.credentials.mode "provided" -}}
{{- required "credentials.mode is provided: set credentials.provided.trialTokenSecret, or trial.enabled to false" .Values.credentials.provided.trialTokenSecret -}}
{{- else -}}
{{- include "fluentbind.fullname" . }}-trial-token
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
