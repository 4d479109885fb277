"""Pages and public-domain tunes -> cleaned, deduplicated, split Parquet with a card."""
