//! The HTTP side of Ringfence.
