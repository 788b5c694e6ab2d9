//! Pure appraisal: evidence, directory and policy in, verdict out
