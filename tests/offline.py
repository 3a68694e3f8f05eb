"""Run a command in a process without a network, as a script that `command` names: only the loopback device is there.

A kernel of a notebook talks to its client through that device.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
from functools import cache

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1  # of ioctl for a network device, from linux/sockios.h and linux/if.h


@cache
def reason():
    """Why no command can run without a network here; empty if one can."""
    if os.geteuid() != 0:
        return "not root, expected root to cut the network"
    if shutil.which("unshare") is None:
        return "unshare not found, expected it to cut the network; install it by: apt-get install util-linux"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode:
        return "unshare --net fails, expected a kernel that lets root cut the network"
    return ""


def command(*arguments):
    """The command that runs another one without a network."""
    return ["unshare", "--net", sys.executable, __file__, *arguments]


if __name__ == "__main__":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        name = b"lo"
        request = fcntl.ioctl(device, _GET_FLAGS, struct.pack("16sh14x", name, 0))
        flags = struct.unpack("16sh14x", request)[1]
        fcntl.ioctl(device, _SET_FLAGS, struct.pack("16sh14x", name, flags | _UP))
    os.execvp(sys.argv[1], sys.argv[1:])
