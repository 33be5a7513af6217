//! What a debugger is told about the names that Linux has and Rust's own debug information hides.
//!
//! Rust puts every variable into its crate's namespace, so `print *sys_call_table` finds nothing. One small unit
//! of C's language (DWARF 4, section 7.5) declares the table, and `struct pt_regs` with it, as a debugger
//! sees them on Linux.

/// Describes the `sys_call_table` of so many slots. Once, beside the table itself.
#[macro_export]
macro_rules! describe_syscall_table {
    ($len:expr) => {
        #[cfg(target_os = "none")]
        core::arch::global_asm!(
            ".macro FG_REG name, offset",
            ".uleb128 9",
            ".asciz \"\\name\"",
            ".long .Lfg_ulong - .Lfg_unit",
            ".uleb128 \\offset",
            ".endm",
            // Subsections 1: the compiler takes its own abbreviations to stand at the section's start.
            // Each abbreviation: number, tag, children, (attribute, form)…, 0, 0.
            ".pushsection .debug_abbrev, 1, \"\", @progbits",
            ".Lfg_abbrev:",
            // compile_unit: name, language
            ".byte 1, 0x11, 1, 0x03, 0x08, 0x13, 0x0b, 0, 0",
            // base_type: name, byte_size, encoding
            ".byte 2, 0x24, 0, 0x03, 0x08, 0x0b, 0x0b, 0x3e, 0x0b, 0, 0",
            // structure_type: name, byte_size
            ".byte 3, 0x13, 1, 0x03, 0x08, 0x0b, 0x0b, 0, 0",
            // pointer_type: byte_size, type
            ".byte 4, 0x0f, 0, 0x0b, 0x0b, 0x49, 0x13, 0, 0",
            // subroutine_type: prototyped, type
            ".byte 5, 0x15, 1, 0x27, 0x19, 0x49, 0x13, 0, 0",
            // formal_parameter: type
            ".byte 6, 0x05, 0, 0x49, 0x13, 0, 0",
            // array_type: type
            ".byte 7, 0x01, 1, 0x49, 0x13, 0, 0",
            // subrange_type: type, upper_bound
            ".byte 8, 0x21, 0, 0x49, 0x13, 0x2f, 0x06, 0, 0",
            // member: name, type, data_member_location
            ".byte 9, 0x0d, 0, 0x03, 0x08, 0x49, 0x13, 0x38, 0x0f, 0, 0",
            // variable: name, type, external, location
            ".byte 10, 0x34, 0, 0x03, 0x08, 0x49, 0x13, 0x3f, 0x19, 0x02, 0x18, 0, 0",
            ".byte 0",
            ".popsection",
            ".pushsection .debug_info, 1, \"\", @progbits",
            ".Lfg_unit:",
            ".long .Lfg_end - .Lfg_version",
            ".Lfg_version:",
            ".short 4",
            ".long .Lfg_abbrev",
            ".byte 8",
            // DW_LANG_C99
            ".uleb128 1",
            ".asciz \"sys_call_table\"",
            ".byte 0x0c",
            // DW_ATE_unsigned
            ".Lfg_ulong:",
            ".uleb128 2",
            ".asciz \"unsigned long\"",
            ".byte 8, 7",
            // DW_ATE_signed
            ".Lfg_long:",
            ".uleb128 2",
            ".asciz \"long\"",
            ".byte 8, 5",
            ".Lfg_pt_regs:",
            ".uleb128 3",
            ".asciz \"pt_regs\"",
            ".byte 168",
            "FG_REG r15, 0",
            "FG_REG r14, 8",
            "FG_REG r13, 16",
            "FG_REG r12, 24",
            "FG_REG bp, 32",
            "FG_REG bx, 40",
            "FG_REG r11, 48",
            "FG_REG r10, 56",
            "FG_REG r9, 64",
            "FG_REG r8, 72",
            "FG_REG ax, 80",
            "FG_REG cx, 88",
            "FG_REG dx, 96",
            "FG_REG si, 104",
            "FG_REG di, 112",
            "FG_REG orig_ax, 120",
            "FG_REG ip, 128",
            "FG_REG cs, 136",
            "FG_REG flags, 144",
            "FG_REG sp, 152",
            "FG_REG ss, 160",
            ".byte 0",
            ".Lfg_regs_pointer:",
            ".uleb128 4",
            ".byte 8",
            ".long .Lfg_pt_regs - .Lfg_unit",
            ".Lfg_call:",
            ".uleb128 5",
            ".long .Lfg_long - .Lfg_unit",
            ".uleb128 6",
            ".long .Lfg_regs_pointer - .Lfg_unit",
            ".byte 0",
            ".Lfg_call_pointer:",
            ".uleb128 4",
            ".byte 8",
            ".long .Lfg_call - .Lfg_unit",
            ".Lfg_table:",
            ".uleb128 7",
            ".long .Lfg_call_pointer - .Lfg_unit",
            ".uleb128 8",
            ".long .Lfg_ulong - .Lfg_unit",
            ".long {last}",
            ".byte 0",
            ".uleb128 10",
            ".asciz \"sys_call_table\"",
            ".long .Lfg_table - .Lfg_unit",
            // DW_OP_addr
            ".uleb128 9",
            ".byte 3",
            ".quad sys_call_table",
            ".byte 0",
            ".Lfg_end:",
            ".popsection",
            ".purgem FG_REG",
            last = const $len - 1,
            options(att_syntax)
        );
    };
}
