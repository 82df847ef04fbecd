# @summary Runs `socorro spool create` or `socorro store create`, once in the life of a machine.
#
# The note that it ran is not on the disk of the crashes: if that disk is not mounted some day, the
# empty folder below must not become a new spool. The services wait for the disk, and say so.
define socorro::created () {
  include socorro::release

  $note = "${socorro::etc}/${title}-created"
  exec { "socorro: create the ${title}":
    command  => "socorro ${title} create && date -u +%FT%TZ >'${note}'",
    creates  => $note,
    provider => shell,
    path     => ['/usr/local/bin', '/usr/bin', '/bin'],
    require  => Class['socorro::release'],
    # Without a release there is no command yet; the run after the first deploy does it.
    onlyif   => "test -x '${socorro::prefix}/current/venv/bin/socorro'",
  }
}
