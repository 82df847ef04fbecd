# @summary The release: deployed from `socorro::artifact` when none is here, or when that names a new one.
#
# What was deployed for Puppet is noted, so that a release that somebody deployed or rolled back to
# stays. A deploy that failed is tried again in the next run.
class socorro::release {
  include socorro
  include socorro::base
  include socorro::systemd

  file { '/usr/local/sbin/socorro-deploy':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0755',
    content => epp('socorro/socorro-deploy.epp'),
  }

  if $socorro::artifact {
    $note = "${socorro::etc}/artifact-deployed"
    $is_noted = "sha256sum '${socorro::artifact}' | cmp -s - '${note}'"
    # Units, settings and secrets come before: a deploy restarts services. The first one does not: spool
    # and crash store are made with it, and then services start.
    exec { 'socorro: deploy the artifact':
      command  => @("COMMAND"/L$),
        if [ -e '${socorro::prefix}/current' ]; then first=; else first=--no-restart; fi; \
        socorro-deploy \$first '${socorro::artifact}' && sha256sum '${socorro::artifact}' >'${note}'
        |-COMMAND
      unless   => "test -e '${socorro::prefix}/current' && ${is_noted}",
      provider => shell,
      path     => ['/usr/local/sbin', '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'],
      timeout  => 7200, # a migration may take its time
      require  => [
        File[
          '/usr/local/sbin/socorro-deploy',
          "${socorro::etc}/socorro.toml",
          "${socorro::etc}/deploy.toml",
          "${socorro::home}/socorro.toml"
        ],
        Class['socorro::systemd'],
        Package['python3-venv'],
        User[$socorro::user],
      ],
    }
    Socorro::Secret <| |> -> Exec['socorro: deploy the artifact']
  }
}
