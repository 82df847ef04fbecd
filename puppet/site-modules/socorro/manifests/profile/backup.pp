# @summary A timer that makes a backup with `socorro backup create` (docs/backup.md).
#
# @param to Folder of backups: another disk, best one that is copied to another place.
# @param calendar When, as systemd's OnCalendar: after the jobs of the night.
# @param keep How many backups stay.
# @param crashes Copy crashes of a crash store of files, and symbols, too: needs a disk of their size.
class socorro::profile::backup (
  Stdlib::Absolutepath $to,
  String[1]            $calendar,
  Integer[1]           $keep,
  Boolean              $crashes,
) {
  include socorro
  include socorro::base

  ensure_resource('socorro::secret', 'socorro_owner')
  # Crashes in HBase have backups of their own.
  $copies = ($crashes and $socorro::store_folder =~ NotUndef) ? {
    true    => '--store --delete --symbols ',
    default => '',
  }
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
      content => epp('socorro/backup.service.epp', {
          'to'      => $to,
          'options' => "${copies}--keep ${keep} --also ${socorro::secrets}",
      }),
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
