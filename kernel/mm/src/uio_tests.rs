use super::*;

#[test]
fn kernel_buffers_move_and_count() {
    let mut buf = [0u8; 10];
    let mut dst = IterDst::kernel(&mut buf);
    assert_eq!(dst.copy_out(b"abc"), Ok(3));
    assert_eq!(dst.zero_out(2), Ok(2));
    assert_eq!(dst.remaining(), 5);
    assert_eq!(dst.copy_out(b"0123456789"), Ok(5));
    assert_eq!(dst.copy_out(b"x"), Ok(0));
    assert_eq!(&buf, b"abc\0\x0001234");

    let mut src = IterSrc::kernel(&buf);
    let mut out = [0u8; 4];
    assert_eq!(src.copy_in(&mut out), Ok(4));
    assert_eq!(&out, b"abc\0");
    assert_eq!(src.skip(3), 3);
    assert_eq!(src.copy_in(&mut out), Ok(3));
    assert_eq!(&out[..3], b"234");
    assert_eq!(src.remaining(), 0);
}

#[test]
fn pages_are_sources_and_targets() {
    let page = PageRef::alloc_zeroed().unwrap();
    let mut src = IterSrc::kernel(b"hello");
    assert_eq!(src.copy_page_in(&page, PAGE_SIZE - 3, 100), Ok(3));
    assert_eq!(src.remaining(), 2);
    let mut buf = [1u8; 8];
    let mut dst = IterDst::kernel(&mut buf);
    assert_eq!(dst.copy_page_out(&page, PAGE_SIZE - 4, 100), Ok(4));
    assert_eq!(&buf[..4], b"\0hel");
}

#[test]
fn a_limit_cuts() {
    let mut dst = IterDst::user(4096, usize::MAX);
    assert_eq!(dst.remaining(), MAX_RW_COUNT);
    dst.truncate(7);
    assert_eq!(dst.remaining(), 7);
}
