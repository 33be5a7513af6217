//! Symbols under their own names, for the entry stubs, the debugger and the symbol table.
//!
//! Defining an unmangled symbol is unsafe in Rust, because two of one name would be mixed up at link
//! time. The linker refuses that here (everything is linked into one image without weak symbols), so
//! crates that may not use `unsafe` define theirs through these macros.

/// Defines functions under their unmangled names.
#[macro_export]
macro_rules! export_fn {
    ($($(#[$meta:meta])* $vis:vis extern "C" fn $name:ident($($arg:tt)*) $(-> $ret:ty)? $body:block)*) => {
        $(
            $(#[$meta])*
            // SAFETY: the linker refuses a second definition of the name.
            #[unsafe(no_mangle)]
            $vis extern "C" fn $name($($arg)*) $(-> $ret)? $body
        )*
    };
}

/// Defines a static under its unmangled name.
#[macro_export]
macro_rules! export_static {
    ($(#[$meta:meta])* $vis:vis static $name:ident: $ty:ty = $value:expr;) => {
        $(#[$meta])*
        // SAFETY: the linker refuses a second definition of the name.
        #[unsafe(no_mangle)]
        $vis static $name: $ty = $value;
    };
}

/// A place on the road that has no call of its own, because the function that begins there is inlined: its name
/// as a symbol, for breakpoints and backtraces. Costs no instruction. Stands once, in a function that is inlined once.
#[macro_export]
macro_rules! export_label {
    ($name:ident) => {
        // SAFETY: a label and nothing else.
        unsafe {
            core::arch::asm!(
                concat!(".globl ", stringify!($name)),
                concat!(".type ", stringify!($name), ", @function"),
                concat!(stringify!($name), ":"),
                options(nomem, nostack, preserves_flags)
            );
        }
    };
}
