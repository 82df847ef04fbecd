# @summary A site of nginx or Apache, whichever `socorro::front` names.
#
# @param port Where it listens.
# @param parameters Of the template.
define socorro::site (
  Stdlib::Port $port,
  Hash         $parameters,
) {
  if ($parameters['certificate'] =~ Undef) != ($parameters['key'] =~ Undef) {
    fail("socorro: the site of ${title} has a certificate without a key, or a key without a certificate")
  }
  $server = $socorro::front ? { 'apache' => 'apache2', default => 'nginx' }
  $package = $socorro::front ? { 'apache' => 'apache2', default => 'nginx-light' }
  include "socorro::${socorro::front}"

  $folder = $socorro::front ? {
    'apache' => '/etc/apache2/sites-enabled',
    default  => '/etc/nginx/conf.d',
  }
  file { "${folder}/socorro-${title}.conf":
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => epp("socorro/${socorro::front}-${title}.conf.epp", $parameters),
    require => Package[$package],
    notify  => Exec["socorro: reload ${server}"],
    before  => Service[$server],
  }
}
