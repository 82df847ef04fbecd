# @summary Targets for Prometheus.
class socorro::role::monitoring {
  include socorro::base
  include socorro::profile::monitoring
}
