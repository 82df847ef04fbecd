# @summary What Prometheus needs to know of this machine: its targets, and where rules come from.
#
# The targets are a file for Prometheus's file_sd_configs, with the names of jobs that the rules in
# deploy/monitoring need (docs/monitoring.md).
#
# @param folder Of target files; Prometheus's configuration names it.
# @param host How Prometheus reaches this machine.
class socorro::profile::monitoring (
  Stdlib::Absolutepath $folder,
  Stdlib::Host         $host,
) {
  include socorro

  $targets = $socorro::services.map |$service| {
    {
      'targets' => $socorro::ports[$service].map |$port| { "${host}:${port}" },
      'labels'  => { 'job' => "socorro-${service}" },
    }
  }
  file { $folder:
    ensure => directory,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
  }
  -> file { "${folder}/socorro.json":
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => to_json_pretty($targets),
  }
}
