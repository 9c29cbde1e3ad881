from market_service import anyio_backend, feed, migrated_copy, migrated_template, reader, service

__all__ = ["anyio_backend", "feed", "migrated_copy", "migrated_template", "reader", "service"]
