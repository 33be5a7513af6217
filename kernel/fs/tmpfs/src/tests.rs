//! tmpfs through the vfs.
