# @summary The crash store on HBase: checks that this machine is set to use its Thrift gateways.
#
# A cluster is not made here: `socorro::store` names its Thrift gateways (docs/hbase.md). A single node
# for development is `python -m cli.local.hbase serve`, which fetches HBase with Maven.
#
# @param keep_minutes How long the spool keeps crashes that HBase has acknowledged: its last seconds
#   are only in memory.
class socorro::profile::hbase (
  Integer[0] $keep_minutes,
) {
  include socorro

  if $socorro::store_folder {
    fail("socorro::profile::hbase: socorro::store is ${socorro::store}: name the Thrift gateways, as hbase://10.0.0.7:9090/socorro")
  }
}
