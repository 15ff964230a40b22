/// What kustomize knows of the types of Kubernetes v1.21.2: how their lists merge, and their scope.
///
/// Written by hack/generate from the OpenAPI document inside of kustomize; edit hack/lib/kube_schema.py instead.
enum KubernetesSchema {
    static let version = "v1.21.2"

    /// The fields of a map, one row a form: `field=form` for maps, `field=[keys]form` for lists of maps that merge,
    /// `field=[]` for lists of scalars that merge, `field` for what is known to hold nothing that merges. `*` stands
    /// for the fields of a map whose keys are free. Form 0 has no field of which anything is known.
    static let forms: [String] = [
        "", "*", "apiVersion blockOwnerDeletion controller kind name uid",
        "annotations=1 clusterName creationTimestamp deletionGracePeriodSeconds deletionTimestamp "
            + "finalizers=[] generateName generation labels=1 managedFields name namespace ownerReferences=[uid]2 "
            + "resourceVersion selfLink uid",
        "matchExpressions matchLabels=1", "name namespace path port", "caBundle service=5 url",
        "admissionReviewVersions clientConfig=6 failurePolicy matchPolicy name namespaceSelector=4 "
            + "objectSelector=4 reinvocationPolicy rules sideEffects timeoutSeconds",
        "apiVersion kind metadata=3 webhooks=[name]7", "continue remainingItemCount resourceVersion selfLink",
        "apiVersion items kind metadata=9",
        "admissionReviewVersions clientConfig=6 failurePolicy matchPolicy name namespaceSelector=4 "
            + "objectSelector=4 rules sideEffects timeoutSeconds",
        "apiVersion kind metadata=3 webhooks=[name]11", "apiVersion data kind metadata=3 revision",
        "level role type user", "localhostProfile type", "add drop",
        "gmsaCredentialSpec gmsaCredentialSpecName runAsUserName",
        "allowPrivilegeEscalation capabilities=16 privileged procMount readOnlyRootFilesystem runAsGroup "
            + "runAsNonRoot runAsUser seLinuxOptions=14 seccompProfile=15 windowsOptions=17",
        "devicePath name", "limits=1 requests=1", "command", "host httpHeaders path port scheme", "host port",
        "exec=21 failureThreshold httpGet=22 initialDelaySeconds periodSeconds successThreshold tcpSocket=23 "
            + "terminationGracePeriodSeconds timeoutSeconds",
        "mountPath mountPropagation name readOnly subPath subPathExpr", "key name optional", "apiVersion fieldPath",
        "containerName divisor resource", "configMapKeyRef=26 fieldRef=27 resourceFieldRef=28 secretKeyRef=26",
        "name value valueFrom=29", "exec=21 httpGet=22 tcpSocket=23", "postStart=31 preStop=31",
        "args command env=[name]30 envFrom image imagePullPolicy lifecycle=32 livenessProbe=24 name ports "
            + "readinessProbe=24 resources=20 securityContext=18 startupProbe=24 stdin stdinOnce targetContainerName "
            + "terminationMessagePath terminationMessagePolicy tty volumeDevices=[devicePath]19 "
            + "volumeMounts=[mountPath]25 workingDir",
        "containerPort hostIP hostPort name protocol",
        "args command env=[name]30 envFrom image imagePullPolicy lifecycle=32 livenessProbe=24 name "
            + "ports=[containerPort,protocol]34 readinessProbe=24 resources=20 securityContext=18 startupProbe=24 "
            + "stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices=[devicePath]19 "
            + "volumeMounts=[mountPath]25 workingDir",
        "preferredDuringSchedulingIgnoredDuringExecution requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
        "preferredDuringSchedulingIgnoredDuringExecution requiredDuringSchedulingIgnoredDuringExecution=37",
        "nodeAffinity=38 podAffinity=36 podAntiAffinity=36", "hostnames ip", "name",
        "labelSelector=4 maxSkew topologyKey whenUnsatisfiable", "nameservers options searches",
        "fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser seLinuxOptions=14 seccompProfile=15 "
            + "supplementalGroups sysctls windowsOptions=17",
        "group readOnly registry tenant user volume", "readOnly secretName shareName",
        "fsType readOnly secretRef=41 volumeID", "defaultMode items name optional", "path readOnly server",
        "fsType pdID", "apiGroup kind name",
        "accessModes dataSource=51 resources=20 selector=4 storageClassName volumeMode volumeName",
        "metadata=3 spec=52", "volumeClaimTemplate=53", "endpoints path readOnly",
        "fsType image keyring monitors pool readOnly secretRef=41 user",
        "cachingMode diskName diskURI fsType kind readOnly", "defaultMode items", "directory repository revision",
        "fsType gateway protectionDomain readOnly secretRef=41 sslEnabled storageMode storagePool system "
            + "volumeName",
        "path type", "claimName readOnly", "fsType partition pdName readOnly",
        "chapAuthDiscovery chapAuthSession fsType initiatorName iqn iscsiInterface lun portals readOnly "
            + "secretRef=41 targetPortal",
        "defaultMode items optional secretName", "driver fsType options=1 readOnly secretRef=41",
        "fsType partition readOnly volumeID", "driver fsType nodePublishSecretRef=41 readOnly volumeAttributes=1",
        "defaultMode sources", "fsType storagePolicyID storagePolicyName volumePath",
        "fsType readOnly secretRef=41 volumeName volumeNamespace",
        "monitors path readOnly secretFile secretRef=41 user", "medium sizeLimit",
        "fsType lun readOnly targetWWNs wwids", "datasetName datasetUUID", "fsType readOnly volumeID",
        "awsElasticBlockStore=67 azureDisk=57 azureFile=46 cephfs=72 cinder=47 configMap=48 csi=68 "
            + "downwardAPI=58 emptyDir=73 ephemeral=54 fc=74 flexVolume=66 flocker=75 gcePersistentDisk=63 "
            + "gitRepo=59 glusterfs=55 hostPath=61 iscsi=64 name nfs=49 persistentVolumeClaim=62 "
            + "photonPersistentDisk=50 portworxVolume=76 projected=69 quobyte=45 rbd=56 scaleIO=60 secret=65 "
            + "storageos=71 vsphereVolume=70",
        "activeDeadlineSeconds affinity=39 automountServiceAccountToken containers=[name]35 dnsConfig=43 "
            + "dnsPolicy enableServiceLinks ephemeralContainers=[name]33 hostAliases=[ip]40 hostIPC hostNetwork "
            + "hostPID hostname imagePullSecrets=[name]41 initContainers=[name]35 nodeName nodeSelector=1 overhead=1 "
            + "preemptionPolicy priority priorityClassName readinessGates restartPolicy runtimeClassName "
            + "schedulerName securityContext=44 serviceAccount serviceAccountName setHostnameAsFQDN "
            + "shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations "
            + "topologySpreadConstraints=[topologyKey,whenUnsatisfiable]42 volumes=[name]77",
        "metadata=3 spec=78", "maxSurge maxUnavailable", "rollingUpdate=80 type",
        "minReadySeconds revisionHistoryLimit selector=4 template=79 updateStrategy=81",
        "lastTransitionTime message reason status type",
        "collisionCount conditions=[type]83 currentNumberScheduled desiredNumberScheduled numberAvailable "
            + "numberMisscheduled numberReady numberUnavailable observedGeneration updatedNumberScheduled",
        "apiVersion kind metadata=3 spec=82 status=84", "lastTransitionTime lastUpdateTime message reason status type",
        "availableReplicas collisionCount conditions=[type]86 observedGeneration readyReplicas replicas "
            + "unavailableReplicas updatedReplicas",
        "minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector=4 strategy=81 "
            + "template=79",
        "apiVersion kind metadata=3 spec=88 status=87", "minReadySeconds replicas selector=4 template=79",
        "availableReplicas conditions=[type]83 fullyLabeledReplicas observedGeneration readyReplicas replicas",
        "apiVersion kind metadata=3 spec=90 status=91", "partition", "rollingUpdate=93 type",
        "podManagementPolicy replicas revisionHistoryLimit selector=4 serviceName template=79 "
            + "updateStrategy=94 volumeClaimTemplates",
        "collisionCount conditions=[type]83 currentReplicas currentRevision observedGeneration readyReplicas "
            + "replicas updateRevision updatedReplicas",
        "apiVersion kind metadata=3 spec=95 status=96", "apiVersion kind name uid",
        "audiences boundObjectRef=98 expirationSeconds", "expirationTimestamp token",
        "apiVersion kind metadata=3 spec=99 status=100", "audiences token", "extra=1 groups uid username",
        "audiences authenticated error user=103", "apiVersion kind metadata=3 spec=102 status=104",
        "allowed denied evaluationError reason", "path verb", "group name namespace resource subresource verb version",
        "extra=1 groups nonResourceAttributes=107 resourceAttributes=108 uid user",
        "apiVersion kind metadata=3 spec=109 status=106", "nonResourceAttributes=107 resourceAttributes=108",
        "apiVersion kind metadata=3 spec=111 status=106", "namespace",
        "evaluationError incomplete nonResourceRules resourceRules", "apiVersion kind metadata=3 spec=113 status=114",
        "extra=1 group nonResourceAttributes=107 resourceAttributes=108 uid user",
        "apiVersion kind metadata=3 spec=116 status=106", "apiVersion kind name",
        "maxReplicas minReplicas scaleTargetRef=118 targetCPUUtilizationPercentage",
        "currentCPUUtilizationPercentage currentReplicas desiredReplicas lastScaleTime observedGeneration",
        "apiVersion kind metadata=3 spec=119 status=120", "replicas", "replicas selector",
        "apiVersion kind metadata=3 spec=122 status=123", "maxReplicas metrics minReplicas scaleTargetRef=118",
        "conditions currentMetrics currentReplicas desiredReplicas lastScaleTime observedGeneration",
        "apiVersion kind metadata=3 spec=125 status=126", "policies selectPolicy stabilizationWindowSeconds",
        "scaleDown=128 scaleUp=128", "behavior=129 maxReplicas metrics minReplicas scaleTargetRef=118",
        "apiVersion kind metadata=3 spec=130 status=126",
        "activeDeadlineSeconds backoffLimit completionMode completions manualSelector parallelism selector=4 "
            + "suspend template=79 ttlSecondsAfterFinished",
        "metadata=3 spec=132",
        "concurrencyPolicy failedJobsHistoryLimit jobTemplate=133 schedule startingDeadlineSeconds "
            + "successfulJobsHistoryLimit suspend",
        "active lastScheduleTime lastSuccessfulTime", "apiVersion kind metadata=3 spec=134 status=135",
        "lastProbeTime lastTransitionTime message reason status type",
        "active completedIndexes completionTime conditions=[type]137 failed startTime succeeded",
        "apiVersion kind metadata=3 spec=132 status=138", "extra=1 groups request signerName uid usages username",
        "certificate conditions", "apiVersion kind metadata=3 spec=140 status=141",
        "acquireTime holderIdentity leaseDurationSeconds leaseTransitions renewTime",
        "apiVersion kind metadata=3 spec=143", "apiVersion fieldPath kind name namespace resourceVersion uid",
        "apiVersion kind metadata=3 target=145", "error message status type",
        "apiVersion conditions=[type]147 kind metadata=3", "apiVersion binaryData=1 data=1 immutable kind metadata=3",
        "apiVersion kind metadata=3 subsets", "component host", "count lastObservedTime",
        "action apiVersion count eventTime firstTimestamp involvedObject=145 kind lastTimestamp message "
            + "metadata=3 reason related=145 reportingComponent reportingInstance series=152 source=151 type",
        "limits", "apiVersion kind metadata=3 spec=154", "conditions=[type]83 phase", "finalizers",
        "apiVersion kind metadata=3 spec=157 status=156", "kubeletConfigKey name namespace resourceVersion uid",
        "configMap=159", "configSource=160 externalID podCIDR podCIDRs=[] providerID taints unschedulable",
        "architecture bootID containerRuntimeVersion kernelVersion kubeProxyVersion kubeletVersion machineID "
            + "operatingSystem osImage systemUUID",
        "lastHeartbeatTime lastTransitionTime message reason status type", "Port", "kubeletEndpoint=164",
        "active=160 assigned=160 error lastKnownGood=160", "address type",
        "addresses=[type]167 allocatable=1 capacity=1 conditions=[type]163 config=166 daemonEndpoints=165 "
            + "images nodeInfo=162 phase volumesAttached volumesInUse",
        "apiVersion kind metadata=3 spec=161 status=168", "name namespace",
        "fsType gateway protectionDomain readOnly secretRef=170 sslEnabled storageMode storagePool system "
            + "volumeName",
        "fsType readOnly secretRef=145 volumeName volumeNamespace",
        "monitors path readOnly secretFile secretRef=170 user", "required=37",
        "endpoints endpointsNamespace path readOnly", "fsType path", "fsType readOnly secretRef=170 volumeID",
        "chapAuthDiscovery chapAuthSession fsType initiatorName iqn iscsiInterface lun portals readOnly "
            + "secretRef=170 targetPortal",
        "fsType image keyring monitors pool readOnly secretRef=170 user",
        "driver fsType options=1 readOnly secretRef=170", "readOnly secretName secretNamespace shareName",
        "controllerExpandSecretRef=170 controllerPublishSecretRef=170 driver fsType nodePublishSecretRef=170 "
            + "nodeStageSecretRef=170 readOnly volumeAttributes=1 volumeHandle",
        "accessModes awsElasticBlockStore=67 azureDisk=57 azureFile=181 capacity=1 cephfs=173 cinder=177 "
            + "claimRef=145 csi=182 fc=74 flexVolume=180 flocker=75 gcePersistentDisk=63 glusterfs=175 hostPath=61 "
            + "iscsi=178 local=176 mountOptions nfs=49 nodeAffinity=174 persistentVolumeReclaimPolicy "
            + "photonPersistentDisk=50 portworxVolume=76 quobyte=45 rbd=179 scaleIO=171 storageClassName "
            + "storageos=172 volumeMode vsphereVolume=70",
        "message phase reason", "apiVersion kind metadata=3 spec=183 status=184",
        "accessModes capacity=1 conditions=[type]137 phase", "apiVersion kind metadata=3 spec=52 status=186", "ip",
        "conditions=[type]137 containerStatuses ephemeralContainerStatuses hostIP initContainerStatuses "
            + "message nominatedNodeName phase podIP podIPs=[ip]188 qosClass reason startTime",
        "apiVersion kind metadata=3 spec=78 status=189", "apiVersion kind metadata=3 template=79",
        "minReadySeconds replicas selector=1 template=79", "apiVersion kind metadata=3 spec=192 status=91",
        "matchExpressions", "hard=1 scopeSelector=194 scopes", "hard=1 used=1",
        "apiVersion kind metadata=3 spec=195 status=196",
        "apiVersion data=1 immutable kind metadata=3 stringData=1 type",
        "lastTransitionTime message observedGeneration reason status type", "ingress",
        "conditions=[type]199 loadBalancer=200", "timeoutSeconds", "clientIP=202",
        "appProtocol name nodePort port protocol targetPort",
        "allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy "
            + "healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP "
            + "loadBalancerSourceRanges ports=[port,protocol]204 publishNotReadyAddresses selector=1 sessionAffinity "
            + "sessionAffinityConfig=203 topologyKeys type",
        "apiVersion kind metadata=3 spec=205 status=201",
        "apiVersion automountServiceAccountToken imagePullSecrets kind metadata=3 secrets=[name]145",
        "addressType apiVersion endpoints kind metadata=3 ports",
        "action apiVersion deprecatedCount deprecatedFirstTimestamp deprecatedLastTimestamp "
            + "deprecatedSource=151 eventTime kind metadata=3 note reason regarding=145 related=145 "
            + "reportingController reportingInstance series=152 type",
        "resource=51 serviceName servicePort", "backend=210 ingressClassName rules tls", "loadBalancer=200",
        "apiVersion kind metadata=3 spec=211 status=212", "type",
        "distinguisherMethod=214 matchingPrecedence priorityLevelConfiguration=41 rules", "conditions",
        "apiVersion kind metadata=3 spec=215 status=216", "handSize queueLengthLimit queues", "queuing=218 type",
        "assuredConcurrencyShares limitResponse=219", "limited=220 type",
        "apiVersion kind metadata=3 spec=221 status=216", "name number", "name port=223", "resource=51 service=224",
        "defaultBackend=225 ingressClassName rules tls", "apiVersion kind metadata=3 spec=226 status=212",
        "apiGroup kind name namespace scope", "controller parameters=228", "apiVersion kind metadata=3 spec=229",
        "egress ingress podSelector=4 policyTypes", "apiVersion kind metadata=3 spec=231", "podFixed=1",
        "nodeSelector=1 tolerations", "apiVersion handler kind metadata=3 overhead=233 scheduling=234",
        "maxUnavailable minAvailable selector=4",
        "conditions=[type]199 currentHealthy desiredHealthy disruptedPods=1 disruptionsAllowed expectedPods "
            + "observedGeneration",
        "apiVersion kind metadata=3 spec=236 status=237", "resourceVersion uid",
        "apiVersion dryRun gracePeriodSeconds kind orphanDependents preconditions=239 propagationPolicy",
        "apiVersion deleteOptions=240 kind metadata=3", "allowedRuntimeClassNames defaultRuntimeClassName",
        "ranges rule", "rule seLinuxOptions=14",
        "allowPrivilegeEscalation allowedCSIDrivers allowedCapabilities allowedFlexVolumes allowedHostPaths "
            + "allowedProcMountTypes allowedUnsafeSysctls defaultAddCapabilities defaultAllowPrivilegeEscalation "
            + "forbiddenSysctls fsGroup=243 hostIPC hostNetwork hostPID hostPorts privileged readOnlyRootFilesystem "
            + "requiredDropCapabilities runAsGroup=243 runAsUser=243 runtimeClass=242 seLinux=244 "
            + "supplementalGroups=243 volumes",
        "apiVersion kind metadata=3 spec=245", "clusterRoleSelectors",
        "aggregationRule=247 apiVersion kind metadata=3 rules", "apiVersion kind metadata=3 roleRef=51 subjects",
        "apiVersion kind metadata=3 rules",
        "apiVersion description globalDefault kind metadata=3 preemptionPolicy value",
        "attachRequired fsGroupPolicy podInfoOnMount requiresRepublish storageCapacity tokenRequests "
            + "volumeLifecycleModes",
        "apiVersion kind metadata=3 spec=252", "count", "allocatable=254 name nodeID topologyKeys",
        "drivers=[name]255", "apiVersion kind metadata=3 spec=256",
        "allowVolumeExpansion allowedTopologies apiVersion kind metadata=3 mountOptions parameters=1 "
            + "provisioner reclaimPolicy volumeBindingMode",
        "inlineVolumeSpec=183 persistentVolumeName", "attacher nodeName source=259", "message time",
        "attachError=261 attached attachmentMetadata=1 detachError=261",
        "apiVersion kind metadata=3 spec=260 status=262",
        "apiVersion capacity kind maximumVolumeSize metadata=3 nodeTopology=4 storageClassName",
        "clientConfig=6 conversionReviewVersions", "strategy webhook=265",
        "categories kind listKind plural shortNames singular",
        "conversion=266 group names=267 preserveUnknownFields scope versions",
        "acceptedNames=267 conditions storedVersions", "apiVersion kind metadata=3 spec=268 status=269",
        "labelSelectorPath specReplicasPath statusReplicasPath", "scale=271 status",
        "conversionReviewVersions strategy webhookClientConfig=6",
        "$ref $schema additionalItems additionalProperties allOf anyOf default definitions=275 dependencies=1 "
            + "description enum example exclusiveMaximum exclusiveMinimum externalDocs=276 format id items maxItems "
            + "maxLength maxProperties maximum minItems minLength minProperties minimum multipleOf not=274 nullable "
            + "oneOf pattern patternProperties=275 properties=275 required title type uniqueItems "
            + "x-kubernetes-embedded-resource x-kubernetes-int-or-string x-kubernetes-list-map-keys "
            + "x-kubernetes-list-type x-kubernetes-map-type x-kubernetes-preserve-unknown-fields",
        "*=274", "description url", "openAPIV3Schema=274",
        "additionalPrinterColumns conversion=273 group names=267 preserveUnknownFields scope subresources=272 "
            + "validation=277 version versions",
        "apiVersion kind metadata=3 spec=278 status=269", "groupVersion version",
        "apiVersion kind name preferredVersion=280 serverAddressByClientCIDRs versions", "apiVersion groups kind",
        "apiVersion groupVersion kind resources", "apiVersion kind serverAddressByClientCIDRs versions",
        "causes group kind name retryAfterSeconds uid",
        "apiVersion code details=285 kind message metadata=9 reason status", "name namespace port",
        "caBundle group groupPriorityMinimum insecureSkipTLSVerify service=287 version versionPriority",
        "conditions=[type]83", "apiVersion kind metadata=3 spec=288 status=289",
    ]

    /// `kind form apiVersion…`, sorted as all tables of types are.
    static let types: [String] = [
        "APIGroup 281 v1", "APIGroupList 282 v1", "APIResourceList 283 v1",
        "APIService 290 apiregistration.k8s.io/v1 apiregistration.k8s.io/v1beta1",
        "APIServiceList 10 apiregistration.k8s.io/v1 apiregistration.k8s.io/v1beta1", "APIVersions 284 v1",
        "Binding 146 v1", "CSIDriver 253 storage.k8s.io/v1 storage.k8s.io/v1beta1",
        "CSIDriverList 10 storage.k8s.io/v1 storage.k8s.io/v1beta1",
        "CSINode 257 storage.k8s.io/v1 storage.k8s.io/v1beta1",
        "CSINodeList 10 storage.k8s.io/v1 storage.k8s.io/v1beta1", "CSIStorageCapacity 264 storage.k8s.io/v1beta1",
        "CSIStorageCapacityList 10 storage.k8s.io/v1beta1",
        "CertificateSigningRequest 142 certificates.k8s.io/v1 certificates.k8s.io/v1beta1",
        "CertificateSigningRequestList 10 certificates.k8s.io/v1 certificates.k8s.io/v1beta1",
        "ClusterRole 248 rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1",
        "ClusterRoleBinding 249 rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1",
        "ClusterRoleBindingList 10 rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1",
        "ClusterRoleList 10 rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1", "ComponentStatus 148 v1",
        "ComponentStatusList 10 v1", "ConfigMap 149 v1", "ConfigMapList 10 v1", "ControllerRevision 13 apps/v1",
        "ControllerRevisionList 10 apps/v1", "CronJob 136 batch/v1 batch/v1beta1",
        "CronJobList 10 batch/v1 batch/v1beta1", "CustomResourceDefinition 270 apiextensions.k8s.io/v1",
        "CustomResourceDefinition 279 apiextensions.k8s.io/v1beta1",
        "CustomResourceDefinitionList 10 apiextensions.k8s.io/v1 apiextensions.k8s.io/v1beta1", "DaemonSet 85 apps/v1",
        "DaemonSetList 10 apps/v1",
        "DeleteOptions 240 admission.k8s.io/v1 admission.k8s.io/v1beta1 admissionregistration.k8s.io/v1 "
            + "admissionregistration.k8s.io/v1beta1 apiextensions.k8s.io/v1 apiextensions.k8s.io/v1beta1 "
            + "apiregistration.k8s.io/v1 apiregistration.k8s.io/v1beta1 apps/v1 apps/v1beta1 apps/v1beta2 "
            + "authentication.k8s.io/v1 authentication.k8s.io/v1beta1 authorization.k8s.io/v1 "
            + "authorization.k8s.io/v1beta1 autoscaling/v1 autoscaling/v2beta1 autoscaling/v2beta2 batch/v1 "
            + "batch/v1beta1 certificates.k8s.io/v1 certificates.k8s.io/v1beta1 coordination.k8s.io/v1 "
            + "coordination.k8s.io/v1beta1 discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 "
            + "events.k8s.io/v1beta1 extensions/v1beta1 flowcontrol.apiserver.k8s.io/v1alpha1 "
            + "flowcontrol.apiserver.k8s.io/v1beta1 imagepolicy.k8s.io/v1alpha1 internal.apiserver.k8s.io/v1alpha1 "
            + "networking.k8s.io/v1 networking.k8s.io/v1beta1 node.k8s.io/v1 node.k8s.io/v1alpha1 "
            + "node.k8s.io/v1beta1 policy/v1 policy/v1beta1 rbac.authorization.k8s.io/v1 "
            + "rbac.authorization.k8s.io/v1alpha1 rbac.authorization.k8s.io/v1beta1 scheduling.k8s.io/v1 "
            + "scheduling.k8s.io/v1alpha1 scheduling.k8s.io/v1beta1 storage.k8s.io/v1 storage.k8s.io/v1alpha1 "
            + "storage.k8s.io/v1beta1 v1",
        "Deployment 89 apps/v1", "DeploymentList 10 apps/v1",
        "EndpointSlice 208 discovery.k8s.io/v1 discovery.k8s.io/v1beta1",
        "EndpointSliceList 10 discovery.k8s.io/v1 discovery.k8s.io/v1beta1", "Endpoints 150 v1", "EndpointsList 10 v1",
        "Event 153 v1", "Event 209 events.k8s.io/v1 events.k8s.io/v1beta1",
        "EventList 10 events.k8s.io/v1 events.k8s.io/v1beta1 v1", "Eviction 241 policy/v1beta1",
        "FlowSchema 217 flowcontrol.apiserver.k8s.io/v1beta1",
        "FlowSchemaList 10 flowcontrol.apiserver.k8s.io/v1beta1", "HorizontalPodAutoscaler 121 autoscaling/v1",
        "HorizontalPodAutoscaler 127 autoscaling/v2beta1", "HorizontalPodAutoscaler 131 autoscaling/v2beta2",
        "HorizontalPodAutoscalerList 10 autoscaling/v1 autoscaling/v2beta1 autoscaling/v2beta2",
        "Ingress 213 extensions/v1beta1 networking.k8s.io/v1beta1", "Ingress 227 networking.k8s.io/v1",
        "IngressClass 230 networking.k8s.io/v1 networking.k8s.io/v1beta1",
        "IngressClassList 10 networking.k8s.io/v1 networking.k8s.io/v1beta1",
        "IngressList 10 extensions/v1beta1 networking.k8s.io/v1 networking.k8s.io/v1beta1", "Job 139 batch/v1",
        "JobList 10 batch/v1", "Lease 144 coordination.k8s.io/v1 coordination.k8s.io/v1beta1",
        "LeaseList 10 coordination.k8s.io/v1 coordination.k8s.io/v1beta1", "LimitRange 155 v1", "LimitRangeList 10 v1",
        "LocalSubjectAccessReview 110 authorization.k8s.io/v1",
        "LocalSubjectAccessReview 117 authorization.k8s.io/v1beta1",
        "MutatingWebhookConfiguration 8 admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfigurationList 10 admissionregistration.k8s.io/v1 "
            + "admissionregistration.k8s.io/v1beta1",
        "Namespace 158 v1", "NamespaceList 10 v1", "NetworkPolicy 232 networking.k8s.io/v1",
        "NetworkPolicyList 10 networking.k8s.io/v1", "Node 169 v1", "NodeList 10 v1", "PersistentVolume 185 v1",
        "PersistentVolumeClaim 187 v1", "PersistentVolumeClaimList 10 v1", "PersistentVolumeList 10 v1", "Pod 190 v1",
        "PodDisruptionBudget 238 policy/v1 policy/v1beta1", "PodDisruptionBudgetList 10 policy/v1 policy/v1beta1",
        "PodList 10 v1", "PodSecurityPolicy 246 policy/v1beta1", "PodSecurityPolicyList 10 policy/v1beta1",
        "PodTemplate 191 v1", "PodTemplateList 10 v1",
        "PriorityClass 251 scheduling.k8s.io/v1 scheduling.k8s.io/v1beta1",
        "PriorityClassList 10 scheduling.k8s.io/v1 scheduling.k8s.io/v1beta1",
        "PriorityLevelConfiguration 222 flowcontrol.apiserver.k8s.io/v1beta1",
        "PriorityLevelConfigurationList 10 flowcontrol.apiserver.k8s.io/v1beta1", "ReplicaSet 92 apps/v1",
        "ReplicaSetList 10 apps/v1", "ReplicationController 193 v1", "ReplicationControllerList 10 v1",
        "ResourceQuota 197 v1", "ResourceQuotaList 10 v1",
        "Role 250 rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1",
        "RoleBinding 249 rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1",
        "RoleBindingList 10 rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1",
        "RoleList 10 rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1",
        "RuntimeClass 235 node.k8s.io/v1 node.k8s.io/v1beta1",
        "RuntimeClassList 10 node.k8s.io/v1 node.k8s.io/v1beta1", "Scale 124 autoscaling/v1", "Secret 198 v1",
        "SecretList 10 v1", "SelfSubjectAccessReview 112 authorization.k8s.io/v1 authorization.k8s.io/v1beta1",
        "SelfSubjectRulesReview 115 authorization.k8s.io/v1 authorization.k8s.io/v1beta1", "Service 206 v1",
        "ServiceAccount 207 v1", "ServiceAccountList 10 v1", "ServiceList 10 v1", "StatefulSet 97 apps/v1",
        "StatefulSetList 10 apps/v1", "Status 286 v1", "StorageClass 258 storage.k8s.io/v1 storage.k8s.io/v1beta1",
        "StorageClassList 10 storage.k8s.io/v1 storage.k8s.io/v1beta1",
        "SubjectAccessReview 110 authorization.k8s.io/v1", "SubjectAccessReview 117 authorization.k8s.io/v1beta1",
        "TokenRequest 101 authentication.k8s.io/v1",
        "TokenReview 105 authentication.k8s.io/v1 authentication.k8s.io/v1beta1",
        "ValidatingWebhookConfiguration 12 admissionregistration.k8s.io/v1 "
            + "admissionregistration.k8s.io/v1beta1",
        "ValidatingWebhookConfigurationList 10 admissionregistration.k8s.io/v1 "
            + "admissionregistration.k8s.io/v1beta1",
        "VolumeAttachment 263 storage.k8s.io/v1 storage.k8s.io/v1beta1",
        "VolumeAttachmentList 10 storage.k8s.io/v1 storage.k8s.io/v1beta1",
    ]

    /// `kind apiVersion…` of everything in namespaces.
    static let namespaced: [String] = [
        "CSIStorageCapacity storage.k8s.io/v1beta1", "ConfigMap v1", "ControllerRevision apps/v1",
        "CronJob batch/v1 batch/v1beta1", "DaemonSet apps/v1", "Deployment apps/v1",
        "EndpointSlice discovery.k8s.io/v1 discovery.k8s.io/v1beta1", "Endpoints v1",
        "Event events.k8s.io/v1 events.k8s.io/v1beta1 v1",
        "HorizontalPodAutoscaler autoscaling/v1 autoscaling/v2beta1 autoscaling/v2beta2",
        "Ingress extensions/v1beta1 networking.k8s.io/v1 networking.k8s.io/v1beta1", "Job batch/v1",
        "Lease coordination.k8s.io/v1 coordination.k8s.io/v1beta1", "LimitRange v1",
        "NetworkPolicy networking.k8s.io/v1", "PersistentVolumeClaim v1", "Pod v1", "PodAttachOptions v1",
        "PodDisruptionBudget policy/v1 policy/v1beta1", "PodExecOptions v1", "PodPortForwardOptions v1",
        "PodProxyOptions v1", "PodTemplate v1", "ReplicaSet apps/v1", "ReplicationController v1", "ResourceQuota v1",
        "Role rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1",
        "RoleBinding rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1", "Scale autoscaling/v1",
        "Secret v1", "Service v1", "ServiceAccount v1", "ServiceProxyOptions v1", "StatefulSet apps/v1",
    ]

    /// `kind apiVersion…` of everything outside of namespaces.
    static let clusterScoped: [String] = [
        "APIService apiregistration.k8s.io/v1 apiregistration.k8s.io/v1beta1",
        "CSIDriver storage.k8s.io/v1 storage.k8s.io/v1beta1", "CSINode storage.k8s.io/v1 storage.k8s.io/v1beta1",
        "CertificateSigningRequest certificates.k8s.io/v1 certificates.k8s.io/v1beta1",
        "ClusterRole rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1",
        "ClusterRoleBinding rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1", "ComponentStatus v1",
        "CustomResourceDefinition apiextensions.k8s.io/v1 apiextensions.k8s.io/v1beta1",
        "FlowSchema flowcontrol.apiserver.k8s.io/v1beta1",
        "IngressClass networking.k8s.io/v1 networking.k8s.io/v1beta1",
        "MutatingWebhookConfiguration admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1beta1",
        "Namespace v1", "Node v1", "NodeProxyOptions v1", "PersistentVolume v1", "PodSecurityPolicy policy/v1beta1",
        "PriorityClass scheduling.k8s.io/v1 scheduling.k8s.io/v1beta1",
        "PriorityLevelConfiguration flowcontrol.apiserver.k8s.io/v1beta1",
        "RuntimeClass node.k8s.io/v1 node.k8s.io/v1beta1", "StorageClass storage.k8s.io/v1 storage.k8s.io/v1beta1",
        "ValidatingWebhookConfiguration admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1beta1",
        "VolumeAttachment storage.k8s.io/v1 storage.k8s.io/v1beta1",
    ]
}
