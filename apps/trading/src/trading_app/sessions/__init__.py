"""When the market is open: Alpaca's clock and calendar."""
