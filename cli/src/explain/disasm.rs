//! Instructions as text, in the notation of this project's assembly (AT&T's).

use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Formatter, GasFormatter, Instruction, Mnemonic, OpKind, Register,
};

use super::remote::Registers;

/// An instruction.
pub struct Decoded {
    /// As an assembler takes it.
    pub text: String,
    /// What it is.
    pub instruction: Instruction,
}

/// Decodes the instruction at an address; `bits` is 64 or 32.
pub fn decode(bytes: &[u8], address: u64, bits: u32) -> Option<Decoded> {
    let mut decoder = Decoder::with_ip(bits, bytes, address, DecoderOptions::NONE);
    let instruction = decoder.decode();
    if instruction.is_invalid() {
        return None;
    }
    let mut formatter = GasFormatter::new();
    let options = formatter.options_mut();
    options.set_space_after_operand_separator(true);
    options.set_gas_show_mnemonic_size_suffix(false);
    options.set_uppercase_hex(false);
    options.set_branch_leading_zeros(false);
    options.set_small_hex_numbers_in_decimal(true);
    let mut text = String::new();
    formatter.format(&instruction, &mut text);
    Some(Decoded { text, instruction })
}

impl Decoded {
    /// Whether it calls a function.
    pub fn is_call(&self) -> bool {
        matches!(self.instruction.flow_control(), FlowControl::Call | FlowControl::IndirectCall)
            && !self.is_door()
    }

    /// Whether what stands behind it is reached by a jump only.
    pub fn goes_elsewhere(&self) -> bool {
        use FlowControl::{IndirectBranch, Return, UnconditionalBranch};
        matches!(self.instruction.flow_control(), UnconditionalBranch | IndirectBranch | Return)
    }

    /// Whether it goes from the program into the kernel.
    pub fn is_door(&self) -> bool {
        matches!(self.instruction.mnemonic(), Mnemonic::Syscall | Mnemonic::Sysenter | Mnemonic::Int)
    }

    /// The address of its memory operand, with the registers before it.
    pub fn memory_address(&self, registers: &Registers) -> Option<u64> {
        let instruction = &self.instruction;
        if instruction.is_ip_rel_memory_operand() {
            return Some(instruction.ip_rel_memory_address());
        }
        let value = |register: Register| registers.get(&format!("{register:?}").to_lowercase());
        let base = instruction.memory_base();
        (base != Register::None).then(|| {
            let index = match instruction.memory_index() {
                Register::None => 0,
                register => value(register).wrapping_mul(u64::from(instruction.memory_index_scale())),
            };
            let address = value(base).wrapping_add(index).wrapping_add(instruction.memory_displacement64());
            if base.size() == 4 { address & 0xffff_ffff } else { address }
        })
    }

    /// Whether it loads this constant.
    pub fn loads(&self, value: u64) -> bool {
        let is_immediate = self.instruction.op1_kind() == OpKind::Immediate32;
        is_immediate && u64::from(self.instruction.immediate32()) == value
    }

    /// The address that a direct call or jump leads to.
    pub fn target(&self) -> Option<u64> {
        let target = self.instruction.near_branch_target();
        (target != 0).then_some(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_and_calls() {
        let decode = |bytes: &[u8], bits| decode(bytes, 0x1000, bits).unwrap();
        assert!(decode(&[0x0f, 0x05], 64).is_door());
        assert!(decode(&[0xcd, 0x80], 32).is_door());
        let call = decode(&[0xe8, 0xfb, 0x0f, 0, 0], 64);
        assert!(call.is_call());
        assert_eq!(call.target(), Some(0x2000));
        assert_eq!(decode(&[0xb8, 1, 0, 0, 0], 64).text, "mov $1, %eax");
    }
}
