"""What of the file system free code gets to see: Python, installed packages, and what they link to."""

import site
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

# parts of a Linux system that programs and libraries need; nothing of them tells of people or tasks
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt/cuda", "/nix/store")
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "fonts", "mime.types", "OpenCL")
SYS = ("/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/bus/pci", "/sys/devices/pci0000:00")


def package() -> Path:
    """The folder of this package."""
    return Path(__file__).resolve().parent.parent


def pythons() -> list[str]:
    """The interpreter, its library, and the folders of installed packages; not the working directory or PYTHONPATH."""
    paths = sysconfig.get_paths()
    found = [sys.base_prefix, sys.prefix, paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"]]
    found += site.getsitepackages() if hasattr(site, "getsitepackages") else []
    return shortest([*found, str(Path(sys.executable).resolve().parent.parent), str(package())])


def system() -> list[str]:
    """What of the system is shown."""
    return [path for path in (*SYSTEM, *(f"/etc/{name}" for name in ETC)) if Path(path).exists()]


def shortest(paths: Iterable[str]) -> list[str]:
    """The folders among them that lie in no other one, and exist; the root folder is none to show."""
    known = sorted({str(Path(path)) for path in paths if path and Path(path).exists() and Path(path) != Path("/")})
    return [p for p in known if not any(p != other and Path(p).is_relative_to(other) for other in known)]
