{{- define "domiciled.selector" -}}
app.kubernetes.io/name: domiciled
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "domiciled.labels" -}}
{{ include "domiciled.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "domiciled.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "domiciled.confined" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "domiciled.stateMounts" -}}
- {name: state, mountPath: /var/lib/domicile}
- {name: machine-id, mountPath: /etc/machine-id, readOnly: true}
{{- if .Values.config }}
- {name: config, mountPath: /etc/domicile, readOnly: true}
{{- end }}
{{- end }}
{{- define "domiciled.devices" -}}
{{- with .Values.gpu }}
{{- if eq .access "runtime-class" }}
env:
  - {name: NVIDIA_VISIBLE_DEVICES, value: all}
  - {name: NVIDIA_DRIVER_CAPABILITIES, value: utility}
{{- end }}
{{- end }}
{{- $resources := deepCopy .Values.resources }}
{{- if eq .Values.gpu.access "device-plugin" }}
{{- $resources = mergeOverwrite $resources (dict "limits" (dict .Values.gpu.resource .Values.gpu.count)) }}
{{- end }}
{{- if eq .Values.gpu.access "claim" }}
{{- $resources = mergeOverwrite $resources (dict "claims" (list (dict "name" "gpus"))) }}
{{- end }}
resources: {{- toYaml $resources | nindent 2 }}
{{- end }}
