{{/* Pieces of NetworkPolicies. */}}

{{- define "fluentbind.toDns" -}}
- ports:
    {{- range .Values.networkPolicy.dnsPorts }}
    - protocol: UDP
      port: {{ int . }}
    - protocol: TCP
      port: {{ int . }}
    {{- end }}
{{- end -}}

{{- define "fluentbind.toApiServer" -}}
- ports:
    {{- range .Values.networkPolicy.apiServerPorts }}
    - protocol: TCP
      port: {{ int . }}
    {{- end }}
  {{- with .Values.networkPolicy.apiServerCidrs }}
  to:
    {{- range . }}
    - ipBlock:
        cidr: {{ . }}
    {{- end }}
  {{- end }}
{{- end -}}

{{/* Prometheus, to a port; of root and port. */}}
{{- define "fluentbind.fromPrometheus" -}}
- from:
    - namespaceSelector:
        {{- toYaml .root.Values.metrics.namespaceSelector | nindent 8 }}
      {{- with .root.Values.metrics.podSelector }}
      podSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
  ports:
    - protocol: TCP
      port: {{ int .port }}
{{- end -}}
