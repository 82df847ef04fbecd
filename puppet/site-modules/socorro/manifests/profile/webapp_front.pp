# @summary nginx or Apache in front of the pages of this machine.
#
# @param port Where visitors come.
# @param certificate File with the certificate, for TLS here. Undef: plain, or TLS ends before this machine.
# @param key File with its private key; root reads it.
class socorro::profile::webapp_front (
  Stdlib::Port                   $port,
  Optional[Stdlib::Absolutepath] $certificate,
  Optional[Stdlib::Absolutepath] $key,
) {
  include socorro

  socorro::site { 'webapp':
    port       => $port,
    parameters => {
      'port'        => $port,
      'server_name' => socorro::host($socorro::pages_url),
      'webapps'     => $socorro::webapp_ports,
      'certificate' => $certificate,
      'key'         => $key,
    },
  }
}
