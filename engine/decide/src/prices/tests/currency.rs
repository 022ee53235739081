//! Prices in another currency than that of bids.

use triad_deferral::PriceCurve;
use triad_event::quantity::MicroUsd;

use crate::prices::series::in_usd;
use crate::tests::door::{Door, check};

/// Two units are worth a dollar, or a dollar and a half is worth one: bids are compared with dollars, rounded down.
#[test]
fn what_is_published_in_another_currency_is_compared_in_dollars() {
    check(
        "source series currency=EUR rate=1500000
         publish 12 4 12 [currency=EUR]",
        "submit w: a bid=17, b bid=18
         publish 11 [currency=EUR]
         source fixed=9 currency=CHF rate=1999999
         submit v: a bid=17
         submit u: a bid=18",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 AboveBid at 18 look 2600s last 86400s
         w task_released 1 WithinBid at 18
         w attempt_requested 1 #1
         prices_published 1
         w task_released 0 WithinBid at 16
         w attempt_requested 0 #1
         source_set Fixed
         v workflow_submitted 0+1
         v workflow_accepted 1 0
         v task_deferred 0 AboveBid at 17 look 86400s last 86400s
         u workflow_submitted 0+1
         u workflow_accepted 1 0
         u task_released 0 WithinBid at 17
         u attempt_requested 0 #1",
    );
}

/// Each is a floor, whatever its sign.
#[test]
fn every_price_is_rounded_down_once() {
    let rows = [
        (1, 1_500_000, 1),
        (3, 1_500_000, 4),
        (-1, 1_500_000, -2),
        (-3, 333_333, -1),
        (5, 1, 0),
        (-5, 1, -1),
    ];
    for (price, rate, expected) in rows {
        let found = in_usd(MicroUsd(price), Some(MicroUsd(rate)));
        assert_eq!(found, MicroUsd(expected), "{price} {rate}");
    }
    assert_eq!(in_usd(MicroUsd(-7), None), MicroUsd(-7));
    let most = in_usd(MicroUsd(i64::MIN), Some(MicroUsd(i64::MAX)));
    assert_eq!(most, MicroUsd(i64::MIN), "the nearest that can be said");
}

#[test]
fn a_currency_has_a_rate_and_a_publication_is_in_that_of_the_source() {
    check(
        "",
        "source series currency=EUR
         source series currency=EUR rate=0
         source series currency=EUR rate=-1
         source series currency=EUR rate=1000000001
         source series currency=euro rate=1
         source series rate=1083200
         source series rate=1000000
         publish 5 [currency=EUR]
         source series currency=EUR rate=1083200
         publish 5
         publish 100001 [currency=EUR]
         source fixed=5 currency=EUR
         source series currency=EUR rate=1 low=1 high=9",
        "refused: bids are in USD, and there is no recorded rate for \"EUR\": only USD can be compared with them
         refused: one unit of a currency is worth 0.000001 to 1000 USD
         refused: one unit of a currency is worth 0.000001 to 1000 USD
         refused: one unit of a currency is worth 0.000001 to 1000 USD
         refused: a currency is three capital letters, such as EUR
         refused: one USD is one USD: leave out what it is worth, or say 1
         source_set Series
         refused: these prices are in \"EUR\", and those of the source in \"USD\"
         source_set Series
         refused: these prices are in \"USD\", and those of the source in \"EUR\"
         refused: a kilowatt hour costs -1000 to 1000 of the currency
         refused: bids are in USD, and there is no recorded rate for \"EUR\": only USD can be compared with them
         refused: the lower bound of prices is above zero and below the upper one, which is less than 1000000 times as much",
    );
}

/// With another rate what was published is forgotten, as with another area: nothing is converted twice.
#[test]
fn another_rate_forgets_what_was_published() {
    let mut door = Door::open();
    door.run("source series currency=EUR rate=1083200\npublish 10 [currency=EUR]");
    let known = |door: &Door| door.world.prices().expect("a source");
    let price =
        |curve: &PriceCurve| curve.pieces().map(|piece| piece.price_micro_per_kwh).collect::<Vec<_>>();
    assert_eq!(price(&known(&door).curve), [108_320]);
    assert_eq!(price(&known(&door).quoted), [100_000]);
    door.run("source series currency=EUR rate=1083200 missing=last");
    assert_eq!(price(&known(&door).curve), [108_320], "the same rate");
    door.run("source series currency=EUR rate=1083201");
    assert_eq!((price(&known(&door).curve), price(&known(&door).quoted)), (vec![], vec![]));
    door.run("publish 10 [currency=EUR]\nsource series");
    assert_eq!((price(&known(&door).curve), price(&known(&door).quoted)), (vec![], vec![]));
}

/// Bounds are in the currency as well, so a price at one of them keeps it.
#[test]
fn bounds_are_converted_like_prices() {
    let mut door = Door::open();
    door.run("source series currency=EUR rate=1083207 low=1 high=9\npublish 1 9 [currency=EUR]");
    assert_eq!(door.world.prices().map(|known| known.outside), Some(0));
    door.run("publish 10 0 [currency=EUR]");
    assert_eq!(door.world.prices().map(|known| known.outside), Some(2));
}
