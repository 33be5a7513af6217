//! Constants of readdir(3).
/// `d_type` values: `DT_UNKNOWN`.
pub const DT_UNKNOWN: u8 = 0;
/// `d_type` values: `DT_FIFO`.
pub const DT_FIFO: u8 = 1;
/// `d_type` values: `DT_CHR`.
pub const DT_CHR: u8 = 2;
/// `d_type` values: `DT_DIR`.
pub const DT_DIR: u8 = 4;
/// `d_type` values: `DT_BLK`.
pub const DT_BLK: u8 = 6;
/// `d_type` values: `DT_REG`.
pub const DT_REG: u8 = 8;
/// `d_type` values: `DT_LNK`.
pub const DT_LNK: u8 = 10;
/// `d_type` values: `DT_SOCK`.
pub const DT_SOCK: u8 = 12;
/// `d_type` values: `DT_WHT`.
pub const DT_WHT: u8 = 14;
