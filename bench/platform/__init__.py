"""The platform service beside better-auth on Node and fastapi-users, and beside the bare query and the bare hash."""
