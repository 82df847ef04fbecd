# @summary What all roles of a site share: where things are, which ports, which artifact.
#
# @param artifact Path on the machine of socorro-<version>.tar.gz, with its .sha256 beside it. The
#   release changes when this names another one. Undef: releases come by `socorro-deploy` alone.
# @param prefix Folder of the releases.
# @param home Folder of all state: SOCORRO_HOME.
# @param spool Folder of accepted crashes, best on a disk of its own.
# @param store Crash store: file:///folder or hbase://host:port/prefix.
# @param database_host Where Postgres listens.
# @param database_port Its port.
# @param database_name The database.
# @param generate_secrets Draw secrets that are missing. False: a missing one fails, with its name.
# @param collector_ports A collector for each; two, so that one answers while the other restarts.
# @param middleware_ports A middleware for each.
# @param webapp_ports A webapp for each.
# @param front nginx or apache, in front of collectors and pages.
# @param collector_url Where clients post crashes, as they see it.
# @param pages_url Where people read, as they see it.
# @param crashmover_port Where the crashmover says whether it is healthy; likewise the next three.
# @param monitor_port Of the monitor.
# @param processor_port Of the processor.
# @param cron_port Of the clock.
# @param migrate Whether deploys on this machine migrate the database. One machine of a site does.
# @param settings More of socorro.toml, over what Puppet derives; a table is a hash.
# @param keep Releases that a deploy keeps.
# @param preflight Commands of a new release that must succeed before it is switched to.
class socorro (
  Optional[Stdlib::Absolutepath]     $artifact,
  Stdlib::Absolutepath               $prefix,
  Stdlib::Absolutepath               $home,
  Stdlib::Absolutepath               $spool,
  Pattern[/\Afile:\/\//, /\Ahbase:/] $store,
  Stdlib::Host                       $database_host,
  Stdlib::Port                       $database_port,
  Pattern[/\A[a-z_][a-z0-9_]*\z/]    $database_name,
  Boolean                            $generate_secrets,
  Array[Stdlib::Port, 1]             $collector_ports,
  Array[Stdlib::Port, 1]             $middleware_ports,
  Array[Stdlib::Port, 1]             $webapp_ports,
  Enum['nginx', 'apache']            $front,
  Pattern[/\Ahttps?:\/\/[^\/]+\z/]   $collector_url,
  Pattern[/\Ahttps?:\/\/[^\/]+\z/]   $pages_url,
  Stdlib::Port                       $crashmover_port,
  Stdlib::Port                       $monitor_port,
  Stdlib::Port                       $processor_port,
  Stdlib::Port                       $cron_port,
  Boolean                            $migrate,
  Hash[String[1], Data]              $settings,
  Integer[2]                         $keep,
  Array[String[1]]                   $preflight,
) {
  $os = $facts['os']
  if $os !~ Hash or $os['name'] =~ Undef or $os.dig('release', 'major') =~ Undef {
    fail('socorro: Facter reports no os.name and os.release.major: run `facter os`, and fix what it says')
  }
  $system = "${os['name']} ${os['release']['major']}"
  if $system != 'Debian 12' {
    fail("socorro: these manifests are for Debian 12, and this machine is ${system}")
  }

  $user = 'socorro'
  $group = 'socorro'
  $etc = '/etc/socorro'
  $secrets = "${etc}/secrets"
  if $facts['service_provider'] =~ Undef {
    fail('socorro: the fact service_provider is missing: apt-get install puppet-module-puppetlabs-stdlib')
  }
  # Without systemd as first process (a chroot, a container) its units are laid down, not started.
  $has_systemd = $facts['service_provider'] == 'systemd'
  $store_folder = $store ? {
    /\Afile:\/\/(.+)\z/ => $1,
    default             => undef,
  }
  $ports = {
    'collector'  => $collector_ports,
    'crashmover' => [$crashmover_port],
    'monitor'    => [$monitor_port],
    'processor'  => [$processor_port],
    'cron'       => [$cron_port],
    'middleware' => $middleware_ports,
    'webapp'     => $webapp_ports,
  }
  $listed = lookup('roles', Array[String[1], 1])
  $roles = 'allinone' in $listed ? {
    true    => $listed + $ports.keys + ['memcached'],
    default => $listed,
  }
  $services = $ports.keys.filter |$service| { $service in $roles }
  $dsn = "host=${database_host} port=${database_port} dbname=${database_name}"
}
