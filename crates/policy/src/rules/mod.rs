//! The rules, one file each, and what runs them over a set of objects.

mod accelerator_device_mounted;
mod accelerator_toolkit_vulnerable;
mod account_token_mounted;
mod adapter_loading_at_runtime;
mod agent_sandbox_open;
mod any_origin_allowed;
mod arguments_not_resolved;
mod capabilities_added;
mod certificate_check_off;
mod ci_action_not_pinned;
mod ci_broad_permissions;
mod ci_script_injection;
mod ci_untrusted_checkout;
mod ci_unverified_download;
mod code_fetched_at_start;
mod confidential_model_in_the_open;
mod dataset_not_pinned;
mod debug_endpoint_enabled;
mod default_deny_missing;
mod demo_tool_server;
mod device_claim_rights;
mod dra_admin_access;
mod duplicate_key;
mod egress_unrestricted;
mod escalation_rights;
mod gpu_driver_capabilities;
mod gpu_isolation_bypass;
mod graph_step_plain_http;
mod guardrail_rights;
mod host_control_mounted;
mod host_namespaces;
mod host_path_volume;
mod host_port_bound;
mod hypervisor_annotation;
mod image_not_pinned;
mod inference_service_public;
mod inference_without_key;
mod insecure_serialization;
mod key_broker_plain_http;
mod llama_rpc_server;
mod llama_state_exposed;
mod local_media_path_wide;
mod media_address_unrestricted;
mod mesh_accepts_clear_text;
mod metadata_endpoint_reachable;
mod model_format_runs_code;
mod model_from_git;
mod model_not_pinned;
mod model_over_http;
mod model_server_exposed;
mod model_verification_spoofed;
mod model_volume_writable;
mod mpi_ssh_as_root;
mod namespace_label_rights;
mod node_proxy_rights;
mod notebook_as_root;
mod notebook_without_authentication;
mod pickle_load_format;
mod pod_default_injects_secrets;
mod preload_in_accelerator_container;
mod privilege_escalation_allowed;
mod privileged_container;
mod proc_mount_unmasked;
mod prompt_embeds_enabled;
mod prompts_logged;
mod ray_dashboard_exposed;
mod ray_redis_password;
mod ray_remote_code;
mod ray_tls_off;
mod ray_without_authentication;
mod remote_code_not_pinned;
mod resource_limits_missing;
mod role_bound_to_everybody;
mod runs_as_root;
mod sandbox_accelerator_unsupported;
mod sandbox_network_unmanaged;
mod sandbox_undone;
mod sandboxed_runtime_missing;
mod seccomp_unconfined;
mod secret_in_environment;
mod service_external_address;
mod serving_configuration_polled;
mod shared_memory_unbounded;
mod shell_eval_of_environment;
mod spiffe_id_from_label;
mod storage_container_too_wide;
mod storage_not_encrypted;
mod torchserve_open_management;
mod tracking_server_open;
mod training_override_widens;
mod triton_api_unrestricted;
mod triton_model_control;
mod trust_remote_code;
mod unmaintained_server;
mod unsafe_sysctl;
mod vllm_dev_mode;
mod vulnerable_model_server;
mod wildcard_rbac;
mod workflow_pod_spec_patch;
mod workload_can_take_over;
mod yaml_word_ambiguous;

use seawall_base::{Finding, Limits, Problem};
use seawall_config::yaml::Flaw;

use crate::context::{Context, Out, Rendered, Scope};
use crate::expression;
use crate::fix::Remedy;
use crate::object::{Object, Reading};
pub use crate::rule::Rule;
use crate::rule::{Check, expression, object, set, text, workload};

/// Every rule, by id.
pub static RULES: &[Rule] = &[
    expression(
        &accelerator_device_mounted::META,
        &accelerator_device_mounted::EXPRESSION,
    ),
    expression(
        &accelerator_toolkit_vulnerable::META,
        &accelerator_toolkit_vulnerable::EXPRESSION,
    ),
    workload(&account_token_mounted::META, account_token_mounted::check)
        .mended(Remedy::Insert(&["automountServiceAccountToken"], "false")),
    workload(
        &adapter_loading_at_runtime::META,
        adapter_loading_at_runtime::check,
    )
    .exported(&adapter_loading_at_runtime::EXPRESSION)
    .mended(Remedy::RemoveVariable),
    expression(&agent_sandbox_open::META, &agent_sandbox_open::EXPRESSION),
    workload(&any_origin_allowed::META, any_origin_allowed::check),
    workload(&arguments_not_resolved::META, arguments_not_resolved::check),
    workload(&capabilities_added::META, capabilities_added::check)
        .exported(&capabilities_added::EXPRESSION),
    workload(&certificate_check_off::META, certificate_check_off::check)
        .mended(Remedy::RemoveVariable),
    object(&ci_action_not_pinned::META, ci_action_not_pinned::check),
    object(&ci_broad_permissions::META, ci_broad_permissions::check),
    object(&ci_script_injection::META, ci_script_injection::check),
    object(&ci_untrusted_checkout::META, ci_untrusted_checkout::check),
    object(&ci_unverified_download::META, ci_unverified_download::check),
    workload(&code_fetched_at_start::META, code_fetched_at_start::check),
    expression(
        &confidential_model_in_the_open::META,
        &confidential_model_in_the_open::EXPRESSION,
    ),
    workload(&dataset_not_pinned::META, dataset_not_pinned::check),
    workload(&debug_endpoint_enabled::META, debug_endpoint_enabled::check)
        .mended(Remedy::RemoveArgument),
    set(&default_deny_missing::META, default_deny_missing::check),
    workload(&demo_tool_server::META, demo_tool_server::check),
    expression(&device_claim_rights::META, &device_claim_rights::EXPRESSION),
    expression(&dra_admin_access::META, &dra_admin_access::EXPRESSION).mended(Remedy::Set("false")),
    text(&duplicate_key::META),
    object(&egress_unrestricted::META, egress_unrestricted::check),
    expression(&escalation_rights::META, &escalation_rights::EXPRESSION),
    workload(
        &gpu_driver_capabilities::META,
        gpu_driver_capabilities::check,
    )
    .exported(&gpu_driver_capabilities::EXPRESSION)
    .mended(Remedy::RemoveVariable),
    workload(&gpu_isolation_bypass::META, gpu_isolation_bypass::check)
        .exported(&gpu_isolation_bypass::EXPRESSION),
    expression(
        &graph_step_plain_http::META,
        &graph_step_plain_http::EXPRESSION,
    ),
    expression(&guardrail_rights::META, &guardrail_rights::EXPRESSION),
    expression(
        &host_control_mounted::META,
        &host_control_mounted::EXPRESSION,
    ),
    expression(&host_namespaces::META, &host_namespaces::EXPRESSION).mended(Remedy::Set("false")),
    expression(&host_path_volume::META, &host_path_volume::EXPRESSION),
    expression(&host_port_bound::META, &host_port_bound::EXPRESSION).mended(Remedy::RemoveField),
    expression(
        &hypervisor_annotation::META,
        &hypervisor_annotation::EXPRESSION,
    ),
    workload(&image_not_pinned::META, image_not_pinned::check)
        .exported(&image_not_pinned::EXPRESSION),
    expression(
        &inference_service_public::META,
        &inference_service_public::EXPRESSION,
    ),
    workload(&inference_without_key::META, inference_without_key::check),
    workload(&insecure_serialization::META, insecure_serialization::check)
        .exported(&insecure_serialization::EXPRESSION)
        .mended(Remedy::RemoveVariable),
    workload(&key_broker_plain_http::META, key_broker_plain_http::check),
    workload(&llama_rpc_server::META, llama_rpc_server::check),
    workload(&llama_state_exposed::META, llama_state_exposed::check),
    workload(&local_media_path_wide::META, local_media_path_wide::check),
    workload(
        &media_address_unrestricted::META,
        media_address_unrestricted::check,
    ),
    expression(
        &mesh_accepts_clear_text::META,
        &mesh_accepts_clear_text::EXPRESSION,
    )
    .mended(Remedy::Set("STRICT")),
    expression(
        &metadata_endpoint_reachable::META,
        &metadata_endpoint_reachable::EXPRESSION,
    ),
    workload(&model_format_runs_code::META, model_format_runs_code::check),
    workload(&model_from_git::META, model_from_git::check),
    workload(&model_not_pinned::META, model_not_pinned::check),
    workload(&model_over_http::META, model_over_http::check),
    set(&model_server_exposed::META, model_server_exposed::check),
    workload(
        &model_verification_spoofed::META,
        model_verification_spoofed::check,
    ),
    workload(&model_volume_writable::META, model_volume_writable::check),
    expression(&mpi_ssh_as_root::META, &mpi_ssh_as_root::EXPRESSION),
    expression(
        &namespace_label_rights::META,
        &namespace_label_rights::EXPRESSION,
    ),
    expression(&node_proxy_rights::META, &node_proxy_rights::EXPRESSION),
    workload(&notebook_as_root::META, notebook_as_root::check),
    workload(
        &notebook_without_authentication::META,
        notebook_without_authentication::check,
    ),
    workload(&pickle_load_format::META, pickle_load_format::check),
    expression(
        &pod_default_injects_secrets::META,
        &pod_default_injects_secrets::EXPRESSION,
    ),
    workload(
        &preload_in_accelerator_container::META,
        preload_in_accelerator_container::check,
    ),
    workload(
        &privilege_escalation_allowed::META,
        privilege_escalation_allowed::check,
    )
    .exported(&privilege_escalation_allowed::EXPRESSION)
    .mended(Remedy::Insert(
        &["securityContext", "allowPrivilegeEscalation"],
        "false",
    )),
    expression(
        &privileged_container::META,
        &privileged_container::EXPRESSION,
    )
    .mended(Remedy::Set("false")),
    expression(&proc_mount_unmasked::META, &proc_mount_unmasked::EXPRESSION)
        .mended(Remedy::Set("Default")),
    workload(&prompt_embeds_enabled::META, prompt_embeds_enabled::check)
        .mended(Remedy::RemoveArgument),
    workload(&prompts_logged::META, prompts_logged::check).mended(Remedy::RemoveArgument),
    object(&ray_dashboard_exposed::META, ray_dashboard_exposed::check),
    expression(&ray_redis_password::META, &ray_redis_password::EXPRESSION),
    object(&ray_remote_code::META, ray_remote_code::check),
    expression(&ray_tls_off::META, &ray_tls_off::EXPRESSION),
    expression(
        &ray_without_authentication::META,
        &ray_without_authentication::EXPRESSION,
    ),
    workload(&remote_code_not_pinned::META, remote_code_not_pinned::check),
    workload(
        &resource_limits_missing::META,
        resource_limits_missing::check,
    ),
    expression(
        &role_bound_to_everybody::META,
        &role_bound_to_everybody::EXPRESSION,
    ),
    workload(&runs_as_root::META, runs_as_root::check).exported(&runs_as_root::EXPRESSION),
    workload(
        &sandbox_accelerator_unsupported::META,
        sandbox_accelerator_unsupported::check,
    ),
    expression(
        &sandbox_network_unmanaged::META,
        &sandbox_network_unmanaged::EXPRESSION,
    )
    .mended(Remedy::Set("Managed")),
    workload(&sandbox_undone::META, sandbox_undone::check),
    workload(
        &sandboxed_runtime_missing::META,
        sandboxed_runtime_missing::check,
    ),
    expression(&seccomp_unconfined::META, &seccomp_unconfined::EXPRESSION),
    workload(&secret_in_environment::META, secret_in_environment::check),
    expression(
        &service_external_address::META,
        &service_external_address::EXPRESSION,
    )
    .mended(Remedy::RemoveField),
    workload(
        &serving_configuration_polled::META,
        serving_configuration_polled::check,
    ),
    workload(
        &shared_memory_unbounded::META,
        shared_memory_unbounded::check,
    )
    .exported(&shared_memory_unbounded::EXPRESSION),
    workload(
        &shell_eval_of_environment::META,
        shell_eval_of_environment::check,
    ),
    expression(
        &spiffe_id_from_label::META,
        &spiffe_id_from_label::EXPRESSION,
    ),
    object(
        &storage_container_too_wide::META,
        storage_container_too_wide::check,
    ),
    object(&storage_not_encrypted::META, storage_not_encrypted::check).mended(Remedy::Set("\"1\"")),
    workload(
        &torchserve_open_management::META,
        torchserve_open_management::check,
    ),
    workload(&tracking_server_open::META, tracking_server_open::check),
    object(
        &training_override_widens::META,
        training_override_widens::check,
    ),
    workload(
        &triton_api_unrestricted::META,
        triton_api_unrestricted::check,
    ),
    workload(&triton_model_control::META, triton_model_control::check)
        .exported(&triton_model_control::EXPRESSION),
    workload(&trust_remote_code::META, trust_remote_code::check)
        .exported(&trust_remote_code::EXPRESSION)
        .mended(Remedy::RemoveArgument),
    workload(&unmaintained_server::META, unmaintained_server::check),
    expression(&unsafe_sysctl::META, &unsafe_sysctl::EXPRESSION),
    workload(&vllm_dev_mode::META, vllm_dev_mode::check)
        .exported(&vllm_dev_mode::EXPRESSION)
        .mended(Remedy::RemoveVariable),
    workload(
        &vulnerable_model_server::META,
        vulnerable_model_server::check,
    ),
    object(&wildcard_rbac::META, wildcard_rbac::check),
    object(
        &workflow_pod_spec_patch::META,
        workflow_pod_spec_patch::check,
    ),
    set(&workload_can_take_over::META, workload_can_take_over::check),
    text(&yaml_word_ambiguous::META),
];

/// Checks a set of objects that belong together, as a folder of manifests does.
#[must_use]
pub fn check(objects: &[Object], limits: &Limits) -> (Vec<Finding>, Vec<Problem>) {
    check_scoped(objects, Scope::Set, limits)
}

/// Checks objects, where [`Scope::Single`] says that the rest of the cluster is not shown.
#[must_use]
pub fn check_scoped(
    objects: &[Object],
    scope: Scope,
    limits: &Limits,
) -> (Vec<Finding>, Vec<Problem>) {
    let rendered = Rendered::new(objects);
    let ctx = Context::new(objects, &rendered, scope);
    let mut out = Out::new(limits);
    for rule in RULES {
        match rule.check {
            Check::Text => {}
            Check::Expression => {
                if let Some(found) = rule.expression {
                    expression::check(rule, found, &ctx, objects, &mut out);
                }
            }
            Check::Object(check) => objects
                .iter()
                .for_each(|object| check(&ctx, object, &mut out)),
            Check::Workload(check) => {
                ctx.workloads
                    .iter()
                    .for_each(|workload| check(&ctx, workload, &mut out));
            }
            Check::Set(check) => check(&ctx, &mut out),
        }
    }
    let mut problems = Vec::new();
    if out.dropped > 0 {
        problems.push(Problem {
            path: objects
                .first()
                .map(|object| object.path.to_string())
                .unwrap_or_default(),
            location: None,
            message: format!("{} findings more than the limit were left out", out.dropped),
        });
    }
    (out.into_findings(), problems)
}

/// Turns a flaw of the text into a finding of the rule that is about it.
pub(crate) fn textual(flaw: &Flaw, path: &str, reading: &mut Reading) {
    duplicate_key::check(flaw, path, reading);
    yaml_word_ambiguous::check(flaw, path, reading);
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod tests;
