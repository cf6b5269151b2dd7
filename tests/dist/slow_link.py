#!/usr/bin/env python3
"""A slow link between two network namespaces: packets are late, and go one after the other.

    slow_link.py NAMESPACE_A ADDRESS_A NAMESPACE_B ADDRESS_B DELAY_MS MBIT_PER_S

Each namespace gets a point-to-point device with its address; prints "up" when both are there, and relays until it is
ended. It needs root, /dev/net/tun and ip, but no module of the kernel's traffic control.
"""
import collections, fcntl, os, select, socket, struct, subprocess, sys, time

TUNSETIFF, IFF_TUN, IFF_NO_PI, MTU = 0x400454CA, 0x0001, 0x1000, 9000


def open_device(address, peer):
    tun = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", b"slow0", IFF_TUN | IFF_NO_PI))
    for command in (
        f"link set slow0 mtu {MTU} up",
        f"addr add {address} peer {peer} dev slow0",
        "link set lo up",
    ):
        subprocess.run(["ip"] + command.split(), check=True)
    return tun


def relay(tun, line, delay_s, bytes_per_s):
    """Packets from the device leave when the link was free for long enough, the delay is over, and the other end has room:
    it may be waiting for room at this one. Returns when the other end or whoever began this one (stdin) is gone."""
    waiting, free_at = collections.deque(), 0.0
    while True:
        pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, room, _ = select.select([tun, line, sys.stdin], [line] if pause == 0 else [], [], pause or None)
        if room:
            line.send(waiting.popleft()[1])
        if tun in ready:
            packet = os.read(tun, MTU)
            free_at = max(free_at, time.monotonic()) + len(packet) / bytes_per_s
            waiting.append((free_at + delay_s, packet))
        if line in ready:
            packet = line.recv(MTU)
            if not packet:
                return
            os.write(tun, packet)
        if sys.stdin in ready:
            return


def end(number, address, peer, delay_ms, mbit):
    """One end, inside its namespace; the other's is at the far side of the socket."""
    line = socket.socket(fileno=int(number))
    tun = open_device(address, peer)
    print("up", flush=True)
    relay(tun, line, float(delay_ms) / 1e3, float(mbit) * 1e6 / 8)


def main(a, address_a, b, address_b, delay_ms, mbit):
    lines = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ends = []
    for line, space, address, peer in ((lines[0], a, address_a, address_b), (lines[1], b, address_b, address_a)):
        command = ["ip", "netns", "exec", space, sys.executable, __file__, "end", str(line.fileno()), address, peer]
        ends.append(
            subprocess.Popen(command + [delay_ms, mbit], pass_fds=[line.fileno()], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
        )
    up = all(e.stdout.readline() == "up\n" for e in ends)
    for line in lines:
        line.close()
    if up:
        print("up", flush=True)
    for e in ends:
        e.wait()
    return 0 if up else 1


if __name__ == "__main__":
    sys.exit(end(*sys.argv[2:]) if sys.argv[1] == "end" else main(*sys.argv[1:]))
