# @summary The host of a URL: https://crash-stats.example.com:8443 gives crash-stats.example.com.
function socorro::host(String $url) >> String {
  regsubst($url, '\Ahttps?://([^/:]+).*\z', '\1')
}
