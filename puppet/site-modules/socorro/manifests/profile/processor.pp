# @summary The processor: walks stacks, in walkers that it confines (docs/confinement.md).
#
# @param memory_max Memory of all walks and the processor together: one walk may take 4 GB.
# @param tasks_max Processes and threads; a walk has at most 256.
class socorro::profile::processor (
  String[1]                   $memory_max,
  Integer[256]                $tasks_max,
) {
  include socorro
  include socorro::store
  include socorro::symbols

  ensure_resource('socorro::secret', 'socorro_processor')
  socorro::unit { 'processor':
    description      => 'walks stacks, names crashes, saves reports',
    writes           => $socorro::store::folders + $socorro::symbols::folders,
    hides            => [$socorro::spool, "${socorro::home}/search", "${socorro::home}/extracts"],
    reads_secrets    => ['socorro_processor'],
    confines_walkers => true,
    memory_max       => $memory_max,
    tasks_max        => $tasks_max,
  }
}
