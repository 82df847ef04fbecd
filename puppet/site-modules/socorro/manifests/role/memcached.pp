# @summary The cache of answers.
class socorro::role::memcached {
  include socorro::profile::memcached
}
