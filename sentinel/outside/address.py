"""Which machine an address leads to, looked up once, and whether we may go there."""

import ipaddress
import socket

from sentinel.domain.refusal import refuse
from sentinel.outside.notify import TryLater

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def reachable(
    host: str, port: int, where: str, *, private: bool, encrypted: bool, code: str = "E-webhook",
) -> list[str]:  # fmt: skip
    """The numeric addresses of a host. Refused if any of them lies inside, unless the owner said that it may.

    This machine itself may be reached where the host says so in plain words, and only it without encryption.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise refuse(code, "its host is not a name that can be looked up.", where=where,
                     todo="Correct the address.") from None  # fmt: skip
    except OSError as error:
        raise TryLater(f"{where}: its host was not found ({type(error).__name__})") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    ips = [_inner(ipaddress.ip_address(address.partition("%")[0])) for address in addresses]
    if not encrypted and not (names_this_machine(host) and all(ip.is_loopback for ip in ips)):
        raise refuse(code, "it is not encrypted, and leads to another machine.", where=where,
                     todo="Use https.")  # fmt: skip
    if not all(_may_reach(ip, private=private, here=names_this_machine(host)) for ip in ips):
        raise refuse(code, "it leads to an address inside a private network.", where=where,
                     todo="Use a public address, or allow private ones.")  # fmt: skip
    return addresses


def names_this_machine(host: str) -> bool:
    """Whether a host is this machine by its very spelling, rather than by what a name server says."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _may_reach(ip: _Ip, *, private: bool, here: bool) -> bool:
    if ip.is_loopback:
        return private or here
    if ip.is_multicast or ip.is_unspecified:
        return False
    return private or ip.is_global


def _inner(ip: _Ip) -> _Ip:
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour or ip
