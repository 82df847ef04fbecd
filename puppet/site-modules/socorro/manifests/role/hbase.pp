# @summary Crashes are stored in HBase.
class socorro::role::hbase {
  include socorro::base
  include socorro::profile::hbase
}
