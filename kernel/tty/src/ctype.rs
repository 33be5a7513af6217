//! Kinds of characters as the line discipline sees them: bytes of ISO 8859-1, whatever the program means.

fn is_latin_letter(byte: u8) -> bool {
    byte >= 0xc0 && byte != 0xd7 && byte != 0xf7
}

/// A letter or a digit.
pub fn is_alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || is_latin_letter(byte)
}

/// In lower case.
pub fn to_lower(byte: u8) -> u8 {
    let latin = is_latin_letter(byte) && byte < 0xdf;
    if byte.is_ascii_uppercase() || latin { byte + 32 } else { byte }
}

/// In upper case. A sharp s becomes the byte that stands 32 before it.
pub fn to_upper(byte: u8) -> u8 {
    let latin = is_latin_letter(byte) && byte >= 0xdf;
    if byte.is_ascii_lowercase() || latin { byte - 32 } else { byte }
}
