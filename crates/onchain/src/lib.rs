//! SkyNet.
pub mod book;
pub mod clusters;
pub mod exposure;
pub mod features;
pub mod forest;
pub mod state;
