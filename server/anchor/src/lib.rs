//! The Domicile anchor: a surveyed position and a stopwatch
