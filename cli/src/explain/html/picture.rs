//! The picture: a box for each station. On a wide screen the road goes down on the left to the handler and up on the right;
//! on a narrow one it only goes down.

use super::{class, escape};
use crate::explain::station::{Side, Station};

/// Two columns, for a wide screen.
pub fn wide(stations: &[Station]) -> String {
    const WIDTH: usize = 1000;
    let turn = deepest(stations);
    let has_right = turn + 1 < stations.len();
    let shape = Shape::new(stations, 440, 56);
    let (left, right) = if has_right { (20, WIDTH / 2 + 40) } else { ((WIDTH - shape.width) / 2, 0) };
    let border = stations.iter().position(|s| s.side == Side::Kernel);
    let y = |row: usize| shape.y(row, border);
    let places: Vec<(usize, usize)> = (0..stations.len())
        .map(|nth| match nth.checked_sub(turn) {
            None | Some(0) => (left, y(nth)),
            Some(_) if stations[nth].side == Side::User => (right, y(border.unwrap_or(1).saturating_sub(1))),
            Some(after) => (right, y(turn.saturating_sub(after))),
        })
        .collect();
    shape.draw("wide", WIDTH, stations, &places, border.map(y).as_slice())
}

/// One column, for a narrow screen.
pub fn tall(stations: &[Station]) -> String {
    const WIDTH: usize = 360;
    let shape = Shape::new(stations, 330, 42);
    let mut places = Vec::new();
    let (mut y, mut borders) = (20, Vec::new());
    let mut side = Side::User;
    for station in stations {
        if station.side != Side::Processor && station.side != side {
            side = station.side;
            y += GAP;
            borders.push(y);
        }
        places.push((15, y));
        y += shape.height + SPACE;
    }
    shape.draw("tall", WIDTH, stations, &places, &borders)
}

/// Room between program and kernel, for the line and its words.
const GAP: usize = 30;
/// Room between two boxes, for the arrow.
const SPACE: usize = 18;

/// The size of all boxes, and what stands in them.
struct Shape {
    width: usize,
    height: usize,
    titles: Vec<Vec<String>>,
}

impl Shape {
    fn new(stations: &[Station], width: usize, letters: usize) -> Self {
        let titles: Vec<_> = (1..)
            .zip(stations)
            .map(|(nth, station)| wrap(&format!("{nth}. {}", station.title), letters))
            .collect();
        let lines = titles.iter().map(Vec::len).max().unwrap_or(1);
        Self { width, height: 27 + 17 * lines, titles }
    }

    fn y(&self, row: usize, border: Option<usize>) -> usize {
        let gap = if border.is_some_and(|border| row >= border) { GAP } else { 0 };
        20 + (self.height + SPACE) * row + gap
    }

    /// `borders` are the tops of boxes that have the line between program and kernel above them.
    fn draw(
        &self,
        name: &str,
        width: usize,
        stations: &[Station],
        places: &[(usize, usize)],
        borders: &[usize],
    ) -> String {
        let bottom = places.iter().map(|(_, y)| y + self.height).max().unwrap_or(0);
        let mut svg = format!(
            "<svg class=\"{name}\" viewBox=\"0 0 {width} {}\" role=\"img\" aria-label=\"The road of the call\">\n\
             <defs><marker id=\"tip-{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" \
             markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8\"/></marker></defs>\n",
            bottom + 20
        );
        for (nth, top) in borders.iter().enumerate() {
            svg += &border(width, top - GAP / 2 - 9, nth % 2 == 0, borders.len() > 1);
        }
        for pair in places.windows(2) {
            svg += &self.arrow(name, pair[0], pair[1]);
        }
        for (nth, (station, place)) in stations.iter().zip(places).enumerate() {
            svg += &self.boxed(nth, station, *place);
        }
        svg + "</svg>\n"
    }

    /// From one box to the next: down, up, or across and up.
    fn arrow(&self, name: &str, from: (usize, usize), to: (usize, usize)) -> String {
        let middle = |x: usize| x + self.width / 2;
        let path = if from.0 != to.0 {
            format!(
                "M{} {} H{} V{}",
                from.0 + self.width,
                from.1 + self.height / 2,
                middle(to.0),
                to.1 + self.height
            )
        } else if from.1 < to.1 {
            format!("M{} {} V{}", middle(from.0), from.1 + self.height, to.1)
        } else {
            format!("M{} {} V{}", middle(from.0), from.1, to.1 + self.height)
        };
        format!("<path d=\"{path}\" marker-end=\"url(#tip-{name})\"/>\n")
    }

    fn boxed(&self, nth: usize, station: &Station, (x, y): (usize, usize)) -> String {
        let count = match (station.count, station.side) {
            (0, Side::Processor) => "the processor, by itself".to_owned(),
            (0, _) => "no instruction".to_owned(),
            (1, _) => "1 instruction".to_owned(),
            (count, _) => format!("{count} instructions"),
        };
        let mut text = String::new();
        let mut line = y + 19;
        for part in &self.titles[nth] {
            text += &format!("<text x=\"{}\" y=\"{line}\">{}</text>", x + 12, escape(part));
            line += 17;
        }
        format!(
            "<a href=\"#s{}\"><rect class=\"{}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"5\"/>{text}\
             <text x=\"{}\" y=\"{line}\" class=\"c\">{count}</text></a>\n",
            nth + 1,
            class(station.side).1,
            self.width,
            self.height,
            x + 12,
        )
    }
}

/// The line between program and kernel, with its words beside the arrow.
fn border(width: usize, y: usize, into: bool, alone: bool) -> String {
    let (above, below) = if into { ("program", "kernel") } else { ("kernel", "program") };
    let (x, anchor) = if alone { (width - 12, "end") } else { (width / 2 + 1, "middle") };
    format!(
        "<line x1=\"10\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke-dasharray=\"6 4\"/>\
         <text x=\"{x}\" y=\"{}\" class=\"c\" text-anchor=\"{anchor}\">{above}</text>\
         <text x=\"{x}\" y=\"{}\" class=\"c\" text-anchor=\"{anchor}\">{below}</text>\n",
        width - 10,
        y - 5,
        y + 14,
    )
}

/// The station where the road turns: the last before the way back.
fn deepest(stations: &[Station]) -> usize {
    let back = stations
        .iter()
        .position(|s| s.title.starts_with("The answer, and the way"))
        .unwrap_or(stations.len());
    back.saturating_sub(1)
}

/// Cut between words.
fn wrap(text: &str, letters: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + 1 + word.chars().count() > letters {
            lines.push(word.to_owned());
        } else {
            if !lines[last].is_empty() {
                lines[last].push(' ');
            }
            lines[last].push_str(word);
        }
    }
    lines
}
