"""Sessions: begun by a proof of identity, listed and ended by their owner."""
