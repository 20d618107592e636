//! What the build script makes from Google's definitions.
#![expect(missing_docs, clippy::all, clippy::allow_attributes, reason = "generated")]

include!(concat!(env!("OUT_DIR"), "/googleapis.rs"));
