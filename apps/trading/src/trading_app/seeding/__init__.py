"""Fills in what every brokerage needs before its first order: instruments and trading sessions."""
