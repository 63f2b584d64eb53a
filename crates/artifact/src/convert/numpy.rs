//! Arrays of numpy: files of their own, members of an archive, and objects inside of pickles.

use super::element;
use super::tensor::{Place, Tensor, column_strides, row_strides};
use super::{Conversion, Refusal};
use crate::npy;
use crate::source::ReadAt;
use crate::zip::Unreadable;

/// A description of an array, wherever it comes from.
pub(super) struct Described<'a> {
    pub(super) name: &'a str,
    /// Type code with its mark of byte order: `<f8`.
    pub(super) code: &'a str,
    pub(super) shape: Vec<u64>,
    pub(super) fortran: bool,
    pub(super) place: Place,
}

/// Adds the array of a `.npy` file, whose bytes are `held` or begin at the start of the source.
pub(super) fn file(
    name: &str,
    source: &dyn ReadAt,
    held: Option<usize>,
    into: &mut Conversion,
) -> Result<(), Refusal> {
    at(name, source, (held, 0), into)
}

/// The same for a file that lies at an offset of the whole.
pub(super) fn at(
    name: &str,
    source: &dyn ReadAt,
    (held, start): (Option<usize>, u64),
    into: &mut Conversion,
) -> Result<(), Refusal> {
    let array = match npy::parse(source) {
        Ok(array) => array,
        Err(Unreadable::Broken(what)) => return Err(Refusal::new(what)),
        Err(Unreadable::Read(error)) => return Err(error.into()),
    };
    let place = Place {
        held,
        offset: start + array.start,
        size: source.size().saturating_sub(array.start),
    };
    add(
        Described {
            name,
            code: &array.code,
            shape: array.shape,
            fortran: array.fortran,
            place,
        },
        into,
    )
}

/// Adds an array.
pub(super) fn add(array: Described<'_>, into: &mut Conversion) -> Result<(), Refusal> {
    let name = array.name;
    let code = array.code.trim_start_matches(['<', '>', '=', '|']);
    let Some(element) = element::of_code(code) else {
        let why = format!(
            "array \"{name}\" is of type {}, which safetensors cannot hold",
            array.code
        );
        return Err(Refusal::new(why));
    };
    let strides = match array.fortran {
        true => column_strides(&array.shape),
        false => row_strides(&array.shape),
    };
    into.push(Tensor {
        name: name.to_owned(),
        element,
        shape: array.shape,
        strides,
        place: array.place,
        swapped: array.code.starts_with('>'),
    })
}
