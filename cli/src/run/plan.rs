//! What a run is to be, settled from the command line and from what surrounds the tool.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use super::Options;
use super::identity::Identity;
use super::stdio::{CLOSED_VARIABLE, Stdio};

/// The file with the environment as the script found it: a shell passes on only what it could itself have made.
const ENVIRON_VARIABLE: &str = "FERROGATE_ENVIRON";
/// Variables by which script and tool talk; no program is to see them.
const OWN_PREFIX: &[u8] = b"FERROGATE_";
/// Directories that are the guest's own, whatever the root has there, and may be a current directory on the host.
const GUESTS_OWN: &[&str] = &["/tmp", "/run", "/dev/shm"];
/// As many writable directories as the machine has places for; the first program knows of no more either.
const MAX_RW: usize = 20;

static ENVIRONMENT: OnceLock<Vec<Vec<u8>>> = OnceLock::new();

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The guest's root, a directory of the host.
    pub root: PathBuf,
    /// Directories in which writes reach the host; a parent before what is below it.
    pub rw: Vec<PathBuf>,
    /// Current directory.
    pub cwd: PathBuf,
    /// The current directory, if it would be hidden by one of the guest's own.
    pub shown: Option<PathBuf>,
    /// Program and arguments.
    pub argv: Vec<OsString>,
    /// Environment, `NAME=VALUE` each.
    pub env: Vec<Vec<u8>>,
    /// Rights.
    pub identity: Identity,
    /// Standard streams.
    pub stdio: Stdio,
}

impl Plan {
    /// Settles it; what is wrong with an option is said here, before a machine is started.
    pub fn new(options: &Options) -> Result<Self> {
        let here = std::env::current_dir().context("the current directory is gone; name another with --cwd");
        let root = directory("--root", &options.root)?;
        let mut rw = Vec::new();
        for dir in &options.rw {
            let path = directory("--rw", dir)?;
            if path == Path::new("/") {
                bail!(
                    "--rw /: that would let the program write everywhere; name the directories that it may change"
                );
            }
            rw.push(path);
        }
        rw.sort();
        rw.dedup();
        if rw.len() > MAX_RW {
            bail!("--rw: {} directories, but a machine has places for {MAX_RW}", rw.len());
        }
        let cwd = match &options.cwd {
            Some(dir) if dir.is_absolute() => dir.clone(),
            Some(dir) => here?.join(dir),
            None => here?,
        };
        let own = Identity::of_this_process()?;
        let identity = match &options.user {
            Some(user) => Identity::of_user(user, &root, own.umask)?,
            None => own,
        };
        let closed = std::env::var(CLOSED_VARIABLE).unwrap_or_default();
        Ok(Self {
            shown: shown(&root, &cwd, &rw),
            root,
            rw,
            cwd,
            argv: options.command.clone(),
            env: environment(inherited(), &options.env)?,
            identity,
            stdio: Stdio::of_this_process(&closed),
        })
    }
}

fn directory(option: &str, path: &Path) -> Result<PathBuf> {
    let full = path.canonicalize().with_context(|| format!("{option} {}", path.display()))?;
    if !full.is_dir() {
        bail!("{option} {}: not a directory", path.display());
    }
    Ok(full)
}

/// The current directory, if only a mount of its own makes it visible.
fn shown(root: &Path, cwd: &Path, rw: &[PathBuf]) -> Option<PathBuf> {
    if root != Path::new("/") || rw.iter().any(|dir| cwd.starts_with(dir)) {
        return None;
    }
    let cwd = cwd.canonicalize().ok().filter(|dir| dir.is_dir())?;
    let hidden = GUESTS_OWN.iter().any(|own| cwd.starts_with(own) && cwd != Path::new(own));
    hidden.then_some(cwd)
}

/// Takes what the script left in a file, whatever the command line says: the file must go.
pub fn take_environment() {
    if let Some(path) = std::env::var_os(ENVIRON_VARIABLE) {
        if let Ok(text) = fs::read(&path) {
            let variables = text.split(|byte| *byte == 0).filter(|v| !v.is_empty());
            let _ = ENVIRONMENT.set(variables.map(<[u8]>::to_vec).collect());
        }
        let _ = fs::remove_file(&path);
    }
}

/// The environment that the user's shell gave to the script; without the file, what came through it.
fn inherited() -> Vec<Vec<u8>> {
    ENVIRONMENT.get().cloned().unwrap_or_else(|| {
        let join = |(name, value): (OsString, OsString)| [name.as_bytes(), b"=", value.as_bytes()].concat();
        std::env::vars_os().map(join).collect()
    })
}

/// Puts the variables of `--env` in the place of those of the same name, or behind the others.
fn environment(inherited: Vec<Vec<u8>>, options: &[OsString]) -> Result<Vec<Vec<u8>>> {
    let mut env = inherited;
    env.retain(|variable| !variable.starts_with(OWN_PREFIX));
    for option in options {
        let bytes = option.as_bytes();
        let Some(end) = bytes.iter().position(|b| *b == b'=').filter(|end| *end > 0) else {
            bail!("--env {}: write NAME=VALUE", Path::new(option).display());
        };
        let name = &bytes[..=end];
        match env.iter_mut().find(|variable| variable.starts_with(name)) {
            Some(variable) => *variable = bytes.to_vec(),
            None => env.push(bytes.to_vec()),
        }
    }
    Ok(env)
}

/// The machine's name, as the guest is to have it.
pub fn hostname() -> Vec<u8> {
    let name = fs::read("/proc/sys/kernel/hostname").unwrap_or_default();
    name.strip_suffix(b"\n").unwrap_or(&name).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced_or_added() {
        let inherited = vec![b"A=1".to_vec(), b"FERROGATE_ROOT=/x".to_vec(), b"AB=\xff".to_vec()];
        let env = environment(inherited, &["A=2".into(), "C=x=y".into(), "D=".into()]).unwrap();
        assert_eq!(env, [&b"A=2"[..], b"AB=\xff", b"C=x=y", b"D="]);
        assert!(environment(Vec::new(), &["A".into()]).is_err());
        assert!(environment(Vec::new(), &["=1".into()]).is_err());
    }

    #[test]
    fn a_directory_under_tmp_is_shown() {
        let dir = std::env::temp_dir().join(format!("ferrogate-shown-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let dir = dir.canonicalize().unwrap();
        let shown = |root: &str, rw: &[PathBuf]| super::shown(Path::new(root), &dir, rw);
        if dir.starts_with("/tmp") {
            assert_eq!(shown("/", &[]), Some(dir.clone()));
        }
        assert_eq!(shown("/", std::slice::from_ref(&dir)), None, "it is there already");
        assert_eq!(shown("/srv", &[]), None, "another root");
        assert_eq!(super::shown(Path::new("/"), Path::new("/tmp"), &[]), None, "the guest's own");
        assert_eq!(super::shown(Path::new("/"), Path::new("/etc"), &[]), None, "not hidden");
        fs::remove_dir_all(&dir).unwrap();
    }
}
