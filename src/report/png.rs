//! PNG from the SVG of a chart, so that both are one picture. Only the bundled font is used: what a
//! machine has installed changes nothing.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::font;

/// Pixels of the picture per pixel of the SVG: sharp on dense screens and in print.
pub const SCALE: f32 = 2.0;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(font::REGULAR_TTF.to_vec());
    fonts.load_font_data(font::SEMIBOLD_TTF.to_vec());
    fonts.set_sans_serif_family(font::FAMILY);
    Arc::new(fonts)
});

/// The picture of an SVG as the bytes of a PNG file, or why there is none.
pub fn render(svg: &str) -> Result<Vec<u8>, String> {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_family: font::FAMILY.into(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size().to_int_size().scale_by(SCALE);
    let mut picture = size
        .and_then(|size| Pixmap::new(size.width(), size.height()))
        .ok_or("the chart has no size")?;
    resvg::render(
        &tree,
        Transform::from_scale(SCALE, SCALE),
        &mut picture.as_mut(),
    );
    picture.encode_png().map_err(|error| error.to_string())
}

/// Width in pixels of what an SVG draws.
#[cfg(test)]
pub(super) fn drawn_width(svg: &str) -> f64 {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).expect("the SVG of a test is well-formed");
    f64::from(tree.root().abs_bounding_box().width())
}
