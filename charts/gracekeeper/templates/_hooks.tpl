{{- define "gracekeeper.hasHooks" -}}
{{- if and .Values.hooks.enabled .Values.rbac.create }}true{{ end }}
{{- end }}

{{- /* Annotations of a hook: (dict "when" ... "order" ...). Nothing of it is left, whatever comes of it. */}}
{{- define "gracekeeper.hook" -}}
helm.sh/hook: {{ .when }}
helm.sh/hook-weight: {{ .order | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded,hook-failed
helm.sh/hook-output-log-policy: hook-failed
{{- end }}

{{- /* A pod that runs a task of files/hooks.mjs: (list $ NAME OF THE ACCOUNT, TASK, NAME OF ITS OBJECT). */}}
{{- define "gracekeeper.hookPod" -}}
{{- $root := first . }}
serviceAccountName: {{ index . 1 }}
restartPolicy: Never
enableServiceLinks: false
{{ include "gracekeeper.placement" $root }}
containers:
  - name: hook
    image: {{ include "gracekeeper.image" $root }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    command: ["/node", "--input-type=module", "--eval"]
    args:
      - |
        {{- $root.Files.Get "files/hooks.mjs" | nindent 8 }}
      - {{ index . 2 }}
      - {{ index . 3 }}
    resources:
      requests:
        cpu: 10m
        memory: 64Mi
      limits:
        memory: 64Mi
    securityContext:
      {{- toYaml $root.Values.securityContext | nindent 6 }}
{{- end }}

{{- /* The account of a hook and its rights: (dict "root" "name" "annotations" "kind" "namespace" "rule"). */}}
{{- define "gracekeeper.hookAccount" -}}
{{- $labels := include "gracekeeper.hookLabels" .root }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  annotations:
    {{- .annotations | nindent 4 }}
  labels:
    {{- $labels | nindent 4 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  annotations:
    {{- .annotations | nindent 4 }}
  labels:
    {{- $labels | nindent 4 }}
rules:
  - {{- toYaml .rule | nindent 4 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  annotations:
    {{- .annotations | nindent 4 }}
  labels:
    {{- $labels | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ .name }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}

{{- /* Another name than that of our pods: no Service, budget or policy may select the pod of a hook. */}}
{{- define "gracekeeper.hookLabels" -}}
app.kubernetes.io/name: {{ include "gracekeeper.name" . }}-hook
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/part-of: gracekeeper
{{- end }}
