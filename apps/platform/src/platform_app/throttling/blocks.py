"""The blocks of addresses that are counted together: what one subscriber can usually choose from."""

from ipaddress import IPv4Address, IPv6Address, ip_network

_OWN = {4: 32, 6: 64}
_NEIGHBOURHOOD = {4: 24, 6: 48}


def own_block(address: IPv4Address | IPv6Address) -> str:
    """One IPv4 address, or the /64 in which an IPv6 subscriber chooses freely."""
    return _block(address, _OWN)


def neighbourhood(address: IPv4Address | IPv6Address) -> str:
    """The /24 or /48 around an address: what a small hosting customer rents."""
    return _block(address, _NEIGHBOURHOOD)


def _block(address: IPv4Address | IPv6Address, prefixes: dict[int, int]) -> str:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(ip_network((address, prefixes[address.version]), strict=False))
