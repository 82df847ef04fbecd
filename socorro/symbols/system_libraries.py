"""Which modules belong to the operating system: their symbols come from its vendor. Pure.

Only the name is looked at, so a program that calls its own library `version.dll` is mistaken for
the system's. It sorts lists; nothing is decided by it.
"""

import re
from typing import Final

from socorro.stats.known_names import WINDOWS

_WINDOWS: Final = frozenset(WINDOWS)
_WINDOWS_FILE: Final = re.compile(r"(.+)\.(?:dll|pdb|drv|cpl|ocx)", re.ASCII)
_WINDOWS_SET: Final = re.compile(
    r"(?:api|ext)-ms-.+\.dll", re.ASCII
)  # api-ms-win-core-synch-l1-2-0.dll
_UNIX: Final = re.compile(
    r"""
      (?:ld|ld-linux(?:-[\w-]+)?|linux-gate|linux-vdso(?:64)?|linker(?:64)?|app_process(?:32|64)?
        |lib(?:c|m|dl|rt|pthread|resolv|nsl|util|anl|nss_\w+|gcc_s|stdc\+\+|thread_db)
        |lib(?:art|binder|utils|log|android(?:_runtime)?|hwui|gui|ui|EGL|GLESv2|vulkan)
      )(?:-\d[\d.]*)?(?:\.so)?(?:\.\d+)*
    | lib(?:[Ss]ystem\w*|objc|dispatch|c\+\+(?:abi)?|xpc|dyld|corecrypto|icucore|Accelerate)
      (?:\.\w+)?\.dylib
    | dyld
    """,
    re.ASCII | re.VERBOSE,
)
_FRAMEWORKS_TEXT: Final = """
AE AppKit AudioToolbox AVFoundation Carbon CFNetwork ColorSync CoreAnimation CoreAudio
CoreBluetooth CoreData CoreFoundation CoreGraphics CoreImage CoreMedia CoreServices CoreText
CoreUI CoreVideo DiskArbitration Foundation FSEvents GLEngine GraphicsServices HIServices
HIToolbox ImageIO IOKit IOSurface JavaScriptCore LaunchServices Metal MetalKit OpenGL
QuartzCore RenderBox Security SkyLight SwiftUI SystemConfiguration UIFoundation UIKit UIKitCore
VideoToolbox ViewBridge WebCore WebKit
"""
_FRAMEWORKS: Final = frozenset(_FRAMEWORKS_TEXT.split())


def is_system_library(file_name: str) -> bool:
    """Whether a module is the operating system's, by the name of its file."""
    name = file_name.lower()
    match = _WINDOWS_FILE.fullmatch(name)
    return (
        (match is not None and match[1] in _WINDOWS)
        or _WINDOWS_SET.fullmatch(name) is not None
        or _UNIX.fullmatch(file_name) is not None
        or file_name in _FRAMEWORKS
    )
