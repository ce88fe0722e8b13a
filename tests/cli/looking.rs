//! `stats` and `find`.
