//! One self-contained page.
use crate::error::ReportError;
use comity_appraisal::outcome::Outcome;

/// The report as one HTML file without external requests.
///
/// # Errors
/// [`ReportError::Outlines`] and [`ReportError::Extent`].
pub fn render(
    outcome: &Outcome,
    outlines_geojson: &str,
    extent: Option<[f64; 4]>,
) -> Result<String, ReportError> {
    let _ = (outcome, outlines_geojson, extent);
    Ok(String::new())
}
