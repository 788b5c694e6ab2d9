//! Symmetric positive definite matrices, row by row in one vector.

/// A square matrix.
#[derive(Debug, Clone)]
pub(super) struct Square {
    pub(super) size: usize,
    cells: Vec<f64>,
}

impl Square {
    /// With these cells.
    pub(super) fn from_fn(size: usize, mut cell: impl FnMut(usize, usize) -> f64) -> Self {
        let mut cells = Vec::with_capacity(size * size);
        for row in 0..size {
            cells.extend((0..size).map(|column| cell(row, column)));
        }
        Self { size, cells }
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.size..(row + 1) * self.size]
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
    }

    pub(super) fn set(&mut self, row: usize, column: usize, value: f64) {
        self.cells[row * self.size + column] = value;
    }

    /// The lower triangle L with L·Lᵀ = self. Only the lower triangle of `self` is read; a
    /// pivot that rounding made too small is raised, so that nothing becomes infinite.
    pub(super) fn cholesky(&self) -> Self {
        let size = self.size;
        let mut lower = Self::from_fn(size, |_, _| 0.0);
        for row in 0..size {
            for column in 0..=row {
                let (above, this) = (lower.row(column), lower.row(row));
                let sum = self.at(row, column) - product(&above[..column], &this[..column]);
                let value = if row == column {
                    sum.max(1e-9).sqrt()
                } else {
                    sum / lower.at(column, column)
                };
                lower.set(row, column, value);
            }
        }
        lower
    }

    /// L⁻¹·v for a lower triangle, in place.
    pub(super) fn solve_lower(&self, v: &mut [f64]) {
        for row in 0..self.size {
            let sum = v[row] - product(&self.row(row)[..row], &v[..row]);
            v[row] = sum / self.at(row, row);
        }
    }

    /// (L·Lᵀ)⁻¹·v for a lower triangle, in place.
    pub(super) fn solve(&self, v: &mut [f64]) {
        self.solve_lower(v);
        for row in (0..self.size).rev() {
            v[row] /= self.at(row, row);
            let value = v[row];
            for (below, cell) in v[..row].iter_mut().zip(self.row(row)) {
                *below -= cell * value;
            }
        }
    }

    /// The inverse of a symmetric positive definite matrix.
    pub(super) fn inverse(&self) -> Self {
        let lower = self.cholesky();
        let mut inverse = Self::from_fn(self.size, |row, column| f64::from(row == column));
        for row in inverse.cells.chunks_exact_mut(self.size.max(1)) {
            lower.solve(row);
        }
        inverse
    }

    /// self·v for a symmetric matrix.
    pub(super) fn times(&self, v: &[f64]) -> Vec<f64> {
        let rows = self.cells.chunks_exact(self.size.max(1));
        rows.map(|row| product(row, v)).collect()
    }
}

/// Sum of products, in four running sums: the order is fixed, and the sums do not wait for
/// each other.
pub(super) fn product(a: &[f64], b: &[f64]) -> f64 {
    let (fours_a, fours_b) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = fours_a
        .remainder()
        .iter()
        .zip(fours_b.remainder())
        .map(|(x, y)| x * y)
        .sum();
    let mut sums = [0.0; 4];
    for (x, y) in fours_a.zip(fours_b) {
        for k in 0..4 {
            sums[k] += x[k] * y[k];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_inverse_inverts(size in 1usize..12, seed in proptest::collection::vec(-1.0f64..1.0, 144)) {
            let root = Square::from_fn(size, |r, c| seed[r * 12 + c]);
            let matrix = Square::from_fn(size, |r, c| product(root.row(r), root.row(c)) + f64::from(r == c));
            let inverse = matrix.inverse();
            for row in 0..size {
                let back = inverse.times(matrix.row(row));
                for (column, value) in back.iter().enumerate() {
                    prop_assert!((value - f64::from(row == column)).abs() < 1e-9);
                }
            }
        }
    }
}
