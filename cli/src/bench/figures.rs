//! The figures of operations, ours beside Linux's, and the forms in which they are shown.

use std::collections::BTreeMap;

use serde_json::json;

/// The figure of one operation: instructions, or why there is none.
pub type Figure = Result<f64, String>;

/// An operation's place in the printed table.
#[derive(Debug, PartialEq)]
pub struct Row {
    /// As guest/bench/sysbench.c calls it.
    pub name: String,
    /// Ours, if it was measured.
    pub ours: Option<Figure>,
    /// Linux's, if the table has it.
    pub linux: Option<Figure>,
}

impl Row {
    /// Ours for each of Linux's; none if one of them is missing.
    pub fn ratio(&self) -> Option<f64> {
        match (&self.ours, &self.linux) {
            (Some(Ok(ours)), Some(Ok(linux))) if *linux > 0.0 => Some(ours / linux),
            _ => None,
        }
    }
}

/// A figure, from the words behind an operation's name.
fn figure(words: &[&str]) -> Option<Figure> {
    match words {
        ["FAIL", why, ..] => Some(Err((*why).to_owned())),
        ["FAIL"] => Some(Err(String::new())),
        [number, ..] => number.parse().ok().map(Ok),
        [] => None,
    }
}

/// The reference's operations, in its order.
pub fn parse_table(tsv: &str) -> Vec<(String, Figure)> {
    let rows = tsv.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let words: Vec<&str> = line.split('\t').collect();
        Some((words.first()?.to_string(), figure(words.get(1..)?)?))
    })
    .collect()
}

/// The operations that a run printed: `PERF name instructions …`.
pub fn parse_console(text: &str) -> BTreeMap<String, Figure> {
    let lines = text.lines().filter_map(|line| Some(line.split_once("PERF ")?.1));
    lines
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            Some((words.first()?.to_string(), figure(words.get(1..)?)?))
        })
        .collect()
}

/// In the reference's order, then what it does not have.
pub fn merge(ours: &BTreeMap<String, Figure>, linux: &[(String, Figure)], prefixes: &[String]) -> Vec<Row> {
    let wanted = |name: &str| prefixes.is_empty() || prefixes.iter().any(|p| name.starts_with(p.as_str()));
    let mut rows: Vec<Row> = linux
        .iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, figure)| Row {
            name: name.clone(),
            ours: ours.get(name).cloned(),
            linux: Some(figure.clone()),
        })
        .collect();
    let more = ours.iter().filter(|(name, _)| linux.iter().all(|(known, _)| known != *name));
    rows.extend(more.map(|(name, figure)| Row {
        name: name.clone(),
        ours: Some(figure.clone()),
        linux: None,
    }));
    rows
}

fn show(figure: &Option<Figure>) -> String {
    match figure {
        Some(Ok(number)) => format!("{number:.1}"),
        Some(Err(why)) => format!("FAIL {why}").trim_end().to_owned(),
        None => "-".into(),
    }
}

/// The number of rows with a ratio, and the ratios' geometric mean.
fn mean(rows: &[Row]) -> Option<(usize, f64)> {
    let ratios: Vec<f64> = rows.iter().filter_map(Row::ratio).filter(|r| *r > 0.0).collect();
    let sum: f64 = ratios.iter().map(|r| r.ln()).sum();
    (!ratios.is_empty()).then(|| (ratios.len(), (sum / ratios.len() as f64).exp()))
}

/// A table for the terminal.
pub fn to_text(rows: &[Row]) -> String {
    let mut text = format!("{:<24} {:>14} {:>14} {:>8}\n", "operation", "ours", "Linux", "ratio");
    for row in rows {
        let ratio = row.ratio().map_or("-".to_owned(), |r| format!("{r:.2}"));
        text += &format!("{:<24} {:>14} {:>14} {ratio:>8}\n", row.name, show(&row.ours), show(&row.linux));
    }
    if let Some((count, mean)) = mean(rows) {
        text += &format!("{count} operations compared, geometric mean of the ratios {mean:.2}\n");
    }
    text
}

/// A table for a document.
pub fn to_markdown(rows: &[Row]) -> String {
    let mut text = "| operation | Ferrogate | Linux | ratio |\n| --- | ---: | ---: | ---: |\n".to_owned();
    for row in rows {
        let shown = |figure: &Option<Figure>| match figure {
            Some(Err(_)) | None => "–".to_owned(),
            _ => show(figure),
        };
        let ratio = row.ratio().map_or("–".to_owned(), |r| format!("{r:.2}"));
        text += &format!("| {} | {} | {} | {ratio} |\n", row.name, shown(&row.ours), shown(&row.linux));
    }
    if let Some((count, mean)) = mean(rows) {
        text += &format!("\n{count} operations compared, geometric mean of the ratios {mean:.2}.\n");
    }
    text
}

/// An object for programs.
pub fn to_json(rows: &[Row], complete: bool) -> serde_json::Value {
    let value = |figure: &Option<Figure>| match figure {
        Some(Ok(number)) => json!(number),
        Some(Err(why)) => json!({ "fail": why }),
        None => serde_json::Value::Null,
    };
    let operations: Vec<_> = rows
        .iter()
        .map(|r| json!({ "name": r.name, "ours": value(&r.ours), "linux": value(&r.linux), "ratio": r.ratio() }))
        .collect();
    json!({ "unit": "guest instructions per operation", "complete": complete, "operations": operations })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_ratios() {
        let linux = parse_table("# x\n#name\ttsc\na\t200.0\t1\nb\tFAIL\t19\n");
        let ours = parse_console("noise\nPERF a 100.0 1 1 5\nPERF b FAIL SIG11\nPERF c 7 1 1 1\n");
        let rows = merge(&ours, &linux, &[]);
        assert_eq!(rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(rows[0].ratio(), Some(0.5));
        assert_eq!((rows[1].ours.clone(), rows[1].ratio()), (Some(Err("SIG11".into())), None));
        let text = to_text(&rows);
        assert!(text.contains("FAIL SIG11") && text.contains("0.50"), "{text}");
        assert_eq!(merge(&ours, &linux, &["b".into()]).len(), 2, "the prefix and what only ours has");
        let table = to_markdown(&rows);
        assert!(table.contains("| a | 100.0 | 200.0 | 0.50 |\n| b | – | – | – |\n"), "{table}");
        assert_eq!(to_json(&rows, true)["operations"][0]["ratio"], 0.5);
    }
}
