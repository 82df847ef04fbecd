# @summary Searches go to Elasticsearch.
class socorro::role::elasticsearch {
  include socorro::base
  include socorro::profile::elasticsearch
}
