"""What can be traded: Alpaca's assets."""
