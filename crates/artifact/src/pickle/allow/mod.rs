//! The allow-list: exact names that frameworks write, each with the shape of its use.
//!
//! Default is deny. Names are exact; the few families of classes that frameworks add to with every
//! release are matched by module and by the form of the name, and may only be made without running
//! their constructor.

mod learn;
mod numpy;
mod pandas;
mod python;
mod torch;

use super::facts::Name;
use super::judge::{Arguments, Shape};

/// One allowed name.
pub(super) struct Allowed {
    module: &'static str,
    name: &'static str,
    shape: Shape,
}

/// The shape under which `name` is allowed, if it is.
pub(super) fn find(name: &Name) -> Option<Shape> {
    let tables = [
        python::NAMES,
        numpy::NAMES,
        pandas::NAMES,
        torch::NAMES,
        learn::NAMES,
    ];
    tables
        .iter()
        .flat_map(|table| table.iter())
        .find(|allowed| allowed.module == name.module && allowed.name == name.name)
        .map(|allowed| allowed.shape)
        .or_else(|| torch::family(name))
        .or_else(|| numpy::family(name))
        .or_else(|| pandas::family(name))
        .or_else(|| learn::family(name))
}

const fn allow(module: &'static str, name: &'static str, shape: Shape) -> Allowed {
    Allowed {
        module,
        name,
        shape,
    }
}

/// A capital first, as classes are written (`Linear`, `PCA`), and no dots.
fn is_class_name(name: &str) -> bool {
    let name = name.strip_prefix('_').unwrap_or(name);
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || character == '_')
}

fn no_arguments(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 0
}

fn one_datum(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 1 && arguments.data_from(0)
}

fn data(arguments: &Arguments<'_>) -> bool {
    arguments.count() <= 12 && arguments.data_from(0)
}

fn one_text(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 1 && arguments.is_text(0)
}
