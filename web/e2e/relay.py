"""Passes connections to a port of this machine's loopback on to the same port in the network of a process.

Usage: relay.py PORT PID. It says "listening" when it does, and needs the rights to enter that network."""

import asyncio
import ctypes
import os
import sys

port, pid = int(sys.argv[1]), sys.argv[2]
CLONE_NEWNET = 0x40000000


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def relay(reader, writer):
    try:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(copy(reader, to_writer), copy(to_reader, writer))


async def main():
    server = await asyncio.start_server(relay, "127.0.0.1", port)
    # What listens stays where it is; what is opened from now on is in the other network.
    with open(f"/proc/{pid}/ns/net") as network:
        if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    print("listening", flush=True)
    await server.serve_forever()


asyncio.run(main())
