//! Fractions in fixed point, so that every machine finds the same thresholds.
//!
//! Floating point would do as well with additions, multiplications, divisions and square roots alone, which IEEE 754
//! rounds in one way; powers and logarithms are not among those. Integers need no such care, and 60 binary digits are more
//! than the 53 of `f64`.

/// One. Products of two numbers below eight fit into an `i128`.
pub(crate) const ONE: i128 = 1 << 60;

/// The product of two fractions.
pub(crate) const fn times(left: i128, right: i128) -> i128 {
    (left * right) >> 60
}

/// A base from one to less than two to a power, by squaring. For `1 + 1/n` to at most the `n`th power it stays below three.
pub(crate) fn power(base: i128, exponent: u32) -> i128 {
    let (mut result, mut square, mut rest) = (ONE, base, exponent);
    while rest > 0 {
        if rest & 1 == 1 {
            result = times(result, square);
        }
        rest >>= 1;
        // The square after the last digit is not needed, and might not fit.
        if rest > 0 {
            square = times(square, square);
        }
    }
    result
}
