//! The road as one HTML page with its picture: no scripts, nothing from elsewhere.

mod picture;

use super::station::{Line, Side, Station};

/// The page.
pub fn render(heading: &str, stations: &[Station]) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>{0}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{0}</h1>\n<p>One real call, recorded instruction by instruction in a virtual machine.</p>\n",
        escape(heading)
    );
    out += &picture::wide(stations);
    out += &picture::tall(stations);
    for (nth, station) in (1..).zip(stations) {
        out += &section(nth, station);
    }
    out + "</body>\n</html>\n"
}

const STYLE: &str = "\
:root{--bg:#fff;--fg:#1b1f24;--dim:#57606a;--user:#1a7f37;--kernel:#0550ae;--door:#8250df;--box:#f6f8fa;--line:#d0d7de}\
@media screen and (prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--user:#3fb950;\
--kernel:#58a6ff;--door:#bc8cff;--box:#161b22;--line:#30363d}}\
*{box-sizing:border-box}\
body{background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .3rem;overflow-wrap:anywhere}\
h2{font-size:1.1rem;margin:2rem 0 .4rem;overflow-wrap:anywhere}.user h2{color:var(--user)}.kernel h2{color:var(--kernel)}\
.door h2{color:var(--door)}h2 small{color:var(--dim);font-weight:normal;white-space:nowrap}\
table{border-collapse:collapse;width:100%}td{padding:.05rem .8rem .05rem 0;vertical-align:top}\
td.m,code{font-family:ui-monospace,monospace;font-size:13px;white-space:pre-wrap;overflow-wrap:anywhere}\
td.a{white-space:nowrap;color:var(--dim);width:1%}td.f{padding-left:calc(var(--d)*1.2ch)}td.n{text-align:right;width:4rem}\
td.b{width:6rem}.dim{color:var(--dim)}\
section{border-left:4px solid var(--line);padding-left:1rem;scroll-margin-top:1rem}\
section.user{border-color:var(--user)}section.kernel{border-color:var(--kernel)}section.door{border-color:var(--door)}\
svg{width:100%;height:auto;background:var(--box);border:1px solid var(--line);border-radius:6px;margin-top:1rem}\
svg.tall{display:none}\
svg text{fill:var(--fg);font:13px system-ui,sans-serif}svg .c{fill:var(--dim);font-size:12px}\
svg rect{fill:var(--bg);stroke-width:2}.ru{stroke:var(--user)}.rk{stroke:var(--kernel)}.rd{stroke:var(--door)}\
svg line,svg path{stroke:var(--dim);stroke-width:1.5;fill:none}svg a:hover text{text-decoration:underline}\
.bar{display:inline-block;height:.7em;background:var(--kernel);opacity:.6}\
@media screen and (max-width:760px){body{margin:1rem auto;padding:0 .6rem}svg.wide{display:none}\
svg.tall{display:block;max-width:30rem;margin:1rem auto 0}\
section{padding-left:.6rem}table,tbody{display:block}tr{display:flex;flex-wrap:wrap;column-gap:.7rem;\
border-top:1px solid var(--line);padding:.15rem 0}td{padding:0;min-width:0}td.b{display:none}td.n{width:3rem}td.a{width:auto}\
td.f{padding-left:calc(var(--d)*.35ch)}}\
@media print{body{margin:0;max-width:none;font-size:10pt}td.m,code{font-size:8pt}h2{break-after:avoid}tr,svg{break-inside:avoid}\
.bar{print-color-adjust:exact}}";

/// Class of a section, and of a box in the picture.
fn class(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::User => ("user", "ru"),
        Side::Kernel => ("kernel", "rk"),
        Side::Processor => ("door", "rd"),
    }
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
            "<tr><td class=\"m a\">{address:x}</td><td class=\"m\">{}</td><td>{}</td></tr>\n",
            escape(text),
            escape(note)
        ),
        Line::Fact { name, value, means } => format!(
            "<tr><td class=\"m\"><b>{}</b></td><td class=\"m\">{}</td><td>{}</td></tr>\n",
            escape(name),
            escape(value),
            escape(means)
        ),
        Line::Function { depth, name, place, says, total, calls, .. } => {
            let times = if *calls > 1 { format!(" ×{calls}") } else { String::new() };
            let width = 100 * total / whole.max(1);
            format!(
                "<tr><td class=\"n\">{total}</td><td class=\"b\"><span class=\"bar\" style=\"width:{width}%\"></span></td>\
                 <td class=\"m f\" style=\"--d:{depth}\">{}{times}</td><td class=\"m dim\">{}</td><td>{}</td></tr>\n",
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
