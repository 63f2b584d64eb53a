//! Rows and their two forms: a table for people, `seawall.bench/v1` for programs.

use serde_json::{Value, json};

use crate::measure::{calibration, load, median};

/// One measured thing.
pub(crate) struct Row {
    /// What is measured.
    pub(crate) name: String,
    /// The unit of samples and baseline.
    pub(crate) unit: &'static str,
    /// The samples.
    pub(crate) samples: Vec<f64>,
    /// What it is held against, measured in the same run: a name and samples in the same unit.
    pub(crate) baseline: Option<(&'static str, Vec<f64>)>,
    /// The number to reach, with its direction, as text.
    pub(crate) bar: &'static str,
}

/// Where it was measured.
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    sha256: Vec<f64>,
    load: f64,
}

impl Row {
    /// A row without a baseline yet.
    pub(crate) fn new(
        name: impl Into<String>,
        unit: &'static str,
        bar: &'static str,
        samples: Vec<f64>,
    ) -> Self {
        Self {
            name: name.into(),
            unit,
            samples,
            baseline: None,
            bar,
        }
    }

    /// The row beside its baseline.
    pub(crate) fn against(mut self, name: &'static str, samples: Vec<f64>) -> Self {
        self.baseline = Some((name, samples));
        self
    }

    fn ratio(&self) -> Option<f64> {
        let (_, samples) = self.baseline.as_ref()?;
        Some(median(&self.samples) / median(samples))
    }
}

impl Machine {
    /// This machine, now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the processor's name is in a file"
    )]
    pub(crate) fn here() -> Self {
        let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
        Self {
            cpu: model
                .map_or("unknown", |line| line.trim_start_matches([' ', '\t', ':']))
                .to_owned(),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            sha256: calibration(),
            load: load(),
        }
    }
}

/// The table.
pub(crate) fn table(name: &str, rows: &[Row], machine: &Machine) -> String {
    let mut text = format!(
        "bench {name} · {} · {} cores · load {:.1} · SHA-256 {:.0} MB per CPU second\n",
        machine.cpu,
        machine.cores,
        machine.load,
        median(&machine.sha256)
    );
    if machine.load > machine.cores as f64 {
        text.push_str("the machine is busy: rows in wall-clock time measure its neighbours too\n");
    }
    text.push('\n');
    text.push_str(&format!(
        "{:<58} {:>10}  {:<16} {:<14} {}\n",
        "row", "median", "unit", "bar", "baseline"
    ));
    for row in rows {
        let baseline = match (&row.baseline, row.ratio()) {
            (Some((name, samples)), Some(ratio)) => {
                format!("{name} {}, ratio {ratio:.2}", figure(median(samples)))
            }
            _ => "none in this run".to_owned(),
        };
        text.push_str(&format!(
            "{:<58} {:>10}  {:<16} {:<14} {baseline}\n",
            row.name,
            figure(median(&row.samples)),
            row.unit,
            row.bar
        ));
    }
    text
}

/// The JSON.
pub(crate) fn json(name: &str, commit: &str, rows: &[Row], machine: &Machine) -> String {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let baseline = row.baseline.as_ref().map(|(name, samples)| {
                json!({ "name": name, "samples": samples, "median": median(samples) })
            });
            json!({
                "name": row.name,
                "unit": row.unit,
                "samples": row.samples,
                "median": median(&row.samples),
                "baseline": baseline,
                "ratio": row.ratio(),
                "bar": row.bar,
            })
        })
        .collect();
    let value = json!({
        "schema": "seawall.bench/v1",
        "bench": name,
        "commit": commit,
        "machine": { "cpu": machine.cpu, "cores": machine.cores, "load": machine.load },
        "calibration": {
            "name": "SHA-256 over 1 MiB",
            "unit": "MB per CPU second",
            "samples": machine.sha256,
            "median": median(&machine.sha256),
        },
        "rows": rows,
    });
    format!("{value:#}\n")
}

fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_carries_samples_baseline_and_calibration() {
        let row = Row::new("x", "MB/s", "≥ 60", vec![1.0, 3.0, 2.0]).against("y", vec![4.0]);
        let machine = Machine {
            cpu: "c".into(),
            cores: 2,
            sha256: vec![5.0],
            load: 0.5,
        };
        let text = json("guard", "abc", &[row], &machine);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["schema"], "seawall.bench/v1");
        assert_eq!(value["rows"][0]["median"], 2.0);
        assert_eq!(value["rows"][0]["ratio"], 0.5);
        assert_eq!(value["calibration"]["median"], 5.0);
    }
}
