# @summary nginx or Apache in front of the collectors of this machine.
#
# @param port Where clients post crashes.
# @param certificate File with the certificate, for TLS here. Undef: plain, or TLS ends before this machine.
# @param key File with its private key; root reads it.
class socorro::profile::collector_front (
  Stdlib::Port                   $port,
  Optional[Stdlib::Absolutepath] $certificate,
  Optional[Stdlib::Absolutepath] $key,
) {
  include socorro

  socorro::site { 'collector':
    port       => $port,
    parameters => {
      'port'        => $port,
      'server_name' => socorro::host($socorro::collector_url),
      'pages_url'   => $socorro::pages_url,
      'collectors'  => $socorro::collector_ports,
      'certificate' => $certificate,
      'key'         => $key,
    },
  }
}
