//! The libraries of Kubernetes, and its environments by version.

pub(crate) mod authorizer;
pub(crate) mod format;
mod format_library;
mod jsonpatch;
mod mutation;
pub(crate) mod quantity;
mod quantity_library;
mod schema;
pub(crate) mod semver;
pub(crate) mod url;

pub use crate::kubernetes::authorizer::{
    Access, Answer, Authorizer, AuthorizerValue, Check, Decision, Question, ResourceAccess,
};
pub use crate::kubernetes::format::Format;
pub use crate::kubernetes::mutation::MutationTypes;
pub use crate::kubernetes::quantity::Quantity;
pub use crate::kubernetes::schema::{SchemaTypes, escape};
pub use crate::kubernetes::semver::Semver;
pub use crate::kubernetes::url::Url;

use std::sync::Arc;

use crate::env::{Dialect, Env, Flavour};
use crate::library::{
    CIDR, IP, LISTS, LISTS_KUBERNETES, Library, OPTIONALS, REGEX_KUBERNETES, SETS, STRINGS,
    STRINGS_FORMAT, standard,
};
use crate::limits::Limits;
use crate::macros::Macros;

/// What Kubernetes adds to the language and its extensions.
pub(crate) static LIBRARIES: &[&Library] = &[
    &authorizer::AUTHORIZER,
    &authorizer::AUTHORIZER_SELECTORS,
    &format_library::FORMAT,
    &jsonpatch::JSONPATCH,
    &quantity_library::QUANTITY,
    &semver::SEMVER,
    &url::URL,
];

/// Which minor version of the API server brought each library.
static INTRODUCED: &[(u32, &Library)] = &[
    (0, &url::URL),
    (0, &REGEX_KUBERNETES),
    (0, &LISTS_KUBERNETES),
    (0, &STRINGS),
    (27, &authorizer::AUTHORIZER),
    (28, &OPTIONALS),
    (28, &quantity_library::QUANTITY),
    (29, &STRINGS_FORMAT),
    (29, &SETS),
    (30, &IP),
    (30, &CIDR),
    (31, &format_library::FORMAT),
    (31, &authorizer::AUTHORIZER_SELECTORS),
    (33, &semver::SEMVER),
    (34, &LISTS),
];

/// The same for expressions of a mutating policy, which may construct `Object{}` and `JSONPatch{}`.
pub(crate) fn mutating_environment(minor: u32) -> Env {
    let mut env = environment(minor);
    env.add(&jsonpatch::JSONPATCH);
    env.with_provider(Arc::new(MutationTypes))
}

/// The environment of the API server of Kubernetes 1.`minor`.
pub(crate) fn environment(minor: u32) -> Env {
    let mut env = standard();
    env.macros = Macros {
        optionals: minor >= 28,
        two_variables: minor >= 32,
        sort_by: minor >= 34,
        ..Macros::default()
    };
    env.dialect = Dialect {
        homogeneous_literals: true,
        presence_test_cost: 0,
        flavour: Flavour::ApiServer,
        optional_syntax: minor >= 28,
    };
    env.limits = Limits::kubernetes();
    for (_, library) in INTRODUCED.iter().filter(|(since, _)| *since <= minor) {
        env.add(library);
    }
    env
}
