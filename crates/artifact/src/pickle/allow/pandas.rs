//! What pandas writes, by the short module names of version 3 and the long ones of before.

use super::super::facts::Name;
use super::super::judge::{Arguments, Shape};
use super::numpy::unpickle;
use super::{Allowed, allow, data};

pub(super) const NAMES: &[Allowed] = &[
    allow("pandas", "NA", Shape::Value),
    allow(
        "pandas._libs.internals",
        "_unpickle_block",
        Shape::Call(block),
    ),
    allow("pandas._libs.missing", "NA", Shape::Value),
    allow(
        "pandas._libs.tslibs.nattype",
        "_nat_unpickle",
        Shape::Call(data),
    ),
    allow(
        "pandas._libs.tslibs.timedeltas",
        "_timedelta_unpickle",
        Shape::Call(data),
    ),
    allow(
        "pandas._libs.tslibs.timestamps",
        "_unpickle_timestamp",
        Shape::Call(data),
    ),
    allow("pandas.core.indexes.base", "_new_Index", Shape::Call(index)),
    allow(
        "pandas.core.indexes.datetimes",
        "_new_DatetimeIndex",
        Shape::Call(index),
    ),
    allow(
        "pandas.core.indexes.interval",
        "_new_IntervalIndex",
        Shape::Call(index),
    ),
    allow(
        "pandas.core.indexes.period",
        "_new_PeriodIndex",
        Shape::Call(index),
    ),
];

/// Classes that hold data and nothing else. pandas has others that open files (`ExcelWriter`,
/// `HDFStore`), so the names are exact and only their modules vary between versions.
const CLASSES: &[&str] = &[
    "ArrowDtype",
    "ArrowExtensionArray",
    "ArrowStringArray",
    "BlockIndex",
    "BlockManager",
    "BooleanArray",
    "BooleanDtype",
    "Categorical",
    "CategoricalDtype",
    "CategoricalIndex",
    "DataFrame",
    "DatetimeArray",
    "DatetimeIndex",
    "DatetimeTZDtype",
    "Float32Dtype",
    "Float64Dtype",
    "FloatingArray",
    "FrozenList",
    "Index",
    "Int16Dtype",
    "Int32Dtype",
    "Int64Dtype",
    "Int64Index",
    "Int8Dtype",
    "IntIndex",
    "IntegerArray",
    "Interval",
    "IntervalArray",
    "IntervalDtype",
    "IntervalIndex",
    "MultiIndex",
    "NumpyExtensionArray",
    "PandasArray",
    "Period",
    "PeriodArray",
    "PeriodDtype",
    "PeriodIndex",
    "RangeIndex",
    "Series",
    "SingleBlockManager",
    "SparseArray",
    "SparseDtype",
    "StringArray",
    "StringDtype",
    "Timedelta",
    "TimedeltaArray",
    "TimedeltaIndex",
    "Timestamp",
    "UInt16Dtype",
    "UInt32Dtype",
    "UInt64Dtype",
    "UInt8Dtype",
];

/// Offsets of dates, such as `MonthEnd`.
const OFFSETS: &str = "pandas._libs.tslibs.offsets";

pub(super) fn family(name: &Name) -> Option<Shape> {
    let module = name.module.as_str();
    if module != "pandas" && !module.starts_with("pandas.") {
        return None;
    }
    if module.starts_with("pandas._libs.") && name.name.starts_with("__pyx_unpickle_") {
        return Some(Shape::Call(unpickle));
    }
    let holds_data = CLASSES.contains(&name.name.as_str())
        || module == OFFSETS && super::is_class_name(&name.name);
    holds_data.then_some(Shape::ClassOrCall(data))
}

fn block(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 3 && arguments.data_from(0)
}

fn index(arguments: &Arguments<'_>) -> bool {
    arguments.count() == 2 && arguments.is_class(0) && arguments.data_from(1)
}
