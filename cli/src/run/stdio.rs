//! What the tool's standard streams are, each for itself, and so what the program's are to be.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{FileType, Stat, fstat, major, minor};
use rustix::termios::isatty;

/// The variable with the numbers of the streams that were closed when the script began. The tool itself cannot tell:
/// the runtime opens the null device in their place.
pub const CLOSED_VARIABLE: &str = "FERROGATE_CLOSED";

/// A standard stream of the program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// It is not open.
    Closed,
    /// A device without memory that is the same in the guest, by its minor number: null, zero, full, random, urandom.
    Device(u8),
    /// The guest's terminal.
    Terminal,
    /// A pipe whose other end is ours.
    Port,
    /// Standard error alone: the very file that standard output is, so that what is written keeps its order.
    LikeStdout,
}

impl Kind {
    /// The letter by which the guest's first program knows it.
    pub fn letter(self) -> u8 {
        match self {
            Self::Closed => b'c',
            Self::Device(minor) => b'0' + minor,
            Self::Terminal => b't',
            Self::Port => b'p',
            Self::LikeStdout => b'o',
        }
    }
}

/// The three streams.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stdio(pub [Kind; 3]);

impl Stdio {
    /// Looks at the tool's own. `closed` is the value of [`CLOSED_VARIABLE`].
    pub fn of_this_process(closed: &str) -> Self {
        let fds = [rustix::stdio::stdin(), rustix::stdio::stdout(), rustix::stdio::stderr()];
        let closed = |i: usize| closed.contains(['0', '1', '2'][i]);
        let stats: [Option<Stat>; 3] = std::array::from_fn(|i| fstat(fds[i]).ok());
        // A second terminal would have no place in the guest: it is written to as if it were a file.
        let terminal = (0..3).find(|i| isatty(fds[*i])).and_then(|i| stats[i]).map(|s| s.st_rdev);
        let mut kinds = std::array::from_fn(|i| match stats[i] {
            Some(stat) if !closed(i) => kind_of(fds[i], &stat, terminal),
            _ => Kind::Closed,
        });
        if let (Kind::Port, Kind::Port, Some(out), Some(err)) = (kinds[1], kinds[2], stats[1], stats[2])
            && (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino)
        {
            kinds[2] = Kind::LikeStdout;
        }
        Self(kinds)
    }

    /// Whether the stream has a port of its own.
    pub fn has_port(self, stream: usize) -> bool {
        self.0[stream] == Kind::Port
    }

    /// Whether the stream is the terminal.
    pub fn is_terminal(self, stream: usize) -> bool {
        self.0[stream] == Kind::Terminal
    }
}

fn kind_of(fd: BorrowedFd<'_>, stat: &Stat, terminal: Option<u64>) -> Kind {
    if FileType::from_raw_mode(stat.st_mode) != FileType::CharacterDevice {
        return Kind::Port;
    }
    match (major(stat.st_rdev), minor(stat.st_rdev)) {
        (1, minor @ (3 | 5 | 7 | 8 | 9)) => Kind::Device(minor as u8),
        _ if Some(stat.st_rdev) == terminal && isatty(fd.as_fd()) => Kind::Terminal,
        _ => Kind::Port,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;

    fn kind(path: &str) -> Kind {
        let file = File::open(path).unwrap();
        kind_of(file.as_fd(), &fstat(&file).unwrap(), None)
    }

    #[test]
    fn kinds() {
        assert_eq!(kind("/dev/null"), Kind::Device(3));
        assert_eq!(kind("/dev/full"), Kind::Device(7));
        assert_eq!(kind("/etc/passwd"), Kind::Port);
        assert_eq!(kind("/"), Kind::Port);
        let (reader, _writer) = std::io::pipe().unwrap();
        assert_eq!(kind_of(reader.as_fd(), &fstat(&reader).unwrap(), None), Kind::Port);
        assert_eq!(Kind::Device(3).letter(), b'3');
    }
}
