"""The table of contents of the processor: which rules run, in which order.

`default` starts from the raw crash and the walk alone, so nothing of an earlier processing can
survive. `regenerate_signature` starts from the processed crash and renews its signature.

GIVEN is what is there before the first rule: names that rules may read, besides annotations.
"""

from collections.abc import Mapping, Sequence

from processor.pipeline import Rule
from processor.rules import (
    addons,
    annotations,
    collector,
    crash,
    identity,
    plugins,
    product,
    signature,
    stacks,
    system,
    times,
)

GIVEN = (
    "id",  # the crash id
    "submitted",  # when, as a datetime
    "metadata",  # of the raw crash: what the collector noted
    "json_dump",  # what the walk of the main dump found, or None
    "mdsw_status_string",
    "extra_dumps",  # dump name -> what the walk of a further dump gave
)

RULESETS: Mapping[str, Sequence[Rule]] = {
    "default": (
        identity.identity,
        identity.checksums,
        collector.throttle,
        collector.collector_notes,
        product.product,
        product.version,
        product.process_type,
        annotations.annotations,
        times.crash_time,
        times.ages,
        times.last_crash,
        addons.addons,
        addons.addons_checked,
        plugins.plugin,
        plugins.hang,
        plugins.flash_version,
        crash.crashing_thread,
        crash.crash_info,
        system.system,
        system.processor,
        system.os_pretty_version,
        stacks.topmost_filenames,
        stacks.truncated_stacks,
        signature.signature,
    ),
    "regenerate_signature": (signature.signature,),
}
