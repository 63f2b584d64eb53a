//! The assessment for people and for machines.

use seawall_report::{Block, Cell, Column, Document, Table, Tone};
use serde_json::{Value, json};

use crate::assess::{Assessment, Framework, Met, Row};

/// Builds the report.
#[must_use]
pub fn document(assessment: &Assessment) -> Document {
    let mut document = Document::new(format!("Maturity of {}", assessment.system));
    document.text(
        "Evidenced counts what a ledger entry or a line of the declaration carries; claimed counts \
         what the signed answers file says; expired counts what evidence once carried.",
    );
    let answered = assessment.answered.map_or_else(
        || "no signed answers file: nothing is claimed".to_owned(),
        |at| format!("answers of {at}"),
    );
    document.push(Block::KeyValues(vec![
        ("as of".to_owned(), assessment.at.to_string()),
        ("claims".to_owned(), answered),
    ]));
    for framework in &assessment.frameworks {
        document.heading(framework.title.clone());
        document.table(table(framework));
    }
    document
}

fn table(framework: &Framework) -> Table {
    let mut columns = vec![
        Column::left("practice"),
        Column::left("name"),
        Column::right("claimed"),
        Column::right("evidenced"),
        Column::right("expired"),
    ];
    if framework.has_levels {
        columns.extend([Column::right("staged"), Column::right("mean")]);
    }
    columns.push(Column::left("proof"));
    let mut table = Table::new(columns);
    for row in &framework.rows {
        let checks = row.evidenced.len() + row.expired.len() + row.missing.len();
        let claimed = row
            .claimed
            .as_ref()
            .map_or_else(|| "-".to_owned(), |(level, _)| level.to_string());
        let mut cells: Vec<Cell> = vec![
            row.id.as_str().into(),
            row.name.as_str().into(),
            claimed.into(),
            evidenced(row, checks),
            row.expired.len().to_string().into(),
        ];
        if framework.has_levels {
            let plus = if row.score.plus { "+" } else { "" };
            cells.push(format!("{}{plus}", row.score.level).into());
            cells.push(format!("{:.1}", row.score.mean).into());
        }
        cells.push(Cell::new(proof(row, checks), Tone::Muted));
        table.row(cells);
    }
    table
}

fn evidenced(row: &Row, checks: usize) -> Cell {
    let held = row.evidenced.len();
    let tone = match held {
        _ if checks == 0 => Tone::Muted,
        0 => Tone::Bad,
        held if held == checks => Tone::Good,
        _ => Tone::Warn,
    };
    Cell::new(format!("{held} of {checks}"), tone)
}

fn proof(row: &Row, checks: usize) -> String {
    if checks == 0 {
        return "no automatic check; answers only".to_owned();
    }
    match (row.evidenced.last(), row.expired.last()) {
        (Some(met), _) => met.proof.clone(),
        (None, Some(met)) => format!("expired: {}", met.proof),
        (None, None) => row
            .missing
            .first()
            .map_or_else(String::new, |title| format!("missing: {title}")),
    }
}

/// The assessment as `seawall.assess/v1`.
#[must_use]
pub fn json(assessment: &Assessment) -> Value {
    json!({
        "schema": "seawall.assess/v1",
        "system": assessment.system,
        "at": assessment.at.to_string(),
        "answered": assessment.answered.map(|at| at.to_string()),
        "frameworks": assessment.frameworks.iter().map(|framework| json!({
            "id": framework.id,
            "title": framework.title,
            "rows": framework.rows.iter().map(|row| row_json(framework, row)).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn row_json(framework: &Framework, row: &Row) -> Value {
    let met = |list: &[Met]| -> Vec<Value> {
        list.iter()
            .map(|met| json!({"level": met.level, "title": met.title, "proof": met.proof}))
            .collect()
    };
    let scores = framework.has_levels.then(|| {
        let plus = if row.score.plus { "+" } else { "" };
        json!({
            "staged": format!("{}{plus}", row.score.level),
            "mean": (row.score.mean * 100.0).round() / 100.0,
        })
    });
    json!({
        "id": row.id,
        "name": row.name,
        "claimed": row.claimed.as_ref().map(|(level, statement)| json!({
            "level": level, "statement": statement,
        })),
        "evidenced": met(&row.evidenced),
        "expired": met(&row.expired),
        "missing": row.missing,
        "scores": scores,
    })
}
