"""The peers: servers as their documentation sets them up."""
