//! The curve in a snapshot.

use std::sync::Arc;

use triad_deferral::{Piece, PriceCurve};

use crate::image::{Image, Source, Unreadable, put_length, shape_within};

/// What was published. Shared until written.
#[derive(Debug, Clone, Default)]
pub(super) struct Curve(pub(super) Arc<PriceCurve>);

impl Image for Curve {
    fn put(&self, out: &mut Vec<u8>) {
        let pieces = self.0.pieces();
        put_length(pieces.len(), out);
        for Piece { start_ms, end_ms, price_micro_per_kwh, published_ms } in pieces {
            [start_ms, end_ms, price_micro_per_kwh, published_ms].iter().for_each(|number| number.put(out));
        }
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let pieces = (0..source.length()?).map(|_| {
            let (start_ms, end_ms) = (i64::take(source)?, i64::take(source)?);
            let (price_micro_per_kwh, published_ms) = (i64::take(source)?, i64::take(source)?);
            Ok(Piece { start_ms, end_ms, price_micro_per_kwh, published_ms })
        });
        let pieces: Vec<Piece> = pieces.collect::<Result<_, Unreadable>>()?;
        let curve = PriceCurve::of_pieces(pieces).ok_or(Unreadable::Damaged)?;
        Ok(Self(Arc::new(curve)))
    }

    fn shape(out: &mut String) {
        shape_within("start, end, price, published", &[i64::shape, i64::shape, i64::shape, i64::shape], out);
    }
}
