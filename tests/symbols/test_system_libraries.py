"""Libraries of the operating system are recognised by their names."""

import pytest

from socorro.symbols.system_libraries import is_system_library


@pytest.mark.parametrize(
    "name",
    [
        "ntdll.dll", "KERNEL32.DLL", "ntdll.pdb", "api-ms-win-core-l1-2-0.dll", "ext-ms-x.dll",
        "winspool.drv", "libc.so.6", "libc-2.19.so", "ld-linux-x86-64.so.2", "ld-2.19.so",
        "libpthread.so.0", "libstdc++.so.6.0.30", "linux-vdso.so.1", "linux-gate.so", "libc.so",
        "libart.so", "linker64", "libsystem_kernel.dylib", "libSystem.B.dylib", "libobjc.A.dylib",
        "libc++.1.dylib", "libc++abi.dylib", "dyld", "AppKit", "CoreFoundation",
    ],
)  # fmt: skip
def test_of_the_system(name: str) -> None:
    assert is_system_library(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "driver", "xul.dll", "libxul.so", "XUL", "mozglue.dll", "nvwgf2um.dll", "avcodec.dll",
        "kernel32.dll.exe", "my-ntdll.dll", "ntdll", "libcrash.so", "libcurl.so.4", "libmine.dylib",
        "libc.so.6.evil", "appkit", "security", "a\nlibc.so.6", "libc.so.6\n", "api-ms-w", "ä.dll",
    ],
)  # fmt: skip
def test_not_of_the_system(name: str) -> None:
    assert not is_system_library(name)
