{{- /* How the API server calls an entry: (list $ PATH VALUES OF THE ENTRY). */}}
{{- define "gracekeeper.call" -}}
{{- $root := first . }}
{{- $values := last . -}}
clientConfig:
  {{- with $root.Values.certificates.ca }}
  caBundle: {{ b64enc . }}
  {{- end }}
  service:
    name: {{ include "gracekeeper.fullname" $root }}
    namespace: {{ $root.Release.Namespace }}
    path: {{ index . 1 }}
admissionReviewVersions: ["v1"]
sideEffects: None
timeoutSeconds: {{ $values.timeoutSeconds }}
failurePolicy: {{ $values.failurePolicy }}
matchPolicy: Equivalent
{{- end }}

{{- /*
Conditions that end every namespaceSelector: (list $ VALUES OF THE ENTRY). What a cluster needs to start must not depend on a
pod in it, and our pods must not depend on themselves. The API server sets this label, and it cannot be changed.
*/}}
{{- define "gracekeeper.namespaces" -}}
- key: kubernetes.io/metadata.name
  operator: NotIn
  values: ["kube-system", "kube-public", "kube-node-lease", {{ (first .).Release.Namespace | quote }}]
{{- with (last .).namespaceExpressions }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The objectSelector and the matchConditions of an entry: (list OUR CONDITIONS AS TEXT, VALUES OF THE ENTRY). */}}
{{- define "gracekeeper.conditions" -}}
{{- with (last .).objectExpressions }}
objectSelector:
  matchExpressions:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- $more := (last .).matchConditions }}
{{- if or (first .) $more }}
matchConditions:
  {{- with first . }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with $more }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "gracekeeper.podRules" -}}
- apiGroups: [""]
  apiVersions: ["v1"]
  operations: ["CREATE"]
  resources: ["pods"]
  scope: Namespaced
{{- end }}

{{- /* What holds pod templates. Custom resources in any version: the templates are at the same path in all of them. */}}
{{- define "gracekeeper.templateRules" -}}
{{- range list
  (list "apps" "v1" "deployments statefulsets daemonsets replicasets")
  (list "batch" "v1" "jobs cronjobs")
  (list "" "v1" "replicationcontrollers podtemplates")
  (list "argoproj.io" "*" "rollouts experiments")
  (list "apps.kruise.io" "*" "clonesets statefulsets daemonsets broadcastjobs uniteddeployments advancedcronjobs")
  (list "serving.knative.dev" "*" "services configurations")
  (list "kubeflow.org" "*" "tfjobs pytorchjobs mpijobs xgboostjobs paddlejobs jaxjobs")
  (list "jobset.x-k8s.io" "*" "jobsets")
  (list "leaderworkerset.x-k8s.io" "*" "leaderworkersets")
  (list "sparkoperator.k8s.io" "*" "sparkapplications scheduledsparkapplications")
  (list "ray.io" "*" "rayclusters rayjobs rayservices")
  (list "keda.sh" "*" "scaledjobs")
  (list "batch.volcano.sh" "*" "jobs")
  (list "apps.openshift.io" "*" "deploymentconfigs")
  (list "actions.github.com" "*" "autoscalingrunnersets")
}}
- apiGroups: [{{ index . 0 | quote }}]
  apiVersions: [{{ index . 1 | quote }}]
  operations: ["CREATE", "UPDATE"]
  resources: {{ splitList " " (index . 2) | toJson }}
  scope: Namespaced
{{- end }}
{{- with .Values.webhooks.extraRules }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "gracekeeper.namespaceRules" -}}
- apiGroups: [""]
  apiVersions: ["v1"]
  operations: ["CREATE", "UPDATE"]
  resources: ["namespaces"]
  scope: Cluster
{{- end }}

{{- /* It must never fail: with Ignore the API server would then admit the object without a check. Hence has() everywhere. */}}
{{- define "gracekeeper.templateChanged" -}}
- name: template-changed
  expression: >-
    request.operation != "UPDATE" ||
    (!(request.kind.group in ["", "apps", "batch"])
    ? has(object.spec) != has(oldObject.spec) ||
    (has(object.spec) && object.spec != oldObject.spec)
    : request.kind.kind == "CronJob"
    ? object.spec.jobTemplate.spec.template != oldObject.spec.jobTemplate.spec.template
    : request.kind.kind == "PodTemplate"
    ? has(object.template) != has(oldObject.template) ||
    (has(object.template) && object.template != oldObject.template)
    : has(object.spec.template) != has(oldObject.spec.template) ||
    (has(object.spec.template) && object.spec.template != oldObject.spec.template))
{{- end }}

{{- /* Only changes of our keys. They are counted first, because an expression must not take too long. */}}
{{- define "gracekeeper.oursChanged" -}}
- name: ours-changed
  expression: >-
    request.operation != "UPDATE" ||
    [[has(object.metadata.labels) ? object.metadata.labels : {},
    has(oldObject.metadata.labels) ? oldObject.metadata.labels : {}],
    [has(object.metadata.annotations) ? object.metadata.annotations : {},
    has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}]]
    .exists(pair, pair[0] != pair[1] && (size(pair[0]) + size(pair[1]) > 1000 ||
    pair.exists(one, pair.exists(other, one.exists(key, key.startsWith("gracekeeper.dev/") &&
    !(key in other && one[key] == other[key]))))))
{{- end }}

{{- define "gracekeeper.configurationMetadata" -}}
{{- $name := include "gracekeeper.fullname" . }}
{{- $more := dict }}
{{- if eq .Values.certificates.source "certManager" }}
{{- $more = dict "cert-manager.io/inject-ca-from" (printf "%s/%s" .Release.Namespace $name) }}
{{- end }}
{{- include "gracekeeper.clusterObject" (list $ $name (merge dict $more .Values.webhooks.annotations)) }}
{{- end }}
