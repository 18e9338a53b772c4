{{- define "porpoise.name" -}}
{{- /* A stateful set puts its name and a hash into a label of 63 characters. */ -}}
{{- .Release.Name | trunc 45 | trimSuffix "-" -}}
{{- end }}

{{- define "porpoise.selector" -}}
app.kubernetes.io/name: porpoise
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "porpoise.labels" -}}
{{ include "porpoise.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "porpoise.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What every role is told; secrets come from secrets. */}}
{{- define "porpoise.env" -}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- name: PORPOISE_CONFIG
  value: /etc/porpoise/porpoise.yaml
{{- if .Values.etcd.existingSecret }}
- name: PORPOISE_ETCD_USER
  valueFrom: {secretKeyRef: {name: {{ .Values.etcd.existingSecret }}, key: user}}
{{- end }}
{{- if .Values.s3.existingSecret }}
- name: PORPOISE_S3_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ .Values.s3.existingSecret }}, key: access-key}}
- name: PORPOISE_S3_SECRET_KEY
  valueFrom: {secretKeyRef: {name: {{ .Values.s3.existingSecret }}, key: secret-key}}
{{- end }}
{{- end }}

{{- define "porpoise.databaseEnv" -}}
- name: PORPOISE_DATABASE
  valueFrom: {secretKeyRef: {name: {{ required "database.existingSecret is needed" .Values.database.existingSecret }}, key: url}}
{{- end }}

{{- define "porpoise.mounts" -}}
- {name: config, mountPath: /etc/porpoise, readOnly: true}
- {name: data, mountPath: /var/lib/porpoise}
- {name: tmp, mountPath: /tmp}
{{- if .Values.tls.existingSecret }}
- {name: tls, mountPath: /etc/porpoise-tls, readOnly: true}
{{- end }}
{{- end }}

{{- define "porpoise.volumes" -}}
- name: config
  configMap: {name: {{ include "porpoise.name" . }}}
- name: tmp
  emptyDir: {}
{{- if .Values.tls.existingSecret }}
- name: tls
  secret: {secretName: {{ .Values.tls.existingSecret }}}
{{- end }}
{{- end }}

{{/* API servers and masters open what is sealed: the key file must belong to
     their user alone, which a mounted secret does not. */}}
{{- define "porpoise.keyInit" -}}
- name: key
  image: {{ include "porpoise.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command: [install, -m, "0600", /key-secret/secret.key, /var/lib/porpoise/secret.key]
  securityContext: {{- include "porpoise.locked" . | nindent 4 }}
  volumeMounts:
    - {name: data, mountPath: /var/lib/porpoise}
    - {name: key-secret, mountPath: /key-secret, readOnly: true}
- name: migrate
  image: {{ include "porpoise.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [migrate, up]
  env: {{- include "porpoise.databaseEnv" . | nindent 4 }}
  securityContext: {{- include "porpoise.locked" . | nindent 4 }}
{{- end }}

{{- define "porpoise.keyVolume" -}}
- name: key-secret
  secret:
    secretName: {{ required "secretKey.existingSecret is needed: see values.yaml" .Values.secretKey.existingSecret }}
    items: [{key: secret.key, path: secret.key}]
{{- end }}

{{- define "porpoise.locked" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "porpoise.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "porpoise.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 2
  failureThreshold: 90
livenessProbe:
  httpGet: {path: /healthz, port: http}
  periodSeconds: 10
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 5
{{- end }}

{{/* What a change of restarts pods. */}}
{{- define "porpoise.config" -}}
{{ .Values.etcd | toJson }}{{ .Values.tls | toJson }}{{ .Values.settings | toJson }}{{ .Values.resourceStore }}{{ .Values.logStore }}
{{- end }}
