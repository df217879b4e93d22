{{/* Parts of pods. */}}

{{/* Where pods run and who may pull; of root and values. */}}
{{- define "fluentbind.scheduling" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/*
Labels and annotations of pods; of root, component, values and annotations. Without the chart's version: what did not
change is not restarted.
*/}}
{{- define "fluentbind.podMetadata" -}}
{{- $ours := include "fluentbind.selector" . | fromYaml -}}
labels:
  {{- merge $ours (dict "app.kubernetes.io/part-of" "fluentbind") (deepCopy .values.podLabels) (deepCopy .root.Values.commonLabels) | toYaml | nindent 2 }}
{{- with merge (default dict .annotations) (deepCopy .values.podAnnotations) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What the restricted profile of Pod Security asks for. */}}
{{- define "fluentbind.podSecurity" -}}
runAsNonRoot: true
{{- with .Values.runAsUser }}
runAsUser: {{ int . }}
runAsGroup: {{ int . }}
fsGroup: {{ int . }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "fluentbind.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Of files: 0440 by the group of the pod, or 0444 where the platform decides on the user. */}}
{{- define "fluentbind.credentialsMode" -}}
{{- ternary 288 292 (not (empty .Values.runAsUser)) -}}
{{- end -}}

{{/* MiB of a share of a memory quantity, nothing without one; of memory and share. */}}
{{- define "fluentbind.mebibytes" -}}
{{- $text := toString (default "" .memory) -}}
{{- if regexMatch "^[0-9]+([.][0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$" $text -}}
{{- $factors := dict "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 -}}
{{- $factor := default 1.0 (get $factors (regexFind "[A-Za-z]+$" $text)) -}}
{{- divf (mulf (float64 (regexFind "^[0-9.]+" $text)) $factor .share) 1048576.0 | floor | int -}}
{{- end -}}
{{- end -}}
