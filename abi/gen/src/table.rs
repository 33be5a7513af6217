//! Reading the tables.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::ctype::CType;

/// The three tables that a program can call through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Abi {
    /// 64-bit.
    X86_64,
    /// 32-bit pointers in 64-bit mode; numbers have bit 30 set.
    X32,
    /// 32-bit.
    I386,
}

impl Abi {
    /// All of them.
    pub const ALL: [Abi; 3] = [Abi::X86_64, Abi::X32, Abi::I386];

    /// As a user writes it.
    pub fn name(self) -> &'static str {
        match self {
            Abi::X86_64 => "x86_64",
            Abi::X32 => "x32",
            Abi::I386 => "i386",
        }
    }
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Complete; a guest test shows it.
    Done,
    /// Works but for what the text says.
    Partial(String),
    /// Answers ENOSYS.
    Absent,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Done => f.write_str("done"),
            Status::Partial(what) => write!(f, "partial: {what}"),
            Status::Absent => f.write_str("absent"),
        }
    }
}

/// An argument: its C type and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// C type as written, `const char *`.
    pub ctype: String,
    /// Name.
    pub name: String,
    /// What the type is to the machine.
    pub kind: CType,
}

impl Arg {
    /// Whether it has 64 bits in a 32-bit program, too.
    pub fn is_64_bit_everywhere(&self) -> bool {
        matches!(self.ctype.as_str(), "loff_t" | "u64" | "__u64")
    }
}

impl fmt::Display for Arg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.ctype.ends_with('*') { "" } else { " " };
        write!(f, "{}{space}{}", self.ctype, self.name)
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Number, without x32's bit.
    pub number: u32,
    /// The ABI column: `common`, `64`, `x32` or `i386`.
    pub abi: String,
    /// Name.
    pub name: String,
    /// Linux's entry symbol; `sys_ni_syscall` for reserved numbers.
    pub entry: String,
    /// Arguments.
    pub args: Vec<Arg>,
    /// Handler in kernel/syscall, `file::write`.
    pub handler: Option<String>,
    /// How far it is.
    pub status: Status,
}

impl Row {
    /// Whether a program of this ABI can make the call.
    pub fn is_for(&self, abi: Abi) -> bool {
        match abi {
            Abi::X86_64 => matches!(self.abi.as_str(), "common" | "64"),
            Abi::X32 => matches!(self.abi.as_str(), "common" | "x32"),
            Abi::I386 => self.abi == "i386",
        }
    }

    /// Whether Linux has a handler for the number.
    pub fn is_reserved(&self) -> bool {
        self.entry == "sys_ni_syscall"
    }

    /// The kernel's symbol for the entry: `__x64_sys_write`, `__ia32_compat_sys_open`.
    pub fn thunk(&self) -> String {
        let door = if self.abi == "i386" { "ia32" } else { "x64" };
        format!("__{door}_{}", self.entry)
    }

    /// Each argument with the registers that bring it, by number: one, or two where a 32-bit program gives 64 bits
    /// (the low half first).
    pub fn placed_args(&self) -> Vec<(&Arg, std::ops::Range<usize>)> {
        let mut next = 0;
        let place = |arg| {
            let first = next;
            next += if self.abi == "i386" && Arg::is_64_bit_everywhere(arg) { 2 } else { 1 };
            (arg, first..next)
        };
        self.args.iter().map(place).collect()
    }
}

/// What is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// File.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// What.
    pub message: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.message)
    }
}

impl std::error::Error for TableError {}

/// Both tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tables {
    /// x86-64 and x32.
    pub x86_64: Vec<Row>,
    /// i386.
    pub i386: Vec<Row>,
}

impl Tables {
    /// Reads `abi/tables` below the repository's root.
    pub fn load(root: &Path) -> Result<Self, TableError> {
        let read = |name: &str| {
            let file = root.join("abi/tables").join(name);
            let text = std::fs::read_to_string(&file).map_err(|error| TableError {
                file: file.clone(),
                line: 0,
                message: error.to_string(),
            })?;
            parse(&file, &text)
        };
        Ok(Self { x86_64: read("x86_64.tbl")?, i386: read("i386.tbl")? })
    }

    /// The rows of an ABI in order of numbers.
    pub fn rows(&self, abi: Abi) -> impl Iterator<Item = &Row> {
        let rows = if abi == Abi::I386 { &self.i386 } else { &self.x86_64 };
        rows.iter().filter(move |row| row.is_for(abi))
    }

    /// The rows that a name or number means, with the ABIs that they belong to.
    pub fn find(&self, wanted: &str, abi: Option<Abi>) -> Vec<(Abi, &Row)> {
        let number = wanted
            .strip_prefix("0x")
            .map_or_else(|| wanted.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
        let abis = abi.map_or(Abi::ALL.to_vec(), |abi| vec![abi]);
        let rows = abis.iter().flat_map(|abi| self.rows(*abi).map(move |row| (*abi, row)));
        let hit = |row: &Row| match number {
            Some(number) => row.number == number & !(1 << 30),
            None => row.name == wanted || row.entry == wanted || row.thunk() == wanted,
        };
        rows.filter(|(_, row)| hit(row)).collect()
    }
}

/// Parses one table and checks each row and that no number is given twice.
pub(crate) fn parse(file: &Path, text: &str) -> Result<Vec<Row>, TableError> {
    let mut rows: Vec<Row> = Vec::new();
    let mut numbers = BTreeSet::new();
    let mut handlers: BTreeMap<String, String> = BTreeMap::new();
    for (nth, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let fail = |message: String| TableError { file: file.to_owned(), line: nth + 1, message };
        let row = parse_row(line).map_err(fail)?;
        let clash = ["common", "64", "x32", "i386"].into_iter().find(|abi| {
            numbers.contains(&(row.number, *abi))
                && (row.abi == *abi || row.abi == "common" || *abi == "common")
        });
        if clash.is_some() {
            return Err(fail(format!("number {} is given twice", row.number)));
        }
        let abi = ["common", "64", "x32", "i386"].into_iter().find(|abi| *abi == row.abi);
        numbers.insert((row.number, abi.ok_or_else(|| fail(format!("unknown ABI \"{}\"", row.abi)))?));
        if let Some(handler) = &row.handler {
            let other = handlers.entry(row.entry.clone()).or_insert_with(|| handler.clone());
            if other != handler {
                return Err(fail(format!("{} has two handlers, {other} and {handler}", row.entry)));
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

fn parse_row(line: &str) -> Result<Row, String> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [number, abi, name, entry, args, handler, status] = columns[..] else {
        return Err(format!("a row has seven columns, this one has {}", columns.len()));
    };
    let number = number.parse().map_err(|_| format!("\"{number}\" is no number"))?;
    let args = parse_args(args)?;
    let handler = (handler != "-").then(|| handler.to_owned());
    let status = match status {
        "done" => Status::Done,
        "absent" => Status::Absent,
        _ => Status::Partial(
            status
                .strip_prefix("partial: ")
                .ok_or_else(|| format!("unknown status \"{status}\""))?
                .to_owned(),
        ),
    };
    match (&handler, &status) {
        (Some(_), Status::Absent) => return Err(format!("{name} has a handler and is called absent")),
        (None, Status::Done | Status::Partial(_)) => return Err(format!("{name} has no handler")),
        _ => {}
    }
    if handler.as_ref().is_some_and(|handler| !handler.contains("::")) {
        return Err(format!("{name}: a handler is written module::function"));
    }
    let row = Row {
        number,
        abi: abi.to_owned(),
        name: name.to_owned(),
        entry: entry.to_owned(),
        args,
        handler,
        status,
    };
    match row.placed_args().last() {
        Some((_, registers)) if registers.end > 6 => {
            Err(format!("{name} needs {} registers for its arguments; there are six", registers.end))
        }
        _ => Ok(row),
    }
}

fn parse_args(text: &str) -> Result<Vec<Arg>, String> {
    let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')'));
    let inner = inner.ok_or_else(|| format!("arguments stand in parentheses: {text}"))?;
    if inner == "void" {
        return Ok(Vec::new());
    }
    inner.split(", ").map(parse_arg).collect()
}

fn parse_arg(text: &str) -> Result<Arg, String> {
    let start =
        text.rfind([' ', '*']).ok_or_else(|| format!("an argument has a type and a name: {text}"))? + 1;
    let (ctype, name) = (text[..start].trim_end(), &text[start..]);
    let kind = CType::parse(ctype).ok_or_else(|| format!("unknown type \"{ctype}\""))?;
    Ok(Arg { ctype: ctype.to_owned(), name: name.to_owned(), kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<Row>, String> {
        super::parse(Path::new("t"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_row() {
        let rows =
            parse("# c\n1\tcommon\twrite\tsys_write\t(unsigned int fd, const char *buf, size_t count)\tfile::write\tdone\n")
                .unwrap();
        assert_eq!(rows[0].args[1].to_string(), "const char *buf");
        assert_eq!(rows[0].args[0].kind, CType::U32);
        assert_eq!(rows[0].thunk(), "__x64_sys_write");
    }

    #[test]
    fn a_position_takes_two_registers_of_a_32_bit_program() {
        let row = "180\ti386\tpread64\tsys_ia32_pread64\t(unsigned int fd, char *buf, size_t count, loff_t pos)\t-\tabsent\n";
        let rows = parse(row).unwrap();
        assert_eq!(rows[0].thunk(), "__ia32_sys_ia32_pread64");
        let places: Vec<_> = rows[0].placed_args().into_iter().map(|(_, registers)| registers).collect();
        assert_eq!(places, [0..1, 1..2, 2..3, 3..5]);
        let long = row.replace("loff_t pos", "loff_t pos, loff_t end");
        assert!(parse(&long).unwrap_err().contains("needs 7 registers"));
        assert_eq!(parse(&row.replace("i386", "64")).unwrap()[0].placed_args()[3].1, 3..4);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let twice = "1\tcommon\ta\tsys_a\t(void)\t-\tabsent\n1\t64\tb\tsys_b\t(void)\t-\tabsent\n";
        assert_eq!(parse(twice).unwrap_err(), "t:2: number 1 is given twice");
        assert!(parse("1\tcommon\ta\tsys_a\t(void)\t-\tdone\n").unwrap_err().contains("no handler"));
        assert!(parse("1\tcommon\ta\tsys_a\t(void)\tm::f\tabsent\n").unwrap_err().contains("called absent"));
        assert!(parse("1\tcommon\ta\tsys_a\t(quux x)\t-\tabsent\n").unwrap_err().contains("unknown type"));
        assert!(parse("x\n").unwrap_err().contains("seven columns"));
    }

    #[test]
    fn the_tables_are_whole() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let tables = Tables::load(&root).unwrap();
        let numbers = |abi| tables.rows(abi).map(|row| row.number).max();
        assert_eq!(numbers(Abi::X86_64), Some(469));
        assert_eq!(numbers(Abi::X32), Some(547));
        assert_eq!(numbers(Abi::I386), Some(469));
        assert_eq!(tables.find("openat", Some(Abi::X86_64))[0].1.number, 257);
        assert_eq!(tables.find("5", Some(Abi::I386))[0].1.name, "open");
    }
}
