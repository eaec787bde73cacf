{{- /* Values that contradict each other. What one value alone may be is in values.schema.json. */}}
{{- define "gracekeeper.checks" -}}
{{- $source := .Values.certificates.source }}
{{- $secret := .Values.certificates.existingSecret }}
{{- $own := eq $source "self" }}
{{- if and (ne $source "existingSecret") $secret.name }}
{{- fail (printf "certificates.existingSecret.name is set, but certificates.source is %s: set the source to existingSecret, or remove the name." $source) }}
{{- end }}
{{- if and (ne $source "certManager") .Values.certificates.certManager.issuerRef }}
{{- fail (printf "certificates.certManager.issuerRef is set, but certificates.source is %s: set the source to certManager, or remove the issuer." $source) }}
{{- end }}
{{- if and (eq $source "existingSecret") (not $secret.name) }}
{{- fail "certificates.source is existingSecret, but certificates.existingSecret.name is empty: set it to a Secret with tls.crt and tls.key." }}
{{- end }}
{{- if and (eq $source "existingSecret") (not .Values.certificates.ca) (not .Values.webhooks.annotations) }}
{{- fail "certificates.ca is empty, so the API server would not trust the certificate: set it to the CA of the Secret, or set webhooks.annotations for what fills caBundle." }}
{{- end }}
{{- if and (not .Values.apiAccess) $own }}
{{- fail "Own certificates need the API server, but apiAccess is false: set certificates.source to certManager or existingSecret." }}
{{- end }}
{{- if and (not .Values.apiAccess) (or .Values.preview .Values.probe.enabled) }}
{{- fail "preview and probe need the API server, but apiAccess is false: set apiAccess to true, or turn them off." }}
{{- end }}
{{- if and .Values.hostNetwork (eq (include "gracekeeper.port" .) "10250") }}
{{- fail "Port 10250 of a node belongs to its kubelet: with hostNetwork set port to another one, such as 10260." }}
{{- end }}
{{- if and .Values.hostNetwork (eq (.Values.healthPort | int) 10250) }}
{{- fail "Port 10250 of a node belongs to its kubelet: with hostNetwork set healthPort to another one, such as 9080." }}
{{- end }}
{{- if eq (include "gracekeeper.port" .) (.Values.healthPort | int | toString) }}
{{- fail "port and healthPort are the same: set one of them to another port." }}
{{- end }}
{{- if lt (.Values.terminationGracePeriodSeconds | int) (add .Values.shutdownDelaySeconds 8 | int) }}
{{- fail "terminationGracePeriodSeconds is too short: set it to shutdownDelaySeconds + 8 or more, for the next readiness probe and the last requests." }}
{{- end }}
{{- if and (eq .Release.Namespace (include "gracekeeper.probeNamespace" .)) .Values.probe.enabled }}
{{- fail "probe.namespace is the namespace of the release: set it to another one, because the chart makes it." }}
{{- end }}
{{- if and (eq .Values.strategy.type "Recreate") .Values.strategy.rollingUpdate }}
{{- fail "strategy.type is Recreate, but strategy.rollingUpdate is set: set strategy.rollingUpdate to null." }}
{{- end }}
{{- if and .Values.monitoring.podMonitor.enabled .Values.monitoring.serviceMonitor.enabled }}
{{- fail "monitoring.podMonitor and monitoring.serviceMonitor are both on, so every pod would be scraped twice: turn one of them off." }}
{{- end }}
{{- range .Values.extraArgs }}
{{- $option := first (splitList "=" .) }}
{{- with dict
  "--ca-secret" "certificates.source"
  "--certs-dir" "certificates.source"
  "--config" "configuration"
  "--explain" "explain"
  "--health-port" "healthPort"
  "--log-level" "logLevel"
  "--port" "port"
  "--probe-namespace" "probe"
  "--service" "fullnameOverride"
  "--shutdown-delay" "shutdownDelaySeconds"
  "--webhook-configuration" "fullnameOverride" | dig $option "" }}
{{- fail (printf "extraArgs has %s, which the chart sets: set the value %s instead." $option .) }}
{{- end }}
{{- end }}
{{- range tuple "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/part-of" "app.kubernetes.io/version" "app.kubernetes.io/managed-by" "helm.sh/chart" }}
{{- if hasKey (merge dict $.Values.commonLabels $.Values.podLabels) . }}
{{- fail (printf "The chart sets the label %s%s: remove it from commonLabels and podLabels." . (eq . "app.kubernetes.io/name" | ternary ", which selects the pods" "")) }}
{{- end }}
{{- end }}
{{- end }}
