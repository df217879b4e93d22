{{/* Pieces of the trial server. */}}

{{- define "fluentbind.trial" -}}
{{- include "fluentbind.fullname" . }}-trial
{{- end -}}

{{/* Where the hooks find it. */}}
{{- define "fluentbind.trialUrl" -}}
{{- printf "https://%s.%s.svc:%s" (include "fluentbind.trial" .) .Release.Namespace (include "fluentbind.trialPort" .) -}}
{{- end -}}

{{- define "fluentbind.trialPort" -}}
8080
{{- end -}}

{{/* MiB for all trials at once: each may take its memory, a little more until that is seen, and its files in memory. */}}
{{- define "fluentbind.trialShare" -}}
{{- mul (int .Values.trial.concurrency) (max 300 (add (int .Values.trial.memoryMiB) 44)) -}}
{{- end -}}

{{/*
Its memory limit. Where it is too small, the kernel ends trials that nothing is wrong with, or the server with them.
*/}}
{{- define "fluentbind.trialMemory" -}}
{{- $least := add 150 (include "fluentbind.trialShare" .) | int -}}
{{- with dig "limits" "memory" "" .Values.trial.resources -}}
{{- $given := include "fluentbind.mebibytes" (dict "memory" . "share" 1.0) -}}
{{- if not $given -}}
{{- fail (printf "trial.resources.limits.memory: %v cannot be compared with what trials need; write it like %dMi" . $least) -}}
{{- end -}}
{{- if lt (int $given) $least -}}
{{- fail (printf "trial.resources.limits.memory is %v, and %d trials at once need %dMi: raise it, leave it out, or lower trial.concurrency" . (int $.Values.trial.concurrency) $least) -}}
{{- end -}}
{{- . -}}
{{- else -}}
{{- $least }}Mi
{{- end -}}
{{- end -}}

{{/* MiB of heap that the trials leave to the server; the rest of 150 is for what is not heap. */}}
{{- define "fluentbind.trialHeap" -}}
{{- $limit := include "fluentbind.mebibytes" (dict "memory" (include "fluentbind.trialMemory" .) "share" 1.0) -}}
{{- sub (int $limit) (add (include "fluentbind.trialShare" .) 70) -}}
{{- end -}}
