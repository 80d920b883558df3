//! The verifier as a WebAssembly module: the only unsafe lines of this crate. It imports nothing, so
//! it can call nothing: bytes go in, bytes come out. Nothing of it is in a native build.
//!
//! A page calls [`alloc`], writes the input there, and calls [`call`]. The result is the length of a
//! JSON text, 32 bits little-endian, and the text. Then it frees both with [`free`]. A panic aborts:
//! the page sees a `RuntimeError`, and must make a new instance.
#![allow(unsafe_code, reason = "raw pointers are all that a page can hand over")]

use std::ptr::null_mut;

use crate::parts::{INPUT_LEN_MAX, answer};

/// Memory of so many bytes, all zero; null when it is more than is read.
#[unsafe(no_mangle)]
extern "C" fn alloc(len: usize) -> *mut u8 {
    if len > INPUT_LEN_MAX {
        return null_mut();
    }
    give(vec![0; len])
}

/// Takes memory back: what [`alloc`] gave with its length, or a result with its length and 4.
///
/// # Safety
/// `ptr` came from [`alloc`] or [`call`], has `len` bytes, and is not used after.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(ptr: *mut u8, len: usize) {
    if !ptr.is_null() {
        // SAFETY: the caller says that a boxed slice of this length was given away at `ptr`.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(ptr, len)) });
    }
}

/// Answers the input at `ptr`.
///
/// # Safety
/// `ptr` came from [`alloc`] with this `len`, and nothing else uses it until this returns.
#[unsafe(no_mangle)]
unsafe extern "C" fn call(ptr: *const u8, len: usize) -> *mut u8 {
    let input = if ptr.is_null() {
        &[]
    } else {
        // SAFETY: the caller says that `alloc` gave these bytes, which it filled with zeros.
        unsafe { std::slice::from_raw_parts(ptr, len) }
    };
    let answer = answer(input);
    let answer_len = u32::try_from(answer.len()).expect("addresses have 32 bits");
    give([&answer_len.to_le_bytes(), answer.as_slice()].concat())
}

/// Gives bytes away; [`free`] takes them back.
fn give(bytes: Vec<u8>) -> *mut u8 {
    Box::into_raw(bytes.into_boxed_slice()).cast()
}
