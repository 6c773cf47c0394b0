//! What was measured beside the steps: a container and a machine of its own, as two columns. These numbers are of this
//! run alone; no record is compared with them.

use super::table::wrap;
use crate::evidence::record::{Measured, Side};
use textwrap::core::display_width;

/// The table; none where nothing was measured.
pub fn measured(measured: Option<&Measured>, width: usize) -> Option<String> {
    let it = measured?;
    let label = 14;
    let column = width.saturating_sub(3 + label) / 2;
    let mut out = String::new();
    let mut row = |name: &str, one: &str, other: &str| {
        let cells = [one, other].map(|text| wrap(text, column.saturating_sub(2).max(8)));
        for at in 0..cells[0].len().max(cells[1].len()) {
            let part = |cell: usize| cells[cell].get(at).map_or("", String::as_str);
            let gap = " ".repeat(column.saturating_sub(display_width(part(0))));
            let line = format!("   {:label$}{}{gap}{}", if at == 0 { name } else { "" }, part(0), part(1));
            out.push_str(line.trim_end());
            out.push('\n');
        }
    };
    row("", "the container", "a micro-VM");
    let (one, other) = (&it.container, it.machine.as_ref());
    let of = |what: fn(&Side) -> String| (what(one), other.map_or_else(|| "not measured here".to_owned(), what));
    for (name, what) in [
        ("ready after", (|side: &Side| milliseconds(side.ready)) as fn(&Side) -> String),
        ("memory", |side| side.memory.map_or_else(|| "unknown".to_owned(), mebibytes)),
        ("kernel", |side| side.release.clone()),
    ] {
        let (one, other) = of(what);
        row(name, &one, &other);
    }
    row("whose kernel", "the host's, and everybody's on it", "its own, started for it");
    if let Some(other) = other {
        let times = |one: u64, other: u64| (other as f64 / one.max(1) as f64).round();
        let memory =
            one.memory.zip(other.memory).map(|(one, other)| format!(", and {} times the memory", times(one, other)));
        let text = format!(
            "The machine took {} times as long to be ready{}.",
            times(one.ready, other.ready),
            memory.unwrap_or_default()
        );
        out.push_str(&super::table::paragraph(&text, 3, width));
    }
    Some(out)
}

fn milliseconds(time: u64) -> String {
    if time < 1000 { format!("{time} ms") } else { format!("{:.1} s", time as f64 / 1000.0) }
}

fn mebibytes(kibibytes: u64) -> String {
    format!("{:.1} MiB", kibibytes as f64 / 1024.0)
}
