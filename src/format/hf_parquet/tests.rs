//! Parquet files of `datasets`: what is read, what stays, what is refused.
