# @summary Search on an existing Elasticsearch (docs/elasticsearch.md), instead of column files.
#
# A cluster is not made here. A single node for development is `SEARCH=elasticsearch make run`.
#
# @param url Of the cluster, without a password. With one, cron, middleware and webapp read
#   SOCORRO_SEARCH_ELASTICSEARCH from /etc/socorro/secrets/SERVICE.env, as docs/puppet.md says.
class socorro::profile::elasticsearch (
  Stdlib::HTTPUrl $url,
) {
  include socorro
}
