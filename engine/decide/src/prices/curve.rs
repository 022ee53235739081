//! What was published, and how that lies in a snapshot.

use std::sync::Arc;

use triad_deferral::{Piece, PriceCurve, Step, StepLength as Length};
use triad_event::prices::{PriceStep, StepLength};
use triad_event::quantity::Micros;

use super::state::ms;
use crate::fold_error::FoldError;
use crate::image::{Image, Source, Unreadable, put_length, shape_within};
use crate::limits::PRICES_KEPT_DAYS;

/// What was published. Shared until written.
#[derive(Debug, Clone, Default)]
pub(super) struct Curve(pub(super) Arc<PriceCurve>);

impl Curve {
    /// Takes in what was published; what is too old to be kept is forgotten.
    pub(super) fn publish(
        &mut self,
        steps: &[PriceStep],
        published: Micros,
        now: Micros,
    ) -> Result<(), FoldError> {
        let curve = Arc::make_mut(&mut self.0);
        for step in steps {
            let length = match step.length {
                StepLength::Quarter => Length::Quarter,
                StepLength::Half => Length::Half,
                StepLength::Hour => Length::Hour,
            };
            let step = Step { start_ms: ms(step.from), length, price_micro_per_kwh: step.per_kwh.0 };
            curve.publish(step, ms(published)).map_err(|_| FoldError::Grammar)?;
        }
        curve.forget_before(ms(now) - PRICES_KEPT_DAYS * 86_400_000);
        Ok(())
    }
}

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
