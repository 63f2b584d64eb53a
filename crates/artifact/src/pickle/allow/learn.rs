//! What scikit-learn, scipy, `XGBoost` and `LightGBM` write.
//!
//! The distributions of `scipy.stats` are left out on purpose: restoring one runs a string of its
//! state as code.

use super::super::facts::Name;
use super::super::judge::{Arguments, Shape};
use super::numpy::unpickle;
use super::{Allowed, allow, is_class_name};

pub(super) const NAMES: &[Allowed] = &[
    allow("lightgbm.basic", "Booster", Shape::Class),
    allow(
        "scipy._lib.array_api_compat.numpy._aliases",
        "asarray",
        Shape::Value,
    ),
    allow("scipy.interpolate._bsplines", "BSpline", Shape::Class),
    allow("scipy.interpolate._cubic", "CubicSpline", Shape::Class),
    allow("scipy.spatial._ckdtree", "cKDTree", Shape::Class),
    allow("scipy.spatial._kdtree", "KDTree", Shape::Class),
    allow("scipy.spatial.ckdtree", "cKDTree", Shape::Class),
    allow(
        "sklearn.feature_selection._mutual_info",
        "mutual_info_classif",
        Shape::Value,
    ),
    allow(
        "sklearn.feature_selection._mutual_info",
        "mutual_info_regression",
        Shape::Value,
    ),
    allow(
        "sklearn.feature_selection._univariate_selection",
        "chi2",
        Shape::Value,
    ),
    allow(
        "sklearn.feature_selection._univariate_selection",
        "f_classif",
        Shape::Value,
    ),
    allow(
        "sklearn.feature_selection._univariate_selection",
        "f_regression",
        Shape::Value,
    ),
    allow("sklearn.tree._tree", "Tree", Shape::Call(tree)),
    allow("xgboost.core", "Booster", Shape::Class),
];

/// Estimators and matrices: made without running their constructor, then given their state. What an
/// estimator keeps (such as the function of a `FunctionTransformer`) is judged like any other name.
pub(super) fn family(name: &Name) -> Option<Shape> {
    let mut parts = name.module.split('.');
    let root = parts.next().unwrap_or_default();
    let second = parts.next().unwrap_or_default();
    match root {
        "sklearn" if name.name == "newObj" => Some(Shape::Call(new_object)),
        "sklearn" if name.name.starts_with("__pyx_unpickle_") => Some(Shape::Call(unpickle)),
        // joblib's own classes lie here in old versions; one of them is data.
        "sklearn" if second == "externals" => (name.module
            == "sklearn.externals.joblib.numpy_pickle"
            && name.name == "NumpyArrayWrapper")
            .then_some(Shape::Class),
        "sklearn" if is_class_name(&name.name) => Some(Shape::ClassOrCall(loss)),
        "scipy" if second == "sparse" => {
            let matrix = name.name.ends_with("_matrix") || name.name.ends_with("_array");
            matrix.then_some(Shape::Class)
        }
        "xgboost" if second == "sklearn" && is_class_name(&name.name) => Some(Shape::Class),
        "lightgbm" if second == "sklearn" && is_class_name(&name.name) => Some(Shape::Class),
        _ => None,
    }
}

/// `Tree(n_features, n_classes, n_outputs)`.
fn tree(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 3 && arguments.is_int(0) && arguments.data_from(1)
}

/// Losses and distance metrics of scikit-learn are called with numbers only.
fn loss(arguments: &Arguments<'_>) -> bool {
    arguments.count() <= 2
        && (0..arguments.count()).all(|index| {
            arguments.is_int(index) || arguments.at(index) == super::super::value::Value::Number
        })
}

fn new_object(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 1 && arguments.is_class(0)
}
