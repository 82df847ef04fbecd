# @summary Backups, by a timer.
class socorro::role::backup {
  include socorro::base
  include socorro::profile::backup
}
