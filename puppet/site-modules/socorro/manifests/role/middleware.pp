# @summary REST.
class socorro::role::middleware {
  include socorro::base
  include socorro::profile::middleware
}
