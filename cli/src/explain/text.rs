//! The road as text for a terminal.

use super::station::{Line, Side, Station};

/// Escape sequences, or nothing.
pub struct Colours(pub bool);

impl Colours {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Everything.
pub fn render(heading: &str, stations: &[Station], colours: &Colours, all: bool) -> String {
    let mut out = format!("{}\n", colours.paint("1", heading));
    let mut side = Side::User;
    for (nth, station) in (1..).zip(stations) {
        if (station.side == Side::Kernel) != (side == Side::Kernel) && station.side != Side::Processor {
            let mode = if station.side == Side::Kernel { "the kernel" } else { "the program" };
            out += &format!("{}\n", colours.paint("2", &format!("════════ from here on: {mode} ════════")));
            side = station.side;
        }
        let colour = match station.side {
            Side::User => "1;32",
            Side::Kernel => "1;34",
            Side::Processor => "1;35",
        };
        out += &format!(
            "\n{}{}\n",
            colours.paint(colour, &format!("{nth}. {}", station.title)),
            count(station.count)
        );
        for line in &station.lines {
            if all || !is_detail(line) {
                out += &format!("{}\n", self::line(line, colours));
            }
        }
    }
    out += &totals(stations, colours);
    out
}

fn count(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "  (1 instruction)".to_owned(),
        n => format!("  ({n} instructions)"),
    }
}

/// Functions that hardly did anything, deep down: shown with --all.
fn is_detail(line: &Line) -> bool {
    matches!(line, Line::Function { depth, total, .. } if *depth > 1 && *total < 6)
}

fn line(line: &Line, colours: &Colours) -> String {
    match line {
        Line::Text(text) => format!("   {text}"),
        Line::Code { address, text, note } => {
            let note = if note.is_empty() { String::new() } else { format!("# {note}") };
            let text = format!(
                "   {} {text:<34} {}",
                colours.paint("2", &format!("{address:>16x}")),
                colours.paint("36", &note)
            );
            text.trim_end().to_owned()
        }
        Line::Fact { name, value, means } => {
            let text = format!("   {} {value:<36} {means}", colours.paint("1", &format!("{name:<16}")));
            text.trim_end().to_owned()
        }
        Line::Function { depth, name, place, says, total, calls, .. } => {
            let times = if *calls > 1 { format!(" ×{calls}") } else { String::new() };
            let label = format!("{}{name}{times}", "  ".repeat(*depth));
            let text = format!(
                "   {} {label:<44} {} {}",
                colours.paint("33", &format!("{total:>6}")),
                colours.paint("2", &format!("{place:<38}")),
                colours.paint("36", says)
            );
            text.trim_end().to_owned()
        }
    }
}

fn totals(stations: &[Station], colours: &Colours) -> String {
    let sum = |side: Side| stations.iter().filter(|s| s.side == side).map(|s| s.count).sum::<usize>();
    let (user, kernel) = (sum(Side::User), sum(Side::Kernel));
    let text = format!("{} instructions: {user} of the program, {kernel} of the kernel", user + kernel);
    format!("\n{}\n", colours.paint("1", &text))
}
