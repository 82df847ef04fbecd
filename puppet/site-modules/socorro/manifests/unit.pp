# @summary The systemd unit of one service: hardened, and started where systemd runs.
#
# @param service Name of the Python package that is the service.
# @param description What it does, for people.
# @param ports One instance for each: socorro-collector@8882.service. None: one unit without a port.
# @param writes Folders that it writes; all others are read-only.
# @param hides Folders that it does not even see.
# @param reads_secrets Names of its secrets.
# @param environment What else is in its environment. No secrets: others can read it.
# @param confines_walkers It starts stack walkers, which needs namespaces and mounts.
# @param memory_max Its memory limit, with all its children.
# @param tasks_max Its limit of processes and threads.
# @param stop_seconds How long it may take to stop.
define socorro::unit (
  String[1]              $description,
  String[1]              $service          = $title,
  Array[Stdlib::Port]    $ports            = [],
  Array[String]          $writes           = [],
  Array[String]          $hides            = [],
  Array[String]          $reads_secrets    = [],
  Hash[String, String]   $environment      = {},
  Boolean                $confines_walkers = false,
  Pattern[/\A\d+[KMG%]\z/] $memory_max     = '25%',
  Integer[1]             $tasks_max        = 256,
  Integer[1]             $stop_seconds     = 30,
) {
  include socorro::base

  $is_template = !$ports.empty
  $file = $is_template ? {
    true  => "socorro-${service}@.service",
    false => "socorro-${service}.service",
  }
  file { "/etc/systemd/system/${file}":
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    notify  => Class['socorro::systemd'],
    content => epp('socorro/service.epp', {
        'service'          => $service,
        'description'      => $description,
        'user'             => $socorro::user,
        'home'             => $socorro::home,
        'prefix'           => $socorro::prefix,
        'etc'              => $socorro::etc,
        'secrets'          => $socorro::secrets,
        'is_template'      => $is_template,
        'confines_walkers' => $confines_walkers,
        'writes'           => $writes,
        'hides'            => $hides,
        'reads_secrets'    => $reads_secrets,
        'environment'      => $environment,
        'memory_max'       => $memory_max,
        'tasks_max'        => $tasks_max,
        'stop_seconds'     => $stop_seconds,
    }),
  }

  $units = $is_template ? {
    true  => $ports.map |$port| { "socorro-${service}@${port}.service" },
    false => [$file],
  }
  $units.each |String $unit| {
    # What `systemctl enable` does; it also works where systemd does not run.
    file { "/etc/systemd/system/socorro.target.wants/${unit}":
      ensure => link,
      target => "/etc/systemd/system/${file}",
      notify => Class['socorro::systemd'],
    }
    if $socorro::has_systemd {
      $port = $is_template ? {
        true    => regsubst($unit, '\A.*@(\d+)\.service\z', '\1'),
        default => $socorro::ports[$service][0],
      }
      service { $unit:
        ensure    => running,
        # One after the other, and the next one when this one answers: no post is refused.
        restart   => "/usr/local/sbin/socorro-restart ${unit} http://127.0.0.1:${port}/__heartbeat__",
        require   => [Class['socorro::systemd'], Class['socorro::release'], File['/usr/local/sbin/socorro-restart']],
        subscribe => [File["/etc/systemd/system/${file}"], File["${socorro::etc}/socorro.toml"]],
      }
      Socorro::Created <| |> -> Service[$unit]
    }
  }
}
