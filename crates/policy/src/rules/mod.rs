//! The rules, one file each, and what runs them over a set of objects.

mod account_token_mounted;
mod adapter_loading_at_runtime;
mod agent_sandbox_open;
mod arguments_not_resolved;
mod capabilities_added;
mod ci_action_not_pinned;
mod ci_broad_permissions;
mod ci_script_injection;
mod ci_untrusted_checkout;
mod ci_unverified_download;
mod dataset_not_pinned;
mod default_deny_missing;
mod demo_tool_server;
mod dra_admin_access;
mod duplicate_key;
mod egress_unrestricted;
mod gpu_driver_capabilities;
mod gpu_isolation_bypass;
mod host_namespaces;
mod host_path_volume;
mod image_not_pinned;
mod insecure_serialization;
mod llama_rpc_server;
mod local_media_path_wide;
mod model_not_pinned;
mod model_over_http;
mod model_server_exposed;
mod model_volume_writable;
mod notebook_without_authentication;
mod pickle_load_format;
mod privilege_escalation_allowed;
mod privileged_container;
mod ray_dashboard_exposed;
mod ray_remote_code;
mod ray_without_authentication;
mod resource_limits_missing;
mod runs_as_root;
mod secret_in_environment;
mod shared_memory_unbounded;
mod shell_eval_of_environment;
mod storage_container_too_wide;
mod torchserve_open_management;
mod tracking_server_open;
mod training_override_widens;
mod triton_model_control;
mod trust_remote_code;
mod vllm_dev_mode;
mod vulnerable_model_server;
mod wildcard_rbac;
mod workflow_pod_spec_patch;
mod workload_can_take_over;
mod yaml_word_ambiguous;

use seawall_base::{Finding, Limits, Problem, RuleMeta};
use seawall_config::yaml::Flaw;

use crate::context::{Context, Out, Scope};
use crate::object::{Object, Reading};
use crate::workload::Workload;

/// A rule: what it says about itself, and its check.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Id, title, severity, mapping.
    pub meta: &'static RuleMeta,
    check: Check,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
enum Check {
    /// The text itself, while it is read.
    Text,
    /// Each object.
    Object(fn(&Context<'_>, &Object, &mut Out)),
    /// Each workload.
    Workload(fn(&Context<'_>, &Workload<'_>, &mut Out)),
    /// All objects together.
    Set(fn(&Context<'_>, &mut Out)),
}

const fn text(meta: &'static RuleMeta) -> Rule {
    Rule {
        meta,
        check: Check::Text,
    }
}

const fn object(meta: &'static RuleMeta, check: fn(&Context<'_>, &Object, &mut Out)) -> Rule {
    Rule {
        meta,
        check: Check::Object(check),
    }
}

const fn workload(
    meta: &'static RuleMeta,
    check: fn(&Context<'_>, &Workload<'_>, &mut Out),
) -> Rule {
    Rule {
        meta,
        check: Check::Workload(check),
    }
}

const fn set(meta: &'static RuleMeta, check: fn(&Context<'_>, &mut Out)) -> Rule {
    Rule {
        meta,
        check: Check::Set(check),
    }
}

/// Every rule, by id.
pub static RULES: &[Rule] = &[
    workload(&account_token_mounted::META, account_token_mounted::check),
    workload(
        &adapter_loading_at_runtime::META,
        adapter_loading_at_runtime::check,
    ),
    object(&agent_sandbox_open::META, agent_sandbox_open::check),
    workload(&arguments_not_resolved::META, arguments_not_resolved::check),
    workload(&capabilities_added::META, capabilities_added::check),
    object(&ci_action_not_pinned::META, ci_action_not_pinned::check),
    object(&ci_broad_permissions::META, ci_broad_permissions::check),
    object(&ci_script_injection::META, ci_script_injection::check),
    object(&ci_untrusted_checkout::META, ci_untrusted_checkout::check),
    object(&ci_unverified_download::META, ci_unverified_download::check),
    workload(&dataset_not_pinned::META, dataset_not_pinned::check),
    set(&default_deny_missing::META, default_deny_missing::check),
    workload(&demo_tool_server::META, demo_tool_server::check),
    object(&dra_admin_access::META, dra_admin_access::check),
    text(&duplicate_key::META),
    object(&egress_unrestricted::META, egress_unrestricted::check),
    workload(
        &gpu_driver_capabilities::META,
        gpu_driver_capabilities::check,
    ),
    workload(&gpu_isolation_bypass::META, gpu_isolation_bypass::check),
    workload(&host_namespaces::META, host_namespaces::check),
    workload(&host_path_volume::META, host_path_volume::check),
    workload(&image_not_pinned::META, image_not_pinned::check),
    workload(&insecure_serialization::META, insecure_serialization::check),
    workload(&llama_rpc_server::META, llama_rpc_server::check),
    workload(&local_media_path_wide::META, local_media_path_wide::check),
    workload(&model_not_pinned::META, model_not_pinned::check),
    workload(&model_over_http::META, model_over_http::check),
    set(&model_server_exposed::META, model_server_exposed::check),
    workload(&model_volume_writable::META, model_volume_writable::check),
    workload(
        &notebook_without_authentication::META,
        notebook_without_authentication::check,
    ),
    workload(&pickle_load_format::META, pickle_load_format::check),
    workload(
        &privilege_escalation_allowed::META,
        privilege_escalation_allowed::check,
    ),
    workload(&privileged_container::META, privileged_container::check),
    object(&ray_dashboard_exposed::META, ray_dashboard_exposed::check),
    object(&ray_remote_code::META, ray_remote_code::check),
    object(
        &ray_without_authentication::META,
        ray_without_authentication::check,
    ),
    workload(
        &resource_limits_missing::META,
        resource_limits_missing::check,
    ),
    workload(&runs_as_root::META, runs_as_root::check),
    workload(&secret_in_environment::META, secret_in_environment::check),
    workload(
        &shared_memory_unbounded::META,
        shared_memory_unbounded::check,
    ),
    workload(
        &shell_eval_of_environment::META,
        shell_eval_of_environment::check,
    ),
    object(
        &storage_container_too_wide::META,
        storage_container_too_wide::check,
    ),
    workload(
        &torchserve_open_management::META,
        torchserve_open_management::check,
    ),
    workload(&tracking_server_open::META, tracking_server_open::check),
    object(
        &training_override_widens::META,
        training_override_widens::check,
    ),
    workload(&triton_model_control::META, triton_model_control::check),
    workload(&trust_remote_code::META, trust_remote_code::check),
    workload(&vllm_dev_mode::META, vllm_dev_mode::check),
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
    let ctx = Context::new(objects, scope);
    let mut out = Out::new(limits);
    for rule in RULES {
        match rule.check {
            Check::Text => {}
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
mod tests;
