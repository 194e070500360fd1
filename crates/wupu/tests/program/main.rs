//! The program as people and scripts run it: command lines in; exit codes, words and files out.
//!
//! One test program, so that its long tests run side by side.

mod bad_disk;
mod bad_input;
mod common;
mod county;
mod ground;
mod nasty_files;
mod nasty_lists;
mod planted;
mod recheck;
mod same_bytes;
mod special;
mod split;
mod stopped;
mod typed;
mod verdict;
