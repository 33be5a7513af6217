//! `table`: the system-call tables, as a whole or one row.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::Context as Tool;

/// What `table` is asked to show.
#[derive(Args, Debug)]
pub struct Options {
    /// A name or a number; without it the whole table
    name: Option<String>,
}

/// The command.
pub fn run(_tool: &Tool, _options: &Options) -> Result<ExitCode> {
    anyhow::bail!("not yet")
}
