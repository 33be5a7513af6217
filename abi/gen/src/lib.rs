//! Parses the system-call tables and renders everything that is derived from them.
