# @summary The monitor.
class socorro::role::monitor {
  include socorro::base
  include socorro::profile::monitor
}
