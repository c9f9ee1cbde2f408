//! What plots are drawn with, as plotters elements: a line that can be dashed, text with a halo.
//! They draw on [`SvgCanvas`] only, as plotters' own styles have neither. Tags
//! around them name the parts of a drawing for the script of the page.

use std::convert::Infallible;

use plotters::element::{Drawable, PointCollection};
use plotters::style::RGBColor;
use plotters_backend::{BackendCoord, DrawingErrorKind};

use super::canvas::{Stroke, SvgCanvas, UNITS, Words};

/// A line through points of a coordinate system `C`.
pub struct Curve<C> {
    pub points: Vec<C>,
    pub stroke: Stroke,
}

/// A pale area within corners of a coordinate system `C`.
pub struct Ribbon<C> {
    pub corners: Vec<C>,
    pub colour: RGBColor,
}

/// Text at a point of a coordinate system `C`.
pub struct Label<C> {
    pub at: C,
    /// Pixels to the right and down from there.
    pub shift: (f64, f64),
    pub words: Words,
}

/// A tag that opens or closes a group.
pub struct Tag<C> {
    /// Anywhere; plotters wants a place of everything.
    pub at: C,
    pub tag: String,
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a Tag<C> {
    type Point = &'a C;
    type IntoIter = std::iter::Once<&'a C>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl<C> Drawable<SvgCanvas<'_>> for Tag<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        _: I,
        canvas: &mut SvgCanvas<'_>,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        canvas.tag(&self.tag);
        Ok(())
    }
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a Curve<C> {
    type Point = &'a C;
    type IntoIter = &'a [C];

    fn point_iter(self) -> Self::IntoIter {
        &self.points
    }
}

impl<C> Drawable<SvgCanvas<'_>> for Curve<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        canvas: &mut SvgCanvas<'_>,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        canvas.polyline(points, &self.stroke);
        Ok(())
    }
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a Ribbon<C> {
    type Point = &'a C;
    type IntoIter = &'a [C];

    fn point_iter(self) -> Self::IntoIter {
        &self.corners
    }
}

impl<C> Drawable<SvgCanvas<'_>> for Ribbon<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        corners: I,
        canvas: &mut SvgCanvas<'_>,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        canvas.ribbon(corners, self.colour);
        Ok(())
    }
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a Label<C> {
    type Point = &'a C;
    type IntoIter = std::iter::Once<&'a C>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl<C> Drawable<SvgCanvas<'_>> for Label<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        canvas: &mut SvgCanvas<'_>,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<Infallible>> {
        for (x, y) in points {
            let shift = |pixels: f64| (pixels * UNITS).round() as i32;
            canvas.text((x + shift(self.shift.0), y + shift(self.shift.1)), &self.words);
        }
        Ok(())
    }
}
