"""The table of contents of the processor: which rules run, in which order.

`default` starts from the raw crash and the walk only, so nothing of an earlier processing survives.
`regenerate_signature` starts from the processed crash and updates its signature, and whether it is
a hang or out of memory; `beta_version` updates its version.

INPUTS are the names that rules may read before any rule has run, besides annotations.
"""

from collections.abc import Mapping, Sequence

from processor.pipeline import Rule
from processor.rules import (
    addons,
    annotations,
    application,
    collector,
    crash,
    hardware,
    identity,
    java,
    memory,
    notices,
    plugins,
    product,
    signature,
    stacks,
    system,
    times,
)
from socorro.rulesets import Ruleset

INPUTS = (
    "id",  # the crash id
    "submitted",  # time of submission, a datetime
    "metadata",  # of the raw crash, written by the collector
    "json_dump",  # output of the walk of the main dump, or None
    "mdsw_status_string",
    "dump_written",  # seconds since 1970, from the header of the main dump, or None
    "process_started",  # seconds since 1970, from the main dump's MiscInfo, or None
    "extra_dumps",  # dump name -> document of the walk of a further dump
    "additional_minidumps",  # names of the further dumps
    "signature_style",  # one of socorro.signature.generate.STYLES
    "feed_version",  # of a beta, as the release feed knows its build, or None
)

RULESETS: Mapping[str, Sequence[Rule]] = {
    Ruleset.DEFAULT: (
        identity.identity,
        identity.checksums,
        collector.throttle,
        collector.submitted_from,
        collector.collector_notes,
        product.product,
        product.version,
        product.major_version,
        product.distribution_id,
        product.process_type,
        annotations.annotations,
        application.accessibility,
        application.utility_actors,
        application.phc_base_address,
        times.crash_time,
        times.ages,
        times.last_crash,
        addons.addons,
        addons.addons_checked,
        plugins.plugin,
        plugins.hang,
        plugins.plugin_hang_texts,
        plugins.report_type,
        plugins.flash_version,
        memory.out_of_memory,
        java.java_stack_trace,
        java.java_exception,
        notices.moz_crash_reason,
        notices.breadcrumbs,
        notices.mac_notices,
        notices.soft_errors,
        crash.crashing_thread,
        crash.crash_info,
        hardware.possible_bit_flips,
        hardware.crash_inconsistencies,
        hardware.guard_page_access,
        system.system,
        system.processor,
        system.microcode,
        system.os_pretty_version,
        stacks.topmost_filenames,
        stacks.thread_count,
        stacks.modules_in_stack,
        stacks.missing_symbols,
        stacks.module_certificates,
        stacks.truncated_stacks,
        signature.stack_quality,
        signature.signature,
    ),
    Ruleset.REGENERATE_SIGNATURE: (
        plugins.hang,
        plugins.report_type,
        memory.out_of_memory,
        java.java_stack_trace,
        java.java_exception,
        notices.moz_crash_reason,
        product.distribution_id,
        signature.stack_quality,
        signature.signature,
    ),
    Ruleset.STORED: (),
    Ruleset.BETA_VERSION: (product.version, product.major_version),
}
