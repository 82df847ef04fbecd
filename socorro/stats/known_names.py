"""Names of libraries that programs on Windows usually load: what a usual name looks like.

Only their spelling is used, to compare other names with, and to tell libraries of the system apart;
being in this list makes no module good.
"""

from typing import Final

_WINDOWS: Final = """
acledit aclui activeds actxprxy advapi32 advpack amsi api apphelp appxdeploymentclient atl
audioses authz avicap32 avifil32 avrt basesrv bcrypt bcryptprimitives bluetoothapis browcli
cabinet cfgmgr32 clbcatq clusapi colorui combase comctl32 comdlg32 connect coremessaging
coreuicomponents credui crypt32 cryptbase cryptdll cryptnet cryptsp cryptui d2d1 d3d10 d3d10core
d3d10warp d3d11 d3d12 d3d8 d3d9 d3dcompiler d3dx9 dataexchange davhlpr dbghelp dbgcore dcomp
ddraw devenum devobj dhcpcsvc directmanipulation dnsapi dpapi drprov dsound duser dwmapi dwrite
dxcore dxgi dxva2 edputil elscore esent evr explorerframe faultrep firewallapi fltlib fontsub
fwpuclnt gdi32 gdi32full gdiplus glu32 gpapi hid icm32 imagehlp imm32 inputhost iphlpapi
kernel32 kernelbase ksuser linkinfo logoncli mapi32 mf mfc42 mfcore mfplat mfreadwrite mlang
mmdevapi mpr mpoav msacm32 msasn1 mscms mscoree msctf msdmo msftedit msi msimg32 msimtf msls31
mskeyprotect msmpeg2vdec msv1 msvcp110 msvcp120 msvcp140 msvcp60 msvcr100 msvcr110 msvcr120
msvcrt msvfw32 mswsock msxml3 msxml6 ncrypt ncryptsslp netapi32 netprofm netutils
networkexplorer ninput nlaapi npmproxy nsi ntasn1 ntdll ntlanman ntmarta ntshrui odbc32 ole32
oleacc oleaut32 olepro32 onecore opengl32 pcwum pdh powrprof printui profapi propsys psapi query
rasadhlp rasapi32 rasman resourcepolicyclient riched20 rpcrt4 rsaenh rtutils samcli schannel
sechost secur32 security sensapi setupapi sfc shcore shdocvw shell32 shellstyle shfolder shlwapi
slc snmpapi spoolss srvcli sspicli structuredquery sxs taskschd tapi32 textinputframework
textshaping thumbcache twinapi ucrtbase uiautomationcore umpdc urlmon user32 userenv usp10
uxtheme vaultcli version virtdisk wbemcomn wbemprox webio webservices wer wevtapi win32u
windowscodecs winhttp wininet winmm winnsi winrnr winspool wintrust wintypes winusb wkscli
wlanapi wldap32 wldp wpnapps wsock32 wtsapi32 xinput xmllite xpsprint
"""
_OTHERS: Final = """
avcodec avformat avutil
browsercomps crashreporter freebl gkcodecs icuin icuuc lgpllibs libegl libglesv2 mozavcodec
mozavutil mozglue mozsqlite nspr nss nssckbi nssutil plugin container softokn sqlite updater
zlib python java javaw jvm node qtcore qtgui qtwidgets libcrypto libssl antivirus scanner
toolbar hook overlay monitor capture driver graphics display sound network printer keyboard
shell extension helper client server service manager loader bridge engine
"""
WINDOWS: Final = tuple(_WINDOWS.split())  # libraries of the system itself
NAMES: Final = WINDOWS + tuple(_OTHERS.split())
