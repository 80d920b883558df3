//! Whole rounds.

mod attacks;
