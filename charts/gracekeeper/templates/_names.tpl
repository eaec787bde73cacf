{{- define "gracekeeper.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- /* At most 40 characters: with the longest suffix it must still fit the limit for the name of a Service. */}}
{{- define "gracekeeper.fullname" -}}
{{- $name := include "gracekeeper.name" . }}
{{- $both := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- .Values.fullnameOverride | default $both | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "gracekeeper.serviceAccount" -}}
{{- $made := .Values.serviceAccount.create | ternary (include "gracekeeper.fullname" .) "default" }}
{{- .Values.serviceAccount.name | default $made }}
{{- end }}

{{- define "gracekeeper.probeNamespace" -}}
{{ .Values.probe.namespace | default (printf "%s-probe" (include "gracekeeper.fullname" .)) }}
{{- end }}

{{- /* The Secret with a mounted certificate; empty where gracekeeper makes its own. */}}
{{- define "gracekeeper.tlsSecret" -}}
{{- if eq .Values.certificates.source "certManager" }}
{{- include "gracekeeper.fullname" . }}-cert-manager-tls
{{- else if eq .Values.certificates.source "existingSecret" }}
{{- .Values.certificates.existingSecret.name }}
{{- end }}
{{- end }}

{{- /* What a Deployment, a Service and others select. It is that of manifests/, so that an installation can change to the chart. */}}
{{- define "gracekeeper.selector" -}}
app.kubernetes.io/name: {{ include "gracekeeper.name" . }}
{{- end }}

{{- define "gracekeeper.labels" -}}
{{- with .Values.commonLabels }}
{{- toYaml . }}
{{ end }}
{{- include "gracekeeper.selector" . }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/part-of: gracekeeper
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* Metadata of an object: (list $ NAME), or (list $ NAME ANNOTATIONS). Labels are the last, so that more may follow. */}}
{{- define "gracekeeper.clusterObject" -}}
{{- $root := first . -}}
name: {{ index . 1 }}
{{- $more := eq (len .) 3 | ternary (last .) dict }}
{{- with merge dict $more $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
labels:
  {{- include "gracekeeper.labels" $root | nindent 2 }}
{{- end }}

{{- /* The same in our namespace. */}}
{{- define "gracekeeper.object" -}}
namespace: {{ (first .).Release.Namespace }}
{{ include "gracekeeper.clusterObject" . }}
{{- end }}

{{- /* What a binding binds: (list $ KIND OF THE ROLE). */}}
{{- define "gracekeeper.binding" }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ last . }}
  name: {{ include "gracekeeper.fullname" (first .) }}
subjects:
  - kind: ServiceAccount
    name: {{ include "gracekeeper.serviceAccount" (first .) }}
    namespace: {{ (first .).Release.Namespace }}
{{- end }}

{{- define "gracekeeper.image" -}}
{{- with .Values.image }}
{{- .digest | empty | ternary (printf "%s:%s" .repository (.tag | default $.Chart.AppVersion)) (printf "%s@%s" .repository .digest) }}
{{- end }}
{{- end }}

{{- define "gracekeeper.port" -}}
{{ .Values.port | default (.Values.hostNetwork | ternary 10260 10250) | int }}
{{- end }}

{{- define "gracekeeper.configuration" -}}
apiVersion: gracekeeper.dev/v1alpha1
kind: GracekeeperConfiguration
{{- with .Values.configuration }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Where a pod of ours runs, as whom, and with whose credentials of the registry. */}}
{{- define "gracekeeper.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
nodeSelector:
  {{- toYaml .Values.nodeSelector | nindent 2 }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end }}
