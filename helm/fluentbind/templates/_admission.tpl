{{/* Pieces of the validating webhook. */}}

{{/* What both webhooks have in common. */}}
{{- define "fluentbind.webhook" -}}
admissionReviewVersions: [v1]
sideEffects: None
matchPolicy: Equivalent
failurePolicy: {{ .Values.admission.failurePolicy }}
timeoutSeconds: {{ int .Values.admission.timeoutSeconds }}
clientConfig:
  service:
    name: {{ include "fluentbind.fullname" . }}
    namespace: {{ .Release.Namespace }}
    path: /admission/validate
    port: {{ .Values.hooks.port }}
  {{- with .Values.admission.caBundle }}
  caBundle: {{ b64enc . }}
  {{- end }}
{{- end -}}

{{/* Whether a Job lets the API server know the authority of the hooks: no template knows it. */}}
{{- define "fluentbind.trustJob" -}}
{{- if and .Values.admission.enabled (not .Values.admission.caBundle) (ne .Values.credentials.mode "cert-manager") }}true{{ end -}}
{{- end -}}

{{/* What that takes. */}}
{{- define "fluentbind.trustRule" -}}
apiGroups: [admissionregistration.k8s.io]
resources: [validatingwebhookconfigurations]
resourceNames: [{{ include "fluentbind.fullname" . }}]
verbs: [get, patch]
{{- end -}}
