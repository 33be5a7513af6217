//! Parses the system-call tables (`abi/tables`) and renders everything that is derived from them: the
//! dispatch table and its thunks, numbers and names, C headers, programs' wrappers, reference pages. Used by
//! build scripts and by the host tool.

mod check;
mod ctype;
mod dispatch;
mod headers;
mod layout;
mod libcall;
mod names;
mod pages;
mod table;

pub use check::{Problem, check, generated_files, handler_location};
pub use ctype::CType;
pub use dispatch::render_dispatch;
pub use headers::{render_headers, render_syscalls_header, render_unistd_header};
pub use libcall::{WrapperFile, render_libcall_header, render_libcall_rust, render_wrappers};
pub use names::render_names;
pub use pages::{placed_registers, register_names, render_index, render_page};
pub use table::{Abi, Arg, Row, Status, TableError, Tables};
