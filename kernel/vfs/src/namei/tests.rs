//! Walks over a small tree.
