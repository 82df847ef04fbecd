# @summary Everything on one machine.
class socorro::role::allinone {
  include socorro::base
  include socorro::profile::postgres
  include socorro::profile::collector
  include socorro::profile::crashmover
  include socorro::profile::monitor
  include socorro::profile::processor
  include socorro::profile::cron
  include socorro::profile::middleware
  include socorro::profile::webapp
  include socorro::profile::collector_front
  include socorro::profile::webapp_front
  include socorro::profile::memcached
  include socorro::profile::monitoring
  include socorro::profile::backup
}
