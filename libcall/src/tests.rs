//! On the developer's own Linux.

extern crate std;

use std::ffi::CString;
use std::vec;

use crate::*;

#[test]
fn bytes_go_through_a_pipe() {
    let mut fds = [0i32; 2];
    // SAFETY: pipe2 writes two numbers, which are there.
    assert_eq!(unsafe { pipe2(fds.as_mut_ptr().cast(), 0) }, Ok(0));
    let [from, to] = fds.map(i32::cast_unsigned);
    let sent = b"through the door";
    let mut got = vec![0u8; 64];
    // SAFETY: both buffers are as long as said, and the descriptors are this test's own.
    unsafe {
        assert_eq!(write(to, sent.as_ptr().cast(), sent.len()), Ok(sent.len()));
        assert_eq!(read(from, got.as_mut_ptr().cast(), got.len()), Ok(sent.len()));
        assert_eq!(close(from), Ok(0));
        assert_eq!(close(to), Ok(0));
        assert_eq!(close(to), Err(Errno::EBADF));
    }
    assert_eq!(got.get(..sent.len()), Some(&sent[..]));
}

/// openat's mode is the fourth argument, mmap has six.
#[test]
fn the_fourth_and_the_sixth_argument_arrive() {
    const O_RDONLY: i32 = 0;
    let name = CString::new("/proc/self/exe").unwrap();
    // SAFETY: the name ends with NUL; the mapping is new, private and given back before anything refers to it.
    unsafe {
        let fd = openat(-100, name.as_ptr().cast(), O_RDONLY, 0).unwrap();
        let at = mmap(0, 4096, 1, 2, fd, 0).unwrap();
        assert_eq!(core::slice::from_raw_parts(at as *const u8, 4), b"\x7fELF");
        assert_eq!(munmap(at, 4096), Ok(0));
        assert_eq!(mmap(0, 4096, 1, 2, fd, 1), Err(Errno::EINVAL), "no multiple of a page");
        assert_eq!(close(fd as u32), Ok(0));
    }
}

#[test]
fn errors_are_errors() {
    let name = CString::new("/no/such/file").unwrap();
    // SAFETY: the name ends with NUL; address 4 is nobody's, which the kernel finds out.
    unsafe {
        assert_eq!(open(name.as_ptr().cast(), 0, 0), Err(Errno::ENOENT));
        assert_eq!(open(core::ptr::without_provenance(4), 0, 0), Err(Errno::EFAULT));
        assert_eq!(getppid(), Ok(std::os::unix::process::parent_id() as usize));
    }
}
