# @summary The spool: made once on a machine, and never again, as an empty folder may be a lost disk.
class socorro::spool {
  include socorro
  include socorro::base

  file { $socorro::spool:
    ensure => directory,
    owner  => $socorro::user,
    group  => $socorro::group,
    mode   => '0700',
  }
  -> socorro::created { 'spool': }
}
