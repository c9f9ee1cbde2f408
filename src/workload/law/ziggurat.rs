//! Exact and fast draws from the exponential and the normal law: the ziggurat method.
//!
//! The area under a falling density is cut into 256 horizontal layers of equal area (Marsaglia and
//! Tsang, Journal of Statistical Software 5(8), 2000). A draw picks a layer and a point across it;
//! in about 99 of 100 cases the point lies where the layer is wholly under the density, which one
//! integer comparison tells, and that is the draw. Else the point is in the wedge at the layer's
//! edge, where the density decides, or in the tail beyond the lowest layer, which has a law of
//! its own. Nothing is approximated. Layer and point come from disjoint bits of one random word, as
//! in Doornik's ZIGNOR, so that they are independent.
//!
//! Written here because the well-known crate takes its logarithms and exponentials from the
//! standard library as soon as any other crate of the build asks `num-traits` for `std`, and
//! those differ between platforms. The tables are computed once, through `libm`.
//!
//! Cost: one random word, one table line of 16 bytes, one multiplication; about 5 ns.

use std::sync::LazyLock;

use rand::Rng;

use crate::engine::Stream;

const LAYERS: usize = 256;
/// Random bits of the place across a layer; the 11 below them choose the layer and the sign.
const BITS: u32 = 53;
const SCALE: f64 = (1u64 << BITS) as f64;
const SIGN: u64 = 1 << 8;

/// Where the tail begins, so that 255 layers and the base, tail included, have equal areas.
const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;

static EXPONENTIAL: LazyLock<Ziggurat> = LazyLock::new(|| {
    // density e^-x; the base layer is the rectangle up to the tail and the tail, of area e^-r
    let area = (EXPONENTIAL_TAIL + 1.0) * libm::exp(-EXPONENTIAL_TAIL);
    Ziggurat::new(EXPONENTIAL_TAIL, area, |x| libm::exp(-x), |y| -libm::log(y))
});

static NORMAL: LazyLock<Ziggurat> = LazyLock::new(|| {
    // density e^(-x^2/2), not normalised
    let tail = libm::sqrt(std::f64::consts::FRAC_PI_2)
        * libm::erfc(NORMAL_TAIL * std::f64::consts::FRAC_1_SQRT_2);
    let area = NORMAL_TAIL * bell(NORMAL_TAIL) + tail;
    Ziggurat::new(NORMAL_TAIL, area, bell, |y| libm::sqrt(-2.0 * libm::log(y)))
});

/// A draw from the exponential law of mean 1.
#[inline]
pub fn exponential(stream: &mut Stream) -> f64 {
    let table = &*EXPONENTIAL;
    let word = stream.next_u64();
    let layer = &table.layers[layer_of(word)];
    let across = word >> (u64::BITS - BITS);
    if across < layer.inside {
        return across as f64 * layer.width;
    }
    exponential_edge(table, word, stream)
}

/// A draw from the normal law of mean 0 and variance 1.
#[inline]
pub fn normal(stream: &mut Stream) -> f64 {
    let table = &*NORMAL;
    let word = stream.next_u64();
    let layer = &table.layers[layer_of(word)];
    let across = word >> (u64::BITS - BITS);
    let sign = if word & SIGN == 0 { 1.0 } else { -1.0 };
    if across < layer.inside {
        return sign * (across as f64 * layer.width);
    }
    normal_edge(table, word, stream)
}

#[inline]
fn layer_of(word: u64) -> usize {
    word as usize % LAYERS
}

/// The one draw in a hundred that falls outside the rectangles.
#[cold]
fn exponential_edge(table: &Ziggurat, word: u64, stream: &mut Stream) -> f64 {
    if layer_of(word) == 0 {
        // beyond r the law starts anew: it has no memory
        return EXPONENTIAL_TAIL + exponential(stream);
    }
    match table.wedge(word, stream, |x| libm::exp(-x)) {
        Some(x) => x,
        None => exponential(stream),
    }
}

#[cold]
fn normal_edge(table: &Ziggurat, word: u64, stream: &mut Stream) -> f64 {
    let magnitude = if layer_of(word) == 0 {
        Some(normal_tail(stream))
    } else {
        table.wedge(word, stream, bell)
    };
    match magnitude {
        Some(x) if word & SIGN == 0 => x,
        Some(x) => -x,
        None => normal(stream),
    }
}

/// A normal draw given that it exceeds r (Marsaglia 1964): r + x with x exponential of rate r,
/// kept with probability e^(-x^2/2), that is when a further exponential exceeds x^2/2.
fn normal_tail(stream: &mut Stream) -> f64 {
    loop {
        let x = exponential(stream) / NORMAL_TAIL;
        if 2.0 * exponential(stream) > x * x {
            return NORMAL_TAIL + x;
        }
    }
}

fn bell(x: f64) -> f64 {
    libm::exp(-0.5 * x * x)
}

#[derive(Clone, Copy)]
struct Layer {
    /// A place across the layer below this is under the density.
    inside: u64,
    /// Abscissa per unit of place.
    width: f64,
}

struct Ziggurat {
    layers: [Layer; LAYERS],
    /// The density at the right end of each layer, and at zero.
    heights: [f64; LAYERS + 1],
}

impl Ziggurat {
    /// Layers of `area` under `density`, whose inverse is `abscissa`, with a tail from `tail` on.
    fn new(
        tail: f64,
        area: f64,
        density: impl Fn(f64) -> f64,
        abscissa: impl Fn(f64) -> f64,
    ) -> Self {
        // right[0] is where the base layer would end if it were a rectangle with its tail folded in
        let mut right = [0.0; LAYERS + 1];
        let mut heights = [1.0; LAYERS + 1];
        right[0] = area / density(tail);
        right[1] = tail;
        heights[0] = 0.0;
        heights[1] = density(tail);
        for layer in 2..LAYERS {
            heights[layer] = heights[layer - 1] + area / right[layer - 1];
            right[layer] = abscissa(heights[layer]);
        }
        let layers = std::array::from_fn(|layer| Layer {
            inside: (right[layer + 1] / right[layer] * SCALE) as u64,
            width: right[layer] / SCALE,
        });
        Self { layers, heights }
    }

    /// The draw of a layer above the base whose place is outside the rectangle, if a random height
    /// in the layer is under the density there.
    fn wedge(&self, word: u64, stream: &mut Stream, density: impl Fn(f64) -> f64) -> Option<f64> {
        let layer = layer_of(word);
        let x = (word >> (u64::BITS - BITS)) as f64 * self.layers[layer].width;
        let (low, high) = (self.heights[layer], self.heights[layer + 1]);
        (low + (high - low) * stream.uniform() < density(x)).then_some(x)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::engine::Streams;

    /// The layers close at the top only if the tail's place and the area belong together.
    #[test]
    fn the_layers_of_both_tables_have_equal_areas_up_to_the_top() {
        for (table, name) in [(&*EXPONENTIAL, "exponential"), (&*NORMAL, "normal")] {
            let base = table.layers[0].width * SCALE * table.heights[1];
            for layer in 1..LAYERS {
                let height = table.heights[layer + 1] - table.heights[layer];
                let area = table.layers[layer].width * SCALE * height;
                // the areas are sums of 256 rounded terms of order 1 / 256
                assert!((area / base - 1.0).abs() < 1e-11, "{name} layer {layer}: {area} {base}");
            }
        }
    }

    #[test]
    fn exponential_draws_follow_the_law_including_the_tail() {
        let mut stream = Streams::new(3).named("exponential");
        let mut draws: Vec<f64> = (0..2_000_000).map(|_| exponential(&mut stream)).collect();
        check::moments("exponential", &draws, 1.0, 1.0);
        check::distribution("exponential", &mut draws, |x| -libm::expm1(-x));
        let beyond = draws.iter().filter(|&&x| x > EXPONENTIAL_TAIL).count();
        check::count("tail", beyond, draws.len(), libm::exp(-EXPONENTIAL_TAIL));
        let beyond = draws.iter().filter(|&&x| x > 10.0).count();
        check::count("far tail", beyond, draws.len(), libm::exp(-10.0));
    }

    #[test]
    fn normal_draws_follow_the_law_including_both_tails() {
        let mut stream = Streams::new(4).named("normal");
        let mut draws: Vec<f64> = (0..2_000_000).map(|_| normal(&mut stream)).collect();
        let upper = |x: f64| 0.5 * libm::erfc(x * std::f64::consts::FRAC_1_SQRT_2);
        check::distribution("normal", &mut draws, |x| upper(-x));
        for (beyond, bound) in [(NORMAL_TAIL, "the tail"), (4.2, "the far tail")] {
            let right = draws.iter().filter(|&&x| x > beyond).count();
            let left = draws.iter().filter(|&&x| x < -beyond).count();
            check::count(bound, right, draws.len(), upper(beyond));
            check::count(bound, left, draws.len(), upper(beyond));
        }
        // the fourth moment, 3, weighs the tails; its standard error is sqrt(96 / n)
        let fourth = draws.iter().map(|x| x * x * x * x).sum::<f64>() / draws.len() as f64;
        assert!((fourth - 3.0).abs() < 4.0 * (96.0 / draws.len() as f64).sqrt(), "{fourth}");
    }
}
