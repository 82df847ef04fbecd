# @summary A timer that makes a backup with `socorro backup create --to` (docs/backup.md).
#
# @param to Folder of backups: another disk, best one that is copied to another place.
# @param calendar When, as systemd's OnCalendar.
class socorro::profile::backup (
  Stdlib::Absolutepath $to,
  String[1]            $calendar,
) {
  include socorro
  include socorro::base

  ensure_resource('socorro::secret', 'socorro_owner')
  file {
    default:
      ensure => file,
      owner  => 'root',
      group  => 'root',
      mode   => '0644',
      notify => Class['socorro::systemd'],
      ;
    $to:
      ensure => directory,
      owner  => $socorro::user,
      group  => $socorro::group,
      mode   => '0700',
      notify => undef,
      ;
    '/etc/systemd/system/socorro-backup.service':
      content => epp('socorro/backup.service.epp', { 'to' => $to }),
      ;
    '/etc/systemd/system/socorro-backup.timer':
      content => epp('socorro/backup.timer.epp', { 'calendar' => $calendar }),
      ;
    '/etc/systemd/system/timers.target.wants':
      ensure => directory,
      mode   => '0755',
      ;
    '/etc/systemd/system/timers.target.wants/socorro-backup.timer':
      ensure => link,
      target => '/etc/systemd/system/socorro-backup.timer',
      ;
  }
  if $socorro::has_systemd {
    service { 'socorro-backup.timer':
      ensure    => running,
      require   => Class['socorro::systemd'],
      subscribe => File['/etc/systemd/system/socorro-backup.timer'],
    }
  }
}
