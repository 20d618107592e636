//! The update mask of a request (facts §0.4).

use names::MaskError;
use problem::Problem;
use prost_types::FieldMask;

use crate::refusal::invalid;

/// The mask that was sent, read by what is updated. None, and one without paths, mean the same.
pub(crate) fn read<M>(
    sent: Option<FieldMask>,
    parse: impl FnOnce(&[String]) -> Result<M, MaskError>,
) -> Result<M, Problem> {
    parse(&sent.unwrap_or_default().paths).map_err(|error| invalid("update_mask", error.to_string()))
}
