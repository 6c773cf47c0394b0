//! The table of a published port: from where it can be reached, after each rule. It is computed from a run's records:
//! a column for each actor and address that connected to the port, a row for each state of the rules between.

use crate::evidence::record::{Record, StepRecord};
use crate::kernel::Operation;
use textwrap::core::display_width;

/// With fewer columns there is nothing to compare.
const LEAST: usize = 3;

/// A state of the rules: the step that brought it, and how each viewpoint fared then.
struct Row {
    step: usize,
    say: String,
    cells: Vec<Option<String>>,
}

/// The table, as lines of at most `width` cells; none where a run has no port that three viewpoints tried.
pub fn viewpoints(record: &Record, width: usize) -> Option<String> {
    let port = record.steps.iter().find_map(published)?;
    let tried: Vec<(&StepRecord, (String, String))> =
        record.steps.iter().filter_map(|step| Some((step, viewpoint(step, port)?))).collect();
    let mut columns: Vec<(String, String)> = Vec::new();
    for (_, column) in &tried {
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    if columns.len() < LEAST {
        return None;
    }
    let mut rows: Vec<Row> = Vec::new();
    for step in &record.steps {
        if let Some(column) = viewpoint(step, port) {
            let at = columns.iter().position(|it| *it == column)?;
            let cell = step.evidence.failed.as_ref().map_or("connected".to_owned(), |failed| failed.errno.name());
            rows.last_mut()?.cells[at] = Some(cell);
        } else if changes(step) {
            rows.push(Row { step: step.number, say: step.text.say.clone(), cells: vec![None; columns.len()] });
        }
    }
    rows.retain(|row| row.cells.iter().any(Option::is_some));
    let table = lay_out(&columns, &rows, width);
    // On a narrow screen the steps themselves have to do.
    table.lines().all(|line| display_width(line) <= width).then_some(table)
}

/// The port of a DNAT rule that a step adds.
fn published(step: &StepRecord) -> Option<u16> {
    let Operation::Nft(nft) = &step.text.operation else { return None };
    let rule = nft.rule.as_ref()?;
    rule.port.filter(|_| matches!(rule.then, crate::kernel::nftables::form::Verdict::Dnat(_)))
}

/// Who connected where, if it was to this port.
fn viewpoint(step: &StepRecord, port: u16) -> Option<(String, String)> {
    let Operation::Connect(it) = &step.text.operation else { return None };
    let (address, to) = it.to.split_once(':')?;
    (to.parse() == Ok(port)).then(|| (step.text.actor.clone(), address.to_owned()))
}

/// Whether it changes what becomes of packets: a rule, or a switch of the network.
fn changes(step: &StepRecord) -> bool {
    match &step.text.operation {
        Operation::Nft(_) | Operation::NftDelete(_) => true,
        Operation::Write(file) => file.at.starts_with("/proc/sys/net/"),
        _ => false,
    }
}

/// A head of two lines; then for each row the step and a cell a column, and below it what the step was for.
fn lay_out(columns: &[(String, String)], rows: &[Row], width: usize) -> String {
    let cell = |row: &Row, at: usize| row.cells[at].clone().unwrap_or_else(|| "·".to_owned());
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, (actor, address))| {
            let cells = rows.iter().map(|row| display_width(&cell(row, at)));
            cells.chain([display_width(actor), display_width(address)]).max().unwrap_or(0)
        })
        .collect();
    let line = |first: &str, cells: Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("  {cell:<width$}"));
        format!("{first:<8}{}", padded.collect::<String>()).trim_end().to_owned() + "\n"
    };
    let mut out = line("", columns.iter().map(|(actor, _)| actor.clone()).collect());
    out.push_str(&line("", columns.iter().map(|(_, address)| address.clone()).collect()));
    for row in rows {
        out.push_str(&line(&format!("step {}", row.step), (0..columns.len()).map(|at| cell(row, at)).collect()));
        out.push_str(&super::table::paragraph(&row.say, 10, width));
    }
    let untried = rows.iter().any(|row| row.cells.iter().any(Option::is_none));
    out + if untried { "· not tried there\n" } else { "" }
}
