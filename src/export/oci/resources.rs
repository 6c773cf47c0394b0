//! Settings of a control group, as config-linux.md has them: a few fields of its own, which engines translate into the
//! files of version 1 or 2.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// `linux.resources`.
pub fn resources(settings: &BTreeMap<&'static str, String>) -> Value {
    let get = |file: &str| settings.get(file).map(String::as_str);
    let mut all = Map::new();
    if let Some(limit) = get("pids.max").and_then(|it| it.parse::<i64>().ok()) {
        all.insert("pids".into(), json!({ "limit": limit }));
    }
    let mut memory = Map::new();
    let limit = get("memory.max").and_then(bytes);
    memory.extend(limit.map(|it| ("limit".to_owned(), it.into())));
    // Here it is memory and swap together, as in version 1.
    let swap = get("memory.swap.max").and_then(bytes).zip(limit).map(|(swap, limit)| swap + limit);
    memory.extend(swap.map(|it| ("swap".to_owned(), it.into())));
    memory.extend(get("memory.high").and_then(bytes).map(|it| ("reservation".to_owned(), it.into())));
    if !memory.is_empty() {
        all.insert("memory".into(), memory.into());
    }
    let mut cpu = Map::new();
    if let Some((quota, period)) = get("cpu.max").and_then(|it| it.split_once(' ')) {
        cpu.extend(quota.parse::<i64>().ok().map(|it| ("quota".to_owned(), it.into())));
        cpu.extend(period.parse::<u64>().ok().map(|it| ("period".to_owned(), it.into())));
    }
    if !cpu.is_empty() {
        all.insert("cpu".into(), cpu.into());
    }
    all.into()
}

/// `20M`
fn bytes(text: &str) -> Option<i64> {
    let units = [("K", 10), ("M", 20), ("G", 30)];
    let found = units.into_iter().find_map(|(unit, bits)| Some((text.strip_suffix(unit)?, bits)));
    let (digits, bits) = found.unwrap_or((text, 0));
    digits.parse::<i64>().ok().map(|it| it << bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_version_2_become_the_fields_of_the_specification() {
        let of = |list: &[(&'static str, &str)]| {
            resources(&list.iter().map(|(file, text)| (*file, (*text).to_owned())).collect())
        };
        assert_eq!(of(&[("pids.max", "100")]), json!({ "pids": { "limit": 100 } }));
        let memory = json!({ "memory": { "limit": 20 << 20, "swap": 20 << 20 } });
        assert_eq!(of(&[("memory.max", "20M"), ("memory.swap.max", "0")]), memory);
        assert_eq!(of(&[("cpu.max", "10000 100000")]), json!({ "cpu": { "quota": 10000, "period": 100_000 } }));
        assert_eq!(of(&[("cpu.max", "max 100000"), ("pids.max", "max")]), json!({ "cpu": { "period": 100_000 } }));
    }
}
