//! The bundled font, Inter (SIL Open Font License 1.1, `font/OFL.txt`), cut down to the characters
//! of European languages. Charts are laid out and rasterised with it, and `report.html` carries it,
//! so that nothing depends on what a machine has installed.

/// Name of the family in SVG and HTML.
pub(super) const FAMILY: &str = "Inter";

pub(super) const REGULAR_TTF: &[u8] = include_bytes!("font/inter-regular.ttf");
pub(super) const SEMIBOLD_TTF: &[u8] = include_bytes!("font/inter-semibold.ttf");
pub(super) const REGULAR_WOFF2: &[u8] = include_bytes!("font/inter-regular.woff2");
pub(super) const SEMIBOLD_WOFF2: &[u8] = include_bytes!("font/inter-semibold.woff2");

/// Weight of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Regular,
    SemiBold,
}
