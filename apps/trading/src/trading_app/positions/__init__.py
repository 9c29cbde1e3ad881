"""What an account holds."""
