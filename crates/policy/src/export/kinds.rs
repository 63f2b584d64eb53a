//! The kinds that native policies match, and where pod specs stand in each.
//!
//! The scanner finds pod specs by their shape in any kind; a native policy must name kinds and paths.
//! Kinds with the same paths share one policy, so that an API server evaluates few of them.

/// Kinds of one group whose pod specs stand in the same places.
#[derive(Clone, Copy, Debug)]
pub struct Kinds {
    /// A short name, part of the policy's name.
    pub name: &'static str,
    /// API groups, versions, and the plural names with their kinds.
    pub resources: &'static [Resource],
    /// Paths of pod specs: fields with dots, `[]` after a list, `{}` after a map.
    pub pods: &'static [&'static str],
    /// Paths of containers that stand alone.
    pub containers: &'static [&'static str],
}

/// Resources of one API group.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// The API group.
    pub group: &'static str,
    /// Its versions.
    pub versions: &'static [&'static str],
    /// Kinds and their plural names.
    pub names: &'static [(&'static str, &'static str)],
}

const fn of(
    group: &'static str,
    versions: &'static [&'static str],
    names: &'static [(&'static str, &'static str)],
) -> Resource {
    Resource {
        group,
        versions,
        names,
    }
}

const fn kinds(
    name: &'static str,
    resources: &'static [Resource],
    pods: &'static [&'static str],
) -> Kinds {
    Kinds {
        name,
        resources,
        pods,
        containers: &[],
    }
}

/// Kinds that hold pod specs.
pub static WORKLOADS: &[Kinds] = &[
    kinds("pod", &[of("", &["v1"], &[("Pod", "pods")])], &["spec"]),
    kinds(
        "template",
        &[
            of(
                "apps",
                &["v1"],
                &[
                    ("DaemonSet", "daemonsets"),
                    ("Deployment", "deployments"),
                    ("ReplicaSet", "replicasets"),
                    ("StatefulSet", "statefulsets"),
                ],
            ),
            of("batch", &["v1"], &[("Job", "jobs")]),
            of(
                "serving.knative.dev",
                &["v1"],
                &[("Configuration", "configurations"), ("Service", "services")],
            ),
            of(
                "kubeflow.org",
                &["v1", "v1beta1", "v1alpha1"],
                &[("Notebook", "notebooks")],
            ),
        ],
        &["spec.template.spec"],
    ),
    kinds(
        "cron-job",
        &[of("batch", &["v1"], &[("CronJob", "cronjobs")])],
        &["spec.jobTemplate.spec.template.spec"],
    ),
    Kinds {
        name: "inference-service",
        resources: &[of(
            "serving.kserve.io",
            &["v1beta1"],
            &[("InferenceService", "inferenceservices")],
        )],
        pods: &[
            "spec.predictor",
            "spec.transformer",
            "spec.explainer",
            "spec.predictor.workerSpec",
        ],
        containers: &["spec.predictor.model"],
    },
    kinds(
        "serving-runtime",
        &[of(
            "serving.kserve.io",
            &["v1alpha1"],
            &[
                ("ClusterServingRuntime", "clusterservingruntimes"),
                ("ServingRuntime", "servingruntimes"),
            ],
        )],
        &["spec", "spec.workerSpec"],
    ),
    kinds(
        "language-model",
        &[of(
            "serving.kserve.io",
            &["v1alpha1", "v1alpha2"],
            &[
                ("LLMInferenceService", "llminferenceservices"),
                ("LLMInferenceServiceConfig", "llminferenceserviceconfigs"),
            ],
        )],
        &[
            "spec.template",
            "spec.worker",
            "spec.prefill.template",
            "spec.prefill.worker",
            "spec.router.scheduler.template",
        ],
    ),
    kinds(
        "ray-cluster",
        &[of("ray.io", &["v1"], &[("RayCluster", "rayclusters")])],
        &[
            "spec.headGroupSpec.template.spec",
            "spec.workerGroupSpecs[].template.spec",
        ],
    ),
    kinds(
        "ray-job",
        &[of("ray.io", &["v1"], &[("RayJob", "rayjobs")])],
        &[
            "spec.rayClusterSpec.headGroupSpec.template.spec",
            "spec.rayClusterSpec.workerGroupSpecs[].template.spec",
            "spec.submitterPodTemplate.spec",
        ],
    ),
    kinds(
        "ray-service",
        &[of("ray.io", &["v1"], &[("RayService", "rayservices")])],
        &[
            "spec.rayClusterConfig.headGroupSpec.template.spec",
            "spec.rayClusterConfig.workerGroupSpecs[].template.spec",
        ],
    ),
    kinds(
        "pytorch-job",
        &[of(
            "kubeflow.org",
            &["v1"],
            &[("PyTorchJob", "pytorchjobs")],
        )],
        &["spec.pytorchReplicaSpecs{}.template.spec"],
    ),
    kinds(
        "tf-job",
        &[of("kubeflow.org", &["v1"], &[("TFJob", "tfjobs")])],
        &["spec.tfReplicaSpecs{}.template.spec"],
    ),
    kinds(
        "mpi-job",
        &[of(
            "kubeflow.org",
            &["v1", "v2beta1"],
            &[("MPIJob", "mpijobs")],
        )],
        &["spec.mpiReplicaSpecs{}.template.spec"],
    ),
    kinds(
        "xgboost-job",
        &[of(
            "kubeflow.org",
            &["v1"],
            &[("XGBoostJob", "xgboostjobs")],
        )],
        &["spec.xgbReplicaSpecs{}.template.spec"],
    ),
    kinds(
        "training-runtime",
        &[of(
            "trainer.kubeflow.org",
            &["v1alpha1"],
            &[
                ("ClusterTrainingRuntime", "clustertrainingruntimes"),
                ("TrainingRuntime", "trainingruntimes"),
            ],
        )],
        &["spec.template.spec.replicatedJobs[].template.spec.template.spec"],
    ),
    kinds(
        "job-set",
        &[of(
            "jobset.x-k8s.io",
            &["v1alpha2"],
            &[("JobSet", "jobsets")],
        )],
        &["spec.replicatedJobs[].template.spec.template.spec"],
    ),
    kinds(
        "leader-worker-set",
        &[of(
            "leaderworkerset.x-k8s.io",
            &["v1"],
            &[("LeaderWorkerSet", "leaderworkersets")],
        )],
        &[
            "spec.leaderWorkerTemplate.leaderTemplate.spec",
            "spec.leaderWorkerTemplate.workerTemplate.spec",
        ],
    ),
    kinds(
        "sandbox",
        &[
            of(
                "agents.x-k8s.io",
                &["v1alpha1"],
                &[("Sandbox", "sandboxes")],
            ),
            of(
                "extensions.agents.x-k8s.io",
                &["v1alpha1"],
                &[("SandboxTemplate", "sandboxtemplates")],
            ),
        ],
        &["spec.podTemplate.spec"],
    ),
    kinds(
        "seldon-deployment",
        &[of(
            "machinelearning.seldon.io",
            &["v1"],
            &[("SeldonDeployment", "seldondeployments")],
        )],
        &["spec.predictors[].componentSpecs[].spec"],
    ),
];

/// Kinds that rules about single parts speak of and that hold no pod specs.
pub static OTHERS: &[Resource] = &[
    of("", &["v1"], &[("Service", "services")]),
    of(
        "kubeflow.org",
        &["v1alpha1"],
        &[("PodDefault", "poddefaults")],
    ),
    of(
        "networking.k8s.io",
        &["v1"],
        &[("NetworkPolicy", "networkpolicies")],
    ),
    of(
        "nvidia.com",
        &["v1"],
        &[("ClusterPolicy", "clusterpolicies")],
    ),
    of("ray.io", &["v1"], &[("RayCronJob", "raycronjobs")]),
    of(
        "rbac.authorization.k8s.io",
        &["v1"],
        &[
            ("ClusterRole", "clusterroles"),
            ("ClusterRoleBinding", "clusterrolebindings"),
            ("Role", "roles"),
            ("RoleBinding", "rolebindings"),
        ],
    ),
    of(
        "resource.k8s.io",
        &["v1", "v1beta1", "v1beta2"],
        &[
            ("ResourceClaim", "resourceclaims"),
            ("ResourceClaimTemplate", "resourceclaimtemplates"),
        ],
    ),
    of(
        "extensions.agents.x-k8s.io",
        &["v1alpha1"],
        &[("SandboxWarmPool", "sandboxwarmpools")],
    ),
    of(
        "security.istio.io",
        &["v1", "v1beta1"],
        &[("PeerAuthentication", "peerauthentications")],
    ),
    of(
        "serving.kserve.io",
        &["v1alpha1"],
        &[("InferenceGraph", "inferencegraphs")],
    ),
    of(
        "spire.spiffe.io",
        &["v1alpha1"],
        &[("ClusterSPIFFEID", "clusterspiffeids")],
    ),
];

/// The resource of a kind, with its plural name.
pub(super) fn resource(kind: &str) -> Option<(&'static Resource, &'static str)> {
    let workloads = WORKLOADS.iter().flat_map(|own| own.resources);
    workloads.chain(OTHERS).find_map(|resource| {
        let mut names = resource.names.iter();
        // A kind of this name in another group (Knative's Service) is found by the core group first.
        names
            .find(|(name, _)| *name == kind && !is_shadowed(resource, kind))
            .map(|(_, plural)| (resource, *plural))
    })
}

fn is_shadowed(resource: &Resource, kind: &str) -> bool {
    kind == "Service" && !resource.group.is_empty()
}
