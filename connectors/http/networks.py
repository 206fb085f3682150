"""Addresses that untrusted URLs may not reach: a separate list, since `ipaddress` differs between Python versions.

The list is IANA's special-purpose registries of 2026 (https://www.iana.org/assignments/iana-ipv4-special-registry and
iana-ipv6-special-registry), without entries marked as globally reachable. An address is private if this list or
`ipaddress` says so. For IPv6 addresses that embed an IPv4 address, that one is checked too.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

_PRIVATE_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by the customers of a carrier (CGNAT)
            "127.0.0.0/8",
            "168.63.129.16/32",  # the host of a virtual machine at Azure
            "169.254.0.0/16",  # link-local
            "172.16.0.0/12",
            "192.0.0.0/24",  # IETF protocol assignments; Python 3.11 calls some of it global
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # relays of 6to4, deprecated by RFC 7526
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved
        ),
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")  # all that is allocated for unicast
_PRIVATE_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarks
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation, RFC 9637
        ),
    )
)
_METADATA_V4 = tuple(
    map(
        IPv4Network,
        (
            "100.100.100.200/32",
            "168.63.129.16/32",
            "169.254.169.0/24",
            "169.254.170.0/24",
            "192.0.0.192/32",
        ),
    )
)
_METADATA_V6 = (IPv6Network("fd00:ec2::/32"), IPv6Network("fd20:ce::/32"))
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
_LAST_32_BITS = tuple(
    map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96"))
)  # NAT64, local NAT64 (RFC 8215), IPv4-compatible, mapped, translated (RFC 2765)
_6TO4 = IPv6Network("2002::/16")  # RFC 3056: IPv4 in bits 16 to 47
_TEREDO = IPv6Network("2001::/32")  # RFC 4380: IPv4 in the last 32 bits, inverted; the server's in bits 32 to 63
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: the upper half of the interface's id; the lower half is IPv4


def is_private(address: Address) -> bool:
    """Whether an address is not a public unicast one."""
    if any(is_private(inner) for inner in _embedded_ipv4(address)):
        return True
    if isinstance(address, IPv4Address):
        return any(address in network for network in _PRIVATE_V4) or not address.is_global
    if address in _NAT64 or address.ipv4_mapped:
        return False  # it leads to the IPv4 address, which is public
    if address not in _GLOBAL_V6 or any(address in network for network in _PRIVATE_V6):
        return True
    return not address.is_global and address not in _6TO4


def is_metadata(address: Address) -> bool:
    """Whether it is the address of a cloud's metadata service, which returns secrets: always refused."""
    if isinstance(address, IPv4Address):
        return any(address in network for network in _METADATA_V4)
    return any(address in network for network in _METADATA_V6) or any(map(is_metadata, _embedded_ipv4(address)))


def _embedded_ipv4(address: Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 one embeds."""
    if isinstance(address, IPv4Address):
        return
    bits = int(address)
    if any(address in network for network in _LAST_32_BITS) or (bits >> 32) & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(bits & 0xFFFFFFFF)
    if address in _6TO4:
        yield IPv4Address((bits >> 80) & 0xFFFFFFFF)
    if address in _TEREDO:
        yield IPv4Address(~bits & 0xFFFFFFFF)
        yield IPv4Address((bits >> 64) & 0xFFFFFFFF)
