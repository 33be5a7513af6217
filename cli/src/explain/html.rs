//! The road as one HTML page with its picture: no scripts, nothing from elsewhere.

use super::station::{Line, Side, Station};

/// The page.
pub fn render(heading: &str, stations: &[Station]) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{0}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{0}</h1>\n<p>One real call, recorded instruction by instruction in a virtual machine.</p>\n",
        escape(heading)
    );
    out += &picture(stations);
    for (nth, station) in (1..).zip(stations) {
        out += &section(nth, station);
    }
    out + "</body>\n</html>\n"
}

const STYLE: &str = "\
:root{--bg:#fff;--fg:#1b1f24;--dim:#6a737d;--user:#1a7f37;--kernel:#0550ae;--door:#8250df;--box:#f6f8fa;--line:#d0d7de}\
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#8b949e;--user:#3fb950;--kernel:#58a6ff;\
--door:#bc8cff;--box:#161b22;--line:#30363d}}\
body{background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem}\
h2{font-size:1.1rem;margin:2rem 0 .4rem}.user h2{color:var(--user)}.kernel h2{color:var(--kernel)}\
.door h2{color:var(--door)}h2 small{color:var(--dim);font-weight:normal}\
table{border-collapse:collapse;width:100%}td{padding:.05rem .8rem .05rem 0;vertical-align:top}\
td.m,code{font-family:ui-monospace,monospace;font-size:13px;white-space:pre}td.w{white-space:pre-wrap;word-break:break-all}\
td.n{text-align:right;width:4rem}\
.dim{color:var(--dim)}section{border-left:4px solid var(--line);padding-left:1rem;overflow-x:auto}\
section.user{border-color:var(--user)}section.kernel{border-color:var(--kernel)}section.door{border-color:var(--door)}\
svg{width:100%;height:auto;background:var(--box);border:1px solid var(--line);border-radius:6px}\
svg text{fill:var(--fg);font:13px system-ui,sans-serif}svg .c{fill:var(--dim);font-size:12px}\
svg rect{fill:var(--bg);stroke-width:2}.ru{stroke:var(--user)}.rk{stroke:var(--kernel)}.rd{stroke:var(--door)}\
svg line,svg path{stroke:var(--dim);stroke-width:1.5;fill:none}svg a:hover text{text-decoration:underline}\
.bar{display:inline-block;height:.7em;background:var(--kernel);opacity:.6}";

fn class(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::User => ("user", "ru"),
        Side::Kernel => ("kernel", "rk"),
        Side::Processor => ("door", "rd"),
    }
}

const WIDTH: usize = 1000;
const STEP: usize = 62;

/// Room between the two sides, for the line and its words.
const GAP: usize = 30;
const BOX: (usize, usize) = (440, 44);

/// Down on the left to the handler, up on the right and back, with the line between program and kernel.
fn picture(stations: &[Station]) -> String {
    let turn = deepest(stations);
    let border = stations.iter().position(|s| s.side == Side::Kernel).unwrap_or(0);
    let y = |row: usize| 20 + STEP * row + if row >= border { GAP } else { 0 };
    let (left, right) = (20, WIDTH / 2 + 40);
    let places: Vec<(usize, usize)> = (0..stations.len())
        .map(|nth| match nth.checked_sub(turn) {
            None | Some(0) => (left, y(nth)),
            Some(_) if stations[nth].side == Side::User => (right, y(border.saturating_sub(1))),
            Some(after) => (right, y(turn.saturating_sub(after))),
        })
        .collect();
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"The road of the call\">\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0 L8 4 L0 8\"/></marker></defs>\n",
        y(turn) + BOX.1 + 20
    );
    let line = y(border) - GAP / 2 - 6;
    svg += &format!(
        "<line x1=\"10\" y1=\"{line}\" x2=\"{}\" y2=\"{line}\" stroke-dasharray=\"6 4\"/>\
         <text x=\"{1}\" y=\"{2}\" class=\"c\" text-anchor=\"middle\">program</text>\
         <text x=\"{1}\" y=\"{3}\" class=\"c\" text-anchor=\"middle\">kernel</text>\n",
        WIDTH - 10,
        WIDTH / 2 + 1,
        line - 6,
        line + 16,
    );
    for pair in places.windows(2) {
        svg += &arrow(pair[0], pair[1]);
    }
    for (nth, (station, place)) in stations.iter().zip(places).enumerate() {
        svg += &box_of(nth + 1, station, place.0, place.1);
    }
    svg + "</svg>\n"
}

/// From one box to the next: down, up, or across and up.
fn arrow(from: (usize, usize), to: (usize, usize)) -> String {
    let middle = |x: usize| x + BOX.0 / 2;
    let path = if from.0 != to.0 {
        format!("M{} {} H{} V{}", from.0 + BOX.0, from.1 + BOX.1 / 2, middle(to.0), to.1 + BOX.1)
    } else if from.1 < to.1 {
        format!("M{} {} V{}", middle(from.0), from.1 + BOX.1, to.1)
    } else {
        format!("M{} {} V{}", middle(from.0), from.1, to.1 + BOX.1)
    };
    format!("<path d=\"{path}\" marker-end=\"url(#tip)\"/>\n")
}

/// The station where the road turns: the handler, or the last one of the kernel before the way back.
fn deepest(stations: &[Station]) -> usize {
    let back = stations.iter().position(|s| s.title.starts_with("The answer")).unwrap_or(stations.len());
    back.saturating_sub(1)
}

fn box_of(nth: usize, station: &Station, x: usize, y: usize) -> String {
    let title: String = station.title.chars().take(52).collect();
    let count = match (station.count, station.side) {
        (0, Side::Processor) => "the processor, by itself".to_owned(),
        (0, _) => "what the program hands over".to_owned(),
        (count, _) => format!("{count} instructions"),
    };
    format!(
        "<a href=\"#s{nth}\"><rect class=\"{}\" x=\"{x}\" y=\"{y}\" width=\"440\" height=\"44\" rx=\"5\"/>\
         <text x=\"{}\" y=\"{}\">{nth}. {}</text><text x=\"{}\" y=\"{}\" class=\"c\">{count}</text></a>\n",
        class(station.side).1,
        x + 12,
        y + 19,
        escape(&title),
        x + 12,
        y + 36,
    )
}

fn section(nth: usize, station: &Station) -> String {
    let count = match station.count {
        0 => String::new(),
        n => format!(" <small>{n} instructions</small>"),
    };
    let mut out = format!(
        "<section class=\"{}\" id=\"s{nth}\"><h2>{nth}. {}{count}</h2>\n",
        class(station.side).0,
        escape(&station.title)
    );
    let mut in_table = false;
    for line in &station.lines {
        if let Line::Text(text) = line {
            if std::mem::take(&mut in_table) {
                out += "</table>\n";
            }
            let tag = if is_source(text) { "code" } else { "span" };
            out += &format!("<div><{tag}>{}</{tag}></div>\n", escape(text));
            continue;
        }
        if !std::mem::replace(&mut in_table, true) {
            out += "<table>\n";
        }
        out += &row(line, station.count);
    }
    if in_table {
        out += "</table>\n";
    }
    out + "</section>\n"
}

/// The lines of the built-in program.
fn is_source(text: &str) -> bool {
    text.starts_with([' ', '{', '}', '_'])
}

fn row(line: &Line, whole: usize) -> String {
    match line {
        Line::Text(_) => String::new(),
        Line::Code { address, text, note } => format!(
            "<tr><td class=\"m dim\">{address:x}</td><td class=\"m\">{}</td><td>{}</td></tr>\n",
            escape(text),
            escape(note)
        ),
        Line::Fact { name, value, means } => format!(
            "<tr><td class=\"m\"><b>{}</b></td><td class=\"m w\">{}</td><td>{}</td></tr>\n",
            escape(name),
            escape(value),
            escape(means)
        ),
        Line::Function { depth, name, place, says, total, calls, .. } => {
            let times = if *calls > 1 { format!(" ×{calls}") } else { String::new() };
            let width = 100 * total / whole.max(1);
            format!(
                "<tr><td class=\"n\">{total}</td><td style=\"width:6rem\"><span class=\"bar\" style=\"width:{width}%\"></span></td>\
                 <td class=\"m\">{}{}{times}</td><td class=\"m dim\">{}</td><td>{}</td></tr>\n",
                "  ".repeat(*depth),
                escape(name),
                escape(place),
                escape(says)
            )
        }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_program_is_markup() {
        let station = Station {
            title: "<b>".into(),
            side: Side::User,
            count: 1,
            lines: vec![Line::Text("\"&<script>".into())],
        };
        let page = render("<i>", &[station]);
        assert!(!page.contains("<script>") && !page.contains("<b>") && !page.contains("<i>"), "{page}");
    }
}
