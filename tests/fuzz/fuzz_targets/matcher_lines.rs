//! Fuzzes `targets::matcher_lines`.
#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::matcher_lines(bytes));
